import { type Day, dayIn } from '../../kernel/day.ts'
import { isDeclared } from '../../kernel/state-machine.ts'
import { command, type Write } from '../../platform/command.ts'
import { clientFacts } from '../client/index.ts'
import type { Payment } from '../promise/index.ts'
import { planMachine } from './plan-states.ts'
import { type Allocated, type Allocation, allocate, judgePlan } from './rules.ts'
import { type HeldPlan, installmentsOf, itemsOf, lockJudgeable, lockOverdue, saveJudged } from './store.ts'

/** What is told of a plan. Missed: an installment is overdue, or one less is. */
export const planEvents = [
  'plan.proposed',
  'plan.accepted',
  'plan.approved',
  'plan.activated',
  'plan.cancelled',
  'plan.completed',
  'plan.defaulted',
  'plan.reopened',
  'plan.missed',
] as const

export const tellPlan = (write: Write, name: (typeof planEvents)[number], { id, customerId }: HeldPlan) =>
  write.emit({ area: 'work', name, payload: { planId: id, customerIds: [customerId] } })

/** Brings one plan to what was paid of it and the day. Nothing is written where nothing changed; tells whether something did. */
const settle = async (
  write: Write,
  plan: HeldPlan,
  today: Day,
  { installments, allocation }: { readonly installments: readonly Allocated[]; readonly allocation: Allocation | null },
): Promise<boolean> => {
  const { state: judged, missed, currentUntil } = judgePlan(plan, installments, today)
  // A default stays one, but what is paid of it afterwards is told all the same: only the rest of it is due at once.
  const state = plan.state === 'DEFAULTED' ? plan.state : judged
  const paidMinor = installments.reduce((sum, row) => sum + row.paidMinor, 0n)
  const isSame =
    state === plan.state && missed === plan.missed && currentUntil === plan.currentUntil && paidMinor === plan.paidMinor
  if (isSame) return false
  if (!isDeclared(planMachine, plan.state, state)) throw new Error(`no move leads a plan from ${plan.state} to ${state}`)
  const isAccelerated = state === 'DEFAULTED' && plan.accelerate
  await saveJudged(write, { id: plan.id, state, isAccelerated, missed, currentUntil, paidMinor, allocation })
  if (state !== plan.state) {
    const name = state === 'COMPLETED' ? 'plan.completed' : state === 'DEFAULTED' ? 'plan.defaulted' : 'plan.reopened'
    tellPlan(write, name, plan)
  } else if (missed !== plan.missed) tellPlan(write, 'plan.missed', plan)
  return true
}

type Concerned = { readonly openItemIds: readonly string[]; readonly customerIds: readonly string[] }
type PaymentsOf = (itemIds: readonly string[]) => Promise<ReadonlyMap<string, readonly Payment[]>>

/** Judges plans anew by the ledger as it is now: read behind their locks, it is complete. */
export const judgePlans = async (write: Write, concerned: Concerned, paymentsOf: PaymentsOf) => {
  const held = await lockJudgeable(write, concerned)
  if (held.length === 0) return
  const { timeZone } = await clientFacts(write)
  const today = dayIn(timeZone, write.now)
  const ids = held.map(({ id }) => id)
  const [items, installments] = await Promise.all([itemsOf(write, ids), installmentsOf(write, ids)])
  const payments = await paymentsOf([...new Set(items.map(({ openItemId }) => openItemId))])
  for (const plan of held) {
    const own = items.filter(({ planId }) => planId === plan.id)
    const paid = own.flatMap(({ openItemId }) => (payments.get(openItemId) ?? []).map((payment) => ({ ...payment, openItemId })))
    const rows = installments.filter(({ planId }) => planId === plan.id)
    const allocation = allocate(rows, own, paid)
    await settle(write, plan, today, { installments: allocation.installments, allocation })
  }
}

const portion = 200
const lowest = '00000000-0000-0000-0000-000000000000'

/** A new day at the client: installments are missed, and plans default by it. Idempotent, and safe for several nodes. */
export const judgeDuePlans = command({
  name: 'plan.judgeDuePlans',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: { clientId: string }) => ({ clientId }),
  isAudited: ({ changed }: { readonly changed: number }) => changed > 0,
  async run(write) {
    const { timeZone } = await clientFacts(write)
    const today = dayIn(timeZone, write.now)
    let changed = 0
    for (let after = lowest; ; ) {
      const held = await lockOverdue(write, today, after, portion)
      const last = held.at(-1)
      if (last === undefined) return { day: today, changed }
      const rows = await installmentsOf(
        write,
        held.map(({ id }) => id),
      )
      for (const plan of held) {
        const installments = rows.filter(({ planId }) => planId === plan.id)
        if (await settle(write, plan, today, { installments, allocation: null })) changed += 1
      }
      after = last.id
    }
  },
})
