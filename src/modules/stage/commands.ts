import type { Day } from '../../kernel/day.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { can } from '../../platform/policy.ts'
import { InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { badKey, badReason } from '../cash/index.ts'
import { customerExists, lockCustomers } from '../customer/index.ts'
import { customersOfItems } from '../receivable/index.ts'
import { refreshStages } from './refresh.ts'
import { HoldLifted, StageNotDue } from './refusals.ts'
import { type HoldReason, stateOn } from './rules.ts'
import { insertHold, lockHold, saveLift, stageOfItem } from './store.ts'
import { type Standing, settleSteps, standingOf, todayAt } from './taking.ts'

export type HoldStaging = {
  /** An item, a customer, or a whole client. */
  readonly subject: RowKey
  readonly of: 'ITEM' | 'CUSTOMER' | 'CLIENT'
  /** Nothing else was named besides. */
  readonly isAlone: boolean
  readonly reason: HoldReason
  readonly note: string
  readonly until: Day | null
  readonly idempotencyKey: string
}

const badNote = (note: string, path: string): InvalidInput | null =>
  note.trim() === '' || note.length > 500 ? new InvalidInput('it has 1 to 500 characters', ['input', path]) : null

/** All of a client's items are many: they follow in portions, and nothing of them is due meanwhile. */
export const clientHoldChanged = 'staging.changed'

/** Whose stages a hold stops, held until the unit ends; null where there is no such subject. */
const holdSubject = async (write: Write, { subject, of }: Pick<HoldStaging, 'subject' | 'of'>) => {
  if (of === 'CLIENT') return { openItemId: null, customerId: null, owner: null }
  const owner = of === 'CUSTOMER' ? subject.id : (await customersOfItems(write, [subject.id])).get(subject.id)
  if (owner === undefined || !(await customerExists(write, owner))) return null
  await lockCustomers(write, [owner])
  return of === 'CUSTOMER' ? { openItemId: null, customerId: owner, owner } : { openItemId: subject.id, customerId: null, owner }
}

const follow = async (write: Write, owner: string | null) => {
  if (owner !== null) await refreshStages(write, [owner])
  else write.emit({ area: 'work', name: clientHoldChanged, payload: {} })
}

export const holdStaging = command({
  name: 'stage.holdStaging',
  permission: 'stage:work',
  refusals: [NotFound, InvalidInput],
  scope: ({ subject }: HoldStaging) => ({ clientId: subject.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  reason: ({ note }) => note,
  async run(write, { subject, of, isAlone, reason, note, until, idempotencyKey }) {
    if (!isAlone) return new InvalidInput('name one of openItem, customer and client', ['input'])
    const wrong = badKey(idempotencyKey) ?? badNote(note, 'note')
    if (wrong !== null) return wrong
    if (of === 'CLIENT' && !can(write.viewer, 'stage:steer', write.clientId)) return new NotFound('client', ['input', 'client'])
    if (until !== null && until < (await todayAt(write)))
      return new InvalidInput('a hold lasts until today at the client, or longer', ['input', 'until'])
    const held = await holdSubject(write, { subject, of })
    if (held === null)
      return new NotFound(of === 'ITEM' ? 'open item' : 'customer', ['input', of === 'ITEM' ? 'openItem' : 'customer'])
    const { owner, ...about } = held
    const id = await insertHold(write, { ...about, reason, note, until })
    await follow(write, owner)
    return { clientId: write.clientId, id }
  },
})

export type LiftStagingHold = { readonly hold: RowKey; readonly expectedVersion: number; readonly reason: string }

export const liftStagingHold = command({
  name: 'stage.liftStagingHold',
  permission: 'stage:work',
  refusals: [NotFound, InvalidInput, VersionConflict, HoldLifted],
  scope: ({ hold }: LiftStagingHold) => ({ clientId: hold.clientId }),
  reason: ({ reason }) => reason,
  async run(write, { hold, expectedVersion, reason }) {
    const wrong = badReason(reason)
    if (wrong !== null) return wrong
    const found = await lockHold(write, hold.id)
    const isOfClient = found !== null && found.openItemId === null && found.customerId === null
    if (found === null || (isOfClient && !can(write.viewer, 'stage:steer', write.clientId)))
      return new NotFound('hold', ['input', 'hold'])
    if (found.version !== expectedVersion) return new VersionConflict(found.version)
    if (found.isLifted) return new HoldLifted()
    await saveLift(write, found.id, reason)
    const owner =
      found.customerId ??
      (await customersOfItems(write, found.openItemId === null ? [] : [found.openItemId])).get(found.openItemId ?? '')
    await follow(write, owner ?? null)
    return { clientId: write.clientId, id: found.id }
  },
})

export type OnStage = { readonly openItem: RowKey; readonly stage: string; readonly expectedVersion: number }

/** The item as the caller knows it, with its step next. Its row as it was read, before the day may have moved it. */
const stageFor = async (
  write: Write,
  { openItem, stage, expectedVersion }: OnStage,
): Promise<Standing | NotFound | VersionConflict | StageNotDue> => {
  const owner = (await customersOfItems(write, [openItem.id])).get(openItem.id)
  if (owner === undefined) return new NotFound('open item', ['input', 'openItem'])
  await lockCustomers(write, [owner])
  const read = await stageOfItem(write, openItem.id)
  if (read === null) return new NotFound('stage', ['input', 'openItem'])
  if (read.version !== expectedVersion) return new VersionConflict(read.version)
  const row = (await standingOf(write, [openItem.id])).get(openItem.id)
  if (row === undefined) return new NotFound('stage', ['input', 'openItem'])
  return row.next?.code === stage ? row : await notDue(write, row)
}

const notDue = async (write: Write, row: Standing) =>
  new StageNotDue({
    state: stateOn(row, await todayAt(write)),
    next: row.next?.code ?? null,
    dueOn: row.dueOn,
    holds: row.holds,
  })

export type CompleteStage = OnStage & { readonly note: string | null }

export const completeStage = command({
  name: 'stage.completeStage',
  permission: 'stage:work',
  refusals: [NotFound, InvalidInput, VersionConflict, StageNotDue],
  scope: ({ openItem }: CompleteStage) => ({ clientId: openItem.clientId }),
  reason: ({ note }) => note,
  async run(write, { note, ...on }) {
    const wrong = note === null ? null : badNote(note, 'note')
    if (wrong !== null) return wrong
    const row = await stageFor(write, on)
    if (isRefusal(row)) return row
    if (!row.isDue) return await notDue(write, row)
    await settleSteps(write, [{ row, state: 'DONE' }], note === null ? {} : { reason: note })
    return on.openItem
  },
})

export type SkipStage = OnStage & { readonly reason: string }

export const skipStage = command({
  name: 'stage.skipStage',
  permission: 'stage:work',
  refusals: [NotFound, InvalidInput, VersionConflict, StageNotDue],
  scope: ({ openItem }: SkipStage) => ({ clientId: openItem.clientId }),
  reason: ({ reason }) => reason,
  async run(write, { reason, ...on }) {
    const wrong = badReason(reason)
    if (wrong !== null) return wrong
    const row = await stageFor(write, on)
    if (isRefusal(row)) return row
    await settleSteps(write, [{ row, state: 'SKIPPED' }], { reason })
    return on.openItem
  },
})
