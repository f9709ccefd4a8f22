import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import '../../src/flows/index.ts'
import { importLedger } from '../../src/flows/import-ledger.ts'
import type { Day } from '../../src/kernel/day.ts'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { formatAmount } from '../../src/kernel/money.ts'
import { isRefusal } from '../../src/kernel/refusal.ts'
import { profileNamed } from '../../src/modules/intake/index.ts'
import type { Database } from '../../src/platform/database/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { clearedItems, dataFolder, sorted, toCents } from '../real-ledger/raw.ts'
import { type PaidInvoice, type ReplayStyle, replayFacts } from './replay.ts'

// The replay through the API and the database: the real ledger is loaded as if nothing of it were paid, payments and
// remittances are posted by an integration, the engine is asked to match, and what the tables hold is judged.

type ImportSource = Parameters<typeof importLedger>[1]['source']

/** What the replay needs of a service and of one client of it. */
export type ReplayWorld = {
  readonly client: { readonly id: string; readonly providerId: string; readonly timeZone: string }
  readonly database: Database
  /** One GraphQL operation as an integration of the client. */
  readonly ask: <Data>(query: string, variables: object) => Promise<Data>
  /** Rows as the owner of the tables sees them. */
  readonly query: <Row extends object>(text: string, values: readonly unknown[]) => Promise<Row[]>
}

const seed = 20_260_209
export const clearedPath = join(dataFolder, 'ledger-highradius/cleared.csv')

export const clearedFile: ImportSource = { name: 'cleared.csv', open: () => createReadStream(clearedPath) }

/** The same file read as a ledger in which nothing was paid yet. */
const unpaidProfile = () => {
  const profile = profileNamed('highradius-cleared')
  if (profile === null) throw new Error('the profile is gone')
  const { closedOn: _closedOn, ...columns } = profile.columns
  return { ...profile, name: 'highradius-unpaid', columns, open: { rule: 'OPEN' as const }, mayBeBlank: [] }
}

export const invoicesOf = (): PaidInvoice[] =>
  sorted(clearedItems()).taken.map(({ row, number, company, currency, exact, documentOn, dueOn, closedOn }) => ({
    number,
    customer: row.cells['Customer Name'] ?? '',
    company,
    currency,
    amountMinor: toCents(exact),
    documentOn: documentOn as Day,
    dueOn: dueOn as Day,
    paidOn: (closedOn ?? '') as Day,
  }))

const loadLedger = async ({ database, client }: ReplayWorld, source: ImportSource) => {
  const report = await importLedger(
    { database, clock: () => new Date(), log: createLog('error') },
    {
      asker: { kind: 'SYSTEM', client },
      clientId: client.id,
      profile: unpaidProfile(),
      source,
      dryRun: false,
      allowPartial: true,
    },
  )
  if (isRefusal(report) || report.state !== 'APPLIED') throw new Error(`the ledger was not loaded: ${JSON.stringify(report)}`)
}

const postText = `mutation ($input: PostCashResultsInput!) { outcome: postCashResults(input: $input) { __typename
  ... on Refusal { code message } ... on PostCashResultsPayload { counts { done waiting repeated refused } } } }`
const matchText = `mutation ($input: MatchReceiptsInput!) { outcome: matchReceipts(input: $input) { __typename
  ... on Refusal { code message } ... on MatchReceiptsPayload { automatic suggested fruitless } } }`
type Posted = { readonly outcome: { readonly __typename: string; readonly counts: { readonly done: number } } }
type MatchedCounts = { readonly outcome: { readonly automatic: number; readonly suggested: number; readonly fruitless: number } }

type Facts = ReturnType<typeof replayFacts>

const gidOf = (id: string) => encodeGlobalId({ typename: 'Client', ownerId: id, id })
const money = (minor: bigint, currency: string) => formatAmount({ minor, currency })

/** Each receipt as an integration tells it: who the bank says has paid, and what the payer says it is for. */
const tell = async ({ ask, client }: ReplayWorld, { receipts }: Facts) => {
  for (let from = 0; from < receipts.length; from += 500) {
    const results = receipts.slice(from, from + 500).map(({ receipt }) => ({
      key: receipt.id,
      receiptKey: receipt.id,
      currency: receipt.currency,
      payment: {
        amount: money(receipt.amountMinor, receipt.currency),
        valueOn: receipt.valueOn,
        reference: 'deposit',
        payerName: receipt.payerName,
        legalEntity: receipt.legalEntityId,
        ...(receipt.texts.length === 0 ? {} : { bankText: receipt.texts.join('\n') }),
      },
      ...(receipt.lines.length === 0
        ? {}
        : {
            remittance: {
              lines: receipt.lines.map(({ reference, paidMinor }) => ({
                reference,
                paid: paidMinor === null ? null : money(paidMinor, receipt.currency),
              })),
            },
          }),
    }))
    const { outcome } = await ask<Posted>(postText, { input: { client: gidOf(client.id), source: 'REPLAY', results } })
    if (outcome.counts.done !== results.length) throw new Error(`not all was told: ${JSON.stringify(outcome)}`)
  }
}

const match = async ({ ask, client, query }: ReplayWorld) => {
  const rows = await query<{ id: string }>('select id from receipt where client_id = $1 order by value_on, id', [client.id])
  const counts = { automatic: 0, suggested: 0, fruitless: 0 }
  for (let from = 0; from < rows.length; from += 1_000) {
    const receipts = rows
      .slice(from, from + 1_000)
      .map(({ id }) => encodeGlobalId({ typename: 'Receipt', ownerId: client.id, id }))
    const { outcome } = await ask<MatchedCounts>(matchText, { input: { client: gidOf(client.id), receipts } })
    counts.automatic += outcome.automatic
    counts.suggested += outcome.suggested
    counts.fruitless += outcome.fruitless
  }
  return counts
}

type Applied = { receiptKey: string; company: string; number: string; amount: string; original: string }

/** What the ledger says was put where, against what was really paid. */
const judge = async ({ query, client }: ReplayWorld, { items, receipts }: Facts) => {
  const nameOf = new Map(items.map(({ id, legalEntityId, number }) => [id, `${legalEntityId} ${number}`]))
  const paid = new Map(receipts.map(({ receipt, paidIds }) => [receipt.id, new Set([...paidIds].map((id) => nameOf.get(id)))]))
  const rows = await query<Applied>(
    `select r.source_key as "receiptKey", e.code as company, o.number, a.amount_minor::text as amount, o.original_minor::text as original
     from application a join receipt r on r.client_id = a.client_id and r.id = a.receipt_id
     join open_item o on o.client_id = a.client_id and o.id = a.open_item_id
     join legal_entity e on e.client_id = o.client_id and e.id = o.legal_entity_id
     where a.client_id = $1 and a.kind = 'CASH'`,
    [client.id],
  )
  let [hit, wrong] = [0, 0]
  for (const { receiptKey, company, number, amount, original } of rows) {
    if (paid.get(receiptKey)?.has(`${company} ${number}`) !== true) wrong += 1
    else if (amount === original) hit += 1
  }
  return { lines: receipts.reduce((sum, { paidIds }) => sum + paidIds.size, 0), hit, wrong, rows: rows.length }
}

/** All money of all currencies, counted from the rows: what came in is in buckets, what was open is open or was applied. */
const ties = async ({ query, client }: ReplayWorld): Promise<boolean> => {
  const rows = await query<{ ties: boolean }>(
    `select bool_and(r.amount = r.buckets and r.applied = coalesce(a.receipt, 0) and o.ledger = o.open + coalesce(a.item, 0)) as ties
     from (select currency, sum(amount_minor) as amount, sum(applied_minor) as applied, sum(applied_minor + on_account_minor
         + unapplied_minor + unidentified_minor + refunded_minor + charges_minor + reversed_minor) as buckets
       from receipt where client_id = $1 group by currency) r
     join (select currency, sum(ledger_open_minor) as ledger, sum(open_minor) as open from open_item where client_id = $1 group by currency) o
       using (currency)
     left join (select currency, sum(receipt_minor) as receipt, sum(amount_minor) as item from application where client_id = $1
       group by currency) a using (currency)`,
    [client.id],
  )
  return rows[0]?.ties === true
}

export type ReplayFigures = {
  readonly receipts: number
  readonly automatic: number
  readonly suggested: number
  readonly fruitless: number
  readonly lines: number
  readonly hit: number
  readonly wrong: number
  readonly isTied: boolean
  readonly seconds: number
}

/** One style of the replay, from the load of the ledger to the judgement. The client must be new. */
export const replayThroughApi = async (
  world: ReplayWorld,
  {
    style,
    invoices,
    source,
  }: { readonly style: ReplayStyle; readonly invoices: readonly PaidInvoice[]; readonly source: ImportSource },
): Promise<ReplayFigures> => {
  await loadLedger(world, source)
  const facts = replayFacts({ invoices, style, seed })
  await tell(world, facts)
  const started = performance.now()
  const counts = await match(world)
  const seconds = (performance.now() - started) / 1_000
  const judged = await judge(world, facts)
  return { ...counts, ...judged, isTied: await ties(world), receipts: facts.receipts.length, seconds }
}
