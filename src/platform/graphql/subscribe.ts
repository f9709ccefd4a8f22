import { createSourceEventStream, type ExecutionResult } from 'graphql'
import { type Database, Unavailable } from '../database/database.ts'
import { inUnit, type Tx } from '../database/unit.ts'
import { encodePlaces, type Places } from '../events/cursor.ts'
import type { Feed } from '../events/feed.ts'
import { headsOf, type PlannedStream, readBatch, type StreamPlan, type StreamStep } from '../events/stream.ts'
import type { Asker } from '../identity/asker.ts'
import { limits } from '../limits.ts'
import { inTurns, type Turns } from '../turns.ts'
import { contextOf } from './context.ts'
import { asGraphQLError, isRetryable, notFound, sqlState } from './errors.ts'
import { type Engine, executeIn, masked, type Operation } from './execute.ts'

type Answers = AsyncIterableIterator<ExecutionResult>

/** Subscribers read some at a time, so that however many there are, who asks or writes finds a connection. */
const turns = new WeakMap<Database, Turns>()
const turnsOf = (database: Database): Turns => {
  const known = turns.get(database) ?? inTurns(limits.socket.readers)
  turns.set(database, known)
  return known
}

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
      const source = await createSourceEventStream({
        schema,
        document: operation.document,
        contextValue: contextOf(tx),
        variableValues: operation.variables ?? {},
        options: { maxCoercionErrors: limits.document.errors },
        ...(operation.operationName === null || operation.operationName === undefined
          ? {}
          : { operationName: operation.operationName }),
      })
      if (!('plan' in source)) return source as ExecutionResult
      const { plan } = source as PlannedStream
      return { plan, ...(await begin(tx, plan)) }
    })
    return 'plan' in begun ? follow(engine, feed, asker, operation, begun) : masked(engine, begun)
  } catch (thrown) {
    return masked(engine, { errors: [asGraphQLError(thrown)] })
  }
}

type Begun = { readonly plan: StreamPlan; readonly places: Places; readonly clients: readonly string[] }

/** Behind the cursor that was given, or behind everything there is. */
const begin = async (tx: Tx, plan: StreamPlan): Promise<Omit<Begun, 'plan'>> => {
  const clients = plan.clientsFor(tx.viewer)
  if (clients === null) throw notFound('client')
  const heads = await headsOf(tx, clients)
  return {
    clients,
    places: plan.after === null ? heads : new Map([...heads].map(([id, head]) => [id, plan.after?.get(id) ?? head])),
  }
}

/** A pool without room or a restarting server: the stream waits, it does not break. */
const isPassing = (thrown: unknown) =>
  thrown instanceof Unavailable || isRetryable(thrown) || /^(08[^P]|57P)/.test(sqlState(thrown) ?? '')

const follow = (engine: Engine, feed: Feed, asker: Asker, operation: Operation, begun: Begun): Answers => {
  const { plan } = begun
  let { places } = begun
  let clients: ReadonlySet<string> = new Set(begun.clients)
  let isOver = false
  let isWoken = plan.after !== null
  let wakeUp: () => void = () => {}
  const wake = () => {
    isWoken = true
    wakeUp()
  }
  const leave = feed.join({ asker, clients: () => clients, wake })
  const ready: ExecutionResult[] = []

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
    leave()
    wake()
  }

  const answer = (tx: Tx, step: StreamStep) =>
    executeIn(engine, tx, { ...operation, rootValue: step }).then((result) => masked(engine, result))

  /** One unit: what is behind the cursor, answered with the rights of now. */
  const read = async (tx: Tx) => {
    const allowed = plan.clientsFor(tx.viewer)
    // A client that was named and may no longer be read ends the stream; one of "all" only leaves it.
    if (allowed === null || allowed.length === 0) {
      ready.push(masked(engine, { errors: [notFound('client')] }))
      return end()
    }
    if (allowed.length !== clients.size || allowed.some((id) => !clients.has(id))) {
      places = await headsOf(tx, allowed)
      clients = new Set(allowed)
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
      if (isStarted && !isWoken) await sleep(null)
      // A first change is told at once; what comes right behind it is read together.
      for (let left = 0; !isOver; ) {
        left = restsUntil - performance.now()
        if (left <= 0) break
        await sleep(left)
      }
      if (isOver) return
      isWoken = false
      try {
        await turnsOf(engine.database)(() =>
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
