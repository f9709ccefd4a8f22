import { ask, asOwner, type TestClient } from '../harness/index.ts'
import type { App, Who } from './world.ts'

/** A result as a test writes it: what it leaves out is not told. */
export type Result = {
  readonly key: string
  readonly receiptKey: string
  readonly currency?: string
  readonly [part: string]: unknown
}

export type Outcome = {
  readonly index: number
  readonly key: string
  readonly outcome: 'DONE' | 'WAITING' | 'REPEATED' | 'REFUSED'
  readonly waitsFor: readonly string[]
  readonly refusal: { readonly code: string; readonly message: string; readonly path: readonly string[] } | null
  readonly receipt: { readonly id: string; readonly state: string; readonly [field: string]: unknown } | null
}

export type Posted = {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly path?: readonly string[]
  readonly counts?: Readonly<Record<'done' | 'waiting' | 'repeated' | 'refused', number>>
  readonly results?: readonly Outcome[]
  readonly refused?: readonly { readonly index: number; readonly code: string }[]
}

const money = '{ amount }'
export const postDocument = `mutation Post($input: PostCashResultsInput!) { outcome: postCashResults(input: $input) {
  __typename ... on Refusal { code message path } ... on CashResultsRefused { refused { index code } }
  ... on PostCashResultsPayload { counts { done waiting repeated refused } results { index key outcome waitsFor refusal { code message path }
    receipt { id state amount ${money} appliedAmount ${money} onAccountAmount ${money} unappliedAmount ${money} unidentifiedAmount ${money}
      refundedAmount ${money} chargesAmount ${money} reversedAmount ${money} } } } } }`

export const source = 'BANK-HUB'

export const post = async (
  client: TestClient,
  results: readonly Result[],
  facts: { readonly who?: Who; readonly app?: App; readonly [field: string]: unknown } = {},
): Promise<Posted> => {
  const { who = client.integration, app, ...rest } = facts
  const input = { client: client.gid, source, results: results.map((result) => ({ currency: 'USD', ...result })), ...rest }
  const { data, errors } = await ask<{ outcome: Posted | null }>(who, postDocument, { input }, app)
  if (data?.outcome === undefined || data.outcome === null) throw new Error(`nothing was answered: ${JSON.stringify(errors)}`)
  return data.outcome
}

/** Posts one result and gives its outcome. */
export const postOne = async (client: TestClient, result: Result, facts: Parameters<typeof post>[2] = {}): Promise<Outcome> => {
  const posted = await post(client, [result], facts)
  const [outcome] = posted.results ?? []
  if (outcome === undefined) throw new Error(`no outcome: ${JSON.stringify(posted)}`)
  return outcome
}

export type ItemRow = {
  readonly number: string
  readonly customerNumber: string
  readonly amount: string
  readonly kind?: string
  readonly currency?: string
  readonly legalEntity?: string
}

/** Invoices come by a load, as they do in real life. */
export const load = async (client: TestClient, rows: readonly ItemRow[], key: string) => {
  const input = {
    client: client.gid,
    source: 'TEST',
    idempotencyKey: key,
    rows: rows.map(({ number, customerNumber, amount, kind = 'INVOICE', currency = 'USD', legalEntity = 'LE1' }) => ({
      number,
      sourceKey: `${legalEntity} ${number}`,
      legalEntity,
      customerNumber,
      customerName: `Customer ${customerNumber}`,
      kind,
      currency,
      amount,
      documentOn: '2026-01-05',
      dueOn: '2026-02-04',
    })),
  }
  const { data, errors } = await ask<{ done: { __typename: string } | null }>(
    client.integration,
    'mutation ($input: ImportOpenItemsInput!) { done: importOpenItems(input: $input) { __typename ... on Refusal { message } } }',
    { input },
  )
  if (data?.done?.__typename !== 'ImportOpenItemsPayload') throw new Error(`not loaded: ${JSON.stringify({ data, errors })}`)
}

/**
 * Where the money of one story ended, as text to compare: amounts and states, and nothing of the way there. Its receipt is
 * `R` and its name, its items `I` or `K` and its name, its customer `C` and its name.
 */
export const endOf = async (client: TestClient, name: string): Promise<string> => {
  const [row] = await asOwner<{ end: string }>(
    `select json_build_object(
       'receipts', (select json_agg(json_build_array(state, amount_minor, applied_minor, on_account_minor, unapplied_minor,
           unidentified_minor, refunded_minor, charges_minor, reversed_minor, has_remittance, reversal_reason, customer_id is not null))
         from receipt where client_id = $1 and source = $3 and source_key = 'R' || $2),
       'items', (select json_agg(json_build_array(ledger_open_minor, pending_minor, open_minor, closed_on is null) order by number)
         from open_item where client_id = $1 and number in ('I' || $2, 'K' || $2)),
       'applied', (select json_agg(json_build_array(kind, amount, receipt) order by kind) from (
         select a.kind, sum(a.amount_minor) as amount, sum(a.receipt_minor) as receipt from application a
         join open_item o on o.client_id = a.client_id and o.id = a.open_item_id
         where a.client_id = $1 and o.number in ('I' || $2, 'K' || $2) group by a.kind having sum(a.amount_minor) <> 0) s),
       'deductions', (select json_agg(json_build_array(d.amount_minor, d.customer_code, d.reason_code, d.state)) from deduction d
         join open_item o on o.client_id = d.client_id and o.id = d.open_item_id
         where d.client_id = $1 and o.number = 'I' || $2 and d.state <> 'VOIDED'),
       'work', (select json_agg(w.amounts) from work_item w join customer c on c.client_id = w.client_id and c.id = w.customer_id
         where w.client_id = $1 and c.number = 'C' || $2 and w.kind = 'COLLECTION' and w.is_queued),
       'waiting', (select json_agg(json_build_array(kind, waits_for)) from cash_instruction
         where client_id = $1 and source = $3 and receipt_key = 'R' || $2 and state = 'WAITING'),
       'lines', (select json_agg(json_build_array(l.reference is not null, l.paid_minor, a.receipt_id is not null) order by l.place)
         from remittance_advice a join remittance_line l on l.client_id = a.client_id and l.advice_id = a.id
         where a.client_id = $1 and a.receipt_key = 'R' || $2)
     )::text as end`,
    [client.id, name, source],
  )
  return row?.end ?? ''
}
