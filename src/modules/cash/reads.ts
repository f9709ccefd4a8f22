import type { Receipt } from '../../generated/prisma/client.ts'
import type { Day } from '../../kernel/day.ts'
import { pageSize, part } from '../../platform/database/sql.ts'
import { loader, loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'
import type { ApplicationKind } from './book.ts'
import type { Bucket } from './buckets.ts'

export type ApplicationRow = {
  readonly clientId: string
  readonly id: string
  readonly settlementId: string
  readonly receiptId: string
  readonly openItemId: string
  readonly kind: ApplicationKind
  readonly currency: string
  readonly amountMinor: bigint
  readonly receiptMinor: bigint
  readonly reversesId: string | null
  readonly reason: string | null
  readonly isFalseMatch: boolean
  readonly matchId: string | null
  readonly appliedOn: Day
  readonly createdAt: Date
}

const columns = part`
  a.client_id as "clientId", a.id, a.settlement_id as "settlementId", a.receipt_id as "receiptId", a.open_item_id as "openItemId", a.kind,
  a.currency, a.amount_minor as "amountMinor", a.receipt_minor as "receiptMinor", a.reverses_id as "reversesId", a.reason,
  a.is_false_match as "isFalseMatch", a.match_id as "matchId", a.applied_on as "appliedOn", a.created_at as "createdAt"`

export type ApplicationPage = { readonly of: 'RECEIPT' | 'OPEN_ITEM'; readonly take: number; readonly after: string | null }

const firstId = '00000000-0000-0000-0000-000000000000'

/** A page of ledger rows for each of several receipts or open items: one index walk for each, all in one statement. */
export const applicationsBy = loaderWith<ApplicationPage, readonly ApplicationRow[]>(
  async ({ tx }, keys, { of, take, after }) => {
    const owner = of === 'RECEIPT' ? part`a.receipt_id` : part`a.open_item_id`
    const rows = await tx.sql<ApplicationRow>`
      select r.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select ${columns} from application a
        where a.client_id = k.client_id and ${owner} = k.id and a.id > ${after ?? firstId}::uuid
        order by a.id limit ${pageSize(take)}) r`
    return groupInto(
      rows,
      ({ receiptId, openItemId }) => (of === 'RECEIPT' ? receiptId : openItemId),
      (row) => row,
    )
  },
  () => [],
)

export type MoveRow = {
  readonly receiptId: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly from: Bucket
  readonly to: Bucket
  readonly reason: string | null
  readonly movedOn: Day
  readonly createdAt: Date
}

/** What else became of the money of receipts, the latest hundred steps of each. */
export const movesByReceipt = loader<readonly MoveRow[]>(async ({ sql }, keys) => {
  const rows = await sql<MoveRow>`
    select m.* from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
    cross join lateral (
      select m.receipt_id as "receiptId", m.currency, m.amount_minor as "amountMinor", m.from_bucket as "from", m.to_bucket as "to",
        m.reason, m.moved_on as "movedOn", m.created_at as "createdAt", m.id
      from receipt_move m where m.client_id = k.client_id and m.receipt_id = k.id order by m.id desc limit 100) m
    order by m.id`
  return groupInto(
    rows,
    ({ receiptId }) => receiptId,
    (row) => row,
  )
}, [])

/** Which of some ledger rows were undone. */
export const undoneBy = loader<string | null>(async ({ sql }, keys) => {
  const rows = await sql<{ id: string; reversesId: string }>`
    select id, reverses_id as "reversesId" from application
    where client_id = any (${[...new Set(keys.map(({ clientId }) => clientId))]}::uuid[]) and reverses_id = any (${keys.map(({ id }) => id)}::uuid[])`
  return new Map(rows.map(({ id, reversesId }) => [reversesId, id]))
}, null)

export type EntryPage = { readonly take: number; readonly after: string | null }

/** Ids of the receipts that came with each of several entries of banks: one index walk for each, all in one statement. */
export const receiptIdsByEntry = loaderWith<EntryPage, readonly string[]>(
  async ({ tx }, keys, { take, after }) => {
    const rows = await tx.sql<{ entryId: string; id: string }>`
      select k.id as "entryId", r.id from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, id)
      cross join lateral (
        select c.id from receipt c where c.client_id = k.client_id and c.bank_entry_id = k.id and c.id > ${after ?? firstId}::uuid
        order by c.id limit ${pageSize(take)}) r`
    return groupInto(
      rows,
      ({ entryId }) => entryId,
      ({ id }) => id,
    )
  },
  () => [],
)

/** Receipts by id, for all rows of a field in one statement. */
export const receiptsById = loader<Receipt | null>(async ({ prisma }, keys) => {
  const clientIds = [...new Set(keys.map(({ clientId }) => clientId))]
  const rows = await prisma.receipt.findMany({ where: { clientId: { in: clientIds }, id: { in: keys.map(({ id }) => id) } } })
  return new Map(rows.map((row) => [row.id, row]))
}, null)
