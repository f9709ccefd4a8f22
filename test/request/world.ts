import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import {
  aClient,
  aCustomer,
  anItem,
  aPerson,
  ask,
  asOwner,
  grant,
  type Person,
  type Row,
  type TestClient,
} from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from '../worklist/api-alone.ts'

export type Told = {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly level: number | null
  readonly version: number
  readonly owner: { readonly kind: string; readonly name: string; readonly isEntitled: boolean; readonly isMe: boolean }
  readonly [field: string]: unknown
}
export type Out = {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly path?: readonly string[]
  readonly legal?: readonly string[]
  readonly request?: Told
}

export const fields = `id kind state level version teamName climbs reopened answer isOverdue exhaustedAt acknowledgeBy answerBy acknowledgedAt
  answeredAt legalMoves owner { kind name isEntitled isMe } history { kind state owner ownerBefore note by level }`

const typeOf = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`

/** Commands that create: nothing of theirs can be of another version. */
const creators = ['escalate', 'raiseInternalRequest', 'handOff', 'commentRequest']

export const document = (name: string) => {
  const moved = creators.includes(name) ? '' : '... on IllegalMove { legal }'
  return `mutation ($input: ${typeOf(name)}Input!) { out: ${name}(input: $input) { __typename
    ... on Refusal { code message path } ${moved} ... on ${typeOf(name)}Payload { request { ${fields} } } } }`
}

const hourMs = 3_600_000
/** A Monday at nine that lies a week ahead or more, so that no node of other tests begins these days meanwhile. */
const monday = (() => {
  const day = Math.floor(Date.now() / (24 * hourMs)) + 8
  // The first day of 1970 was a Thursday.
  return (day + ((11 - (day % 7)) % 7)) * 24 * hourMs + 9 * hourMs
})()

/** An API whose clock the test turns; hours are counted from a Monday at nine in the morning, UTC. */
export const aWorld = () => {
  let now = new Date(monday)
  let api: ApiAlone
  beforeAll(async () => {
    api = await startApiAlone({ clock: () => now })
  })
  afterAll(() => api.stop())
  beforeEach(() => {
    now = new Date(monday)
  })

  const at = (hours: number) => new Date(monday + hours * hourMs)
  const query = async <Data>(who: Pick<Person, 'subject'>, text: string, variables: Record<string, unknown> = {}) => {
    const { data, errors } = await ask<Data>(api.as(who), text, variables, api)
    if (data === undefined || data === null || errors !== undefined) throw new Error(JSON.stringify(errors))
    return data
  }
  const run = async (who: Pick<Person, 'subject'>, name: string, input: object): Promise<Out> =>
    (await query<{ out: Out }>(who, document(name), { input })).out

  return {
    at,
    query,
    run,
    turnTo: (hours: number) => {
      now = at(hours)
    },
    now: () => now,
    engine: () => api.engine,
    /** What must be done: the request as it is then. */
    done: async (who: Pick<Person, 'subject'>, name: string, input: object): Promise<Told> => {
      const out = await run(who, name, input)
      if (out.request === undefined) throw new Error(`${name} was refused: ${JSON.stringify(out)}`)
      return out.request
    },
  }
}

export type Desk = {
  readonly client: TestClient
  readonly customer: Row
  readonly item: Row
  readonly manager: Person
}

/** A client with a debtor, and somebody at each level of the default path. */
export const aDesk = async (options: { timeZone?: string } = {}): Promise<Desk> => {
  const client = await aClient(options)
  const customer = await aCustomer(client)
  const item = await anItem(client, customer, { openMinor: 10_000n, daysOverdue: 60 })
  const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
  await grant(client, manager, 'MANAGER')
  return { client, customer, item, manager }
}

const longSince = new Date(Date.now() - 2 * 86_400_000)

/** A team of the provider that serves the client, with these people in it. */
export const aTeam = async (
  { id: clientId, provider }: TestClient,
  people: readonly Person[],
  serves = true,
): Promise<Row & { name: string }> => {
  const id = randomUUID()
  const name = `Tower ${id.slice(0, 8)}`
  await asOwner('insert into team (provider_id, id, code, name, created_at) values ($1, $2, $3, $4, $5)', [
    provider.id,
    id,
    `T${id.slice(0, 8).toUpperCase()}`,
    name,
    longSince,
  ])
  for (const person of people)
    await asOwner('insert into team_member (provider_id, id, team_id, principal_id, valid_from) values ($1, $2, $3, $4, $5)', [
      provider.id,
      randomUUID(),
      id,
      person.id,
      longSince,
    ])
  if (serves)
    await asOwner('insert into team_client (client_id, id, provider_id, team_id, valid_from) values ($1, $2, $3, $4, $5)', [
      clientId,
      randomUUID(),
      provider.id,
      id,
      longSince,
    ])
  return { id, name, gid: encodeGlobalId({ typename: 'Team', ownerId: provider.id, id }) }
}

export const userGid = ({ provider }: TestClient, { id }: Person) =>
  encodeGlobalId({ typename: 'User', ownerId: provider.id, id })

let keys = 0
/** What every request needs to say. */
export const asked = (subject: Row, facts: object = {}) => {
  keys += 1
  return { subject: subject.gid, title: 'No answer for weeks', idempotencyKey: `key ${keys}`, ...facts }
}
