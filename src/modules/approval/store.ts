import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import { type ApprovalState, countedStates } from './approval-states.ts'
import { type ApprovalAction, type ApprovalRole, actionNames, type Counted, type Lent, type Taken, type Worth } from './rules.ts'

// Owner of the tables approval_request, approval_decision and approval_delegation.

/**
 * Held until the unit ends by whoever asks for, decides or uses approvals of an action: what several requests add up to
 * is then the same for all of them. Behind open items and before what is decided about: docs/decisions/0007-lock-order.md.
 */
export const holdApprovals = ({ tx, clientId }: Write, action: ApprovalAction) =>
  tx.sql`select pg_advisory_xact_lock(hashtextextended(${`approval ${clientId} ${action}`}, 0))`

/** A request held until the unit ends. */
export type HeldRequest = {
  readonly id: string
  readonly action: ApprovalAction
  readonly reasonCode: string | null
  readonly subjectId: string
  readonly customerId: string
  readonly summary: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly evidenceHash: string
  readonly state: ApprovalState
  readonly policyVersion: number
  readonly place: number
  readonly steps: readonly ApprovalRole[]
  readonly nextRole: ApprovalRole | null
  readonly round: number
  readonly makers: readonly string[]
  readonly requestedAt: Date
  readonly expiresAt: Date
  readonly version: number
}

const heldColumns = part`
  id, action, reason_code as "reasonCode", subject_id as "subjectId", customer_id as "customerId", summary, currency,
  amount_minor as "amountMinor", evidence_hash as "evidenceHash", state, policy_version as "policyVersion", matrix_row as place, steps,
  next_role as "nextRole", round, makers, requested_at as "requestedAt", expires_at as "expiresAt", version`

/** What a request is for: known before anything of it is held, and never changed. */
export const actionOf = async ({ tx, clientId }: Write, id: string): Promise<ApprovalAction | null> => {
  const rows = await tx.sql<{
    action: ApprovalAction
  }>`select action from approval_request where client_id = ${clientId} and id = ${id}`
  return rows[0]?.action ?? null
}

export const lockRequest = async ({ tx, clientId }: Write, id: string): Promise<HeldRequest | null> => {
  const rows = await tx.sql<HeldRequest>`
    select ${heldColumns} from approval_request where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

/** The latest request of a subject, whatever became of it. */
export const lockLatest = async (
  { tx, clientId }: Write,
  { action, subjectId }: { readonly action: ApprovalAction; readonly subjectId: string },
): Promise<HeldRequest | null> => {
  const rows = await tx.sql<HeldRequest>`
    select ${heldColumns} from approval_request where client_id = ${clientId} and action = ${action} and subject_id = ${subjectId}
    order by id desc limit 1 for update`
  return rows[0] ?? null
}

/** What counts together for a customer and an action from an instant on. Whoever holds the action sees all of it. */
export const lockCounted = (
  { tx, clientId }: Write,
  { action, customerId, from }: { readonly action: ApprovalAction; readonly customerId: string; readonly from: Date },
): Promise<HeldRequest[]> => tx.sql<HeldRequest>`
  select ${heldColumns} from approval_request
  where client_id = ${clientId} and action = ${action} and customer_id = ${customerId} and requested_at >= ${from}
    and state = any (${[...countedStates]}::text[])
  order by id for update`

export type NewRequest = Counted &
  Worth & {
    readonly action: ApprovalAction
    readonly reasonCode: string | null
    readonly subjectId: string
    readonly customerId: string
    readonly customerName: string
    readonly summary: string
    readonly baseCurrency: string
    readonly evidenceHash: string
    readonly policyVersion: number
    readonly place: number
    readonly steps: readonly ApprovalRole[]
    readonly makers: readonly string[]
    readonly expiresAt: Date
  }

export const insertRequest = ({ tx, clientId, viewer }: Write, one: NewRequest) => tx.sql`
  insert into approval_request (client_id, id, action, reason_code, subject_id, customer_id, customer_name, summary, currency, amount_minor,
    base_currency, base_amount_minor, cumulative_minor, evidence_hash, state, policy_version, matrix_row, steps, next_role, round,
    round_cause, makers, requested_by_id, requested_by_name, requested_at, expires_at)
  values (${clientId}, ${one.id}, ${one.action}, ${one.reasonCode}, ${one.subjectId}, ${one.customerId}, ${one.customerName},
    ${one.summary}, ${one.currency}, ${one.amountMinor}, ${one.baseCurrency}, ${one.baseMinor}, ${one.cumulativeMinor}, ${one.evidenceHash},
    ${one.steps.length === 0 ? 'APPROVED' : 'PENDING'}, ${one.policyVersion}, ${one.place}, ${JSON.stringify(one.steps)}::jsonb,
    ${one.steps[0] ?? null}, 1, 'REQUESTED', ${JSON.stringify(one.makers)}::jsonb, ${viewer.id}, ${viewer.name}, ${one.requestedAt},
    ${one.expiresAt})`

export type RoundCause = 'REQUESTED' | 'CHANGED' | 'SPLIT' | 'REVALUED'

export type NewRound = Worth & {
  readonly id: string
  readonly cause: RoundCause
  readonly policyVersion: number
  readonly place: number
  readonly steps: readonly ApprovalRole[]
  readonly expiresAt: Date
  /** What is decided about where that changed, and who changed it. */
  readonly subject?: {
    readonly amountMinor: bigint
    readonly summary: string
    readonly evidenceHash: string
    readonly makers: readonly string[]
  }
}

/** Everything is decided anew: decisions of earlier rounds stay as they were and count no more. */
export const startRound = ({ tx, clientId }: Write, { subject, ...round }: NewRound) => tx.sql`
  update approval_request set round = round + 1, version = version + 1, round_cause = ${round.cause}, policy_version = ${round.policyVersion},
    matrix_row = ${round.place}, steps = ${JSON.stringify(round.steps)}::jsonb, next_role = ${round.steps[0] ?? null},
    state = ${round.steps.length === 0 ? 'APPROVED' : 'PENDING'}, base_amount_minor = ${round.baseMinor},
    cumulative_minor = ${round.cumulativeMinor}, expires_at = ${round.expiresAt},
    amount_minor = coalesce(${subject?.amountMinor ?? null}::bigint, amount_minor), summary = coalesce(${subject?.summary ?? null}::text, summary),
    evidence_hash = coalesce(${subject?.evidenceHash ?? null}::text, evidence_hash),
    makers = coalesce(${subject === undefined ? null : JSON.stringify(subject.makers)}::jsonb, makers)
  where client_id = ${clientId} and id = ${round.id}`

export type Verdict = 'APPROVE' | 'REJECT'

export type StepTaken = Worth & {
  readonly id: string
  readonly step: number
  readonly verdict: Verdict
  readonly role: ApprovalRole
  readonly lent: Lent | null
  readonly comment: string | null
  readonly policyVersion: number
  readonly place: number
  readonly state: ApprovalState
  readonly nextRole: ApprovalRole | null
  readonly expiresAt: Date
}

/** A decision, with what it was made by, and the request as it is behind it. */
export const saveDecision = async ({ tx, clientId, now, viewer, newId }: Write, taken: StepTaken): Promise<string> => {
  const id = newId()
  await tx.sql`
    insert into approval_decision (client_id, id, request_id, round, step, verdict, role, principal_id, principal_name, delegation_id,
      on_behalf_of_id, on_behalf_of_name, comment, evidence_hash, request_version, policy_version, base_amount_minor, cumulative_minor, makers,
      decided_at)
    select client_id, ${id}, id, round, ${taken.step}, ${taken.verdict}, ${taken.role}, ${viewer.id}, ${viewer.name},
      ${taken.lent?.delegationId ?? null}, ${taken.lent?.fromId ?? null}, ${taken.lent?.fromName ?? null}, ${taken.comment}, evidence_hash, version,
      ${taken.policyVersion}, ${taken.baseMinor}, ${taken.cumulativeMinor}, makers, ${now}
    from approval_request where client_id = ${clientId} and id = ${taken.id}`
  await tx.sql`
    update approval_request set state = ${taken.state}, next_role = ${taken.nextRole}, version = version + 1,
      policy_version = ${taken.policyVersion}, matrix_row = ${taken.place}, base_amount_minor = ${taken.baseMinor},
      cumulative_minor = ${taken.cumulativeMinor}, expires_at = ${taken.expiresAt},
      ended_at = case when ${taken.state} = 'REJECTED' then ${now}::timestamptz end
    where client_id = ${clientId} and id = ${taken.id}`
  return id
}

/** Used, expired or withdrawn: nothing more becomes of it. */
export const endRequest = (
  { tx, clientId, now }: Write,
  { id, state, reason = null }: { readonly id: string; readonly state: ApprovalState; readonly reason?: string | null },
) => tx.sql`
  update approval_request set state = ${state}, next_role = null, version = version + 1, ended_at = ${now}, end_reason = ${reason}
  where client_id = ${clientId} and id = ${id}`

export type KeptDecision = Taken & {
  readonly principalName: string
  readonly verdict: Verdict
  readonly comment: string | null
  readonly decidedAt: Date
  readonly round: number
  readonly requestVersion: number
}

export const decisionsOf = ({ tx, clientId }: Write, requestId: string) => tx.sql<KeptDecision>`
  select principal_id as "principalId", on_behalf_of_id as "onBehalfOfId", principal_name as "principalName", verdict, comment,
    decided_at as "decidedAt", round, request_version as "requestVersion"
  from approval_decision where client_id = ${clientId} and request_id = ${requestId} order by round, step`

/** Requests of customers that were known by a name alone go along when they get their number. */
export const followApprovals = async (write: Write, moves: readonly { readonly fromId: string; readonly toId: string }[]) => {
  const { tx, clientId } = write
  for (const action of actionNames) await holdApprovals(write, action)
  await tx.sql`
    update approval_request r set customer_id = n.to_id
    from unnest(${moves.map(({ fromId }) => fromId)}::uuid[], ${moves.map(({ toId }) => toId)}::uuid[]) as n (from_id, to_id)
    where r.client_id = ${clientId} and r.customer_id = n.from_id`
}

export type NewDelegation = {
  readonly id: string
  readonly toId: string
  readonly toName: string
  readonly reason: string
  readonly validFrom: Date
  readonly validUntil: Date
}

export const insertDelegation = ({ tx, clientId, viewer, now }: Write, one: NewDelegation) => tx.sql`
  insert into approval_delegation (client_id, id, from_id, from_name, to_id, to_name, reason, valid_from, valid_until, created_at)
  values (${clientId}, ${one.id}, ${viewer.id}, ${viewer.name}, ${one.toId}, ${one.toName}, ${one.reason}, ${one.validFrom},
    ${one.validUntil}, ${now})`

export type HeldDelegation = {
  readonly id: string
  readonly fromId: string
  readonly toId: string
  readonly validUntil: Date
  readonly revokedAt: Date | null
}

export const lockDelegation = async ({ tx, clientId }: Write, id: string): Promise<HeldDelegation | null> => {
  const rows = await tx.sql<HeldDelegation>`
    select id, from_id as "fromId", to_id as "toId", valid_until as "validUntil", revoked_at as "revokedAt"
    from approval_delegation where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

export const endDelegationNow = ({ tx, clientId, now }: Write, id: string) => tx.sql`
  update approval_delegation set revoked_at = ${now} where client_id = ${clientId} and id = ${id}`
