import type { Write } from '../../platform/command.ts'
import type { HadContact } from './frequency.ts'
import type { Direction, RightParty } from './rules.ts'
import type { ActivityKind } from './templates.ts'

// Owner of the tables activity, activity_version and activity_item.

/** One wording of what happened, judged by the client's rules. */
export type Wording = {
  readonly happenedAt: Date
  readonly contactId: string | null
  readonly openItemIds: readonly string[]
  readonly disposition: string | null
  readonly nonPaymentReason: string | null
  readonly rightParty: RightParty
  readonly isReached: boolean | null
  readonly summary: string
  readonly policyVersion: number
}

/** A wording that may be kept: what the rules had against it has its reason. */
export type AllowedWording = Wording & { readonly overrideReason: string | null }

export type NewActivity = AllowedWording & {
  readonly customerId: string
  readonly kind: ActivityKind
  readonly direction: Direction | null
}

const insertVersion = async (
  write: Write,
  { activityId, version, reason }: { readonly activityId: string; readonly version: number; readonly reason: string | null },
  { openItemIds, ...wording }: AllowedWording,
) => {
  const { tx, clientId, viewer, now } = write
  const id = write.newId()
  await tx.sql`
    insert into activity_version (client_id, id, activity_id, version, happened_at, contact_id, disposition, non_payment_reason, right_party,
      is_reached, summary, policy_version, override_reason, reason, principal_id, principal_name, created_at)
    values (${clientId}, ${id}, ${activityId}, ${version}, ${wording.happenedAt}, ${wording.contactId}, ${wording.disposition},
      ${wording.nonPaymentReason}, ${wording.rightParty}, ${wording.isReached}, ${wording.summary}, ${wording.policyVersion}, ${wording.overrideReason}, ${reason},
      ${viewer.id}, ${viewer.name}, ${now})`
  if (openItemIds.length === 0) return
  await tx.sql`
    insert into activity_item (client_id, version_id, open_item_id)
    select ${clientId}, ${id}, n.id from unnest(${[...openItemIds]}::uuid[]) as n (id)`
}

export const insertActivity = async (write: Write, activity: NewActivity): Promise<string> => {
  const { tx, clientId, viewer, now } = write
  const id = write.newId()
  const { customerId, kind, direction, ...wording } = activity
  await tx.sql`
    insert into activity (client_id, id, customer_id, kind, direction, happened_at, contact_id, disposition, non_payment_reason, right_party,
      is_reached, is_automated, summary, policy_version, override_reason, principal_id, principal_name, created_at)
    values (${clientId}, ${id}, ${customerId}, ${kind}, ${direction}, ${wording.happenedAt}, ${wording.contactId}, ${wording.disposition},
      ${wording.nonPaymentReason}, ${wording.rightParty}, ${wording.isReached}, ${viewer.kind === 'SYSTEM'}, ${wording.summary},
      ${wording.policyVersion}, ${wording.overrideReason}, ${viewer.id}, ${viewer.name}, ${now})`
  await insertVersion(write, { activityId: id, version: 1, reason: null }, wording)
  return id
}

export type LockedActivity = {
  readonly id: string
  readonly customerId: string
  readonly kind: ActivityKind
  readonly direction: Direction | null
  readonly happenedAt: Date
  readonly contactId: string | null
  readonly overrideReason: string | null
  readonly version: number
}

export const lockActivity = async ({ tx, clientId }: Write, id: string): Promise<LockedActivity | null> => {
  const rows = await tx.sql<LockedActivity>`
    select id, customer_id as "customerId", kind, direction, happened_at as "happenedAt", contact_id as "contactId",
      override_reason as "overrideReason", version
    from activity where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

/** Outbound contacts of a customer around an instant, in the order they happened: all later ones, and earlier ones of some days. */
export const outboundSince = async (
  { tx, clientId }: Write,
  customerId: string,
  { from, days, exceptId }: { readonly from: Date; readonly days: number; readonly exceptId: string | null },
): Promise<HadContact[]> => tx.sql<HadContact>`
  select id, kind, happened_at as "happenedAt" from activity
  where client_id = ${clientId} and customer_id = ${customerId} and direction = 'OUTBOUND'
    and happened_at > ${new Date(from.getTime() - days * 86_400_000)} and id is distinct from ${exceptId}::uuid
  order by happened_at, id`

/** What the activity reads as from now on; every earlier wording stays beside it. */
export const saveWording = async (write: Write, { id, version }: LockedActivity, wording: AllowedWording, reason: string) => {
  const { tx, clientId } = write
  await tx.sql`
    update activity set happened_at = ${wording.happenedAt}, contact_id = ${wording.contactId}, disposition = ${wording.disposition},
      non_payment_reason = ${wording.nonPaymentReason}, right_party = ${wording.rightParty}, is_reached = ${wording.isReached},
      summary = ${wording.summary}, policy_version = ${wording.policyVersion}, override_reason = ${wording.overrideReason}, version = version + 1
    where client_id = ${clientId} and id = ${id}`
  await insertVersion(write, { activityId: id, version: version + 1, reason }, wording)
}

/** Activities of a customer known by name alone go along when it gets its number. */
export const followActivities = (
  { tx, clientId }: Write,
  moves: readonly { readonly fromId: string; readonly toId: string }[],
) => tx.sql`
  update activity a set customer_id = n.to_id
  from unnest(${moves.map(({ fromId }) => fromId)}::uuid[], ${moves.map(({ toId }) => toId)}::uuid[]) as n (from_id, to_id)
  join customer c on c.id = n.from_id and c.number is null
  where c.client_id = ${clientId} and a.client_id = ${clientId} and a.customer_id = n.from_id`

export type Call = { readonly id: string; readonly openItemIds: readonly string[] }

/** Of some activities the calls with somebody who can do something about the debt, and the items that they were about. */
export const rightPartyCalls = async ({ tx, clientId }: Write, activityIds: readonly string[]): Promise<Call[]> => tx.sql<Call>`
  select a.id, array_agg(i.open_item_id order by i.open_item_id) as "openItemIds"
  from activity a
  join activity_version v on v.client_id = a.client_id and v.activity_id = a.id and v.version = a.version
  join activity_item i on i.client_id = v.client_id and i.version_id = v.id
  where a.client_id = ${clientId} and a.id = any (${[...activityIds]}::uuid[]) and a.kind = 'CALL' and a.right_party = 'YES'
  group by a.id order by a.id`
