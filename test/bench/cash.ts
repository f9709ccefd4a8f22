import {
  amountOf,
  type CashWorld,
  centsOf,
  customerOf,
  loadItems,
  type MatchedCounts,
  matchText,
  numberOf,
  openCashWorld,
  type Posted,
  postText,
} from './cash-world.ts'
import { median } from './figures.ts'

type Figure = (name: string, value: number, unit: string, runs?: number) => void

const itemCount = 40_000
const customerCount = 2_000
const connections = 8
const runs = Number(process.env.ROUNDS ?? 3)

/** A payment of one item in full, with its application: what an integration that matched by itself posts. */
const paid = (item: number, name: string) => ({
  key: `${name}-${item}`,
  receiptKey: `${name}-${item}`,
  currency: 'USD',
  payment: {
    amount: amountOf(centsOf(item)),
    valueOn: '2026-10-05',
    reference: `wire ${item}`,
    customerNumber: customerOf(item, customerCount),
    legalEntity: 'US01',
  },
  applications: [{ itemNumber: numberOf(item), amount: amountOf(centsOf(item)) }],
})

/** A payment that says in its text which items it is for, and is left to the engine. */
const unmatched = (items: readonly number[], name: string) => ({
  key: `${name}-${items[0]}`,
  receiptKey: `${name}-${items[0]}`,
  currency: 'USD',
  payment: {
    amount: amountOf(items.reduce((sum, item) => sum + centsOf(item), 0)),
    valueOn: '2026-10-05',
    reference: `ACH ${items[0]}`,
    payerName: `BENCH CUSTOMER ${customerOf(items[0] ?? 0, customerCount)} INC`,
    legalEntity: 'US01',
    bankText: `PAYMENT FOR INVOICES ${items.map((item) => `INV ${numberOf(item)}`).join(', ')}`,
  },
})

const send = async ({ ask, client }: CashWorld, results: readonly object[]) => {
  const { outcome } = await ask<Posted>(postText, { input: { client: client.gid, source: 'BENCH', results } })
  if (outcome.counts.done !== results.length) throw new Error(`not all was done: ${JSON.stringify(outcome)}`)
}

/** Runs jobs over so many connections, and gives how long each took. */
const together = async (jobs: readonly (() => Promise<void>)[]): Promise<{ seconds: number; latencies: number[] }> => {
  const latencies: number[] = []
  let next = 0
  const started = performance.now()
  const lane = async () => {
    for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
      const begun = performance.now()
      await job()
      latencies.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: connections }, lane))
  return { seconds: (performance.now() - started) / 1_000, latencies }
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0

export const run = async ({ figure }: { figure: Figure }) => {
  const world = await openCashWorld()
  try {
    await loadItems(world, itemCount, customerCount)
    let item = 0
    const takeItems = (count: number) => Array.from({ length: count }, () => item++)

    // Plans are made and code is hot before anything is counted.
    await together(takeItems(400).map((one) => () => send(world, [paid(one, 'warm')])))
    const singles = []
    for (let round = 0; round < runs; round += 1) {
      const count = 2_000
      const { seconds, latencies } = await together(takeItems(count).map((one) => () => send(world, [paid(one, 'single')])))
      singles.push({ perSecond: count / seconds, p99: percentile(latencies, 0.99) })
    }
    figure('post_single_per_s', median(singles.map(({ perSecond }) => perSecond)), '1/s', runs)
    figure('post_single_p99_ms', median(singles.map(({ p99 }) => p99)), 'ms', runs)

    const batches: number[] = []
    for (let round = 0; round < runs; round += 1) {
      const jobs = Array.from({ length: 50 }, () => takeItems(100)).map(
        (items) => () =>
          send(
            world,
            items.map((one) => paid(one, 'batch')),
          ),
      )
      const { seconds } = await together(jobs)
      batches.push((jobs.length * 100) / seconds)
    }
    figure('post_batch100_per_s', median(batches), '1/s', runs)

    await matching(world, figure)
  } finally {
    await world.stop()
  }
  if (process.env.WITHOUT_IMPORT !== undefined) return
  const { importBench } = await import('./cash-import.ts')
  await importBench({ figure })
}

/** 1,000 receipts against 10,000 open items, from the request until all of it is posted and committed. */
const matching = async (world: CashWorld, figure: Figure) => {
  await world.owner.query(
    `update open_item set closed_on = '2026-10-01', pending_minor = ledger_open_minor, open_minor = 0
     where client_id = $1 and id in (select id from open_item where client_id = $1 and closed_on is null order by number
       limit (select greatest(0, count(*) - 10000) from open_item where client_id = $1 and closed_on is null))`,
    [world.client.id],
  )
  const { rows } = await world.owner.query<{ number: string }>(
    `select number from open_item where client_id = $1 and closed_on is null order by number`,
    [world.client.id],
  )
  const open = rows.map(({ number }) => (Number(number) - 9_040_000_000) / 7)
  if (open.length !== 10_000) throw new Error(`${open.length} items are open, not 10,000`)
  const byCustomer = [...Map.groupBy(open, (item) => customerOf(item, customerCount)).values()]
  const receipts = Array.from({ length: 1_000 }, (_, place) =>
    (byCustomer[place % byCustomer.length] ?? []).slice(0, 1 + (place % 3)),
  )
  for (let from = 0; from < receipts.length; from += 500)
    await send(
      world,
      receipts.slice(from, from + 500).map((items) => unmatched(items, 'match')),
    )
  const seconds: number[] = []
  for (let round = 0; round < runs; round += 1) {
    const started = performance.now()
    // The last one stays; those before it are taken back, so that each finds the same.
    const input = { client: world.client.gid, dryRun: round < runs - 1 }
    const { outcome } = await world.ask<MatchedCounts>(matchText, { input })
    seconds.push((performance.now() - started) / 1_000)
    if (outcome.automatic < 990) throw new Error(`only ${outcome.automatic} were automatic: ${JSON.stringify(outcome)}`)
  }
  figure('match_10k_1k_s', median(seconds), 's', runs)
}
