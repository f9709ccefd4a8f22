import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { systemId } from '../../src/platform/database/who.ts'
import { type Answer, aClient, aCustomer, ask, asOwner, beginDay, type Row, type TestClient, theApp } from '../harness/index.ts'

export type App = Awaited<ReturnType<typeof theApp>>
export type Who = Parameters<typeof ask>[0]
export type Money = { readonly amount: string; readonly currency: string }
export type Outcome = {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly path?: readonly string[]
  readonly currentVersion?: number
  readonly room?: Money
  readonly receipt?: {
    readonly id: string
    readonly version: number
    readonly customer: { readonly id: string } | null
    readonly unappliedAmount: Money
    readonly [field: string]: unknown
  }
  readonly openItem?: { readonly id: string; readonly openAmount: Money; readonly [field: string]: unknown }
  readonly application?: { readonly id: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

const money = '{ amount currency }'
const receipt = `receipt { id version valueOn reference payerName recordedAt customer { id } amount ${money} appliedAmount ${money}
  unappliedAmount ${money} unidentifiedAmount ${money} }`
const refusal = '__typename ... on Refusal { code message path }'
const conflict = '... on VersionConflict { currentVersion }'
const mismatch = '... on IdempotencyMismatch { key }'

/** What a command selects of its outcome, for documents that hold several. */
export const selections = {
  recordReceipt: `{ ${refusal} ${mismatch} ... on RecordReceiptPayload { ${receipt} } }`,
  identifyReceipt: `{ ${refusal} ${conflict} ... on IdentifyReceiptPayload { ${receipt} } }`,
  applyReceipt: `{ ${refusal} ${mismatch} ${conflict} ... on OverApplied { room ${money} }
    ... on CurrencyMismatch { receiptCurrency itemCurrency }
    ... on ApplyReceiptPayload { ${receipt} application { id appliedOn amount ${money} receipt { id } openItem { id } }
      openItem { id version closedOn openAmount ${money} pendingAmount ${money} } } }`,
} as const

export type Name = keyof typeof selections

const typeOf = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`

export const documentOf = (name: Name) =>
  `mutation Run($input: ${typeOf(name)}!) { outcome: ${name}(input: $input) ${selections[name]} }`

export const tryRun = (who: Who, name: Name, input: object, app?: App): Promise<Answer<{ outcome: Outcome | null }>> =>
  ask<{ outcome: Outcome | null }>(who, documentOf(name), { input }, app)

/** Performs a command that is answered, with its payload or with a refusal. */
export const run = async (who: Who, name: Name, input: object, app?: App): Promise<Outcome> => {
  const { data, errors } = await tryRun(who, name, input, app)
  const outcome = data?.outcome
  if (outcome === undefined || outcome === null) throw new Error(`${name} was not answered: ${JSON.stringify(errors)}`)
  return outcome
}

/** The answer as HTTP gives it, for callers without a credential. */
export const statusFor = async (name: Name, input: object): Promise<{ status: number; body: Answer }> => {
  const { url } = await theApp()
  const body = JSON.stringify({ query: documentOf(name), variables: { input } })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return { status: response.status, body: (await response.json()) as Answer }
}

export const usd = (amount: string): Money => ({ amount, currency: 'USD' })
export const aKey = () => randomUUID()
export const gidOf = (client: TestClient, typename: string, id: string = randomUUID()) =>
  encodeGlobalId({ typename, ownerId: client.id, id })

/** The very row of one client, claimed for another. */
export const claimedBy = (client: TestClient, typename: string, { id }: Row) => gidOf(client, typename, id)

/**
 * Everything that a command on money may leave behind at a client, in full: equal before and after a refusal. What the
 * housekeeping of any node does meanwhile is nobody's command, and numbers are the relay's.
 */
export const traces = async (client: TestClient): Promise<Record<string, unknown[]>> => {
  const tables = [
    'receipt',
    'receipt_move',
    'application',
    'deduction',
    'cash_result',
    'cash_instruction',
    'remittance_advice',
    'remittance_line',
    'cash_match',
    'payer_alias',
    'policy_version',
    'customer',
    'legal_entity',
    'open_item',
    'promise_to_pay',
    'promise_change',
    'payment_plan',
    'plan_item',
    'plan_installment',
    'contact',
    'activity',
    'activity_version',
    'activity_item',
    'event',
    'audit_entry',
    'idempotency',
    'work_item',
    'work_amount',
  ]
  const entries = tables.map(async (table) => {
    const rows = await asOwner<{ row: Record<string, unknown> }>(
      `select to_jsonb(t) - 'seq' as row from ${table} t where client_id = $1 order by 1`,
      [client.id],
    )
    return [table, rows.map(({ row }) => row).filter(({ principal_id: by }) => by !== systemId)] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

export const eventsOf = (client: TestClient, area = 'cash') =>
  asOwner<{ name: string; payload: Record<string, unknown> }>(
    'select name, payload from event where client_id = $1 and area = $2 order by id',
    [client.id, area],
  )

export const auditsOf = (client: TestClient) =>
  asOwner<{ command: string; principal_id: string; input: Record<string, unknown>; outcome: Record<string, unknown> }>(
    `select command, principal_id, input, outcome from audit_entry where client_id = $1 and principal_id <> $2 order by at, id`,
    [client.id, systemId],
  )

/** A client with one customer and its day begun, so that nothing but the test's own commands moves anything. */
export const aDebtor = async (arrange: (client: TestClient, customer: Row) => Promise<unknown> = async () => {}) => {
  const client = await aClient()
  const customer = await aCustomer(client)
  await arrange(client, customer)
  await beginDay(client)
  return { client, customer }
}

/** Holds what the statement locks until it is let go: how a test decides who waits for whom. */
export const holding = async (text: string, values: unknown[]): Promise<() => Promise<void>> => {
  const session = new pg.Client({ connectionString: inject('ownerUrl') })
  await session.connect()
  await session.query('begin')
  await session.query(text, values)
  return async () => {
    await session.query('commit')
    await session.end()
  }
}

/** Until so many sessions of the API wait for a lock that another session of the test holds, directly or behind one another. */
export const waiting = async (table: string, sessions: number): Promise<void> => {
  for (let waited = 0; waited < sessions; ) {
    const [row] = await asOwner<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where usename = 'quittance_app' and wait_event_type = 'Lock' and query ilike $1`,
      [`%${table}%`],
    )
    waited = row?.count ?? 0
  }
}

/** What must hold of a client's money at every instant, counted from the rows alone. */
export const contradictions = (client: TestClient) =>
  asOwner<{ what: string; id: string }>(
    `select 'buckets of a receipt' as what, r.id::text from receipt r
       where r.client_id = $1 and r.amount_minor <> r.applied_minor + r.unapplied_minor + r.unidentified_minor + r.on_account_minor
         + r.refunded_minor + r.charges_minor + r.reversed_minor
     union all
     select 'applications of a receipt', r.id::text from receipt r
       where r.client_id = $1 and r.applied_minor <> coalesce(
         (select sum(a.receipt_minor) from application a where a.client_id = r.client_id and a.receipt_id = r.id), 0)
     union all
     select 'moves of a receipt', r.id::text from receipt r,
       lateral (values ('ON_ACCOUNT', r.on_account_minor), ('REFUNDED', r.refunded_minor), ('CHARGES', r.charges_minor),
         ('REVERSED', r.reversed_minor)) as b (bucket, minor)
       where r.client_id = $1 and b.minor <> coalesce(
         (select sum(case b.bucket when m.to_bucket then m.amount_minor when m.from_bucket then -m.amount_minor else 0 end)
          from receipt_move m where m.client_id = r.client_id and m.receipt_id = r.id), 0)
     union all
     select 'applications of an item', o.id::text from open_item o
       where o.client_id = $1 and o.source = 'TEST' and o.pending_minor <> coalesce(
         (select sum(a.amount_minor) from application a where a.client_id = o.client_id and a.open_item_id = o.id), 0)
     union all
     select 'open amount of an item', o.id::text from open_item o
       where o.client_id = $1 and (o.open_minor <> o.ledger_open_minor - o.pending_minor or o.open_minor < 0 and o.kind <> 'CREDIT_MEMO')
     union all
     select 'closing of an item', o.id::text from open_item o
       where o.client_id = $1 and (o.open_minor = 0) <> (o.closed_on is not null)
     union all
     select 'state of a receipt', r.id::text from receipt r
       where r.client_id = $1 and ((r.state = 'REVERSED') <> (r.reversed_minor > 0)
         or (r.state in ('UNIDENTIFIED', 'ESCHEAT_REVIEW')) <> (r.unidentified_minor > 0)
         or (r.state in ('IDENTIFIED', 'REMITTANCE_MISSING')) <> (r.unapplied_minor > 0))
     union all
     select 'deduction of what was undone', d.id::text from deduction d
       where d.client_id = $1 and d.state <> 'VOIDED' and not exists (
         select 1 from application a left join application u on u.client_id = a.client_id and u.reverses_id = a.id
         where a.client_id = d.client_id and a.settlement_id = d.settlement_id and a.reverses_id is null and u.id is null)
     union all
     select 'proposal for what is decided', m.id::text from cash_match m join receipt r on r.client_id = m.client_id and r.id = m.receipt_id
       where m.client_id = $1 and m.state in ('PROPOSED', 'FRUITLESS') and r.unapplied_minor + r.unidentified_minor = 0`,
    [client.id],
  )
