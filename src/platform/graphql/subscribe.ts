import { createSourceEventStream, type ExecutionResult } from 'graphql'
import { inUnit, type Tx } from '../database/unit.ts'
import { encodePlaces, type Places } from '../events/cursor.ts'
import type { Feed } from '../events/feed.ts'
import { headsOf, type PlannedStream, readBatch, type StreamPlan, type StreamStep } from '../events/stream.ts'
import type { Asker } from '../identity/asker.ts'
import { limits } from '../limits.ts'
import type { Viewer } from '../policy.ts'
import { keyOf, readingFor, withCursor } from './common-readings.ts'
import { watchedViewer } from './common-viewer.ts'
import { contextOf } from './context.ts'
import { asGraphQLError, isPassing, notFound } from './errors.ts'
import { type Engine, executeIn, masked, type Operation } from './execute.ts'

type Answers = AsyncIterableIterator<ExecutionResult>

/**
 * Follows a subscription. Nothing is queued for a reader: each is woken, reads what lies behind its own cursor in a unit
 * of its own, as who it is at that moment, and gets it answered there. A slow reader therefore costs nothing but itself.
 */
export const subscribeInUnits = async (
  engine: Engine,
  feed: Feed,
  asker: Asker,
  operation: Operation,
): Promise<Answers | ExecutionResult> => {
  const { schema, database, clock } = engine
  try {
    const begun = await inUnit(database, { asker, readOnly: true, now: clock() }, async (tx) => {
      let isPersonal = false
      const viewer = watchedViewer(tx.viewer, () => {
        isPersonal = true
      })
      const source = await createSourceEventStream({
        schema,
        document: operation.document,
        contextValue: { ...contextOf(tx, engine), viewer },
        variableValues: operation.variables ?? {},
        options: { maxCoercionErrors: limits.document.errors },
        ...(operation.operationName === null || operation.operationName === undefined
          ? {}
          : { operationName: operation.operationName }),
      })
      if (!('plan' in source)) return source as ExecutionResult
      const { plan } = source as PlannedStream
      return { plan, key: isPersonal ? null : keyOf(operation), ...(await begin(tx, plan)) }
    })
    return 'plan' in begun ? follow(engine, feed, asker, operation, begun) : masked(engine, begun)
  } catch (thrown) {
    return masked(engine, { errors: [asGraphQLError(thrown)] })
  }
}

type Begun = {
  readonly plan: StreamPlan
  /** What is asked, for those who ask the same; null where the plan is this subscriber’s own. */
  readonly key: string | null
  readonly viewer: Viewer
  readonly places: Places
  readonly clients: readonly string[]
}

/** Behind the cursor that was given, or behind everything there is. */
const begin = async (tx: Tx, plan: StreamPlan): Promise<Omit<Begun, 'plan' | 'key'>> => {
  const clients = plan.clientsFor(tx.viewer)
  if (clients === null) throw notFound('client')
  const heads = await headsOf(tx, clients)
  return {
    clients,
    viewer: tx.viewer,
    places: plan.after === null ? heads : new Map([...heads].map(([id, head]) => [id, plan.after?.get(id) ?? head])),
  }
}

/** How a stream is read on: by the subscriber alone, or with others who ask the same and may read the same. */
const follow = (engine: Engine, feed: Feed, asker: Asker, operation: Operation, begun: Begun): Answers => {
  const { plan } = begun
  const { turns, readings } = readingFor(engine, feed)
  const subscription = { operation, plan, key: begun.key }
  let { places, viewer } = begun
  let clients: ReadonlySet<string> = new Set(begun.clients)
  let isOver = false
  let isWoken = plan.after !== null
  let wakeUp: () => void = () => {}
  const wake = () => {
    isWoken = true
    wakeUp()
  }
  /** Clients whose changes are read together with others, and how to leave them. */
  const together = new Map<string, () => void>()
  let alone: ReadonlySet<string> = clients
  const quit = feed.join({ asker, clients: () => alone, wake })
  const ready: ExecutionResult[] = []

  const readAlone = () => {
    for (const leave of together.values()) leave()
    together.clear()
    alone = clients
  }
  const lag = () => {
    readAlone()
    wake()
  }
  /** Once nothing is left to be told, what comes next is the same for all who stand here. */
  const readTogether = () => {
    for (const clientId of clients) {
      const leave = readings.join(subscription, clientId, {
        asker,
        viewer,
        place: () => places.get(clientId) ?? 0n,
        take: (told, place) => {
          if (ready.length + told.length > limits.socket.batch) return lag()
          for (const one of told) {
            places = new Map(places).set(clientId, one.seq)
            ready.push(withCursor(one, encodePlaces(places)))
          }
          places = new Map(places).set(clientId, place)
          if (told.length > 0) wakeUp()
        },
        leave: lag,
      })
      if (leave !== null) together.set(clientId, leave)
    }
    alone = new Set([...clients].filter((clientId) => !together.has(clientId)))
  }

  const sleep = (ms: number | null) =>
    new Promise<void>((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const end = () => {
    isOver = true
    quit()
    readAlone()
    wake()
  }

  const answer = (tx: Tx, step: StreamStep) =>
    executeIn(engine, tx, { ...operation, rootValue: step }).then((result) => masked(engine, result))

  /** One unit: what is behind the cursor, answered with the rights of now. */
  const read = async (tx: Tx) => {
    viewer = tx.viewer
    const allowed = plan.clientsFor(tx.viewer)
    // A client that was named and may no longer be read ends the stream; one of "all" only leaves it.
    if (allowed === null || allowed.length === 0) {
      ready.push(masked(engine, { errors: [notFound('client')] }))
      return end()
    }
    if (allowed.length !== clients.size || allowed.some((id) => !clients.has(id))) {
      places = await headsOf(tx, allowed)
      clients = new Set(allowed)
      alone = clients
      ready.push(await answer(tx, { kind: 'RESYNC', cursor: encodePlaces(places), reason: 'RIGHTS_CHANGED' }))
      return
    }
    const batch = await readBatch(tx, plan, allowed, places)
    // Beside one another, so that what they load is loaded in one statement for all of them; their order is the stream's.
    ready.push(...(await Promise.all(batch.steps.map((step) => answer(tx, step)))))
    places = batch.places
    if (batch.isMore) isWoken = true
  }

  const rest = () => {
    if (ready.length > 0) restsUntil = performance.now() + limits.socket.restMs
  }

  let isStarted = false
  let restsUntil = 0
  const fill = async () => {
    while (ready.length === 0 && !isOver) {
      if (isStarted && !isWoken) {
        if (together.size === 0) readTogether()
        if (!isWoken && ready.length === 0) await sleep(null)
        continue
      }
      // A first change is told at once; what comes right behind it is read together.
      for (let left = 0; !isOver; ) {
        left = restsUntil - performance.now()
        if (left <= 0) break
        await sleep(left)
      }
      if (isOver) return
      isWoken = false
      readAlone()
      try {
        await turns(() =>
          inUnit(engine.database, { asker, readOnly: true, now: engine.clock() }, async (tx) => {
            if (isStarted) return read(tx).then(rest)
            isStarted = true
            isWoken = true
            ready.push(await answer(tx, { kind: 'START', cursor: encodePlaces(places) }))
          }),
        )
      } catch (thrown) {
        if (isPassing(thrown)) {
          isWoken = true
          await sleep(limits.socket.pollMs)
          continue
        }
        ready.push(masked(engine, { errors: [asGraphQLError(thrown)] }))
        end()
      }
    }
  }

  // Written by hand: an `async function*` that waits for the next change cannot be interrupted, so its listener would never leave.
  return {
    async next() {
      await fill()
      const value = ready.shift()
      return value === undefined ? { value: undefined, done: true } : { value, done: false }
    },
    async return() {
      end()
      return { value: undefined, done: true }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
