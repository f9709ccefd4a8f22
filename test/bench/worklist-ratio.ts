import { once } from 'node:events'
import autocannon from 'autocannon'
import { encodeCursor } from '../../src/kernel/page.ts'
import { openBenchBacking } from './backing.ts'
import { median } from './figures.ts'
import { startProcess, startService } from './service.ts'
import { fillWorklist } from './worklist-data.ts'

const query = `query Page($after: String) { worklist(first: 25, after: $after) { edges { cursor node {
  id overdueDays itemCount priority { score factors { label input points } } amounts { toBeCollected { amount currency } }
  customer { id number name } items(first: 3) { id number openAmount { amount currency } dueOn daysOverdue } } } } }`

const rounds = Number(process.env.ROUNDS ?? 5)
const seconds = Number(process.env.SECONDS ?? 6)
const connections = 16

type Load = {
  readonly port: number
  readonly path: string
  readonly headers: Record<string, string>
  readonly bodies: readonly string[]
}

const load = async ({ port, path, headers, bodies }: Load, duration: number) => {
  const requests = bodies.map((body) => ({
    method: 'POST' as const,
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  }))
  const result = await autocannon({ url: `http://127.0.0.1:${port}`, connections, duration, requests })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} answers were not 2xx, ${result.errors} failed`)
  return { perSecond: result.requests.average, pages: result.requests.total, p50: result.latency.p50, p99: result.latency.p99 }
}

const ask = async ({ port, path, headers, bodies }: Load, which: number) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: bodies[which] ?? '',
  })
  return (await response.json()) as {
    data: {
      worklist: { edges: { node: { customer: { name: string }; items: { number: string }[]; priority: { score: number } } }[] }
    }
  }
}

/** The page of 25 with its customers, their three worst items and the factors, against the same rows as plain JSON. */
export const run = async ({ figure }: { figure: (name: string, value: number, unit: string, runs?: number) => void }) => {
  const backing = await openBenchBacking()
  const { clients, cursors } = await fillWorklist(backing)
  const limit = await startProcess('worklist-limit.ts', { OWNER_URL: backing.ownerUrl, CLIENTS: clients.join() })
  const api = await startService(backing)
  const limitLoad: Load = {
    port: limit.port,
    path: '/',
    headers: {},
    bodies: ['{}', ...cursors.map((cursor) => JSON.stringify(cursor))],
  }
  const apiLoad: Load = {
    port: api.port,
    path: '/graphql',
    headers: { authorization: `Bearer ${api.tokenOf('collector')}` },
    bodies: [null, ...cursors].map((cursor) =>
      JSON.stringify({
        query,
        variables: { after: cursor === null ? null : encodeCursor('worklist', [cursor.score, cursor.id]) },
      }),
    ),
  }

  // A ratio of different rows would be worth nothing.
  for (const which of limitLoad.bodies.keys()) {
    const [theirs, ours] = [await ask(limitLoad, which), await ask(apiLoad, which)]
    const rows = (answer: typeof ours) =>
      JSON.stringify(
        answer.data.worklist.edges.map(({ node }) => [
          node.customer.name,
          node.priority.score,
          node.items.map(({ number }) => number),
        ]),
      )
    if (rows(theirs) !== rows(ours) || ours.data.worklist.edges.length !== 25) throw new Error(`page ${which} differs`)
  }

  api.child.send({ count: true })
  const counted = once(api.child, 'message') as Promise<[{ statements: string[] }]>
  await new Promise((resolve) => setTimeout(resolve, 50))
  await ask(apiLoad, 0)
  const [{ statements }] = await counted

  const cpuMs = async () => {
    api.child.send({ cpu: true })
    const [{ cpu }] = (await once(api.child, 'message')) as [{ cpu: NodeJS.CpuUsage }]
    return (cpu.user + cpu.system) / 1_000
  }
  await load(limitLoad, 3)
  await load(apiLoad, 5)
  const results: { limit: Awaited<ReturnType<typeof load>>; api: Awaited<ReturnType<typeof load>>; cpuMs: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const theirs = await load(limitLoad, seconds)
    const before = await cpuMs()
    const ours = await load(apiLoad, seconds)
    results.push({ limit: theirs, api: ours, cpuMs: ((await cpuMs()) - before) / ours.pages })
  }
  figure('limit_pages_per_second', median(results.map((result) => result.limit.perSecond)), '1/s', rounds)
  figure('pages_per_second', median(results.map((result) => result.api.perSecond)), '1/s', rounds)
  figure('ratio_to_limit', median(results.map((result) => result.api.perSecond / result.limit.perSecond)), 'x', rounds)
  figure('page_p50_ms', median(results.map((result) => result.api.p50)), 'ms', rounds)
  figure('page_p99_ms', median(results.map((result) => result.api.p99)), 'ms', rounds)
  figure('service_cpu_per_page_ms', median(results.map((result) => result.cpuMs)), 'ms', rounds)
  figure('limit_p50_ms', median(results.map((result) => result.limit.p50)), 'ms', rounds)
  figure('statements_per_page', statements.filter((text) => !/^(begin|commit)/.test(text)).length, 'statements')
  figure('statements_per_unit', statements.length, 'statements')
  limit.child.kill()
  api.child.kill()
  await backing.stop()
}
