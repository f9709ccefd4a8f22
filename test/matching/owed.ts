import { done } from '../cash/answers.ts'
import { type ItemRow, load, post, type Result } from '../cash/results.ts'
import { aKey, gidOf } from '../cash/world.ts'
import {
  MatchReceiptsDocument,
  type MatchRowFragment,
  PublishPolicyDocument,
  type PublishPolicyInput,
} from '../generated/operations.ts'
import { aClient, grant, rowsOf, type TestClient } from '../harness/index.ts'

// Invoices that somebody owes, money that somebody paid, and what the engine makes of both.

export type Match = MatchRowFragment

export const invoice = (number: string, amount: string, facts: Partial<ItemRow> = {}): ItemRow => ({
  number,
  customerNumber: '70001',
  amount,
  ...facts,
})

/** A receipt as a bank tells it: by default from the customer 70001, by its name. */
export const paid = (amount: string, facts: Record<string, unknown> = {}, key = 'R1'): Result => ({
  key,
  receiptKey: key,
  payment: { amount, valueOn: '2026-02-10', reference: 'wire', payerName: 'Customer 70001', ...facts },
})

/** What the payer says it is for. */
export const told = (result: Result, ...lines: readonly Record<string, unknown>[]): Result => ({
  ...result,
  remittance: { lines },
})

export const owed = async (items: readonly ItemRow[], results: readonly Result[] = []): Promise<TestClient> => {
  const client = await aClient()
  if (items.length > 0) await load(client, items, aKey())
  if (results.length > 0) await post(client, results)
  return client
}

export const matchAll = (client: TestClient, input: { readonly receipts?: string[]; readonly first?: number } = {}) =>
  done(client.analyst, MatchReceiptsDocument, { client: client.gid, ...input })

/** What was found of the one receipt there is. */
export const theMatch = async (client: TestClient): Promise<Match> => {
  const { matched } = await matchAll(client)
  const [only, ...others] = matched
  if (only === undefined || others.length > 0) throw new Error(`${matched.length} receipts were matched, not one`)
  return only.match
}

export const publish = async (client: TestClient, kind: PublishPolicyInput['kind'], rules: object, expectedVersion = 0) => {
  await grant(client, client.lead, 'MANAGER')
  const input = { client: client.gid, kind, rules: JSON.stringify(rules), reason: 'as agreed', expectedVersion }
  return (await done(client.lead, PublishPolicyDocument, input)).policy
}

const named = async (client: TestClient, table: 'open_item' | 'customer', number: string) => {
  const row = (await rowsOf(client, table)).find((one) => one.number === number)
  if (row === undefined) throw new Error(`there is no ${number}`)
  return row
}
const typenames: Readonly<Record<string, string>> = { INVOICE: 'Invoice', DEBIT_MEMO: 'DebitMemo', CREDIT_MEMO: 'CreditMemo' }

/** Ids of the API, by the numbers of the ledger. */
export const itemId = async (client: TestClient, number: string): Promise<string> => {
  const { id, kind } = await named(client, 'open_item', number)
  return gidOf(client, typenames[String(kind)] ?? '', String(id))
}
export const customerId = async (client: TestClient, number: string): Promise<string> =>
  gidOf(client, 'Customer', String((await named(client, 'customer', number)).id))

export const openOf = async (client: TestClient, number: string) => (await named(client, 'open_item', number)).open_minor
