import type { Tx } from '../database/unit.ts'
import type { Context } from '../graphql/context.ts'
import { limits } from '../limits.ts'
import type { ClientId, Viewer } from '../policy.ts'
import { decodePlaces, encodePlaces, type Places } from './cursor.ts'

/** An event as its readers see it: numbered within its client. */
export type NumberedEvent = {
  readonly clientId: ClientId
  readonly seq: bigint
  readonly name: string
  readonly payload: Payload
  readonly at: Date
}

/** Why a reader must read its list again instead of following changes. */
export type ResyncReason = 'RIGHTS_CHANGED' | 'CURSOR_TOO_OLD'

/** One step of a stream, handed to the subscription's field as its root value. */
export type StreamStep =
  | { readonly kind: 'START'; readonly cursor: string }
  | { readonly kind: 'RESYNC'; readonly cursor: string; readonly reason: ResyncReason }
  | { readonly kind: 'EVENT'; readonly cursor: string; readonly event: NumberedEvent }

export type Payload = Readonly<Record<string, unknown>>

export type Sum = {
  /** What a change is about; null for one that is told by itself. */
  readonly about: (payload: Payload) => string | null
  readonly of: (earlier: Payload, later: Payload) => Payload
  /** Whether the reader asked for what became of it; for everything without it. Asked of sums, not of their parts. */
  readonly isAsked?: (payload: Payload) => boolean
}

/** What a subscription asks for: which events, of which clients, behind which cursor. */
export type StreamPlan = {
  readonly names: readonly string[]
  /** How several changes of one thing become one, for a reader who has not heard of the first when the next is there. */
  readonly sum?: Sum
  /** The clients it may follow right now: those named, or null once one of them may no longer be read. */
  readonly clientsFor: (viewer: Viewer) => readonly ClientId[] | null
  readonly after: Places | null
}

/** graphql-js wants something to iterate; the plan is taken from it and followed by platform/graphql/subscribe.ts. */
export type PlannedStream = AsyncIterable<never> & { readonly plan: StreamPlan }

export const planned = (plan: StreamPlan): PlannedStream => ({
  plan,
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
})

/** Null when the text is not a cursor; undefined when none was given. */
export const placesFrom = (after: string | null | undefined): Places | null | undefined =>
  after === null || after === undefined ? undefined : decodePlaces(after)

/** Where the lines of these clients end, as of this unit. */
export const headsOf = async (tx: Tx, clients: readonly ClientId[]): Promise<Places> => {
  const rows = await tx.sql<{ clientId: string; seq: bigint }>`
    select client_id as "clientId", last_seq as seq from event_line where client_id = any (${[...clients]}::uuid[])`
  const found = new Map(rows.map(({ clientId, seq }) => [clientId, seq]))
  return new Map(clients.map((clientId) => [clientId, found.get(clientId) ?? 0n]))
}

/** A cursor at the end of everything that this unit can see: a list read together with it misses nothing behind it. */
export const cursorOf = async ({ tx }: Context, clients: readonly ClientId[]): Promise<string> =>
  encodePlaces(await headsOf(tx, clients))

export type Batch = { readonly steps: readonly StreamStep[]; readonly places: Places; readonly isMore: boolean }

/**
 * What happened behind the places, as far as the viewer may read it now: the fence, not this function, decides that.
 * Clients take turns; within one the order is its line's, which is the order of commits for changes of one row.
 * A reader that is too far behind is told to read its list again.
 */
export const readBatch = async (
  tx: Tx,
  { names, sum }: Pick<StreamPlan, 'names' | 'sum'>,
  clients: readonly ClientId[],
  from: Places,
): Promise<Batch> => {
  const heads = await headsOf(tx, clients)
  const behind = [...heads].filter(([clientId, head]) => head > (from.get(clientId) ?? head))
  if (behind.some(([clientId, head]) => head - (from.get(clientId) ?? head) > BigInt(limits.socket.replay))) {
    return { steps: [{ kind: 'RESYNC', cursor: encodePlaces(heads), reason: 'CURSOR_TOO_OLD' }], places: heads, isMore: false }
  }
  if (behind.length === 0) return { steps: [], places: heads, isMore: false }
  const events = await tx.sql<NumberedEvent>`
    select e."clientId", e.seq, e.name, e.payload, e.at from unnest(${behind.map(([clientId]) => clientId)}::uuid[], ${behind.map(([clientId]) => String(from.get(clientId) ?? 0n))}::bigint[])
      as k (client_id, seq)
    cross join lateral (
      select e.client_id as "clientId", e.seq, e.name, e.payload, e.at, row_number() over (order by e.seq) as place from event e
      where e.client_id = k.client_id and e.seq > k.seq and e.name = any (${[...names]}::text[])
      order by e.seq limit ${limits.socket.batch}) e
    order by e.place, e."clientId" limit ${limits.socket.batch}`
  const isMore = events.length === limits.socket.batch
  const places = new Map([...heads].map(([clientId, head]) => [clientId, from.get(clientId) ?? head]))
  const steps = events.map((event): StreamStep => {
    places.set(event.clientId, event.seq)
    return { kind: 'EVENT', cursor: encodePlaces(places), event }
  })
  return { steps: sum === undefined ? steps : summed(steps, sum), places: isMore ? places : heads, isMore }
}

/** One step for each thing, where its last change stands. */
const summed = (steps: readonly StreamStep[], sum: Sum): StreamStep[] => {
  const byThing = new Map<string | StreamStep, StreamStep>()
  for (const step of steps) {
    const about = step.kind === 'EVENT' ? sum.about(step.event.payload) : null
    const thing = step.kind === 'EVENT' && about !== null ? `${step.event.clientId} ${about}` : step
    const earlier = byThing.get(thing)
    byThing.delete(thing)
    byThing.set(thing, earlier?.kind === 'EVENT' && step.kind === 'EVENT' ? after(earlier, step, sum) : step)
  }
  const { isAsked } = sum
  const told = [...byThing.values()]
  return isAsked === undefined ? told : told.filter((step) => step.kind !== 'EVENT' || isAsked(step.event.payload))
}

type EventStep = Extract<StreamStep, { kind: 'EVENT' }>

const after = (earlier: EventStep, later: EventStep, sum: Sum): EventStep => ({
  ...later,
  event: { ...later.event, payload: sum.of(earlier.event.payload, later.event.payload) },
})
