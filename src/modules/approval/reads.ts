import type { ApprovalDecision, ApprovalRequest } from '../../generated/prisma/client.ts'
import { pageSize, part } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { loader, type RowKey } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import {
  type ApprovalAction,
  type ApprovalBlock,
  type ApprovalRole,
  type Decider,
  type Lent,
  lentSteps,
  stepsOf,
  wayOf,
} from './rules.ts'

/** Who may decide at a client: each person once, with the roles of theirs that steps ask for. */
export type Holder = { readonly id: string; readonly name: string; readonly roles: readonly string[] }

type Asking = Pick<Tx, 'sql' | 'now'>

export const holdersOf = ({ sql, now }: Asking, clientId: string): Promise<Holder[]> => sql<Holder>`
  select principal_id as id, min(name) as name, array_agg(role order by role) as roles
  from fence.role_holders(${clientId}, ${now}) group by principal_id order by min(name), principal_id`

/** What is lent to somebody at this instant, by whoever still has something to lend. */
const lentTo = ({ sql, now }: Asking, clientIds: readonly string[], principalId: string) => sql<Lent & { clientId: string }>`
  select d.client_id as "clientId", d.id as "delegationId", d.from_id as "fromId", d.from_name as "fromName", array_agg(h.role order by h.role) as roles
  from approval_delegation d join lateral fence.role_holders(d.client_id, ${now}) h on h.principal_id = d.from_id
  where d.client_id = any (${[...clientIds]}::uuid[]) and d.to_id = ${principalId} and d.valid_from <= ${now} and d.valid_until > ${now}
    and d.revoked_at is null
  group by d.client_id, d.id order by d.client_id, d.id`

/** The viewer as somebody who decides, for all clients of a field in one statement. */
export const decidersByClient = loader<Decider>(
  async (tx, keys) => {
    const { id, held } = tx.viewer
    const lent = groupInto(
      await lentTo(
        tx,
        keys.map(({ clientId }) => clientId),
        id,
      ),
      ({ clientId }) => clientId,
      (row) => row,
    )
    return new Map(
      keys.map(({ clientId }) => [clientId, { id, roles: held.get(clientId)?.roles ?? [], lent: lent.get(clientId) ?? [] }]),
    )
  },
  { id: '', roles: [], lent: [] },
)

/** The same inside a command. */
export const deciderOf = async ({ tx, clientId }: { readonly tx: Tx; readonly clientId: string }): Promise<Decider> => ({
  id: tx.viewer.id,
  roles: tx.viewer.held.get(clientId)?.roles ?? [],
  lent: await lentTo(tx, [clientId], tx.viewer.id),
})

export const decisionsByRequest = loader<readonly ApprovalDecision[]>(async (tx, keys) => {
  const rows = await tx.sql<ApprovalDecision>`
    select d.client_id as "clientId", d.id, d.request_id as "requestId", d.round, d.step, d.verdict, d.role, d.principal_id as "principalId",
      d.principal_name as "principalName", d.delegation_id as "delegationId", d.on_behalf_of_id as "onBehalfOfId",
      d.on_behalf_of_name as "onBehalfOfName", d.comment, d.evidence_hash as "evidenceHash", d.policy_version as "policyVersion",
      d.base_amount_minor as "baseAmountMinor", d.cumulative_minor as "cumulativeMinor", d.decided_at as "decidedAt"
    from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    join approval_decision d on d.client_id = k.client_id and d.request_id = k.id order by d.request_id, d.round, d.step`
  return groupInto(
    rows,
    ({ requestId }) => requestId,
    (row) => row,
  )
}, [])

/** How the viewer may take the next step of a request, or why not: two statements for all requests of an answer. */
export const wayFor = async (context: Context, row: ApprovalRequest): Promise<{ readonly lent: Lent | null } | ApprovalBlock> => {
  const { clientId, id, round } = row
  const [decider, decisions] = await Promise.all([
    decidersByClient(context).load({ clientId, id: clientId }),
    decisionsByRequest(context).load({ clientId, id }),
  ])
  const open = { ...row, nextRole: row.nextRole as ApprovalRole | null, makers: row.makers as string[] }
  const taken = decisions.filter((one) => one.round === round)
  return wayOf(open, taken, { decider, now: context.tx.now })
}

const columns = part`
  r.client_id as "clientId", r.id, r.action, r.reason_code as "reasonCode", r.subject_id as "subjectId", r.customer_id as "customerId",
  r.customer_name as "customerName", r.summary, r.currency, r.amount_minor as "amountMinor", r.base_currency as "baseCurrency",
  r.base_amount_minor as "baseAmountMinor", r.cumulative_minor as "cumulativeMinor", r.evidence_hash as "evidenceHash", r.state,
  r.policy_version as "policyVersion", r.matrix_row as "matrixRow", r.steps, r.next_role as "nextRole", r.round,
  r.round_cause as "roundCause", r.makers, r.requested_by_id as "requestedById", r.requested_by_name as "requestedByName",
  r.requested_at as "requestedAt", r.expires_at as "expiresAt", r.ended_at as "endedAt", r.end_reason as "endReason", r.version`

/** The latest request of each of some subjects of an action, for whoever owns the subjects. */
export const approvalsOfSubjects = (action: ApprovalAction) =>
  loader<ApprovalRequest | null>(async (tx, keys: readonly RowKey[]) => {
    const rows = await tx.sql<ApprovalRequest>`
      select r.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select ${columns} from approval_request r
        where r.client_id = k.client_id and r.action = ${action} and r.subject_id = k.id order by r.id desc limit 1) r`
    return new Map(rows.map((row) => [row.subjectId, row]))
  }, null)

export type ApprovalPage = {
  readonly clientId: string
  readonly state: string | null
  readonly action: string | null
  /** Only those whose next step this decider may take. */
  readonly decider: Decider | null
  readonly after: string | null
  readonly take: number
}

/** Each way in which somebody decides: in whose name, and steps of which roles. The same rule as `blockOf`, where the rows are. */
const waysOf = (decider: Decider) => [
  ...stepsOf(decider.roles).map((role) => ({ id: decider.id, role })),
  ...decider.lent.flatMap((lent) => lentSteps(decider, lent).map((role) => ({ id: lent.fromId, role }))),
]

const forDecider = (decider: Decider, now: Date) => {
  const ways = waysOf(decider)
  const decidedBy = (id: ReturnType<typeof part>) => part`exists (select 1 from approval_decision d
    where d.client_id = r.client_id and d.request_id = r.id and d.round = r.round and (d.principal_id = ${id} or d.on_behalf_of_id = ${id}))`
  const me = part`${decider.id}::uuid`
  return part`and r.state = 'PENDING' and r.expires_at > ${now} and not r.makers @> jsonb_build_array(${me}) and not ${decidedBy(me)}
    and exists (select 1 from unnest(${ways.map(({ id }) => id)}::uuid[], ${ways.map(({ role }) => role)}::text[]) as w (id, role)
      where w.role = r.next_role and not r.makers @> jsonb_build_array(w.id) and not ${decidedBy(part`w.id`)})`
}

export const approvalPage = ({ sql, now }: Tx, page: ApprovalPage): Promise<ApprovalRequest[]> => sql<ApprovalRequest>`
  select ${columns} from approval_request r
  where r.client_id = ${page.clientId} ${page.state === null ? part`` : part`and r.state = ${page.state}`}
    ${page.action === null ? part`` : part`and r.action = ${page.action}`}
    ${page.decider === null ? part`` : forDecider(page.decider, now)}
    ${page.after === null ? part`` : part`and r.id > ${page.after}::uuid`}
  order by r.id limit ${pageSize(page.take)}`
