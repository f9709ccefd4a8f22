import { dayIn } from '../../kernel/day.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import { IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { requestApproval, useApproval, withdrawApproval } from '../approval/index.ts'
import { beyondTolerance } from '../cash/index.ts'
import { clientFacts } from '../client/index.ts'
import { policyInForce } from '../policy/index.ts'
import { illegalUnless, mayMoveFrom, pending } from './deduction-states.ts'
import { badNote, deductionFor, holdDeductionApprovals, moveAll, type OnDeduction } from './moving.ts'
import { deductionPolicy, limitsOf } from './policy.ts'
import { judgeItem, type OnItem } from './rules.ts'
import {
  type HeldDeduction,
  isAnyPending,
  itemsToJudge,
  lockDeductions,
  lockOfSettlements,
  lockOnItems,
  originalOf,
  toleratedInMonth,
} from './store.ts'

type Action = 'DEDUCTION_CREDIT' | 'DEDUCTION_WRITE_OFF'

const actionOf = ({ state }: Pick<HeldDeduction, 'state'>): Action =>
  state === 'WRITE_OFF_REQUESTED' ? 'DEDUCTION_WRITE_OFF' : 'DEDUCTION_CREDIT'

/** Everything that is decided about. */
const evidenceOf = ({ id, openItemId, currency, amountMinor, reasonCode, verdict, state }: HeldDeduction): object => ({
  ...{ id, openItemId, currency, amountMinor, reasonCode, verdict, state },
})

const ask = async (write: Write, deduction: HeldDeduction, note: string) => {
  const { id: subjectId, customerId, currency, amountMinor, reasonCode } = deduction
  const what = { CREDIT_REQUESTED: 'Credit', ACCRUAL_SETTLEMENT: 'Settlement from an accrual', WRITE_OFF_REQUESTED: 'Write-off' }
  const asked = what[deduction.state as keyof typeof what]
  await requestApproval(write, {
    ...{ action: actionOf(deduction), reasonCode, subjectId, customerId, currency, amountMinor },
    summary: `${asked} of a deduction, ${reasonCode}: ${note}`.slice(0, 500),
    evidence: evidenceOf(deduction),
    makers: [],
  })
}

export type RequestCredit = OnDeduction & {
  readonly note: string
  /** The accrual that it is settled from, as the client calls it; a credit without it. */
  readonly accrual: string | null
}

export const requestCredit = command({
  name: 'deduction.requestCredit',
  permission: 'deduction:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: ({ deduction }: RequestCredit) => ({ clientId: deduction.clientId }),
  async run(write, { note, accrual, ...on }) {
    const bad = badNote(note, 400, ['input', 'note']) ?? (accrual === null ? null : badNote(accrual, 100, ['input', 'accrual']))
    if (bad !== null) return bad
    await holdDeductionApprovals(write)
    const move = accrual === null ? 'requestCredit' : 'settleFromAccrual'
    const before = await deductionFor(write, on, move)
    if (isRefusal(before)) return before
    if (accrual !== null && before.kind !== 'TRADE')
      return new InvalidInput('what is settled from an accrual is trade spending; request a credit', ['input', 'accrual'])
    const told = accrual === null ? note : `${note} (accrual ${accrual})`
    const state = accrual === null ? 'CREDIT_REQUESTED' : 'ACCRUAL_SETTLEMENT'
    const [after] = await moveAll(write, [{ before, after: { state }, move, note: told }])
    if (after !== undefined) await ask(write, after, told)
    return { clientId: write.clientId, id: before.id }
  },
})

/** Whether a deduction is small by every measure: by itself, as a share of its item, and with what the month has seen. */
const isSmall = async (
  write: Write,
  { reasonCode, currency, amountMinor, openItemId }: HeldDeduction,
  day: ReturnType<typeof dayIn>,
) => {
  const monthMinor = await toleratedInMonth(write, { reasonCode, currency, day })
  const [{ rules }, originalMinor] = await Promise.all([policyInForce(write, deductionPolicy), originalOf(write, openItemId)])
  return beyondTolerance(limitsOf(rules, reasonCode), { amountMinor, currency, originalMinor, monthMinor }) === null
}

export type RequestWriteOff = OnDeduction & { readonly note: string }

export const requestWriteOff = command({
  name: 'deduction.requestWriteOff',
  permission: 'deduction:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: ({ deduction }: RequestWriteOff) => ({ clientId: deduction.clientId }),
  reason: ({ note }) => note,
  async run(write, { note, ...on }) {
    const bad = badNote(note, 400, ['input', 'note'])
    if (bad !== null) return bad
    await holdDeductionApprovals(write)
    const before = await deductionFor(write, on, 'tolerate')
    if (isRefusal(before)) return before
    const { timeZone } = await clientFacts(write)
    const day = dayIn(timeZone, write.now)
    if (await isSmall(write, before, day)) {
      await moveAll(write, [{ before, after: { state: 'APPROVED', toleratedOn: day }, move: 'tolerate', note }])
      return { clientId: write.clientId, id: before.id }
    }
    const illegal = illegalUnless('requestWriteOff', before, ['input', 'deduction'])
    if (illegal !== null) return illegal
    const [after] = await moveAll(write, [{ before, after: { state: 'WRITE_OFF_REQUESTED' }, move: 'requestWriteOff', note }])
    if (after !== undefined) await ask(write, after, note)
    return { clientId: write.clientId, id: before.id }
  },
})

type Outcome = { readonly deductionId: string; readonly isApproved: boolean; readonly reason: string | null }

/** What was decided brings the deduction on, and uses the approval; one that is over by then stays as it is. */
export const settleDeduction = async (write: Write, { deductionId, isApproved, reason }: Outcome) => {
  await holdDeductionApprovals(write)
  const [before] = await lockDeductions(write, [deductionId])
  const move = isApproved ? 'approve' : 'turnDown'
  if (before === undefined || !mayMoveFrom(move, before)) return
  if (!isApproved) {
    const state = before.verdict === 'INVALID' ? 'REPAYMENT_CHASE' : 'VALIDATED'
    await moveAll(write, [{ before, after: { state }, move, note: reason ?? '' }])
    return
  }
  const path = ['input']
  const unused = await useApproval(write, { action: actionOf(before), subjectId: before.id, evidence: evidenceOf(before), path })
  if (unused === null) await moveAll(write, [{ before, after: { state: 'APPROVED' }, move }])
}

export type ConfirmPosted = OnDeduction & { readonly document: string }

export const confirmDeductionPosted = command({
  name: 'deduction.confirmDeductionPosted',
  permission: 'deduction:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: ({ deduction }: ConfirmPosted) => ({ clientId: deduction.clientId }),
  async run(write, { document, ...on }) {
    const bad = badNote(document, 100, ['input', 'document'])
    if (bad !== null) return bad
    const before = await deductionFor(write, on, 'confirmPosted')
    if (isRefusal(before)) return before
    await moveAll(write, [{ before, after: { state: 'POSTED' }, move: 'confirmPosted', note: document }])
    return { clientId: write.clientId, id: before.id }
  },
})

const roleOf = ({ state }: HeldDeduction): OnItem['is'] | null => {
  if (state === 'REPAID' || state === 'APPROVED') return state
  if (state === 'POSTED') return null
  return state === 'DENIED' || state === 'REPAYMENT_CHASE' || state === 'PLACED_LEGAL' ? 'OWED' : 'KEPT'
}

type Concerned = {
  readonly openItemIds: readonly string[]
  readonly customerIds: readonly string[]
  readonly by: 'CASH' | 'LEDGER'
}

/** Items changed: what was repaid, taken back or posted of them follows. Items are held by whoever changed them. */
export const judgeDeductions = async (write: Write, { by, ...concerned }: Concerned) => {
  const itemIds = await itemsToJudge(write, concerned)
  if (itemIds.length === 0) return
  const held = await lockOnItems(write, itemIds)
  const byId = new Map(held.map((one) => [one.id, one]))
  const moves = [...Map.groupBy(held, ({ openItemId }) => openItemId).values()].flatMap((rows) => {
    const onItem = rows.flatMap((row) => {
      const is = roleOf(row)
      return is === null ? [] : [{ id: row.id, amountMinor: row.amountMinor, is }]
    })
    const { repaid, reopened, posted } = judgeItem(rows[0]?.openMinor ?? 0n, onItem, by)
    return [
      ...repaid.map((id) => ({ id, move: 'repay', after: { state: 'REPAID' } }) as const),
      ...reopened.map((id) => ({ id, move: 'reopen', after: { state: 'REPAYMENT_CHASE' } }) as const),
      ...posted.map((id) => ({ id, move: 'confirmPosted', after: { state: 'POSTED' } }) as const),
    ]
  })
  await moveAll(
    write,
    moves.flatMap(({ id, ...rest }) => {
      const before = byId.get(id)
      return before === undefined ? [] : [{ before, ...rest }]
    }),
  )
}

/** Deductions go with the settlements that were short, and so does what was asked for of them. */
export const voidDeductions = async (write: Write, settlementIds: readonly string[]) => {
  if (await isAnyPending(write, settlementIds)) await holdDeductionApprovals(write)
  const held = await lockOfSettlements(write, settlementIds)
  await moveAll(
    write,
    held.map((before) => ({ before, after: { state: 'VOIDED' as const }, move: 'void' as const })),
  )
  for (const one of held.filter(({ state }) => (pending as readonly string[]).includes(state)))
    await withdrawApproval(write, { action: actionOf(one), subjectId: one.id, reason: 'the payment that was short was undone' })
}
