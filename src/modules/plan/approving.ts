import { mayMove } from '../../kernel/state-machine.ts'
import type { Write } from '../../platform/command.ts'
import { requestApproval } from '../approval/index.ts'
import { tellPlan } from './judging.ts'
import { planMachine } from './plan-states.ts'
import type { Installment, PlanItem } from './rules.ts'
import { type HeldPlan, installmentsOf, itemsOf, lockPlan, saveStep } from './store.ts'

/** What the approval of a plan is called where approvals are decided. */
export const planApproval = 'PAYMENT_PLAN'

/** Everything that is agreed: what is paid of it later changes nothing of that. */
export const evidenceOf = (plan: HeldPlan, items: readonly PlanItem[], installments: readonly Installment[]): object => {
  const { id, currency, amountMinor, acceptedBy, graceBusinessDays, missedToDefault, daysLateToDefault, accelerate } = plan
  return {
    ...{ id, currency, amountMinor, acceptedBy, graceBusinessDays, missedToDefault, daysLateToDefault, accelerate },
    items: items.map((item) => ({ openItemId: item.openItemId, amountMinor: item.amountMinor })),
    installments: installments.map(({ place, dueOn, amountMinor: minor, openItemId }) => ({ place, dueOn, minor, openItemId })),
  }
}

const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`

/** Asks for whoever has to approve the plan, in words that say enough to whoever reads no ledger. */
export const askApproval = async (write: Write, plan: HeldPlan) => {
  const { id: subjectId, customerId, currency, amountMinor, principalId } = plan
  const [items, installments] = await Promise.all([itemsOf(write, [plan.id]), installmentsOf(write, [plan.id])])
  const [first, last] = [installments[0]?.dueOn, installments.at(-1)?.dueOn]
  const when = first === last ? `on ${first}` : `from ${first} to ${last}`
  await requestApproval(write, {
    ...{ action: planApproval, reasonCode: null, subjectId, customerId, currency, amountMinor },
    summary: `Payment plan for ${counted(items.length, 'item')} in ${counted(installments.length, 'installment')} ${when}`,
    evidence: evidenceOf(plan, items, installments),
    makers: [principalId],
  })
}

type Outcome = { readonly planId: string; readonly isApproved: boolean; readonly reason: string | null }

/** What was decided about the approval of a plan brings the plan on; one that is over by then stays as it is. */
export const settleApproval = async (write: Write, { planId, isApproved, reason }: Outcome) => {
  const plan = await lockPlan(write, planId)
  if (plan === null || !mayMove(planMachine, isApproved ? 'approve' : 'cancel', plan.state)) return
  await saveStep(write, { id: plan.id, state: isApproved ? 'APPROVED' : 'CANCELLED', endReason: isApproved ? null : reason })
  tellPlan(write, isApproved ? 'plan.approved' : 'plan.cancelled', plan)
}
