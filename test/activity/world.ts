import { randomUUID } from 'node:crypto'
import { done } from '../cash/answers.ts'
import { aKey, gidOf, type Who } from '../cash/world.ts'
import { LogActivityDocument, type LogActivityInput, PublishPolicyDocument } from '../generated/operations.ts'
import {
  aClient,
  aCustomer,
  anItem,
  aPerson,
  asOwner,
  grant,
  type Person,
  type Row,
  type TestClient,
  type theApp,
} from '../harness/index.ts'

type App = Awaited<ReturnType<typeof theApp>>

/** A client with a manager, and a customer who owes two invoices. */
export const aDesk = async (options: Parameters<typeof aClient>[0] = {}) => {
  const client = await aClient(options)
  const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
  await grant(client, manager, 'MANAGER')
  const customer = await aCustomer(client)
  const item = await anItem(client, customer, { openMinor: 10_000n })
  const second = await anItem(client, customer, { openMinor: 5_000n })
  return { client, manager, customer, item, second, contact: await aContact(client, customer) }
}
export type Desk = Awaited<ReturnType<typeof aDesk>>

export const aContact = async (
  client: TestClient,
  customer: Row,
  facts: { name?: string; email?: string } = {},
): Promise<Row> => {
  const id = randomUUID()
  await asOwner('insert into contact (client_id, id, customer_id, name, email, created_at) values ($1, $2, $3, $4, $5, now())', [
    client.id,
    id,
    customer.id,
    facts.name ?? `Contact ${client.canary}`,
    facts.email ?? null,
  ])
  return { id, gid: gidOf(client, 'Contact', id) }
}

/** A call that one of ours made, as far as nothing else is said. */
export const aCall = (customer: Row, facts: Partial<LogActivityInput> = {}): LogActivityInput => ({
  customer: customer.gid,
  kind: 'CALL',
  direction: 'OUTBOUND',
  rightParty: 'UNKNOWN',
  summary: '',
  idempotencyKey: aKey(),
  ...facts,
})

export const log = async (who: Who, input: LogActivityInput, app?: App) =>
  (await done(who, LogActivityDocument, input, app)).activity

/** Rules of kind ACTIVITY, published by the client's manager. */
export const rule = async (
  { client, manager }: { readonly client: TestClient; readonly manager: Person },
  rules: object,
  { expectedVersion = 0, who = manager as Who, app }: { expectedVersion?: number; who?: Who; app?: App } = {},
) => {
  const input = {
    client: client.gid,
    kind: 'ACTIVITY' as const,
    rules: JSON.stringify(rules),
    reason: 'as agreed',
    expectedVersion,
    dryRun: false,
  }
  return (await done(who, PublishPolicyDocument, input, app)).policy
}

export const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
