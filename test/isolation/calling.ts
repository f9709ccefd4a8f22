import { randomUUID } from 'node:crypto'
import { decodeGlobalId, encodeGlobalId } from '../../src/kernel/ids.ts'
import { schema } from '../../src/schema.ts'
import { type Person, theApp, tokenFor } from '../harness/index.ts'
import { nodeTypes, type OwnIds, operationOf, rootFields, walksFrom } from './operations.ts'
import type { FullClient } from './seed.ts'

const tokens = new Map<string, string>()

const tokenOf = ({ subject }: Person): string => {
  const token = tokens.get(subject) ?? tokenFor(subject)
  tokens.set(subject, token)
  return token
}

export type Told = { readonly status: number; readonly body: string }

/** The answer as it came over the wire: what is searched is the text, not what a parser makes of it. */
export const tell = async (
  who: Person,
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<Told> => {
  const { url } = await theApp()
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokenOf(who)}`, ...headers },
    body: JSON.stringify({ query, variables }),
  })
  return { status: response.status, body: await response.text() }
}

/** Runs the work of a list a few at a time: enough to keep the service's connections busy and mixed. */
export const together = async <Item>(items: readonly Item[], work: (item: Item) => Promise<void>, lanes = 8) => {
  let next = 0
  const lane = async () => {
    for (let at = next; at < items.length; at = next) {
      next = at + 1
      await work(items[at] as Item)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

const collect = (value: unknown, found: Map<string, string[]>, owners: readonly string[]) => {
  if (Array.isArray(value)) for (const inner of value) collect(inner, found, owners)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const { __typename: typename, id } = value as { __typename?: unknown; id?: unknown }
  // Somebody who runs a provider walks into its other clients too.
  if (typeof typename === 'string' && typeof id === 'string' && owners.includes(decodeGlobalId(id)?.ownerId ?? '')) {
    const ids = found.get(typename) ?? []
    if (!ids.includes(id)) found.set(typename, [...ids, id])
  }
  for (const inner of Object.values(value)) collect(inner, found, owners)
}

/** Ids of every node type, read through the API by somebody who may read everything of the client. */
export type Harvest = {
  readonly first: OwnIds
  /** The n-th id of each type, as far as there are so many. */
  readonly nth: (n: number) => OwnIds
  /** Whether a walk led there: clients of one provider share its directory, whose ids are then nobody’s secret. */
  readonly has: (id: string) => boolean
}

export const harvest = async (client: FullClient): Promise<Harvest> => {
  const found = new Map<string, string[]>([['Client', [client.gid]]])
  const walked = new Set<string>()
  const nth = (n: number): OwnIds => new Map([...found].map(([typename, ids]) => [typename, ids[n % ids.length] ?? '']))
  const read = async (query: string) => {
    const { body } = await tell(client.allSeeing, query)
    const answer = JSON.parse(body) as { data?: unknown }
    // Another client of the provider is listed too, and what they may not read there is an error in its place.
    if (body.includes('"INTERNAL"')) throw new Error(`a walk of one's own rows failed: ${body}\n${query}`)
    collect(answer.data, found, [client.id, client.provider.id])
  }
  for (const { kind, field } of rootFields(schema)) {
    const isPlain = kind === 'query' && field.args.every(({ name }) => !['id', 'ids'].includes(name))
    if (isPlain) await read(operationOf(schema, kind, field, nth(0)))
  }
  const all = nodeTypes(schema)
  const missing = () => all.filter((typename) => !found.has(typename))
  // Not every row leads everywhere: further ones are walked while a type is still missing.
  for (let n = 0; n === 0 || (n < 6 && missing().length > 0); n += 1) {
    for (let isGrowing = true; isGrowing; ) {
      isGrowing = false
      for (const typename of all.filter((name) => (found.get(name)?.length ?? 0) > n && !walked.has(`${name} ${n}`))) {
        walked.add(`${typename} ${n}`)
        isGrowing = true
        await together(walksFrom(schema, typename, nth(n), 3), read)
      }
    }
  }
  if (missing().length > 0) throw new Error(`no path leads to a ${missing().join(', ')}: give test/isolation/seed.ts one`)
  return { first: nth(0), nth, has: (id) => [...found.values()].some((ids) => ids.includes(id)) }
}

const ownedByItself = ['Client', 'Provider']

/** An id of a type, as the API would write it, of a thing that is nowhere. */
export const randomId = (typename: string, ownerId: string = randomUUID()): string => {
  const id = ownedByItself.includes(typename) ? ownerId : randomUUID()
  return encodeGlobalId({ typename, ownerId, id })
}

/** A foreign thing claimed for oneself: its own id under another owner. */
export const claimed = (gid: string, ownerId: string): string => {
  const decoded = decodeGlobalId(gid)
  if (decoded === null) throw new Error(`${gid} is no global id`)
  return encodeGlobalId({ ...decoded, ownerId })
}
