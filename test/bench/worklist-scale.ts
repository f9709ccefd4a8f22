import pg from 'pg'
import { encodeCursor } from '../../src/kernel/page.ts'
import { type BenchBacking, openBenchBacking } from './backing.ts'
import { median } from './figures.ts'
import { type Service, startService } from './service.ts'
import { fillWorklist, type Sizes, twentyClients } from './worklist-data.ts'

const query = `query Page($after: String) { worklist(first: 25, after: $after) { edges { cursor node {
  id overdueDays itemCount priority { score factors { label input points } } amounts { toBeCollected { amount currency } }
  customer { id number name } items(first: 3) { id number openAmount { amount currency } dueOn daysOverdue } } } } }`

/** 200,000 customers of 150 clients, a fifth of them of one. */
const large: Sizes = [40_000, ...Array<number>(148).fill(1_074), 1_048]
/** Who ask at the same time, and how often each asks. */
const askers = 4
const pagesEach = Number(process.env.PAGES ?? 150)
const rounds = Number(process.env.ROUNDS ?? 3)

type Figure = (name: string, value: number, unit: string, runs?: number) => void

/** The latency that 95 of 100 pages keep. */
const p95Of = async ({ port, tokenOf }: Service, subject: string, after: string | null): Promise<number> => {
  const token = tokenOf(subject)
  const took: number[] = []
  const body = JSON.stringify({ query, variables: { after } })
  const ask = async () => {
    const begun = performance.now()
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    })
    const { data } = (await response.json()) as { data: { worklist: { edges: object[] } } | null }
    if (data?.worklist.edges.length !== 25) throw new Error(`a page of ${data?.worklist.edges.length} rows`)
    took.push(performance.now() - begun)
  }
  const asker = async (count: number) => {
    for (let n = 0; n < count; n += 1) await ask()
  }
  await Promise.all(Array.from({ length: askers }, () => asker(10)))
  took.length = 0
  await Promise.all(Array.from({ length: askers }, () => asker(pagesEach)))
  return took.sort((a, b) => a - b)[Math.floor(took.length * 0.95)] ?? 0
}

/** The cursor behind a row of the first client's queue. */
const cursorAt = async ({ ownerUrl }: BenchBacking, clientId: string, row: number): Promise<string> => {
  const owner = new pg.Client({ connectionString: ownerUrl })
  await owner.connect()
  const { rows } = await owner.query<{ score: number; id: string }>(
    `select score, id from work_item where client_id = $1 and kind = 'COLLECTION' and is_queued order by score desc, id offset $2 limit 1`,
    [clientId, row - 1],
  )
  await owner.end()
  if (rows[0] === undefined) throw new Error(`the queue has no row ${row}`)
  return encodeCursor('worklist', [rows[0].score, rows[0].id])
}

const inRounds = async (measure: () => Promise<number>): Promise<number> => {
  const all: number[] = []
  for (let round = 0; round < rounds; round += 1) all.push(await measure())
  return median(all)
}

/** The first page of all clients at 200,000 open items and at 2,000,000; a page far down the largest queue; one of twenty clients. */
export const run = async ({ figure }: { readonly figure: Figure }) => {
  const small = await openBenchBacking()
  await fillWorklist(small, twentyClients)
  const smallService = await startService(small)
  figure('p95_200k_ms', await inRounds(() => p95Of(smallService, 'collector', null)), 'ms', rounds)
  smallService.child.kill()
  await small.stop()

  const backing = await openBenchBacking()
  const { clients } = await fillWorklist(backing, large)
  const service = await startService(backing)
  const deep = await cursorAt(backing, clients[0] ?? '', 30_000)
  figure('p95_2m_ms', await inRounds(() => p95Of(service, 'collector', null)), 'ms', rounds)
  figure('cross20_p95_ms', await inRounds(() => p95Of(service, 'collector of 20', null)), 'ms', rounds)
  const ratio = async () => (await p95Of(service, 'collector of 1', deep)) / (await p95Of(service, 'collector of 1', null))
  figure('deep_page_ratio', await inRounds(ratio), 'x', rounds)
  service.child.kill()
  await backing.stop()
}
