import { type Day, endOfMonth } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import type { StandingDocument } from '../evidence/index.ts'
import { type DeductionMove, type DeductionState, liveStates, pending, type Verdict } from './deduction-states.ts'
import type { CodedBy } from './rules.ts'

// Owner of the tables deduction and deduction_change.

/** JSON for a recordset: amounts as text, because a JSON number is a float on its way. */
const json = (rows: readonly object[]): string =>
  JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))

/** What may change of a deduction. */
type Standing = {
  readonly state: DeductionState
  readonly verdict: Verdict | null
  readonly reasonCode: string
  readonly kind: 'TRADE' | 'NON_TRADE' | null
  readonly codedBy: CodedBy
  readonly codedVersion: number
  readonly codingNote: string | null
  readonly disputeBy: Day | null
  readonly backupFrom: string | null
  readonly backupTypes: string | null
  readonly backupAsks: number
  readonly toleratedOn: Day | null
}

type Fixed = {
  readonly id: string
  readonly receiptId: string
  readonly settlementId: string
  readonly openItemId: string
  readonly customerId: string
  readonly parentId: string | null
  readonly currency: string
  readonly amountMinor: bigint
  readonly customerCode: string | null
  readonly codeList: string | null
  readonly text: string | null
  readonly createdAt: Date
  readonly version: number
}

/** A deduction held until the unit ends. */
export type HeldDeduction = Fixed & Standing & { readonly customerNumber: string | null }

const heldColumns = part`
  d.id, d.receipt_id as "receiptId", d.settlement_id as "settlementId", d.open_item_id as "openItemId", d.customer_id as "customerId",
  d.parent_id as "parentId", d.currency, d.amount_minor as "amountMinor", d.customer_code as "customerCode", d.code_list as "codeList",
  d.text, d.created_at as "createdAt", d.version, d.state, d.verdict, d.reason_code as "reasonCode", d.kind, d.coded_by as "codedBy",
  d.coded_version as "codedVersion", d.coding_note as "codingNote", d.dispute_by as "disputeBy", d.backup_from as "backupFrom",
  d.backup_types as "backupTypes", d.backup_asks as "backupAsks", d.tolerated_on as "toleratedOn",
  (select c.number from customer c where c.client_id = d.client_id and c.id = d.customer_id) as "customerNumber"`

export const lockDeductions = (
  { tx, clientId }: Write,
  ids: readonly string[],
): Promise<HeldDeduction[]> => tx.sql<HeldDeduction>`
  select ${heldColumns} from deduction d
  where d.client_id = ${clientId} and d.id = any (${[...ids]}::uuid[]) order by d.id for update of d`

/** Deductions without a reason behind an id. */
export const lockUncoded = (
  { tx, clientId }: Write,
  after: string,
  most: number,
): Promise<HeldDeduction[]> => tx.sql<HeldDeduction>`
  select ${heldColumns} from deduction d
  where d.client_id = ${clientId} and d.state = 'IDENTIFIED' and d.id > ${after}::uuid order by d.id limit ${most} for update of d`

/** What is asked for by somebody, or waits for the ledger, or was repaid: all of some items, or of all items of some customers. */
export const itemsToJudge = async (
  { tx, clientId }: Write,
  { openItemIds, customerIds }: { readonly openItemIds: readonly string[]; readonly customerIds: readonly string[] },
): Promise<string[]> => {
  const rows = await tx.sql<{ openItemId: string }>`
    select distinct open_item_id as "openItemId" from deduction
    where client_id = ${clientId} and state in ('APPROVED', 'DENIED', 'REPAYMENT_CHASE', 'PLACED_LEGAL', 'REPAID')
      and (open_item_id = any (${[...openItemIds]}::uuid[]) or customer_id = any (${[...customerIds]}::uuid[]))`
  return rows.map(({ openItemId }) => openItemId)
}

/** Everything live on some items, and what each item has open. */
export const lockOnItems = (
  { tx, clientId }: Write,
  openItemIds: readonly string[],
): Promise<(HeldDeduction & { readonly openMinor: bigint })[]> => tx.sql<HeldDeduction & { openMinor: bigint }>`
  select ${heldColumns}, o.open_minor as "openMinor"
  from deduction d join open_item o on o.client_id = d.client_id and o.id = d.open_item_id
  where d.client_id = ${clientId} and d.open_item_id = any (${[...openItemIds]}::uuid[]) and d.state not in ('VOIDED', 'CLOSED', 'SPLIT')
  order by d.id for update of d`

export type NewDeduction = Omit<Fixed, 'version' | 'createdAt'> & Standing

type Change = {
  readonly move: DeductionMove | 'identify' | 'split'
  readonly note?: string
  readonly documents?: readonly StandingDocument[]
}

const insertChanges = async (
  { tx, clientId, now, viewer, newId }: Write,
  rows: readonly (Change &
    Pick<Standing, 'state' | 'verdict' | 'reasonCode'> & { readonly deductionId: string; readonly version: number })[],
) => {
  const changes = rows.map(({ note = '', documents = [], ...row }) => ({ ...row, note, documents, id: newId() }))
  await tx.sql`
    insert into deduction_change (client_id, id, deduction_id, version, move, state, verdict, reason_code, note, documents, principal_id,
      principal_name, at)
    select ${clientId}, n.id, n."deductionId", n.version, n.move, n.state, n.verdict, n."reasonCode", n.note, n.documents, ${viewer.id},
      ${viewer.name}, ${now}
    from jsonb_to_recordset(${json(changes)}::jsonb) as n (id uuid, "deductionId" uuid, version int, move text, state text, verdict text,
      "reasonCode" text, note text, documents jsonb)`
}

export const insertDeductions = async (write: Write, rows: readonly NewDeduction[], { move, note = '' }: Change) => {
  if (rows.length === 0) return
  const { tx, clientId, now } = write
  await tx.sql`
    insert into deduction (client_id, id, receipt_id, settlement_id, open_item_id, customer_id, parent_id, currency, amount_minor,
      customer_code, code_list, text, state, verdict, reason_code, kind, coded_by, coded_version, coding_note, dispute_by, backup_from,
      backup_types, backup_asks, tolerated_on, created_at, state_since, quiet_since)
    select ${clientId}, n.id, n."receiptId", n."settlementId", n."openItemId", n."customerId", n."parentId", n.currency, n."amountMinor",
      n."customerCode", n."codeList", n.text, n.state, n.verdict, n."reasonCode", n.kind, n."codedBy", n."codedVersion", n."codingNote",
      n."disputeBy", n."backupFrom", n."backupTypes", n."backupAsks", n."toleratedOn", ${now}, ${now}, ${now}
    from jsonb_to_recordset(${json(rows)}::jsonb) as n (id uuid, "receiptId" uuid, "settlementId" uuid, "openItemId" uuid,
      "customerId" uuid, "parentId" uuid, currency text, "amountMinor" bigint, "customerCode" text, "codeList" text, text text, state text,
      verdict text, "reasonCode" text, kind text, "codedBy" text, "codedVersion" int, "codingNote" text, "disputeBy" date,
      "backupFrom" text, "backupTypes" text, "backupAsks" int, "toleratedOn" date)`
  await insertChanges(
    write,
    rows.map((row) => ({ ...row, move, note, deductionId: row.id, version: 1 })),
  )
}

export type Moved = { readonly before: HeldDeduction; readonly after: Partial<Standing> } & Change

/** Deductions as moves leave them, and the moves. */
export const saveMoves = async (write: Write, moves: readonly Moved[]): Promise<HeldDeduction[]> => {
  if (moves.length === 0) return []
  const { tx, clientId, now } = write
  const rows = moves.map(({ before, after, move, note, documents }) => ({
    change: { move, ...(note === undefined ? {} : { note }), ...(documents === undefined ? {} : { documents }) },
    row: { ...before, ...after, version: before.version + 1 },
  }))
  await tx.sql`
    update deduction d set state = n.state, verdict = n.verdict, reason_code = n."reasonCode", kind = n.kind, coded_by = n."codedBy",
      coded_version = n."codedVersion", coding_note = n."codingNote", dispute_by = n."disputeBy", backup_from = n."backupFrom",
      backup_types = n."backupTypes", backup_asks = n."backupAsks", tolerated_on = n."toleratedOn", version = n.version,
      dispute_alerted_at = case when d.dispute_by is distinct from n."disputeBy" then null else d.dispute_alerted_at end,
      state_since = case when d.state = n.state then d.state_since else ${now}::timestamptz end
    from jsonb_to_recordset(${json(rows.map(({ row }) => row))}::jsonb) as n (id uuid, state text, verdict text, "reasonCode" text, kind text,
      "codedBy" text, "codedVersion" int, "codingNote" text, "disputeBy" date, "backupFrom" text, "backupTypes" text, "backupAsks" int,
      "toleratedOn" date, version int)
    where d.client_id = ${clientId} and d.id = n.id`
  await insertChanges(
    write,
    rows.map(({ row, change }) => ({ ...row, ...change, deductionId: row.id })),
  )
  return rows.map(({ row }) => row)
}

/** Deductions that go with settlements; whoever asks for approvals holds those before these. */
export const isAnyPending = async ({ tx, clientId }: Write, settlementIds: readonly string[]): Promise<boolean> => {
  const rows = await tx.sql`
    select 1 from deduction where client_id = ${clientId} and settlement_id = any (${[...settlementIds]}::uuid[])
      and state = any (${[...pending]}::text[]) limit 1`
  return rows.length > 0
}

export const lockOfSettlements = (
  { tx, clientId }: Write,
  settlementIds: readonly string[],
): Promise<HeldDeduction[]> => tx.sql<HeldDeduction>`
  select ${heldColumns} from deduction d
  where d.client_id = ${clientId} and d.settlement_id = any (${[...settlementIds]}::uuid[]) and d.state = any (${[...liveStates]}::text[])
  order by d.id for update of d`

/** A deduction belongs to whom its item belongs to: it goes along when the item gets its customer. */
export const followDeducted = ({ tx, clientId }: Write, fromIds: readonly string[]) => tx.sql`
  update deduction d set customer_id = o.customer_id
  from open_item o
  where d.client_id = ${clientId} and d.customer_id = any (${[...fromIds]}::uuid[])
    and o.client_id = d.client_id and o.id = d.open_item_id and o.customer_id <> d.customer_id`

/** Numbers of customers, as the client's rows name them. */
export const numbersOf = async ({ tx, clientId }: Write, ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> => {
  const rows = await tx.sql<{ id: string; number: string | null }>`
    select id, number from customer where client_id = ${clientId} and id = any (${[...ids]}::uuid[])`
  return new Map(rows.map(({ id, number }) => [id, number]))
}

/** What was written off as small in a client's calendar month, of one reason and currency. Held: one counts behind the other. */
export const toleratedInMonth = async (
  { tx, clientId }: Write,
  { reasonCode, currency, day }: { readonly reasonCode: string; readonly currency: string; readonly day: Day },
): Promise<bigint> => {
  await tx.sql`select pg_advisory_xact_lock(hashtextextended(${`deduction write-off ${clientId}`}, 0))`
  const [row] = await tx.sql<{ minor: bigint }>`
    select coalesce(sum(amount_minor), 0)::bigint as minor from deduction
    where client_id = ${clientId} and reason_code = ${reasonCode} and currency = ${currency} and state <> 'VOIDED'
      and tolerated_on between ${`${day.slice(0, 8)}01`}::date and ${endOfMonth(day)}::date`
  return row?.minor ?? 0n
}

/** What the item of a deduction was for. */
export const originalOf = async ({ tx, clientId }: Write, openItemId: string): Promise<bigint> => {
  const [row] = await tx.sql<{ minor: bigint }>`
    select original_minor as minor from open_item where client_id = ${clientId} and id = ${openItemId}`
  return row?.minor ?? 0n
}

export type Alerted = { readonly id: string; readonly customerId: string; readonly disputeBy: Day }

/** Windows that end by a day and of which nobody was told yet: told now, a bounded number. */
export const alertDisputes = ({ tx, clientId, now }: Write, by: Day, most: number): Promise<Alerted[]> => tx.sql<Alerted>`
  update deduction d set dispute_alerted_at = ${now}
  from (
    select id from deduction where client_id = ${clientId} and dispute_by <= ${by}::date and dispute_alerted_at is null
      and state in ('CODED', 'RESEARCH', 'AWAITING_BACKUP') order by id limit ${most} for update) n
  where d.client_id = ${clientId} and d.id = n.id returning d.id, d.customer_id as "customerId", d.dispute_by as "disputeBy"`

/** Somebody said something about a deduction that is held. */
export const saidSomething = ({ tx, clientId, now }: Write, id: string) => tx.sql`
  update deduction set quiet_since = ${now} where client_id = ${clientId} and id = ${id}`
