import type { Notice, NoticeLine } from '../../generated/prisma/client.ts'
import { pageSize, part } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loader, loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import type { Channel, NoticeState } from './notice-states.ts'

export type NoticePage = { readonly of: 'CUSTOMER' | 'OPEN_ITEM'; readonly take: number; readonly after: string | null }

const firstId = '00000000-0000-0000-0000-000000000000'

const columns = part`
  n.client_id as "clientId", n.id, n.customer_id as "customerId", n.contact_id as "contactId", n.channel, n.template_code as "templateCode",
  n.level, n.policy_version as "policyVersion", n.state, n.needs_approval as "needsApproval", n.is_automatic as "isAutomatic",
  n.principal_id as "principalId", n.principal_name as "principalName", n.proposed_at as "proposedAt", n.approved_by_id as "approvedById",
  n.approved_by as "approvedBy", n.approved_at as "approvedAt", n.wait_reason as "waitReason", n.waits_until as "waitsUntil", n.attempts,
  n.round, n.message_id as "messageId", n.document_hash as "documentHash", n.sent_on as "sentOn", n.sent_at as "sentAt", n.failure,
  n.failure_reason as "failureReason", n.end_reason as "endReason", n.version`

/** A page of notices of each of several customers or open items, in the order they were proposed: one index walk for each. */
export const noticesBy = loaderWith<NoticePage, readonly Notice[]>(
  async ({ tx }, keys, { of, take, after }) => {
    const from =
      of === 'CUSTOMER'
        ? part`from notice n where n.client_id = k.client_id and n.customer_id = k.id and n.id > ${after ?? firstId}::uuid order by n.id`
        : part`from notice_line l join notice n on n.client_id = l.client_id and n.id = l.notice_id
            where l.client_id = k.client_id and l.open_item_id = k.id and l.notice_id > ${after ?? firstId}::uuid order by l.notice_id`
    const rows = await tx.sql<Notice & { readonly ownerId: string }>`
      select r.*, k.id as "ownerId" from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
      cross join lateral (select ${columns} ${from} limit ${pageSize(take)}) r`
    return groupInto(
      rows,
      ({ ownerId }) => ownerId,
      (row) => row,
    )
  },
  () => [],
)

/** Notices by id, for all rows of a field in one statement. */
export const noticesById = loader<Notice | null>(async ({ sql }, keys) => {
  const rows = await sql<Notice>`
    select ${columns} from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    join notice n on n.client_id = k.client_id and n.id = k.id`
  return new Map(rows.map((row) => [row.id, row]))
}, null)

export type LinePage = { readonly take: number; readonly after: string | null }

/** A page of the lines of each of several notices, those that were taken off included. */
export const linesByNotice = loaderWith<LinePage, readonly NoticeLine[]>(
  async ({ tx }, keys, { take, after }) => {
    const rows = await tx.sql<NoticeLine>`
      select r.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select l.client_id as "clientId", l.notice_id as "noticeId", l.open_item_id as "openItemId", l.template_code as "templateCode",
          l.level, l.currency, l.proposed_minor as "proposedMinor", l.sent_minor as "sentMinor", l.withdrawn_reason as "withdrawnReason",
          l.withdrawn_at as "withdrawnAt", l.principal_id as "principalId", l.is_automatic as "isAutomatic"
        from notice_line l where l.client_id = k.client_id and l.notice_id = k.id and l.open_item_id > ${after ?? firstId}::uuid
        order by l.open_item_id limit ${pageSize(take)}) r`
    return groupInto(
      rows,
      ({ noticeId }) => noticeId,
      (row) => row,
    )
  },
  () => [],
)

export type ShownNotice = {
  readonly customerId: string
  readonly contactId: string
  readonly channel: Channel
  readonly state: NoticeState
  readonly policyVersion: number
  readonly documentHash: string | null
}

export const shownNotice = async (
  { tx, clientId }: { readonly tx: Pick<Tx, 'sql'>; readonly clientId: string },
  id: string,
): Promise<ShownNotice | null> => {
  const rows = await tx.sql<ShownNotice>`
    select customer_id as "customerId", contact_id as "contactId", channel, state, policy_version as "policyVersion",
      document_hash as "documentHash"
    from notice where client_id = ${clientId} and id = ${id}`
  return rows[0] ?? null
}
