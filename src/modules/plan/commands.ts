import { type Day, dayIn } from '../../kernel/day.ts'
import { parseAmount } from '../../kernel/money.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { ApprovalExpired, EvidenceChanged, holdApprovals, useApproval, withdrawApproval } from '../approval/index.ts'
import { clientFacts } from '../client/index.ts'
import { policyInForce } from '../policy/index.ts'
import { type LockedItem, lockOpenItems } from '../receivable/index.ts'
import { askApproval, evidenceOf, planApproval } from './approving.ts'
import { tellPlan } from './judging.ts'
import { planMachine } from './plan-states.ts'
import { planPolicy } from './policy.ts'
import { AlreadyPlanned, OverPlanned } from './refusals.ts'
import { faultOf, type Installment, judgePlan } from './rules.ts'
import { type HeldPlan, insertPlan, installmentsOf, itemsOf, lockPlan, planned, saveStep, startCounting } from './store.ts'

type Amount = { readonly amount: string; readonly currency: string }

export type ProposePaymentPlan = {
  readonly customer: RowKey
  readonly items: readonly { readonly openItem: RowKey; readonly amount: Amount }[]
  readonly installments: readonly { readonly dueOn: Day; readonly amount: Amount; readonly openItem: RowKey | null }[]
}

/** The most items of one plan. */
export const planItemsMax = 200

const minorIn = (currency: string, { amount, currency: told }: Amount, path: readonly string[]): bigint | InvalidInput => {
  if (told !== currency) return new InvalidInput(`the plan is in ${currency}, as its items are`, [...path, 'currency'])
  const parsed = parseAmount(amount, currency)
  if (typeof parsed === 'string' || parsed.minor <= 0n)
    return new InvalidInput('an amount is positive and of its currency’s digits', path)
  return parsed.minor
}

/** Why an item cannot be covered by as much, or null. */
const refusalOfItem = (
  item: LockedItem | undefined,
  amountMinor: bigint,
  { customerId, currency, path }: { readonly customerId: string; readonly currency: string; readonly path: readonly string[] },
): NotFound | InvalidInput | OverPlanned | null => {
  if (item === undefined || item.kind === 'CREDIT_MEMO' || item.customerId !== customerId)
    return new NotFound('open item', [...path, 'openItem'])
  if (item.currency !== currency)
    return new InvalidInput(`the plan is in ${currency}; items of other currencies have plans of their own`, [
      ...path,
      'openItem',
    ])
  const room = item.openMinor - item.disputedMinor
  return amountMinor > room ? new OverPlanned({ minor: room, currency }, [...path, 'amount']) : null
}

export const proposePaymentPlan = command({
  name: 'plan.proposePaymentPlan',
  permission: 'plan:propose',
  refusals: [NotFound, InvalidInput, OverPlanned, AlreadyPlanned],
  scope: ({ customer }: ProposePaymentPlan) => ({ clientId: customer.clientId }),
  async run(write, { customer, items: told, installments: asked }) {
    const [{ timeZone }, { rules, version }] = await Promise.all([clientFacts(write), policyInForce(write, planPolicy)])
    const own = ({ clientId, id }: RowKey) => (clientId === write.clientId ? id : customer.id)
    const itemIds = told.map(({ openItem }) => own(openItem))
    const [first] = told
    if (first === undefined || told.length > planItemsMax || new Set(itemIds).size < told.length)
      return new InvalidInput(`a plan covers 1 to ${planItemsMax} open items, each once`, ['input', 'items'])
    if (asked.length < 1 || asked.length > rules.installmentsMax)
      return new InvalidInput(`a plan has 1 to ${rules.installmentsMax} installments`, ['input', 'installments'])
    const { currency } = first.amount

    const locked = new Map((await lockOpenItems(write, itemIds)).map((item) => [item.id, item]))
    const taken = await planned(write, itemIds)
    const items: { openItemId: string; amountMinor: bigint }[] = []
    for (const [index, { openItem, amount }] of told.entries()) {
      const path = ['input', 'items', String(index)]
      const openItemId = own(openItem)
      const amountMinor = minorIn(currency, amount, [...path, 'amount'])
      if (isRefusal(amountMinor)) return amountMinor
      const refused = refusalOfItem(locked.get(openItemId), amountMinor, { customerId: customer.id, currency, path })
      if (refused !== null) return refused
      if (taken.has(openItemId)) return new AlreadyPlanned([...path, 'openItem'])
      items.push({ openItemId, amountMinor })
    }
    const installments: Installment[] = []
    for (const [index, { dueOn, amount, openItem }] of asked.entries()) {
      const amountMinor = minorIn(currency, amount, ['input', 'installments', String(index), 'amount'])
      if (isRefusal(amountMinor)) return amountMinor
      const openItemId = openItem === null ? null : own(openItem)
      if (openItemId !== null && !itemIds.includes(openItemId))
        return new NotFound('open item of the plan', ['input', 'installments', String(index), 'openItem'])
      installments.push({ place: index + 1, dueOn, amountMinor, openItemId })
    }
    const fault = faultOf({ items, installments, today: dayIn(timeZone, write.now), longestDays: rules.longestDays })
    if (fault !== null) return new InvalidInput(fault.message, fault.path)

    const id = write.newId()
    const { graceBusinessDays, missedToDefault, daysLateToDefault, accelerate } = rules
    const amountMinor = items.reduce((sum, item) => sum + item.amountMinor, 0n)
    await insertPlan(write, {
      ...{ id, customerId: customer.id, currency, amountMinor, items, installments, policyVersion: version },
      ...{ graceBusinessDays, missedToDefault, daysLateToDefault, accelerate },
    })
    write.emit({ area: 'work', name: 'plan.proposed', payload: { planId: id, customerIds: [customer.id] } })
    return { clientId: write.clientId, id }
  },
})

export type OnPlan = { readonly plan: RowKey; readonly expectedVersion: number }

/** Held, as the caller knows it, and in a state that takes the move. Approvals are held before plans. */
const planFor = async (
  write: Write,
  { plan, expectedVersion }: OnPlan,
  move: 'accept' | 'activate' | 'cancel',
): Promise<HeldPlan | NotFound | VersionConflict | IllegalMove> => {
  await holdApprovals(write, planApproval)
  const found = await lockPlan(write, plan.id)
  if (found === null) return new NotFound('plan', ['input', 'plan'])
  if (found.version !== expectedVersion) return new VersionConflict(found.version)
  return IllegalMove.unless(planMachine, move, found.state, ['input', 'plan']) ?? found
}

export type AcceptPaymentPlan = OnPlan & { readonly acceptedBy: string }

export const acceptPaymentPlan = command({
  name: 'plan.acceptPaymentPlan',
  permission: 'plan:propose',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: ({ plan }: AcceptPaymentPlan) => ({ clientId: plan.clientId }),
  async run(write, { acceptedBy, ...on }) {
    if (acceptedBy.trim() === '' || acceptedBy.length > 200)
      return new InvalidInput('who accepted is told in 1 to 200 characters', ['input', 'acceptedBy'])
    const found = await planFor(write, on, 'accept')
    if (isRefusal(found)) return found
    await saveStep(write, { id: found.id, state: 'CUSTOMER_ACCEPTED', acceptedBy })
    tellPlan(write, 'plan.accepted', found)
    await askApproval(write, { ...found, acceptedBy })
    return { clientId: write.clientId, id: found.id }
  },
})

export const activatePaymentPlan = command({
  name: 'plan.activatePaymentPlan',
  permission: 'plan:propose',
  refusals: [NotFound, VersionConflict, IllegalMove, OverPlanned, InvalidInput, ApprovalExpired, EvidenceChanged],
  scope: ({ plan }: OnPlan) => ({ clientId: plan.clientId }),
  async run(write, on) {
    // Items before plans, as everywhere: docs/decisions/0007-lock-order.md
    const covered = await itemsOf(write, [on.plan.id])
    const locked = new Map(
      (
        await lockOpenItems(
          write,
          covered.map(({ openItemId }) => openItemId),
        )
      ).map((item) => [item.id, item]),
    )
    const found = await planFor(write, on, 'activate')
    if (isRefusal(found)) return found
    const { timeZone } = await clientFacts(write)
    const today = dayIn(timeZone, write.now)
    for (const { openItemId, amountMinor } of covered) {
      const item = locked.get(openItemId)
      const room = item === undefined ? 0n : item.openMinor - item.disputedMinor
      if (amountMinor > room) return new OverPlanned({ minor: room, currency: found.currency }, ['input', 'plan'])
    }
    const installments = await installmentsOf(write, [found.id])
    const { state, missed, currentUntil } = judgePlan(found, installments, today)
    if (state !== 'ACTIVE' || missed > 0)
      return new InvalidInput('an installment is overdue before the plan is active; cancel it and propose another', [
        'input',
        'plan',
      ])
    const path = ['input', 'plan']
    const unused = await useApproval(write, {
      action: planApproval,
      subjectId: found.id,
      evidence: evidenceOf(found, covered, installments),
      path,
    })
    if (unused !== null) return unused
    await Promise.all([saveStep(write, { id: found.id, state, currentUntil }), startCounting(write, found.id)])
    tellPlan(write, 'plan.activated', found)
    return { clientId: write.clientId, id: found.id }
  },
})

export type CancelPaymentPlan = OnPlan & { readonly reason: string }

export const cancelPaymentPlan = command({
  name: 'plan.cancelPaymentPlan',
  permission: 'plan:propose',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: ({ plan }: CancelPaymentPlan) => ({ clientId: plan.clientId }),
  reason: ({ reason }) => reason,
  async run(write, { reason, ...on }) {
    if (reason.trim() === '' || reason.length > 500)
      return new InvalidInput('a reason has 1 to 500 characters', ['input', 'reason'])
    const found = await planFor(write, on, 'cancel')
    if (isRefusal(found)) return found
    await withdrawApproval(write, { action: planApproval, subjectId: found.id, reason })
    await saveStep(write, { id: found.id, state: 'CANCELLED', endReason: reason })
    tellPlan(write, 'plan.cancelled', found)
    return { clientId: write.clientId, id: found.id }
  },
})
