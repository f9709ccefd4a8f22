import { beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'
import type { Person } from '../harness/index.ts'
import { claimed, type Harvest, harvest, randomId, type Told, tell, together } from './calling.ts'
import { type IdPosition, idPositions, nameOf, nodeTypes, operationAt, typeAt } from './operations.ts'
import { aFullClient, checksum, type FullClient, leaksIn, type Needles, needlesOf } from './seed.ts'

// Nobody may learn from an answer whether an id that is not theirs exists: T1 and T3 of the reliability plan.

type World = {
  readonly own: FullClient
  readonly ids: Harvest
  /** Of another provider, and of the same one. */
  readonly foreign: readonly { readonly client: FullClient; readonly ids: Harvest; readonly needles: Needles }[]
}

let world: World

beforeAll(async () => {
  const own = await aFullClient()
  const others = [await aFullClient(), await aFullClient({ provider: own.provider })]
  const foreign = []
  for (const client of others) foreign.push({ client, ids: await harvest(client), needles: await needlesOf(client, own) })
  world = { own, ids: await harvest(own), foreign }
})

const positions = idPositions(schema).filter(({ kind }) => kind !== 'subscription')
const isAnyType = ({ path, place }: IdPosition) => ['node', 'nodes'].includes(path.at(-1) ?? '') && place.length === 1

/** Own ids beside the tested one with which the command gets as far as looking the tested one up. */
const reaching = async (position: IdPosition): Promise<{ text: string; isReached: boolean }> => {
  const random = randomId(typeAt(schema, position.place))
  for (let variant = 0; variant < 6; variant += 1) {
    const text = operationAt(schema, position, world.ids.nth(variant), { depth: 2 })
    const { body } = await tell(world.own.allSeeing, text, { id: random })
    if (position.kind === 'query' || body.includes('"NOT_FOUND"')) return { text, isReached: true }
  }
  return { text: operationAt(schema, position, world.ids.first, { depth: 2 }), isReached: false }
}

/** Commands that do what they can of several, and can always do it: nothing of one's own may stand beside the tried one. */
const eachByItself = ['assignCustomers(input.customers)', 'returnToRules(input.customers)']

const texts = new Map<string, readonly string[]>()

const textsOf = async (position: IdPosition): Promise<readonly string[]> => {
  const name = nameOf(position)
  let known = texts.get(name)
  if (known === undefined) {
    const { text, isReached } = await reaching(position)
    if (!isReached) throw new Error(`${name} is never looked up: the generated operation fails before`)
    // One that stands for itself would be done for one's own.
    const among = eachByItself.includes(name)
      ? text
      : operationAt(schema, position, world.ids.first, { depth: 2, isAmongOwn: true })
    known = among.replaceAll(' ', '') === text.replaceAll(' ', '') || !among.includes(', $id') ? [text] : [text, among]
    texts.set(name, known)
  }
  return known
}

/** What a made-up id is answered with; it does not depend on which one it is, so it is asked once. */
const madeUp = new Map<string, Told>()
const toldOf = async (who: Person, text: string, id: string): Promise<Told> => {
  const { body, status } = await tell(who, text, { id })
  return { status, body: body.replaceAll(id, 'ID') }
}

/** What is wrong with the answers to a foreign id, told in words; nothing when all is well. */
const compare = async (who: Person, at: number, position: IdPosition, typename: string): Promise<string[]> => {
  const other = world.foreign[at]
  if (other === undefined) throw new Error('there is no such client')
  const gid = other.ids.first.get(typename) ?? ''
  if (world.ids.has(gid)) return []
  const ownerId = ['Client', 'Provider'].includes(typename) ? undefined : world.own.id
  const asked = [
    { real: gid, made: randomId(typename), kind: 'foreign' },
    { real: claimed(gid, world.own.id), made: randomId(typename, ownerId), kind: 'claimed' },
  ]
  const wrong: string[] = []
  for (const text of await textsOf(position)) {
    for (const { real, made, kind } of asked) {
      const where = `${nameOf(position)} given a ${kind} ${typename}`
      const seen = await toldOf(who, text, real)
      const key = `${who.id} ${kind} ${typename} ${text}`
      const expected = madeUp.get(key) ?? (await toldOf(who, text, made))
      madeUp.set(key, expected)
      const leaks = leaksIn(seen.body, other.needles)
      if (leaks.length > 0) wrong.push(`${where}: the answer shows ${leaks.join()}`)
      if (seen.status >= 500 || seen.body.includes('"INTERNAL"')) wrong.push(`${where} is a fault: ${seen.body}`)
      if (seen.body !== expected.body || seen.status !== expected.status) {
        wrong.push(`${where} is answered with ${seen.body}, and one that nobody has with ${expected.body}`)
      }
    }
  }
  return wrong
}

const viewers: readonly {
  name: string
  of: (own: FullClient) => Person
  clients: readonly number[]
  odd: number
}[] = [
  { name: 'a manager', of: ({ manager }) => manager, clients: [0, 1], odd: 1 },
  { name: 'who holds every right', of: ({ allSeeing }) => allSeeing, clients: [0], odd: 6 },
  { name: 'an analyst', of: ({ analyst }) => analyst, clients: [0, 1], odd: 1 },
  { name: 'an integration', of: ({ integration }) => integration, clients: [1], odd: 1 },
  { name: 'a portal user', of: ({ portal }) => portal, clients: [1], odd: 1 },
  { name: 'the client’s own approver', of: ({ approver }) => approver, clients: [1], odd: 1 },
  { name: 'the administrator', of: ({ provider }) => provider.admin, clients: [0], odd: 1 },
  { name: 'a stranger', of: ({ stranger }) => stranger, clients: [0], odd: 1 },
]

describe('an id of another client', () => {
  it('is really looked up at every place that takes an id', async () => {
    const unreached: string[] = []
    for (const position of positions) await textsOf(position).catch((thrown: Error) => unreached.push(thrown.message))
    expect(unreached).toEqual([])
  })

  it.each(viewers)('is answered to $name like one that nobody has, and nothing is written', async ({ of, clients, odd }) => {
    const everybody = [world.own, ...world.foreign.map(({ client }) => client)]
    const before = await Promise.all(everybody.map(checksum))
    const tried = positions.flatMap((position, place) => {
      const all = nodeTypes(schema)
      const fitting = typeAt(schema, position.place)
      // Ids of other types than the place is for: others at each place.
      const others = Array.from({ length: odd }, (_, n) => all[(place * odd + n) % all.length] ?? fitting)
      const chosen = isAnyType(position) ? all : new Set([fitting, ...others])
      return [...chosen].flatMap((typename) => clients.map((at) => ({ position, typename, at })))
    })
    const wrong: string[] = []
    await together(tried, async ({ position, typename, at }) => {
      wrong.push(...(await compare(of(world.own), at, position, typename)))
    })
    expect(wrong).toEqual([])
    expect(await Promise.all(everybody.map(checksum))).toEqual(before)
  })

  it('is no fault when it is no id at all', async () => {
    const junk = [
      '',
      ' ',
      'x',
      'AAAA',
      '💥',
      '../../x',
      "' or 1=1 --",
      'null',
      Buffer.from('Customer:zz').toString('base64url'),
      'A'.repeat(5_000),
    ]
    const wrong: string[] = []
    await together(positions, async (position) => {
      for (const text of await textsOf(position)) {
        for (const id of junk) {
          const { status, body } = await tell(world.own.allSeeing, text, { id })
          if (status >= 500 || body.includes('"INTERNAL"')) wrong.push(`${nameOf(position)} given ${id.slice(0, 20)}: ${body}`)
        }
      }
    })
    expect(wrong).toEqual([])
  })
})
