import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import pg from 'pg'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { type BenchBacking, openBenchBacking } from './backing.ts'
import { startService } from './service.ts'

/** The service in a process of its own, one client of it, and an integration that may do what cash application needs. */
export type CashWorld = {
  readonly backing: BenchBacking
  readonly client: { readonly id: string; readonly providerId: string; readonly timeZone: string; readonly gid: string }
  readonly owner: pg.Pool
  /** One GraphQL operation over HTTP; an answer with errors is a fault of the bench. */
  readonly ask: <Data>(query: string, variables: object) => Promise<Data>
  readonly stop: () => Promise<void>
}

export const openCashWorld = async (): Promise<CashWorld> => {
  const backing = await openBenchBacking()
  const owner = new pg.Pool({ connectionString: backing.ownerUrl, max: 2 })
  const client = await aClient(owner)
  const { child, port, tokenOf } = await startService(backing)
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const headers = { authorization: `Bearer ${tokenOf('hub')}`, 'content-type': 'application/json' }
  const ask = async <Data>(query: string, variables: object): Promise<Data> => {
    const answer = await post({ port, agent, headers, body: JSON.stringify({ query, variables }) })
    const { data, errors } = JSON.parse(answer) as { data: Data; errors?: unknown }
    if (errors !== undefined) throw new Error(`the bench was not answered: ${JSON.stringify(errors).slice(0, 2_000)}`)
    return data
  }
  const stop = async () => {
    agent.destroy()
    child.kill()
    await owner.end()
    await backing.stop()
  }
  return { backing, client, owner, ask, stop }
}

type Post = { readonly port: number; readonly agent: Agent; readonly headers: Record<string, string>; readonly body: string }

const post = ({ port, agent, headers, body }: Post): Promise<string> =>
  new Promise((resolve, reject) => {
    const sent = request({ port, agent, path: '/graphql', method: 'POST', headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        text += piece
      })
      response.on('end', () => resolve(text))
    })
    sent.on('error', reject)
    sent.end(body)
  })

const aClient = async (owner: pg.Pool) => {
  const [providerId, id, principal, now] = [randomUUID(), randomUUID(), randomUUID(), new Date()]
  await owner.query('insert into provider (id, code, name, created_at) values ($1, $2, $2, $3)', [providerId, 'BENCH', now])
  await owner.query(
    `insert into client (id, provider_id, code, name, time_zone, base_currency, calendar_code, created_at)
     values ($1, $2, 'BENCH', 'Bench', 'UTC', 'USD', 'US', $3)`,
    [id, providerId, now],
  )
  await owner.query(
    `insert into principal (provider_id, id, kind, name, subject, created_at) values ($1, $2, 'INTEGRATION', 'Hub', 'hub', $3)`,
    [providerId, principal, now],
  )
  for (const role of ['INTEGRATION', 'LEAD']) {
    await owner.query(
      `insert into client_grant (client_id, id, provider_id, principal_id, role, valid_from, reason) values ($1, $2, $3, $4, $5, $6, 'bench')`,
      [id, randomUUID(), providerId, principal, role, new Date(now.getTime() - 60_000)],
    )
  }
  return { id, providerId, timeZone: 'UTC', gid: encodeGlobalId({ typename: 'Client', ownerId: id, id }) }
}

export const postText = `mutation ($input: PostCashResultsInput!) { outcome: postCashResults(input: $input) { __typename
  ... on Refusal { code message } ... on PostCashResultsPayload { counts { done waiting repeated refused } } } }`

export const matchText = `mutation ($input: MatchReceiptsInput!) { outcome: matchReceipts(input: $input) { __typename
  ... on Refusal { code message } ... on MatchReceiptsPayload { automatic suggested fruitless } } }`

export type Counts = Readonly<Record<'done' | 'waiting' | 'repeated' | 'refused', number>>
export type Posted = { readonly outcome: { readonly __typename: string; readonly counts: Counts } }
export type MatchedCounts = {
  readonly outcome: {
    readonly __typename: string
    readonly automatic: number
    readonly suggested: number
    readonly fruitless: number
  }
}

/** Open items of a made-up ledger, a thousand rows at a time, through the API. */
export const loadItems = async ({ ask, client }: CashWorld, count: number, customers: number) => {
  const text = `mutation ($input: ImportOpenItemsInput!) { outcome: importOpenItems(input: $input) { __typename ... on Refusal { message } } }`
  for (let from = 0; from < count; from += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, count - from) }, (_, place) => itemRow(from + place, customers))
    const input = { client: client.gid, source: 'BENCH', idempotencyKey: `load-${from}`, rows }
    const { outcome } = await ask<{ outcome: { __typename: string } }>(text, { input })
    if (outcome.__typename !== 'ImportOpenItemsPayload') throw new Error(`not loaded: ${JSON.stringify(outcome)}`)
  }
}

export const numberOf = (item: number): string => String(9_040_000_000 + item * 7)
export const centsOf = (item: number): number => 1_000 + ((item * 104_729) % 900_000)
export const amountOf = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
export const customerOf = (item: number, customers: number): string => String(10_000_000 + (item % customers))

const itemRow = (item: number, customers: number) => ({
  sourceKey: numberOf(item),
  number: numberOf(item),
  legalEntity: 'US01',
  customerNumber: customerOf(item, customers),
  customerName: `Bench Customer ${customerOf(item, customers)} Inc.`,
  kind: 'INVOICE',
  currency: 'USD',
  amount: amountOf(centsOf(item)),
  documentOn: '2026-09-01',
  dueOn: '2026-10-01',
})
