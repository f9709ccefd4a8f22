import type { Write } from '../../platform/command.ts'
import type { WorkKind } from './rules.ts'
import type { KeptAmount, KeptWork } from './store.ts'

export type ChangeKind = 'ADDED' | 'UPDATED' | 'MOVED' | 'REMOVED' | 'RESYNC'

/** Each queue has an event of its own: whoever follows collections is not woken by cash, and hears nothing of it. */
export const eventNames = {
  COLLECTION: 'work.changed',
  MISSING_REMITTANCE: 'missingRemittance.changed',
  UNAPPLIED_CASH: 'unappliedCash.changed',
  UNIDENTIFIED_CASH: 'unidentifiedCash.changed',
} as const satisfies Record<WorkKind, string>

/** Whose a row is, as events say it: team and person; null for nobody’s. */
export type ToldOwner = readonly [string, string | null] | null

type Owned = Pick<KeptWork, 'ownerTeamId' | 'ownerPersonId'>

const toldOwner = ({ ownerTeamId, ownerPersonId }: Owned): ToldOwner =>
  ownerTeamId === null ? null : [ownerTeamId, ownerPersonId]

/** Who follows the queue of one owner has to know both: what goes from one to another leaves a queue and comes into one. */
const owners = (before: Owned | undefined, after: Owned) => ({
  owner: toldOwner(after),
  ownerBefore: toldOwner(before ?? after),
})

export const isSameOwner = (a: Owned, b: Owned): boolean => a.ownerTeamId === b.ownerTeamId && a.ownerPersonId === b.ownerPersonId

/** Tells the followers of a queue what became of a row. One that changed its kind left one queue and came into another. */
export const tellWork = (write: Write, before: KeptWork | undefined, after: KeptWork, cause: string) => {
  const tell = (kind: ChangeKind, { kind: workKind, customerId, receiptId }: KeptWork) => {
    const subject = receiptId === null ? { customerId } : { customerId, receiptId }
    const scores = { scoreBefore: before?.score ?? null, score: after.score }
    const payload = {
      kind,
      workKind,
      workItemId: after.id,
      ...subject,
      cause,
      ...scores,
      ...owners(before?.isQueued === true ? before : undefined, after),
    }
    write.emit({ area: 'work', name: eventNames[workKind], payload })
  }
  if (before?.isQueued === true && before.kind !== after.kind) {
    tell('REMOVED', before)
    if (after.isQueued) tell('ADDED', after)
    return
  }
  const kind = changeOf(before, after)
  if (kind !== null) tell(kind, after)
}

/** What became of a row since a reader last heard of it: what they had before, and what they have now. */
export const sumOfChanges = (earlier: ChangeKind, later: ChangeKind): ChangeKind => {
  if (later === 'REMOVED') return later
  const cameOrWent = [earlier, later].some((kind) => kind === 'ADDED' || kind === 'REMOVED')
  if (cameOrWent) return 'ADDED'
  return earlier === 'MOVED' ? earlier : later
}

/**
 * What a change is in a queue that has only some of the rows: what comes into it from elsewhere was added to it, and what
 * goes elsewhere was removed from it. Null where it was not in it and is not now.
 */
export const viewOf = (kind: ChangeKind, { was, is }: { readonly was: boolean; readonly is: boolean }): ChangeKind | null => {
  if (kind === 'REMOVED') return was || is ? kind : null
  if (is) return was ? kind : 'ADDED'
  return was ? 'REMOVED' : null
}

type Touched = Pick<KeptWork, 'id' | 'customerId' | 'receiptId' | 'score' | 'kind'> & Owned

/** Tells the followers of a queue that somebody marked a row, or whose it is now, and its place is the same. */
export const tellTouched = (write: Write, work: Touched, cause: string, before: Owned = work) => {
  const { id, kind: workKind, customerId, receiptId, score } = work
  const subject = receiptId === null ? { customerId } : { customerId, receiptId }
  const payload = {
    kind: 'UPDATED',
    workKind,
    workItemId: id,
    ...subject,
    cause,
    scoreBefore: score,
    score,
    ...owners(before, work),
  }
  write.emit({ area: 'work', name: eventNames[workKind], payload })
}

/** Tells the followers of queues that a load or a strategy changed many rows: to read them again is less than to hear of each. */
export const tellLoad = (write: Write, workKinds: ReadonlySet<WorkKind>, cause: string) => {
  for (const workKind of workKinds)
    write.emit({ area: 'work', name: eventNames[workKind], payload: { kind: 'RESYNC', workKind, cause } })
}

const changeOf = (before: KeptWork | undefined, after: KeptWork): ChangeKind | null => {
  if (before?.isQueued !== true) return after.isQueued ? 'ADDED' : null
  if (!after.isQueued) return 'REMOVED'
  if (before.score !== after.score) return 'MOVED'
  const isUpdated =
    !isSameOwner(before, after) ||
    before.customerId !== after.customerId ||
    !sameAmounts(before, after) ||
    !sameAction(before, after)
  return isUpdated ? 'UPDATED' : null
}

/** Run twice, the second time finds every row as it should be and writes none. */
export const isSameWork = (before: KeptWork, after: KeptWork): boolean =>
  before.kind === after.kind &&
  before.customerId === after.customerId &&
  before.isQueued === after.isQueued &&
  before.leftOut === after.leftOut &&
  isSameOwner(before, after) &&
  before.strategyVersion === after.strategyVersion &&
  before.score === after.score &&
  before.scoredOn === after.scoredOn &&
  before.valueOn === after.valueOn &&
  before.overdueDays === after.overdueDays &&
  before.itemCount === after.itemCount &&
  sameAmounts(before, after) &&
  sameAction(before, after) &&
  before.factors.length === after.factors.length &&
  before.factors.every(
    (factor, place) => factor.input === after.factors[place]?.input && factor.points === after.factors[place]?.points,
  )

const sameAmounts = (a: KeptWork, b: KeptWork): boolean =>
  JSON.stringify(a.amounts.map(tuple)) === JSON.stringify(b.amounts.map(tuple))
const tuple = ({ currency, open, overdue, toBeCollected }: KeptAmount) => [currency, open, overdue, toBeCollected]

const sameAction = ({ nextAction: a }: KeptWork, { nextAction: b }: KeptWork): boolean =>
  a?.kind === b?.kind && a?.dueOn === b?.dueOn && a?.reason === b?.reason
