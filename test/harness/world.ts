import { randomBytes, randomUUID } from 'node:crypto'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { beginWorkDay } from '../../src/modules/worklist/index.ts'
import { perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import type { ClientRole } from '../../src/platform/policy.ts'
import { theApp } from './app.ts'
import { asOwner } from './owner.ts'

export type Person = { readonly id: string; readonly subject: string; readonly name: string }

export type TestProvider = {
  readonly id: string
  readonly gid: string
  readonly code: string
  readonly admin: Person
  readonly teamId: string
}

export type TestClient = {
  readonly id: string
  readonly gid: string
  readonly code: string
  /** In every text of this client: wherever it turns up in another's answer, something leaked. */
  readonly canary: string
  readonly provider: TestProvider
  readonly legalEntityId: string
  readonly batchId: string
  readonly analyst: Person
  readonly lead: Person
  readonly portal: Person
  readonly integration: Person
  /** An analyst of another provider. */
  readonly stranger: Person
}

const code = () => randomBytes(6).toString('hex').toUpperCase()
const now = () => new Date()
/** Rights are of two days before: a test whose clock is some hours behind, or at noon of today, finds them in force. */
const longSince = () => new Date(Date.now() - 2 * 86_400_000)

export const aPerson = async (providerId: string, kind: 'PERSON' | 'PORTAL' | 'INTEGRATION', label: string): Promise<Person> => {
  const id = randomUUID()
  const name = `${label} ${code()}`
  await asOwner(
    'insert into principal (provider_id, id, kind, name, email, subject, created_at) values ($1, $2, $3, $4, $5, $6, $7)',
    [providerId, id, kind, name, kind === 'INTEGRATION' ? null : `${id}@example.test`, id, now()],
  )
  return { id, subject: id, name }
}

export const aProvider = async (): Promise<TestProvider> => {
  const id = randomUUID()
  const teamId = randomUUID()
  const name = code()
  await asOwner('insert into provider (id, code, name, created_at) values ($1, $2, $3, $4)', [
    id,
    name,
    `Provider ${name}`,
    now(),
  ])
  await asOwner('insert into team (provider_id, id, code, name, created_at) values ($1, $2, $3, $4, $5)', [
    id,
    teamId,
    `T${name}`,
    `Team ${name}`,
    now(),
  ])
  const admin = await aPerson(id, 'PERSON', 'admin')
  await asOwner(
    `insert into provider_grant (provider_id, id, principal_id, role, valid_from) values ($1, $2, $3, 'PROVIDER_ADMIN', $4)`,
    [id, randomUUID(), admin.id, longSince()],
  )
  return { id, gid: encodeGlobalId({ typename: 'Provider', ownerId: id, id }), code: name, admin, teamId }
}

/** A grant as it stands in the database; analysts and leads hold theirs directly here, not through a team. */
export const grant = (client: { id: string; provider: { id: string } }, person: Person, role: ClientRole) =>
  asOwner(
    `insert into client_grant (client_id, id, provider_id, principal_id, role, valid_from, reason) values ($1, $2, $3, $4, $5, $6, 'test')`,
    [client.id, randomUUID(), client.provider.id, person.id, role, longSince()],
  )

export type ClientOptions = {
  readonly provider?: TestProvider
  readonly timeZone?: string
  readonly baseCurrency?: string
  readonly planningRates?: Record<string, string>
}

/** A client of its own for a test, with one of each kind of viewer: what makes tests independent is the tenancy itself. */
export const aClient = async (options: ClientOptions = {}): Promise<TestClient> => {
  const provider = options.provider ?? (await aProvider())
  const elsewhere = await aProvider()
  const id = randomUUID()
  const canary = `canary${randomBytes(8).toString('hex')}`
  const clientCode = code()
  await asOwner(
    `insert into client (id, provider_id, code, name, time_zone, base_currency, calendar_code, planning_rates, created_at)
     values ($1, $2, $3, $4, $5, $6, 'US', $7, $8)`,
    [
      id,
      provider.id,
      clientCode,
      `Client ${canary}`,
      options.timeZone ?? 'UTC',
      options.baseCurrency ?? 'USD',
      JSON.stringify(options.planningRates ?? {}),
      now(),
    ],
  )
  const [legalEntityId, batchId] = [randomUUID(), randomUUID()]
  await asOwner('insert into legal_entity (client_id, id, code, name, created_at) values ($1, $2, $3, $4, $5)', [
    id,
    legalEntityId,
    'LE1',
    `LE ${canary}`,
    now(),
  ])
  await asOwner(
    `insert into import_batch (client_id, id, profile, profile_version, source_name, content_hash, state, allow_partial, rows_read, data_as_of, principal_id,
       started_at, finished_at)
     values ($1, $2, 'test', 1, $3, $4, 'APPLIED', false, 0, $5, $6, $5, $5)`,
    [id, batchId, `${canary}.csv`, randomBytes(32), now(), randomUUID()],
  )
  const people = {
    analyst: await aPerson(provider.id, 'PERSON', 'analyst'),
    lead: await aPerson(provider.id, 'PERSON', 'lead'),
    portal: await aPerson(provider.id, 'PORTAL', 'portal'),
    integration: await aPerson(provider.id, 'INTEGRATION', 'integration'),
    stranger: await aPerson(elsewhere.id, 'PERSON', 'stranger'),
  }
  const client = {
    id,
    gid: encodeGlobalId({ typename: 'Client', ownerId: id, id }),
    code: clientCode,
    canary,
    provider,
    legalEntityId,
    batchId,
    ...people,
  }
  await grant(client, people.analyst, 'ANALYST')
  await grant(client, people.lead, 'LEAD')
  await grant(client, people.portal, 'PORTAL')
  await grant(client, people.integration, 'INTEGRATION')
  return client
}

export type Row = { readonly id: string; readonly gid: string }

const row = (client: TestClient, typename: string, id: string): Row => ({
  id,
  gid: encodeGlobalId({ typename, ownerId: client.id, id }),
})

export const aCustomer = async (client: TestClient, facts: { number?: string; name?: string } = {}): Promise<Row> => {
  const id = randomUUID()
  await asOwner('insert into customer (client_id, id, number, name, created_at) values ($1, $2, $3, $4, $5)', [
    client.id,
    id,
    facts.number ?? code(),
    facts.name ?? `Customer ${client.canary} ${code()}`,
    now(),
  ])
  return row(client, 'Customer', id)
}

export type ItemFacts = {
  readonly kind?: 'INVOICE' | 'DEBIT_MEMO' | 'CREDIT_MEMO'
  readonly openMinor: bigint
  readonly originalMinor?: bigint
  readonly currency?: string
  /** Days past due today, UTC; negative while it is not due. */
  readonly daysOverdue?: number
  readonly isDisputed?: boolean
  /** Days after the due date on which it was settled; makes it a closed item. */
  readonly settledDaysLate?: number
}

const typenames = { INVOICE: 'Invoice', DEBIT_MEMO: 'DebitMemo', CREDIT_MEMO: 'CreditMemo' } as const
const day = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10)

export const anItem = async (client: TestClient, customer: Row, facts: ItemFacts): Promise<Row> => {
  const id = randomUUID()
  const {
    kind = 'INVOICE',
    openMinor,
    originalMinor = openMinor,
    currency = 'USD',
    daysOverdue = 10,
    isDisputed = false,
    settledDaysLate,
  } = facts
  const dueOn = day(daysOverdue)
  const closedOn = settledDaysLate === undefined ? null : day(daysOverdue - settledDaysLate)
  const open = closedOn === null ? openMinor : 0n
  const number = `${client.canary}-${code()}`
  await asOwner(
    `insert into open_item (client_id, id, legal_entity_id, customer_id, kind, number, source, source_key, currency, original_minor, ledger_open_minor,
       open_minor, ledger_is_disputed, document_on, due_on, closed_on, source_hash, batch_id, batch_row, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, 'TEST', $6, $7, $8, $9, $9, $10, $11::date - 30, $11, $12, $13, $14, 2, $15, $15)`,
    [
      client.id,
      id,
      client.legalEntityId,
      customer.id,
      kind,
      number,
      currency,
      originalMinor.toString(),
      open.toString(),
      isDisputed,
      dueOn,
      closedOn,
      randomBytes(32),
      client.batchId,
      now(),
    ],
  )
  return row(client, typenames[kind], id)
}

export const aReceipt = async (client: TestClient, customer: Row | null, amountMinor: bigint, currency = 'USD'): Promise<Row> => {
  const id = randomUUID()
  const known = customer === null ? 0n : amountMinor
  await asOwner(
    `insert into receipt (client_id, id, customer_id, currency, amount_minor, applied_minor, unapplied_minor, unidentified_minor, value_on, reference,
       principal_id, created_at, state, state_since)
     values ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10, $11, $12, $11)`,
    [
      client.id,
      id,
      customer?.id ?? null,
      currency,
      amountMinor.toString(),
      known.toString(),
      (amountMinor - known).toString(),
      day(0),
      `ref ${client.canary}`,
      randomUUID(),
      now(),
      customer === null ? 'UNIDENTIFIED' : 'REMITTANCE_MISSING',
    ],
  )
  return row(client, 'Receipt', id)
}

/** Brings the queue up to rows that a test wrote past the commands. */
export const beginDay = async (client: TestClient) => {
  const { engine } = await theApp()
  await asOwner('delete from work_day where client_id = $1', [client.id])
  const system = { kind: 'SYSTEM', client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' } } as const
  await inUnit(engine.database, { asker: system, readOnly: false, now: engine.clock() }, (tx) =>
    perform(tx, beginWorkDay, { clientId: client.id }),
  )
}
