import { type Day, isZone } from '../../kernel/day.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import { instantIn, isTime } from '../../kernel/zone.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { type ClientId, can } from '../../platform/policy.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import { clientFacts } from '../client/index.ts'
import {
  dropMark,
  dueMarks,
  endMarks,
  type FoundWork,
  findWork,
  marksOfCustomers,
  marksOfReceipts,
  type NewMark,
  putMark,
  touchWork,
  workBehind,
} from './mark-store.ts'
import { claimIn, longestMs, type MarkKind, NotMarked, type Subject, WorkClaimed } from './marks.ts'
import { refreshWork } from './refresh.ts'
import { refreshCashWork } from './refresh-cash.ts'
import { holdCustomers, holdReceipts } from './store.ts'
import { tellTouched } from './tell.ts'

type OnWork = { readonly workItem: RowKey }
const ofWork = ({ workItem }: OnWork) => ({ clientId: workItem.clientId })

const noteMax = 500

type Held = { readonly work: FoundWork; readonly subject: Subject }

const subjectOf = ({ customerId, receiptId }: FoundWork): Subject =>
  receiptId === null ? { customerId: customerId ?? '' } : { receiptId }

/** The work, and what it is about held until the unit ends: of two who mark the same work, one comes first. */
const holdWork = async (write: Write, { id }: RowKey): Promise<Held | NotFound> => {
  const work = await findWork(write, id)
  if (work === null) return new NotFound('work item', ['input', 'workItem'])
  await (work.receiptId === null ? holdCustomers(write, [work.customerId ?? '']) : holdReceipts(write, [work.receiptId]))
  return { work, subject: subjectOf(work) }
}

const claimOn = async (write: Write, { receiptId, customerId }: FoundWork) => {
  const marks = receiptId === null ? marksOfCustomers(write, [customerId ?? '']) : marksOfReceipts(write, [receiptId])
  return claimIn((await marks).get(receiptId ?? customerId ?? '') ?? [], write.now)
}

/** Null unless somebody else holds it. */
const heldByOther = async (write: Write, work: FoundWork): Promise<WorkClaimed | null> => {
  const claim = await claimOn(write, work)
  return claim === null || claim.principalId === write.viewer.id ? null : new WorkClaimed(claim)
}

/** Brings the row up to its marks, and tells whoever follows it, in the transaction that changed them. */
const follow = async (write: Write, work: FoundWork, cause: string) => {
  const { customerId, receiptId } = work
  const changed = await (receiptId === null
    ? refreshWork(write, [customerId ?? ''], cause)
    : refreshCashWork(write, [receiptId], cause))
  if (changed === 0) await touch(write, [work], cause)
}

/** Rows whose marks changed and whose place did not are other versions of themselves. */
export const touch = async (write: Write, works: readonly FoundWork[], cause: string) => {
  await touchWork(
    write,
    works.map(({ id }) => id),
  )
  for (const work of works) if (work.isQueued) tellTouched(write, work, cause)
}

const endFrom = (write: Write, kind: MarkKind, endsAt: Date, path: string): InvalidInput | null => {
  const ms = endsAt.getTime() - write.now.getTime()
  if (ms <= 0) return new InvalidInput('it has to lie ahead', ['input', path])
  if (ms > longestMs[kind]) return new InvalidInput(`it lies at most ${longestMs[kind] / 86_400_000} days ahead`, ['input', path])
  return null
}

const reasonFrom = (reason: string): InvalidInput | null =>
  reason.trim() === '' || reason.length > noteMax
    ? new InvalidInput(`a reason has 1 to ${noteMax} characters`, ['input', 'reason'])
    : null

const marked = async (write: Write, workItem: RowKey, mark: NewMark, cause: string, ends?: MarkKind) => {
  const held = await holdWork(write, workItem)
  if (isRefusal(held)) return held
  const other = await heldByOther(write, held.work)
  if (other !== null) return other
  if (ends !== undefined) await dropMark(write, held.subject, ends)
  await putMark(write, held.subject, mark)
  write.emit({ area: 'work', name: 'work.marked', payload: { workItemId: held.work.id, endsAt: mark.endsAt.toISOString() } })
  await follow(write, held.work, cause)
  return workItem
}

export type ClaimWork = OnWork & { readonly minutes: number }

export const claimWork = command({
  name: 'worklist.claimWork',
  permission: 'work:mark',
  refusals: [NotFound, InvalidInput, WorkClaimed],
  scope: (input: ClaimWork) => ofWork(input),
  async run(write, { workItem, minutes }) {
    const endsAt = new Date(write.now.getTime() + minutes * 60_000)
    if (minutes < 1 || minutes * 60_000 > longestMs.CLAIM)
      return new InvalidInput(`a claim lasts 1 to ${longestMs.CLAIM / 60_000} minutes`, ['input', 'minutes'])
    return marked(write, workItem, { kind: 'CLAIM', endsAt, note: '' }, 'claim')
  },
})

export type ReleaseWork = OnWork & { readonly reason: string | null }

export const releaseWork = command({
  name: 'worklist.releaseWork',
  permission: 'work:mark',
  refusals: [NotFound, InvalidInput, WorkClaimed, NotMarked],
  scope: (input: ReleaseWork) => ofWork(input),
  reason: ({ reason }) => reason,
  async run(write, { workItem, reason }) {
    const held = await holdWork(write, workItem)
    if (isRefusal(held)) return held
    const claim = await claimOn(write, held.work)
    if (claim === null) return new NotMarked('claim')
    if (claim.principalId !== write.viewer.id) {
      if (!can(write.viewer, 'work:steer', write.clientId)) return new WorkClaimed(claim)
      const wrong = reasonFrom(reason ?? '')
      if (wrong !== null) return wrong
    }
    await dropMark(write, held.subject, 'CLAIM')
    await touch(write, [held.work], 'release')
    return workItem
  },
})

export type SnoozeWork = OnWork & { readonly until: Date; readonly reason: string }

export const snoozeWork = command({
  name: 'worklist.snoozeWork',
  permission: 'work:mark',
  refusals: [NotFound, InvalidInput, WorkClaimed],
  scope: (input: SnoozeWork) => ofWork(input),
  reason: ({ reason }) => reason,
  async run(write, { workItem, until, reason }) {
    const wrong = reasonFrom(reason) ?? endFrom(write, 'SNOOZE', until, 'until')
    return wrong ?? marked(write, workItem, { kind: 'SNOOZE', endsAt: until, note: reason }, 'snooze', 'PIN')
  },
})

export type PinWork = OnWork & { readonly until: Date; readonly reason: string }

export const pinWork = command({
  name: 'worklist.pinWork',
  permission: 'work:mark',
  refusals: [NotFound, InvalidInput, WorkClaimed],
  scope: (input: PinWork) => ofWork(input),
  reason: ({ reason }) => reason,
  async run(write, { workItem, until, reason }) {
    const wrong = reasonFrom(reason) ?? endFrom(write, 'PIN', until, 'until')
    return wrong ?? marked(write, workItem, { kind: 'PIN', endsAt: until, note: reason }, 'pin', 'SNOOZE')
  },
})

export type ScheduleCallback = OnWork & {
  readonly on: Day
  readonly at: string
  readonly timeZone: string | null
  readonly note: string
}

export const scheduleCallback = command({
  name: 'worklist.scheduleCallback',
  permission: 'work:mark',
  refusals: [NotFound, InvalidInput, WorkClaimed],
  scope: (input: ScheduleCallback) => ofWork(input),
  async run(write, { workItem, on, at, timeZone, note }) {
    const zone = timeZone ?? (await clientFacts(write)).timeZone
    if (!isZone(zone))
      return new InvalidInput('a time zone has a name of the IANA database, such as Europe/Warsaw', ['input', 'timeZone'])
    if (!isTime(at)) return new InvalidInput('a time is HH:MM, from 00:00 to 23:59', ['input', 'at'])
    const endsAt = instantIn(zone, on, at)
    if (endsAt === null)
      return new InvalidInput(`the clocks in ${zone} skip ${at} on ${on}; agree on another time`, ['input', 'at'])
    if (note.length > noteMax) return new InvalidInput(`a note has at most ${noteMax} characters`, ['input', 'note'])
    const wrong = endFrom(write, 'CALLBACK', endsAt, 'on')
    return wrong ?? marked(write, workItem, { kind: 'CALLBACK', endsAt, note, timeZone: zone }, 'callback')
  },
})

/** What can be lifted: a claim is released instead, which only its holder may. */
export type Liftable = Exclude<MarkKind, 'CLAIM'>
export type LiftWorkMark = OnWork & { readonly mark: Liftable }

export const liftWorkMark = command({
  name: 'worklist.liftWorkMark',
  permission: 'work:mark',
  refusals: [NotFound, WorkClaimed, NotMarked],
  scope: (input: LiftWorkMark) => ofWork(input),
  async run(write, { workItem, mark }) {
    const held = await holdWork(write, workItem)
    if (isRefusal(held)) return held
    const other = await heldByOther(write, held.work)
    if (other !== null) return other
    if (!(await dropMark(write, held.subject, mark))) return new NotMarked(mark.toLowerCase())
    await follow(write, held.work, mark.toLowerCase())
    return workItem
  },
})

/** Tells whoever follows the queues that something about their rows changed in a module above: their place is the same. */
export const touchWorkOf = async (
  write: Write,
  subjects: { readonly customerIds: readonly string[]; readonly receiptIds: readonly string[] },
  cause: string,
) => {
  if (subjects.receiptIds.length > 0) await holdReceipts(write, subjects.receiptIds)
  await holdCustomers(write, subjects.customerIds)
  await touch(write, await workBehind(write, subjects), cause)
}

/** Marks ended in one round; whoever has them ended goes on while there are more. */
const portion = 500

/**
 * What time does to marks: snoozed work comes back, a callback that is due comes first, pins and claims end. Idempotent:
 * a mark that another node ended is not there any more.
 */
export const endWorkMarks = command({
  name: 'worklist.endWorkMarks',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: { clientId: ClientId }) => ({ clientId }),
  isAudited: () => false,
  async run(write) {
    const due = await dueMarks(write, portion)
    const receiptIds = due.flatMap(({ receiptId }) => receiptId ?? [])
    const customerIds = due.flatMap(({ customerId }) => customerId ?? [])
    if (due.length === 0) return { ended: 0, isMore: false }
    await holdReceipts(write, [...new Set(receiptIds)])
    await holdCustomers(write, [...new Set(customerIds)])
    await endMarks(
      write,
      due.map(({ id }) => id),
    )
    if (receiptIds.length > 0) await refreshCashWork(write, receiptIds, 'time')
    await refreshWork(write, customerIds, 'time')
    const claims = due.filter(({ kind }) => kind === 'CLAIM')
    const works = await workBehind(write, {
      receiptIds: claims.flatMap(({ receiptId }) => receiptId ?? []),
      customerIds: claims.flatMap(({ customerId }) => customerId ?? []),
    })
    await touch(write, works, 'release')
    return { ended: due.length, isMore: due.length === portion }
  },
})
