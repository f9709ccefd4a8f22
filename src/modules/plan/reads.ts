import type { PaymentPlan } from '../../generated/prisma/client.ts'
import type { Day } from '../../kernel/day.ts'
import { pageSize } from '../../platform/database/sql.ts'
import { loader, loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import { approvalsOfSubjects } from '../approval/index.ts'

export type PlanItemRow = {
  readonly clientId: string
  readonly planId: string
  readonly openItemId: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly paidMinor: bigint
}

export const itemsByPlan = loader<readonly PlanItemRow[]>(async (tx, keys) => {
  const rows = await tx.sql<PlanItemRow>`
    select i.client_id as "clientId", i.plan_id as "planId", i.open_item_id as "openItemId", i.currency, i.amount_minor as "amountMinor",
      i.paid_minor as "paidMinor"
    from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    join plan_item i on i.client_id = k.client_id and i.plan_id = k.id order by i.plan_id, i.id`
  return groupInto(
    rows,
    ({ planId }) => planId,
    (row) => row,
  )
}, [])

export type InstallmentRow = {
  readonly clientId: string
  readonly planId: string
  readonly place: number
  readonly dueOn: Day
  readonly currency: string
  readonly amountMinor: bigint
  readonly paidMinor: bigint
  readonly paidOn: Day | null
  readonly openItemId: string | null
}

export const installmentsByPlan = loader<readonly InstallmentRow[]>(async (tx, keys) => {
  const rows = await tx.sql<InstallmentRow>`
    select i.client_id as "clientId", i.plan_id as "planId", i.place, i.due_on as "dueOn", i.currency, i.amount_minor as "amountMinor",
      i.paid_minor as "paidMinor", i.paid_on as "paidOn", i.open_item_id as "openItemId"
    from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    join plan_installment i on i.client_id = k.client_id and i.plan_id = k.id order by i.plan_id, i.place`
  return groupInto(
    rows,
    ({ planId }) => planId,
    (row) => row,
  )
}, [])

/** Plans by id, for all rows of a field in one statement. */
export const plansById = loader<PaymentPlan | null>(async ({ prisma }, keys) => {
  const rows = await prisma.paymentPlan.findMany({ where: { OR: keys.map(({ clientId, id }) => ({ clientId, id })) } })
  return new Map(rows.map((row) => [row.id, row]))
}, null)

export const approvalsByPlan = approvalsOfSubjects('PAYMENT_PLAN')

export type PlanRow = { readonly clientId: string; readonly id: string; readonly customerId: string }
export type PlanPage = { readonly take: number; readonly after: string | null }

const firstId = '00000000-0000-0000-0000-000000000000'

/** A page of plans for each of several customers: one index walk for each, all in one statement. */
export const plansByCustomer = loaderWith<PlanPage, readonly PlanRow[]>(
  async ({ tx }, keys, { take, after }) => {
    const rows = await tx.sql<PlanRow>`
      select r.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select p.client_id as "clientId", p.id, p.customer_id as "customerId", p.currency, p.amount_minor as "amountMinor",
          p.paid_minor as "paidMinor", p.state, p.missed, p.current_until as "currentUntil", p.is_accelerated as "isAccelerated",
          p.policy_version as "policyVersion", p.accepted_by as "acceptedBy", p.accepted_at as "acceptedAt",
          p.approved_at as "approvedAt", p.activated_at as "activatedAt", p.ended_at as "endedAt", p.end_reason as "endReason", p.created_at as "createdAt", p.version
        from payment_plan p where p.client_id = k.client_id and p.customer_id = k.id and p.id > ${after ?? firstId}::uuid
        order by p.id limit ${pageSize(take)}) r`
    return groupInto(
      rows,
      ({ customerId }) => customerId,
      (row) => row,
    )
  },
  () => [],
)
