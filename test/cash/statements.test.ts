import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aClient, ask, type TestClient } from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from '../worklist/api-alone.ts'
import { load, post } from './results.ts'

// Lists inside lists cost one statement for all their parents: what a page of receipts asks for does not grow with it.

let app: ApiAlone
let client: TestClient

const receiptsText = `query Receipts($client: ID!, $first: Int!) { client(id: $client) { receipts(first: $first) { edges { node {
  id state customer { number } legalEntity { code } moves { from to } remittanceLines { reference }
  applications(first: 5) { edges { node { kind isReversed openItem { number } } } }
  deductions(first: 5) { edges { node { reasonCode } } } matches(first: 5) { edges { node { outcome lines { openItem { number } } } } } } } } } }`

const matchesText = `query Matches($client: ID!, $first: Int!) { client(id: $client) { matches(first: $first) { edges { node {
  outcome receipt { reference } customer { number } lines { openItem { number applications(first: 2) { edges { node { kind } } } } } } } } } }`

const resultsText = `query Results($client: ID!, $first: Int!) { client(id: $client) { cashResults(first: $first) { edges { node { key steps { kind state } } } } } }`

const statementsOf = async (text: string, first: number): Promise<string[]> => {
  const statements: string[] = []
  app.engine.database.observe = (statement) => statements.push(statement)
  const { errors } = await ask(app.as(client.analyst), text, { client: client.gid, first }, app)
  app.engine.database.observe = undefined
  expect(errors).toBeUndefined()
  return statements.filter((statement) => !/^(begin|commit)/.test(statement))
}

beforeAll(async () => {
  app = await startApiAlone()
  client = await aClient()
  const names = ['A', 'B', 'C', 'D', 'E']
  await load(
    client,
    names.map((name) => ({ number: `90400${name}`, customerNumber: `C${name}`, amount: '100.00' })),
    'items',
  )
  await post(
    client,
    names.flatMap((name) => [
      {
        key: `${name}-paid`,
        receiptKey: name,
        payment: { amount: '90.00', valueOn: '2026-02-10', reference: 'wire', customerNumber: `C${name}`, legalEntity: 'LE1' },
        remittance: { lines: [{ reference: `90400${name}`, paid: '80.00' }] },
        applications: [{ itemNumber: `90400${name}`, amount: '50.00', deductions: [{ amount: '1.00' }] }],
        onAccount: '5.00',
      },
    ]),
  )
  const matched = `mutation ($input: MatchReceiptsInput!) { matchReceipts(input: $input) { __typename } }`
  await ask(app.as(client.analyst), matched, { input: { client: client.gid } }, app)
})
afterAll(() => app.stop())

describe('a page of what cash application knows', () => {
  it.each([
    ['receipts, with all that hangs on them', receiptsText],
    ['matches, with their items', matchesText],
    ['results, with their steps', resultsText],
  ])('of %s takes as many statements for five as for two', async (_case, text) => {
    await statementsOf(text, 2)
    const [two, five] = [await statementsOf(text, 2), await statementsOf(text, 5)]
    expect(five.length).toBe(two.length)
    expect(five.length).toBeLessThanOrEqual(16)
  })
})
