import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import { groupInto } from '../../platform/group.ts'
import { discountUntil, type TermsRule } from '../customer/index.ts'
import type { MatchState } from './match-states.ts'
import type { Lesson, MatchCustomer, MatchItem, MatchLine, MatchReceipt, PayerAlias, SettledItem } from './rules.ts'
import type { Trace } from './trace.ts'

// Owner of the tables cash_match and payer_alias.

const json = (rows: readonly object[]): string => JSON.stringify(rows, textOfBigints)
const textOfBigints = (_name: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)

/** A receipt as the engine is told of it, with what changes when somebody else decides about it. */
export type Candidate = MatchReceipt & {
  readonly version: number
  /** A match of it was undone as wrong. */
  readonly wasWrong: boolean
}

type ReceiptRow = Omit<Candidate, 'texts' | 'lines' | 'instructed'> & {
  readonly bankText: string
  readonly instructedMinor: bigint | null
  readonly instructedCurrency: string | null
}

/** Receipts with something left to decide: those named, or the oldest. Nothing is held: what is decided is checked again. */
export const candidatesFor = async (
  { tx, clientId }: Write,
  { ids, most }: { readonly ids: readonly string[] | null; readonly most: number },
): Promise<readonly Omit<Candidate, 'lines'>[]> => {
  const which =
    ids === null
      ? part`and r.state in ('UNIDENTIFIED', 'IDENTIFIED', 'REMITTANCE_MISSING')`
      : part`and r.id = any (${[...ids]}::uuid[])`
  const rows = await tx.sql<ReceiptRow>`
    select r.id, r.customer_id as "customerId", r.legal_entity_id as "legalEntityId", r.currency,
      r.unapplied_minor + r.unidentified_minor as "amountMinor", r.amount_minor as "receivedMinor", r.value_on as "valueOn",
      r.payer_name as "payerName", r.payer_account as "payerAccount", r.reference, r.bank_text as "bankText",
      r.bank_fee_minor as "chargesMinor", r.instructed_minor as "instructedMinor", r.instructed_currency as "instructedCurrency", r.version,
      exists (select 1 from application u where u.client_id = r.client_id and u.receipt_id = r.id and u.is_false_match) as "wasWrong"
    from receipt r
    where r.client_id = ${clientId} and r.unapplied_minor + r.unidentified_minor > 0 ${which}
    order by r.value_on, r.id limit ${most}`
  return rows.map(({ bankText, instructedMinor, instructedCurrency, ...receipt }) => ({
    ...receipt,
    texts: bankText === '' ? [] : [bankText],
    instructed:
      instructedMinor === null || instructedCurrency === null ? null : { minor: instructedMinor, currency: instructedCurrency },
  }))
}

/** How many of these are receipts of the client at all. */
export const countReceipts = async ({ tx, clientId }: Write, ids: readonly string[]): Promise<number> => {
  const [row] = await tx.sql<{ count: number }>`
    select count(*)::int as count from receipt where client_id = ${clientId} and id = any (${[...ids]}::uuid[])`
  return row?.count ?? 0
}

type LineRow = {
  receiptId: string
  reference: string | null
  paidMinor: bigint | null
  discountMinor: bigint | null
  deductions: { amountMinor: string; code: string | null; codeList: string | null }[]
}

/** What payers said the receipts are for. Of several remittances for one receipt the latest counts: it corrects the others. */
export const remittanceLines = async (
  { tx, clientId }: Write,
  receiptIds: readonly string[],
): Promise<ReadonlyMap<string, readonly MatchLine[]>> => {
  const rows = await tx.sql<LineRow>`
    select latest.receipt_id as "receiptId", l.reference, l.paid_minor as "paidMinor", l.discount_minor as "discountMinor", l.deductions
    from (
      select distinct on (a.receipt_id) a.receipt_id, a.id from unnest(${[...receiptIds]}::uuid[]) as n (id)
      join remittance_advice a on a.receipt_id = n.id where a.client_id = ${clientId} order by a.receipt_id, a.id desc
    ) latest
    join remittance_line l on l.client_id = ${clientId} and l.advice_id = latest.id order by latest.receipt_id, l.place`
  return groupInto(
    rows,
    ({ receiptId }) => receiptId,
    ({ receiptId: _receiptId, deductions, ...line }) => ({
      ...line,
      deductions: deductions.map(({ amountMinor, code, codeList }) => ({ amountMinor: BigInt(amountMinor), code, codeList })),
    }),
  )
}

type ItemRow = Omit<MatchItem, 'discount'> & { readonly rule: TermsRule | null }

/** Thousandths of a percent, exactly: "2.5" is 2500. */
const milli = (percent: string): number => {
  const [whole = '0', fraction = ''] = percent.split('.')
  return Number(whole) * 1_000 + Number(fraction.padEnd(3, '0').slice(0, 3))
}

/** Everything the client has open. */
export const openItems = async ({ tx, clientId }: Write): Promise<MatchItem[]> => {
  const rows = await tx.sql<ItemRow>`
    select o.id, o.customer_id as "customerId", o.legal_entity_id as "legalEntityId", o.kind, o.number, o.currency,
      o.open_minor as "openMinor", o.original_minor as "originalMinor", o.document_on as "documentOn", o.due_on as "dueOn",
      o.is_disputed as "isDisputed", t.rule
    from open_item o left join payment_terms t on t.client_id = o.client_id and t.id = o.payment_terms_id
    where o.client_id = ${clientId} and o.closed_on is null`
  return rows.map(({ rule, ...item }) => {
    const until: Day | null = rule === null ? null : discountUntil(rule, item.documentOn)
    const percent = rule?.discount?.percent
    return { ...item, discount: until === null || percent === undefined ? null : { percentMilli: milli(percent), until } }
  })
}

/** Items that were paid lately and whose numbers the receipts may mean: whoever refers to one may have paid twice. */
export const settledItems = async ({ tx, clientId }: Write, keys: readonly string[], since: Day): Promise<SettledItem[]> => {
  if (keys.length === 0) return []
  return tx.sql<SettledItem>`
    select o.id, o.customer_id as "customerId", o.number, o.currency, o.original_minor as "originalMinor", o.closed_on as "closedOn"
    from unnest(${[...new Set(keys)]}::text[]) as k (key)
    join open_item o on o.number_key = k.key
    where o.client_id = ${clientId} and o.closed_on >= ${since}::date`
}

/** Whom the client knows. One known by a name alone is nobody once a number has that name: it would only be in doubt. */
export const allCustomers = ({ tx, clientId }: Write): Promise<MatchCustomer[]> => tx.sql<MatchCustomer>`
  select c.id, c.number, c.name, c.parent_id as "parentId", c.bill_to_id as "billToId" from customer c
  where c.client_id = ${clientId} and (c.number is not null
    or not exists (select 1 from customer_alias a where a.client_id = c.client_id and a.name = c.name)
    or exists (select 1 from open_item o where o.client_id = c.client_id and o.customer_id = c.id and o.closed_on is null))`

/** What people taught, and every spelling that came with a customer's number. */
export const allAliases = ({ tx, clientId }: Write): Promise<PayerAlias[]> => tx.sql<PayerAlias>`
  select customer_id as "customerId", kind, value from payer_alias where client_id = ${clientId}
  union
  select customer_id, 'NAME', name from customer_alias where client_id = ${clientId}`

export type NewMatch = {
  readonly id: string
  readonly receiptId: string
  readonly policyVersion: number
  readonly outcome: string
  readonly state: MatchState
  readonly customerId: string | null
  readonly payerLevel: string
  readonly lineCount: number
  readonly matchedLineCount: number
  readonly currency: string
  readonly amountMinor: bigint
  readonly matchedMinor: bigint
  readonly isStraightThrough: boolean
  readonly trace: object
}

/** What was found before of the same receipts, and not decided about, makes room. */
export const insertMatches = async ({ tx, clientId, viewer, now }: Write, matches: readonly NewMatch[]) => {
  if (matches.length === 0) return
  await tx.sql`
    update cash_match m set state = 'SUPERSEDED', decided_at = ${now}, decided_by = ${viewer.id}, version = version + 1
    from unnest(${matches.map(({ receiptId }) => receiptId)}::uuid[]) as n (id)
    where m.client_id = ${clientId} and m.receipt_id = n.id and m.state in ('PROPOSED', 'FRUITLESS')`
  await tx.sql`
    insert into cash_match (client_id, id, receipt_id, policy_version, outcome, state, customer_id, payer_level, line_count,
      matched_line_count, currency, amount_minor, matched_minor, is_straight_through, trace, lessons, principal_id, created_at, decided_at)
    select ${clientId}, n.id, n."receiptId", n."policyVersion", n.outcome, n.state, n."customerId", n."payerLevel", n."lineCount",
      n."matchedLineCount", n.currency, n."amountMinor", n."matchedMinor", n."isStraightThrough", n.trace, '[]', ${viewer.id}, ${now},
      case when n.state = 'POSTED' then ${now}::timestamptz end
    from jsonb_to_recordset(${json(matches)}::jsonb) as n (id uuid, "receiptId" uuid, "policyVersion" int, outcome text, state text,
      "customerId" uuid, "payerLevel" text, "lineCount" int, "matchedLineCount" int, currency text, "amountMinor" bigint,
      "matchedMinor" bigint, "isStraightThrough" boolean, trace jsonb)`
}

export type KeptMatch = {
  readonly id: string
  readonly receiptId: string
  readonly state: MatchState
  readonly trace: Trace
}

/** A match, held until the unit ends. Receipts are locked before matches are. */
export const lockMatch = async ({ tx, clientId }: Write, id: string): Promise<KeptMatch | null> => {
  const rows = await tx.sql<KeptMatch>`
    select id, receipt_id as "receiptId", state, trace from cash_match where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

/** What a match says, before anything is locked: it never changes, only its state does. */
export const readMatch = async ({ tx, clientId }: Write, id: string): Promise<Pick<KeptMatch, 'receiptId' | 'trace'> | null> => {
  const rows = await tx.sql<KeptMatch>`
    select receipt_id as "receiptId", trace from cash_match where client_id = ${clientId} and id = ${id}`
  return rows[0] ?? null
}

export const currencyOf = async ({ tx, clientId }: Write, receiptId: string): Promise<string> => {
  const rows = await tx.sql<{
    currency: string
  }>`select currency from receipt where client_id = ${clientId} and id = ${receiptId}`
  return rows[0]?.currency ?? ''
}

export type MatchDecision = {
  readonly state: MatchState
  readonly reason?: string | null
  readonly lessons?: readonly Lesson[]
  readonly customerId?: string
}

export const decideMatch = (
  { tx, clientId, viewer, now }: Write,
  id: string,
  { state, reason = null, lessons = [], customerId }: MatchDecision,
) => tx.sql`
  update cash_match set state = ${state}, reason = ${reason}, lessons = ${JSON.stringify(lessons)}::jsonb,
    customer_id = coalesce(${customerId ?? null}::uuid, customer_id), decided_at = ${now}, decided_by = ${viewer.id}, version = version + 1
  where client_id = ${clientId} and id = ${id}`

/** Proposals for receipts that were decided about in another way are over. */
export const supersedeMatches = ({ tx, clientId, viewer, now }: Write, receiptIds: readonly string[]) => tx.sql`
  update cash_match m set state = 'SUPERSEDED', decided_at = ${now}, decided_by = ${viewer.id}, version = version + 1
  from unnest(${[...receiptIds]}::uuid[]) as n (id)
  where m.client_id = ${clientId} and m.receipt_id = n.id and m.state in ('PROPOSED', 'FRUITLESS')`

export const insertAliases = async (write: Write, aliases: readonly PayerAlias[]) => {
  if (aliases.length === 0) return
  const { tx, clientId, viewer, now, newId } = write
  const rows = aliases.map((alias) => ({ ...alias, id: newId() }))
  await tx.sql`
    insert into payer_alias (client_id, id, customer_id, kind, value, principal_id, created_at)
    select ${clientId}, n.id, n."customerId", n.kind, n.value, ${viewer.id}, ${now}
    from jsonb_to_recordset(${json(rows)}::jsonb) as n (id uuid, "customerId" uuid, kind text, value text)
    on conflict (client_id, customer_id, kind, value) do nothing`
}

export const deleteAlias = async ({ tx, clientId }: Write, id: string): Promise<{ readonly customerId: string } | null> => {
  const rows = await tx.sql<{ customerId: string }>`
    delete from payer_alias where client_id = ${clientId} and id = ${id} returning customer_id as "customerId"`
  return rows[0] ?? null
}

/** What was found and remembered of customers known by a name alone goes along when the name gets its number. */
export const followMatched = ({ tx, clientId }: Write, moves: readonly { readonly fromId: string; readonly toId: string }[]) => {
  const [from, to] = [moves.map(({ fromId }) => fromId), moves.map(({ toId }) => toId)]
  return Promise.all([
    tx.sql`
      update cash_match m set customer_id = n.to_id, version = m.version + 1
      from unnest(${from}::uuid[], ${to}::uuid[]) as n (from_id, to_id)
      join customer c on c.id = n.from_id and c.number is null
      where c.client_id = ${clientId} and m.client_id = ${clientId} and m.customer_id = n.from_id`,
    tx.sql`
      with gone as (
        delete from payer_alias a
        using unnest(${from}::uuid[], ${to}::uuid[]) as n (from_id, to_id)
        join customer c on c.id = n.from_id and c.number is null
        where c.client_id = ${clientId} and a.client_id = ${clientId} and a.customer_id = n.from_id
        returning a.id, n.to_id, a.kind, a.value, a.principal_id, a.created_at
      )
      insert into payer_alias (client_id, id, customer_id, kind, value, principal_id, created_at)
      select ${clientId}, id, to_id, kind, value, principal_id, created_at from gone
      on conflict do nothing`,
  ])
}
