import { createHash } from 'node:crypto'
import { type ExecutionResult, getOperationAST, Kind, visit } from 'graphql'
import { inUnit, narrowToHeld, type Tx } from '../database/unit.ts'
import { recall } from '../database/who.ts'
import type { Feed } from '../events/feed.ts'
import { type Batch, readBatch, type StreamPlan } from '../events/stream.ts'
import type { Asker } from '../identity/asker.ts'
import { limits } from '../limits.ts'
import type { ClientId, Held, Viewer } from '../policy.ts'
import { inTurns, type Turns } from '../turns.ts'
import { commonViewer } from './common-viewer.ts'
import { isPassing } from './errors.ts'
import { type Engine, executeIn, masked, type Operation } from './execute.ts'

// One reading of a change, and one answer, for all who ask the same and may read the same. Decision 0034.

/** An answer that several are given, each with a cursor of its own. */
export type Told = { readonly seq: bigint; readonly result: ExecutionResult; readonly cursors: readonly Path[] }

type Path = readonly string[]

export type Member = {
  readonly asker: Asker
  /** As of its last reading of its own: while the same is remembered of its rights, they are the same. */
  readonly viewer: Viewer
  /** Where it stands in the client's line. */
  readonly place: () => bigint
  readonly take: (told: readonly Told[], place: bigint) => void
  /** It has to read by itself: its rights are to be looked at, it lags, or its answers are nobody else's. */
  readonly leave: () => void
}

export type CommonReadings = {
  /** Null where this operation's answers cannot be shared. */
  readonly join: (subscription: Subscription, clientId: ClientId, member: Member) => (() => void) | null
}

export type Subscription = { readonly operation: Operation; readonly plan: StreamPlan; readonly key: string | null }

/**
 * What is asked, whatever cursor it goes on behind: equal texts with equal variables are answered alike. A variable that
 * is the root field's `after` and nothing else does not matter to what follows.
 */
export const keyOf = ({ document, operationName, variables }: Operation): string | null => {
  const text = document.loc?.source.body
  const operation = getOperationAST(document, operationName)
  if (text === undefined || operation === null || operation === undefined) return null
  const uses = new Map<string, number>()
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      uses.set(name.value, (uses.get(name.value) ?? 0) + 1)
    },
  })
  const behind = new Set<string>()
  for (const field of operation.selectionSet.selections) {
    if (field.kind !== Kind.FIELD) continue
    for (const { name, value } of field.arguments ?? [])
      if (name.value === 'after' && value.kind === Kind.VARIABLE && uses.get(value.name.value) === 1) behind.add(value.name.value)
  }
  const asked = Object.entries(variables ?? {}).filter(([name]) => !behind.has(name))
  return createHash('sha256')
    .update(JSON.stringify([text, operationName ?? null, asked.sort(([a], [b]) => (a < b ? -1 : 1))]))
    .digest('base64')
}

/** Who may read the same of a client. Null for whoever has rights beside those for clients: theirs are not compared. */
const rightsKey = (viewer: Viewer, clientId: ClientId): string | null => {
  const held = viewer.held.get(clientId)
  if (held === undefined || viewer.providerRoles.length > 0) return null
  return [viewer.providerId, viewer.kind, held.timeZone, ...[...held.permissions].sort()].join()
}

/** Subscribers read some at a time, so that however many there are, who asks or writes finds a connection. */
export type Reading = { readonly turns: Turns; readonly readings: CommonReadings }

const readingOf = new WeakMap<Engine, Reading>()

export const readingFor = (engine: Engine, feed: Feed): Reading => {
  const known = readingOf.get(engine)
  if (known !== undefined) return known
  // Of a small pool no more than half: the others are for those who ask and write.
  const half = Math.max(1, Math.floor((engine.database.pool.options.max ?? 0) / 2))
  const turns = inTurns(Math.min(limits.socket.readers, half))
  const reading = { turns, readings: openCommonReadings(engine, feed, turns) }
  readingOf.set(engine, reading)
  return reading
}

const knownMax = 1_000
const ownMs = 600_000

const openCommonReadings = (engine: Engine, feed: Feed, turns: Turns): CommonReadings => {
  const circles = new Map<string, Circle>()
  /** Operations whose answers turned out to be each reader's own, and until when nobody tries again. */
  const own = new Map<string, number>()
  return {
    join: ({ operation, plan, key }, clientId, member) => {
      const rights = rightsKey(member.viewer, clientId)
      const held = member.viewer.held.get(clientId)
      if (key === null || rights === null || held === undefined || (own.get(key) ?? 0) > performance.now()) return null
      const name = `${clientId} ${key} ${rights}`
      const circle =
        circles.get(name) ??
        openCircle({
          engine,
          feed,
          turns,
          asked: { operation, plan, clientId, held },
          onEmpty: () => circles.delete(name),
          onOwn: () => {
            if (own.size >= knownMax) own.clear()
            own.set(key, performance.now() + ownMs)
          },
        })
      circles.set(name, circle)
      return circle.join(member)
    },
  }
}

type Circle = { readonly join: (member: Member) => () => void }

type CircleOptions = {
  readonly engine: Engine
  readonly feed: Feed
  readonly turns: Turns
  readonly asked: Asked
  readonly onEmpty: () => void
  readonly onOwn: () => void
}

type Asked = { readonly operation: Operation; readonly plan: StreamPlan; readonly clientId: ClientId; readonly held: Held }

/** Those who stand at different places are read for apart; more places than this at once, and they catch up by themselves. */
const placesAtOnce = 4
/** Readings in a row whose answers were each reader's own, until nobody tries again. */
const ownInARow = 3

const openCircle = ({ engine, feed, turns, asked, onEmpty, onOwn }: CircleOptions): Circle => {
  const { clientId } = asked
  const members = new Set<Member>()
  let isDue = false
  let isBusy = false
  let ownReadings = 0
  const only = new Set([clientId])

  /** Whether it told anybody anything. */
  const read = async (): Promise<boolean> => {
    const [leader] = members
    if (leader === undefined) return false
    const groups = await inUnit(engine.database, { asker: leader.asker, readOnly: true, now: engine.clock() }, (tx) =>
      readFor(engine, tx, asked, sameRights(engine, tx, leader, members)),
    ).catch((thrown) => {
      if (!isPassing(thrown)) leader.leave()
      throw thrown
    })
    for (const { batch, members: group, told } of groups) {
      const place = batch?.places.get(clientId)
      for (const member of group) {
        if (!members.has(member)) continue
        if (told === null || place === undefined) member.leave()
        else member.take(told, place)
      }
    }
    const answered = groups.filter(({ told }) => told === null || told.length > 0)
    if (answered.length === 0) return false
    ownReadings = answered.some(({ told }) => told !== null) ? 0 : ownReadings + 1
    if (ownReadings === ownInARow) {
      onOwn()
      for (const member of members) member.leave()
    }
    return true
  }

  const keepReading = async () => {
    if (isBusy) return
    isBusy = true
    while (isDue && members.size > 0) {
      isDue = false
      const isToRest = await turns(read).catch(() => {
        isDue = true
        return true
      })
      // A first change is told at once; what comes right behind it is read together.
      if (isToRest) await new Promise((resolve) => setTimeout(resolve, limits.socket.restMs))
    }
    isBusy = false
  }
  const wake = () => {
    isDue = true
    void keepReading()
  }
  const quit = feed.join({ asker: null, clients: () => only, wake })

  return {
    join: (member) => {
      members.add(member)
      const head = feed.headOf(clientId)
      if (head !== undefined && head > member.place()) wake()
      return () => {
        if (!members.delete(member) || members.size > 0) return
        quit()
        onEmpty()
      }
    },
  }
}

/** Those whose rights are, as of this unit, what they were when they joined; all others are sent to read by themselves. */
const sameRights = ({ database }: Engine, tx: Tx, leader: Member, members: ReadonlySet<Member>): readonly Member[] => {
  // The unit has just read the leader's rights, or seen that what is remembered of them still holds.
  const version = recall(database, leader.asker, tx.now)?.version
  return [...members].filter((member) => {
    const known = recall(database, member.asker, tx.now)
    const isSame = known !== null && known.version === version && known.viewer === member.viewer
    if (!isSame) member.leave()
    return isSame
  })
}

/** What was read from one place on, for those who stand there; `told` is null where each has to read by themselves. */
type Group = { readonly batch: Batch | null; readonly members: readonly Member[]; readonly told: readonly Told[] | null }

const readFor = async (engine: Engine, tx: Tx, asked: Asked, members: readonly Member[]): Promise<Group[]> => {
  const [like] = members
  if (like === undefined) return []
  const { clientId, held, plan, operation } = asked
  let isCommon = true
  tx.viewer = commonViewer(like.viewer, clientId, held, () => {
    isCommon = false
  })
  await narrowToHeld(tx, clientId, held)
  const groups: Group[] = []
  for (const [place, group] of Map.groupBy(members, (member) => member.place())) {
    if (groups.length >= placesAtOnce) {
      groups.push({ batch: null, members: group, told: null })
      continue
    }
    isCommon = true
    const batch = await readBatch(tx, plan, [clientId], new Map([[clientId, place]]))
    // Beside one another, so that what they load is loaded in one statement for all of them; their order is the line's.
    const told = await Promise.all(
      batch.steps.map(async (step): Promise<Told | null> => {
        if (step.kind !== 'EVENT') return null
        const result = masked(engine, await executeIn(engine, tx, { ...operation, rootValue: step }))
        return { seq: step.event.seq, result, cursors: pathsOf(result.data, step.cursor) }
      }),
    )
    const all = told.filter((one) => one !== null)
    groups.push({ batch, members: group, told: isCommon && !batch.isMore && all.length === told.length ? all : null })
  }
  return groups
}

/** Where in an answer the step's cursor stands: each reader's is another one. */
const pathsOf = (value: unknown, cursor: string, at: Path = []): Path[] => {
  if (value === cursor) return [at]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, cursor, [...at, key]))
}

export const withCursor = ({ result, cursors }: Told, cursor: string): ExecutionResult => {
  if (cursors.length === 0) return result
  let data: unknown = result.data
  for (const path of cursors) data = withAt(data, path, cursor)
  return { ...result, data: data as NonNullable<ExecutionResult['data']> }
}

const withAt = (value: unknown, [key, ...rest]: Path, cursor: string): unknown => {
  if (key === undefined) return cursor
  if (Array.isArray(value)) return value.map((inner, index) => (String(index) === key ? withAt(inner, rest, cursor) : inner))
  const object = value as Record<string, unknown>
  return { ...object, [key]: withAt(object[key], rest, cursor) }
}
