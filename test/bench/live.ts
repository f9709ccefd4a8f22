import { createRandom } from '../../src/demo/random.ts'
import { openBenchBacking } from './backing.ts'
import { clientCount, fillLive } from './live-data.ts'
import { openReader, type Reader } from './live-reader.ts'
import { startService } from './service.ts'

const seconds = Number(process.env.SECONDS ?? 30)
const perSecond = Number(process.env.RATE ?? 100)
const socketsEach = Number(process.env.SOCKETS ?? 5)

type Figure = (name: string, value: number, unit: string, runs?: number) => void
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const share = (sorted: readonly number[], part: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0

/**
 * 500 subscribers over 20 clients while 100 changes a second are made, and a socket is torn off five times a second and
 * comes back behind its cursor: does each copy, kept by what is told alone, equal the queue, and how late is a change.
 */
export const run = async ({ figure }: { readonly figure: Figure }) => {
  const backing = await openBenchBacking()
  const { clients, collectors, lead } = await fillLive(backing)
  const { child, port, tokenOf } = await startService(backing)
  try {
    await measure({ figure, port, tokenOf, filled: { clients, collectors, lead } })
  } finally {
    child.kill('SIGTERM')
    await backing.stop()
  }
}

type Measured = {
  readonly figure: Figure
  readonly port: number
  readonly tokenOf: (subject: string) => string
  readonly filled: Awaited<ReturnType<typeof fillLive>>
}

const measure = async ({ figure, port, tokenOf, filled: { clients, collectors, lead } }: Measured) => {
  const ask = async <Data>(subject: string, query: string, variables: object = {}): Promise<Data> => {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokenOf(subject)}` },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await response.json()) as { data: Data; errors?: object[] }
    if (errors !== undefined) throw new Error(JSON.stringify(errors))
    return data
  }
  type Page = { worklist: { edges: { node: { id: string; priority: { score: number } } }[] } }
  const page = '{ worklist(first: 100) { edges { node { id priority { score } } } } }'

  const readers: { readonly reader: Reader; readonly subject: string }[] = []
  for (const { subject, clients: served } of collectors) {
    const foreign = clients.flatMap(({ id, canary }) => (served.includes(id) ? [] : [canary]))
    const opened = Array.from({ length: socketsEach }, () =>
      openReader(`ws://127.0.0.1:${port}/graphql`, tokenOf(subject), foreign),
    )
    for (const reader of await Promise.all(opened)) readers.push({ reader, subject })
  }

  // Pins and their ends: each is one change of one row, and moves it from one end of the queue to the other.
  const works: string[] = []
  for (const { id } of clients) {
    const own = `query ($clients: [ID!]) { worklist(clients: $clients, first: 100) { edges { node { id priority { score } } } } }`
    const gid = (
      await ask<{ client: { id: string } }>('lead', `{ client(code: "L${clients.findIndex((one) => one.id === id)}") { id } }`)
    ).client.id
    works.push(...(await ask<Page>(lead.subject, own, { clients: [gid] })).worklist.edges.map(({ node }) => node.id))
  }
  const random = createRandom('live')
  const pinned = new Set<string>()
  let made = 0
  let failed = 0
  const change = async () => {
    const workItem = random.pick(works)
    const isPinned = pinned.has(workItem)
    if (isPinned) pinned.delete(workItem)
    else pinned.add(workItem)
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const out = await (isPinned
      ? ask<{ out: { __typename: string } }>(
          lead.subject,
          'mutation ($input: LiftWorkMarkInput!) { out: liftWorkMark(input: $input) { __typename } }',
          { input: { workItem, mark: 'PIN' } },
        )
      : ask<{ out: { __typename: string } }>(
          lead.subject,
          'mutation ($input: PinWorkInput!) { out: pinWork(input: $input) { __typename } }',
          { input: { workItem, until, reason: 'bench' } },
        ))
    if (out.out.__typename.endsWith('Payload')) made += 1
    else failed += 1
  }

  const begun = performance.now()
  const pending = new Set<Promise<void>>()
  let [asked, torn] = [0, 0]
  while (performance.now() - begun < seconds * 1_000) {
    const elapsed = (performance.now() - begun) / 1_000
    while (asked < elapsed * perSecond) {
      asked += 1
      const one: Promise<void> = change()
        .catch(() => {
          failed += 1
        })
        .finally(() => pending.delete(one))
      pending.add(one)
    }
    while (torn < elapsed * 5) {
      torn += 1
      await random.pick(readers).reader.tear()
    }
    await sleep(5)
  }
  await Promise.all(pending)
  const took = (performance.now() - begun) / 1_000
  // Quiet once nobody has heard anything for a second.
  for (let before = -1; ; ) {
    const heard = readers.reduce((sum, { reader }) => sum + reader.heard(), 0)
    if (heard === before) break
    before = heard
    await sleep(1_000)
  }

  let lost = 0
  for (const { reader, subject } of readers) {
    const truth = new Map((await ask<Page>(subject, page)).worklist.edges.map(({ node }) => [node.id, node.priority.score]))
    for (const [id, score] of truth) if (reader.copy.get(id) !== score) lost += 1
    for (const id of reader.copy.keys()) if (!truth.has(id)) lost += 1
  }
  const delays = readers.flatMap(({ reader }) => reader.delays).sort((a, b) => a - b)
  const sum = (of: (reader: Reader) => number) => readers.reduce((all, { reader }) => all + of(reader), 0)
  figure('subscribers', readers.length, 'subscribers')
  figure('clients', clientCount, 'clients')
  figure('changes_per_s', made / took, '1/s')
  figure('refused', failed, 'changes')
  figure('told', delays.length, 'messages')
  figure('torn', torn, 'sockets')
  figure('delivery_p50_ms', share(delays, 0.5), 'ms')
  figure('delivery_p95_ms', share(delays, 0.95), 'ms')
  figure('delivery_p99_ms', share(delays, 0.99), 'ms')
  figure('lost', lost, 'rows')
  figure(
    'repeated',
    sum((reader) => reader.repeated()),
    'messages',
  )
  figure(
    'foreign',
    sum((reader) => reader.foreign()),
    'messages',
  )
  for (const { reader } of readers) reader.stop()
}
