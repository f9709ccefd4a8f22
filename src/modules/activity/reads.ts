import type { Activity, ActivityVersion } from '../../generated/prisma/client.ts'
import type { Day } from '../../kernel/day.ts'
import { pageSize, part } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loader, loaderWith, type RowKey } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import { type OpenItemRow, openItemColumns } from '../receivable/index.ts'
import type { ActivityKind } from './templates.ts'

const clientsOf = (keys: readonly RowKey[]) => keys.map(({ clientId }) => clientId)
const idsOf = (keys: readonly RowKey[]) => keys.map(({ id }) => id)

type Owned<Row> = Row & { readonly ownerId: string }

const byOwner = <Row>(rows: readonly Owned<Row>[]): Map<string, Row[]> =>
  groupInto(
    rows,
    ({ ownerId }) => ownerId,
    (row) => row,
  )

const activityColumns = part`
  a.client_id as "clientId", a.id, a.customer_id as "customerId", a.kind, a.direction, a.happened_at as "happenedAt", a.contact_id as "contactId",
  a.disposition, a.non_payment_reason as "nonPaymentReason", a.right_party as "rightParty", a.is_reached as "isReached",
  a.is_automated as "isAutomated", a.summary, a.policy_version as "policyVersion", a.override_reason as "overrideReason", a.principal_id as "principalId",
  a.principal_name as "principalName", a.created_at as "createdAt", a.version`

/** Whose activities: each is one walk of the index that begins with it. */
const sources = {
  CLIENT: part`activity a where a.client_id = k.client_id`,
  CUSTOMER: part`activity a where a.client_id = k.client_id and a.customer_id = k.id`,
  // An earlier wording that was about the item does not count.
  OPEN_ITEM: part`activity_item i join activity_version v on v.client_id = i.client_id and v.id = i.version_id
    join activity a on a.client_id = v.client_id and a.id = v.activity_id and a.version = v.version
    where i.client_id = k.client_id and i.open_item_id = k.id`,
} as const

export type ActivityPage = {
  readonly of: keyof typeof sources
  readonly kind: ActivityKind | null
  readonly take: number
  readonly after: { readonly happenedAt: string; readonly id: string } | null
}

/** A page of activities for each of several owners, latest first: all in one statement. */
export const activitiesBy = loaderWith<ActivityPage, readonly Activity[]>(
  async ({ tx }, keys, { of, kind, take, after }) => {
    const ofKind = kind === null ? part`` : part`and a.kind = ${kind}`
    const behind =
      after === null
        ? part``
        : part`and a.happened_at <= ${after.happenedAt}::timestamptz
            and (a.happened_at < ${after.happenedAt}::timestamptz or a.id < ${after.id}::uuid)`
    return byOwner(
      await tx.sql<Owned<Activity>>`
        select r.* from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
        cross join lateral (
          select ${activityColumns}, k.id as "ownerId" from ${sources[of]} ${ofKind} ${behind}
          order by a.happened_at desc, a.id desc limit ${pageSize(take)}) r`,
    )
  },
  () => [],
)

/** Activities by id, for all rows of a field in one statement. */
export const activitiesById = loader<Activity | null>(async ({ sql }, keys) => {
  const rows = await sql<Activity>`
    select ${activityColumns} from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
    join activity a on a.client_id = k.client_id and a.id = k.id`
  return new Map(rows.map((row) => [row.id, row]))
}, null)

export type VersionPage = { readonly take: number; readonly after: number | null }

/** A page of wordings for each of several activities, latest first. */
export const versionsByActivity = loaderWith<VersionPage, readonly ActivityVersion[]>(
  async ({ tx }, keys, { take, after }) =>
    byOwner(
      await tx.sql<Owned<ActivityVersion>>`
        select r.* from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
        cross join lateral (
          select v.client_id as "clientId", v.id, v.activity_id as "activityId", v.activity_id as "ownerId", v.version,
            v.happened_at as "happenedAt", v.contact_id as "contactId", v.disposition, v.non_payment_reason as "nonPaymentReason",
            v.right_party as "rightParty", v.is_reached as "isReached", v.summary, v.policy_version as "policyVersion", v.override_reason as "overrideReason", v.reason,
            v.principal_id as "principalId", v.principal_name as "principalName", v.created_at as "createdAt"
          from activity_version v
          where v.client_id = k.client_id and v.activity_id = k.id and v.version < ${after ?? 2_147_483_647}
          order by v.version desc limit ${pageSize(take)}) r`,
    ),
  () => [],
)

export type ItemPage = { readonly of: 'ACTIVITY' | 'WORDING'; readonly take: number; readonly after: string | null }

const firstId = '00000000-0000-0000-0000-000000000000'

/** A page of the open items that each of several activities, or wordings, is about. */
export const itemsBy = loaderWith<ItemPage, readonly OpenItemRow[]>(
  async ({ tx }, keys, { of, take, after }) => {
    const wording =
      of === 'WORDING'
        ? part`select k.id`
        : part`select v.id from activity a join activity_version v on v.client_id = a.client_id and v.activity_id = a.id and v.version = a.version
            where a.client_id = k.client_id and a.id = k.id`
    return byOwner(
      await tx.sql<Owned<OpenItemRow>>`
        select r.* from unnest(${clientsOf(keys)}::uuid[], ${idsOf(keys)}::uuid[]) as k (client_id, id)
        cross join lateral (
          select ${openItemColumns}, k.id as "ownerId" from activity_item i
          join open_item o on o.client_id = i.client_id and o.id = i.open_item_id
          where i.client_id = k.client_id and i.version_id = (${wording}) and i.open_item_id > ${after ?? firstId}::uuid
          order by i.open_item_id limit ${pageSize(take)}) r`,
    )
  },
  () => [],
)

export type Days = { readonly from: Day; readonly to: Day }

/** Activities that happened in some civil days of the client. */
const during = (clientId: string, { from, to }: Days) => part`
  from activity a join client c on c.id = a.client_id
  where a.client_id = ${clientId} and a.happened_at >= ${from}::date::timestamp at time zone c.time_zone
    and a.happened_at < (${to}::date + 1)::timestamp at time zone c.time_zone`

export type ContactCounts = {
  readonly attempts: number
  readonly reached: number
  readonly rightParty: number
  readonly automated: number
}
export type KindCounts = ContactCounts & { readonly kind: ActivityKind }

/** What went out in some days, by kind: what metrics of contacts are made of (right-party contact rate). */
export const contactCounts = ({ sql }: Tx, clientId: string, days: Days): Promise<KindCounts[]> => sql<KindCounts>`
  select a.kind, (count(*) filter (where not a.is_automated))::int as attempts,
    (count(*) filter (where a.is_reached and not a.is_automated))::int as reached,
    (count(*) filter (where a.right_party = 'YES' and not a.is_automated))::int as "rightParty",
    (count(*) filter (where a.is_automated))::int as automated
  ${during(clientId, days)} and a.direction = 'OUTBOUND' group by a.kind`

export type ReasonCount = {
  readonly code: string
  readonly activities: number
  readonly customers: number
  readonly share: number
  readonly cumulativeShare: number
}

/** The most frequent reasons of some days; shares are of all reasons, those beyond the first too. */
export const reasonCounts = (
  { sql }: Tx,
  clientId: string,
  { first, ...days }: Days & { readonly first: number },
) => sql<ReasonCount>`
  select a.non_payment_reason as code, count(*)::int as activities, count(distinct a.customer_id)::int as customers,
    (count(*) / sum(count(*)) over ())::float8 as share,
    (sum(count(*)) over (order by count(*) desc, a.non_payment_reason) / sum(count(*)) over ())::float8 as "cumulativeShare"
  ${during(clientId, days)} and a.non_payment_reason is not null
  group by a.non_payment_reason order by count(*) desc, a.non_payment_reason limit ${pageSize(first)}`
