import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import { liveStates, type PlanState } from './plan-states.ts'
import type { Allocated, Allocation, Installment, PlanItem, PlanTerms } from './rules.ts'

// Owner of the tables payment_plan, plan_item and plan_installment.

/** JSON for a recordset: amounts as text, because a JSON number is a float on its way. */
const json = (rows: readonly object[]): string =>
  JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))

export type NewPlan = PlanTerms & {
  readonly id: string
  readonly customerId: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly accelerate: boolean
  readonly policyVersion: number
  readonly items: readonly { readonly openItemId: string; readonly amountMinor: bigint }[]
  readonly installments: readonly Installment[]
}

export const insertPlan = async ({ tx, clientId, viewer, now, newId }: Write, plan: NewPlan) => {
  const items = plan.items.map((item) => ({ ...item, id: newId() }))
  const installments = plan.installments.map((row) => ({ ...row, id: newId() }))
  await Promise.all([
    tx.sql`
      insert into payment_plan (client_id, id, customer_id, currency, amount_minor, state, grace_business_days, missed_to_default,
        days_late_to_default, accelerate, policy_version, principal_id, created_at)
      values (${clientId}, ${plan.id}, ${plan.customerId}, ${plan.currency}, ${plan.amountMinor}, 'PROPOSED', ${plan.graceBusinessDays},
        ${plan.missedToDefault}, ${plan.daysLateToDefault}, ${plan.accelerate}, ${plan.policyVersion}, ${viewer.id}, ${now})`,
    tx.sql`
      insert into plan_item (client_id, id, plan_id, open_item_id, currency, amount_minor)
      select ${clientId}, n.id, ${plan.id}, n."openItemId", ${plan.currency}, n."amountMinor"
      from jsonb_to_recordset(${json(items)}::jsonb) as n (id uuid, "openItemId" uuid, "amountMinor" bigint)`,
    tx.sql`
      insert into plan_installment (client_id, id, plan_id, place, due_on, currency, amount_minor, open_item_id)
      select ${clientId}, n.id, ${plan.id}, n.place, n."dueOn", ${plan.currency}, n."amountMinor", n."openItemId"
      from jsonb_to_recordset(${json(installments)}::jsonb) as n (id uuid, place int, "dueOn" date, "amountMinor" bigint, "openItemId" uuid)`,
  ])
}

/** Of some items those that belong to a plan which is proposed, agreed or active. Whoever holds the items sees all of them. */
export const planned = async ({ tx, clientId }: Write, itemIds: readonly string[]): Promise<ReadonlySet<string>> => {
  const rows = await tx.sql<{ openItemId: string }>`
    select i.open_item_id as "openItemId" from plan_item i join payment_plan p on p.client_id = i.client_id and p.id = i.plan_id
    where i.client_id = ${clientId} and i.open_item_id = any (${[...itemIds]}::uuid[]) and p.state = any (${[...liveStates]}::text[])`
  return new Set(rows.map(({ openItemId }) => openItemId))
}

/** A plan held until the unit ends. */
export type HeldPlan = PlanTerms & {
  readonly id: string
  readonly customerId: string
  readonly currency: string
  readonly state: PlanState
  readonly accelerate: boolean
  readonly amountMinor: bigint
  readonly paidMinor: bigint
  readonly acceptedBy: string | null
  readonly missed: number
  readonly currentUntil: Day | null
  readonly principalId: string
  readonly version: number
}

const heldColumns = part`
  id, customer_id as "customerId", currency, state, accelerate, amount_minor as "amountMinor",
  paid_minor as "paidMinor", accepted_by as "acceptedBy", missed, current_until as "currentUntil",
  grace_business_days as "graceBusinessDays", missed_to_default as "missedToDefault", days_late_to_default as "daysLateToDefault",
  principal_id as "principalId", version`

export const lockPlan = async ({ tx, clientId }: Write, id: string): Promise<HeldPlan | null> => {
  const rows = await tx.sql<HeldPlan>`
    select ${heldColumns} from payment_plan where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

/** Plans that payments of some items, or of all items of some customers, can change. */
export const lockJudgeable = (
  { tx, clientId }: Write,
  { openItemIds, customerIds }: { readonly openItemIds: readonly string[]; readonly customerIds: readonly string[] },
): Promise<HeldPlan[]> => tx.sql<HeldPlan>`
  select ${heldColumns} from payment_plan
  where client_id = ${clientId} and state in ('ACTIVE', 'COMPLETED', 'DEFAULTED') and (
    customer_id = any (${[...customerIds]}::uuid[])
    or id in (select plan_id from plan_item where client_id = ${clientId} and open_item_id = any (${[...openItemIds]}::uuid[])))
  order by id for update`

/** Active plans that are not kept any more on a day, behind an id. */
export const lockOverdue = (
  { tx, clientId }: Write,
  today: Day,
  after: string,
  most: number,
): Promise<HeldPlan[]> => tx.sql<HeldPlan>`
  select ${heldColumns} from payment_plan
  where client_id = ${clientId} and state = 'ACTIVE' and current_until < ${today}::date and id > ${after}::uuid
  order by id limit ${most} for update`

type Owned<Row> = Row & { readonly planId: string }

export const itemsOf = ({ tx, clientId }: Write, planIds: readonly string[]) => tx.sql<Owned<PlanItem>>`
  select plan_id as "planId", open_item_id as "openItemId", amount_minor as "amountMinor", coalesce(item_version, 0) as "itemVersion"
  from plan_item where client_id = ${clientId} and plan_id = any (${[...planIds]}::uuid[]) order by plan_id, open_item_id`

export const installmentsOf = ({ tx, clientId }: Write, planIds: readonly string[]) => tx.sql<Owned<Allocated>>`
  select plan_id as "planId", place, due_on as "dueOn", amount_minor as "amountMinor", open_item_id as "openItemId",
    paid_minor as "paidMinor", paid_on as "paidOn"
  from plan_installment where client_id = ${clientId} and plan_id = any (${[...planIds]}::uuid[]) order by plan_id, place`

type Step = {
  readonly id: string
  readonly state: PlanState
  readonly acceptedBy?: string | null
  readonly currentUntil?: Day | null
  readonly endReason?: string | null
}

/** A step that people take, or that follows from what they decide. */
export const saveStep = (
  { tx, clientId, now }: Write,
  { id, state, acceptedBy = null, currentUntil = null, endReason = null }: Step,
) => tx.sql`
  update payment_plan set state = ${state}, version = version + 1,
    accepted_by = coalesce(${acceptedBy}::text, accepted_by), current_until = coalesce(${currentUntil}::date, current_until),
    accepted_at = case when ${state} = 'CUSTOMER_ACCEPTED' then ${now}::timestamptz else accepted_at end,
    approved_at = case when ${state} = 'APPROVED' then ${now}::timestamptz else approved_at end,
    activated_at = case when ${state} = 'ACTIVE' then ${now}::timestamptz else activated_at end,
    ended_at = case when ${state} = 'CANCELLED' then ${now}::timestamptz end, end_reason = ${endReason}
  where client_id = ${clientId} and id = ${id}`

/** From here on what settles the items pays the plan. */
export const startCounting = ({ tx, clientId }: Write, planId: string) => tx.sql`
  update plan_item i set item_version = o.version from open_item o
  where i.client_id = ${clientId} and i.plan_id = ${planId} and o.client_id = i.client_id and o.id = i.open_item_id`

export type JudgedPlan = {
  readonly id: string
  readonly state: PlanState
  readonly isAccelerated: boolean
  readonly missed: number
  readonly currentUntil: Day | null
  readonly paidMinor: bigint
  /** Null where the day alone judged it: what was paid is as it was. */
  readonly allocation: Allocation | null
}

export const saveJudged = async ({ tx, clientId, now }: Write, plan: JudgedPlan) => {
  const { allocation } = plan
  await Promise.all([
    tx.sql`
      update payment_plan set state = ${plan.state}, is_accelerated = ${plan.isAccelerated}, missed = ${plan.missed},
        current_until = ${plan.currentUntil}::date, paid_minor = ${plan.paidMinor}, version = version + 1,
        ended_at = case when ${plan.state} <> 'ACTIVE' then coalesce(ended_at, ${now}::timestamptz) end
      where client_id = ${clientId} and id = ${plan.id}`,
    allocation === null
      ? null
      : tx.sql`
      update plan_installment i set paid_minor = n."paidMinor", paid_on = n."paidOn"
      from jsonb_to_recordset(${json(allocation.installments)}::jsonb) as n (place int, "paidMinor" bigint, "paidOn" date)
      where i.client_id = ${clientId} and i.plan_id = ${plan.id} and i.place = n.place`,
    allocation === null
      ? null
      : tx.sql`
      update plan_item i set paid_minor = n."paidMinor"
      from jsonb_to_recordset(${json(allocation.items)}::jsonb) as n ("openItemId" uuid, "paidMinor" bigint)
      where i.client_id = ${clientId} and i.plan_id = ${plan.id} and i.open_item_id = n."openItemId"`,
  ])
}

/** A plan belongs to whom its items belong to: it goes along when they get their customer. */
export const followPlanned = ({ tx, clientId }: Write, fromIds: readonly string[]) => tx.sql`
  update payment_plan p set customer_id = o.customer_id
  from plan_item i join open_item o on o.client_id = i.client_id and o.id = i.open_item_id
  where p.client_id = ${clientId} and p.customer_id = any (${[...fromIds]}::uuid[])
    and i.client_id = p.client_id and i.plan_id = p.id and o.customer_id <> p.customer_id`
