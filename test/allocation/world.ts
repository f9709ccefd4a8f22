import { randomUUID } from 'node:crypto'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { aClient, aPerson, ask, asOwner, grant, type Person, type Row, type TestClient } from '../harness/index.ts'

export type Team = { readonly id: string; readonly gid: string; readonly code: string; readonly people: readonly Member[] }
export type Member = Person & { readonly gid: string; readonly email: string }

const longSince = new Date('2020-01-01T00:00:00Z')

/** A team that serves the client, with so many analysts who may work for it. */
export const aTeam = async (client: TestClient, count = 2): Promise<Team> => {
  const { provider } = client
  const [id, code] = [randomUUID(), `T${randomUUID().slice(0, 8).toUpperCase()}`]
  await asOwner('insert into team (provider_id, id, code, name, created_at) values ($1, $2, $3, $4, $5)', [
    provider.id,
    id,
    code,
    `Team ${code}`,
    longSince,
  ])
  await asOwner('insert into team_client (client_id, id, provider_id, team_id, valid_from) values ($1, $2, $3, $4, $5)', [
    client.id,
    randomUUID(),
    provider.id,
    id,
    longSince,
  ])
  const people = await Promise.all(Array.from({ length: count }, (_, n) => aMember(client, id, `worker ${n}`)))
  return { id, gid: gidOf(client, 'Team', id), code, people }
}

const gidOf = ({ provider }: TestClient, typename: string, id: string) => encodeGlobalId({ typename, ownerId: provider.id, id })

const aMember = async (client: TestClient, teamId: string, label: string): Promise<Member> => {
  const person = await aPerson(client.provider.id, 'PERSON', label)
  await grant(client, person, 'ANALYST')
  await asOwner('insert into team_member (provider_id, id, team_id, principal_id, valid_from) values ($1, $2, $3, $4, $5)', [
    client.provider.id,
    randomUUID(),
    teamId,
    person.id,
    longSince,
  ])
  return { ...person, gid: gidOf(client, 'User', person.id), email: `${person.id}@example.test` }
}

export type Desk = {
  readonly client: TestClient
  readonly manager: Person
  readonly one: Team
  readonly other: Team
}

/** A client that two teams serve, and a manager who publishes its rules. */
export const aDesk = async (): Promise<Desk> => {
  const client = await aClient()
  const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
  await grant(client, manager, 'MANAGER')
  return { client, manager, one: await aTeam(client), other: await aTeam(client) }
}

/** A customer in a country, of a segment. */
export const placed = async (client: TestClient, customer: Row, facts: { country?: string; segment?: string }): Promise<Row> => {
  await asOwner('update customer set country_code = $3, segment = $4 where client_id = $1 and id = $2', [
    client.id,
    customer.id,
    facts.country ?? null,
    facts.segment ?? null,
  ])
  return customer
}

type Who = Parameters<typeof ask>[0]
type App = Parameters<typeof ask>[3]
export type Out = { readonly __typename: string; readonly message?: string; readonly path?: readonly string[] }

/** Publishes rules as the next version. */
export const publish = async ({ client, manager }: Desk, rules: object, more: object = {}, app?: App): Promise<Out> => {
  const [latest] = await asOwner<{ version: number }>(
    `select coalesce(max(version), 0)::int as version from policy_version where client_id = $1 and kind = 'ALLOCATION'`,
    [client.id],
  )
  const input = {
    client: client.gid,
    kind: 'ALLOCATION',
    rules: JSON.stringify(rules),
    reason: 'as agreed',
    expectedVersion: latest?.version ?? 0,
    ...more,
  }
  return run(manager, 'publishPolicy', input, '', app)
}

/** A mutation by its name, with what else its payload is asked for. */
export const run = async <More extends object = object>(
  who: Who,
  name: string,
  input: object,
  fields = '',
  app?: App,
): Promise<Out & More> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const payload = fields === '' ? '' : `... on ${type}Payload { ${fields} }`
  const text = `mutation ($input: ${type}Input!) { out: ${name}(input: $input) { __typename ${payload} ... on Refusal { message path } } }`
  const { data, errors } = await ask<{ out: (Out & More) | null }>(who, text, { input }, app)
  if (data?.out === undefined || data.out === null) throw new Error(`${name}: ${JSON.stringify(errors)}`)
  return data.out
}

const owner = 'owner { teamId personId personName isMine }'
const ownership = `${owner} since until source rule policyVersion by reason note endsAt`

export type Ownership = {
  readonly owner: { readonly teamId: string; readonly personId: string | null; readonly isMine: boolean } | null
  readonly since: string
  readonly until: string | null
  readonly source: string
  readonly rule: string | null
  readonly policyVersion: number | null
  readonly by: string | null
  readonly reason: string | null
  readonly note: string | null
  readonly endsAt: string | null
}

/** Who had a customer, latest first. */
export const historyOf = async (client: TestClient, customer: Row, who: Who = client.analyst): Promise<Ownership[]> => {
  const text = `query ($id: ID!) { node(id: $id) { ... on Customer { ownership { ${ownership} } ownerships(first: 50) { edges { node { ${ownership} } } } } } }`
  type Found = { ownership: Ownership | null; ownerships: { edges: { node: Ownership }[] } | null }
  const { data, errors } = await ask<{ node: Found | null }>(who, text, { id: customer.gid })
  if (data?.node === undefined || data.node === null) throw new Error(JSON.stringify(errors))
  const all = (data.node.ownerships?.edges ?? []).map(({ node }) => node)
  if (JSON.stringify(data.node.ownership) !== JSON.stringify(all[0] ?? null)) throw new Error('the first is not the present one')
  return all
}

export const ownerOf = async (client: TestClient, customer: Row): Promise<Ownership | undefined> =>
  (await historyOf(client, customer))[0]

export type Sum = {
  readonly customers: number
  readonly openItems: number
  readonly amounts: readonly { readonly amount: string; readonly currency: string }[]
}
export const sumFields = 'customers openItems amounts { amount currency }'

export type Coverage = {
  readonly policyVersion: number
  readonly owned: Sum
  readonly unowned: Sum
  readonly owners: readonly { readonly owner: NonNullable<Ownership['owner']>; readonly sum: Sum; readonly canWork: boolean }[]
  readonly unable: Coverage['owners']
  readonly rules: readonly { readonly source: string; readonly rule: string | null; readonly sum: Sum }[]
  readonly customersBehind: number
}

export const coverageOf = async (client: TestClient, who: Who = client.analyst): Promise<Coverage> => {
  const one = `owner { teamId personId isMine } sum { ${sumFields} } canWork`
  const text = `query ($code: String!) { client(code: $code) { allocationCoverage { policyVersion owned { ${sumFields} } unowned { ${sumFields} }
    owners { ${one} } unable: owners(canWork: false) { ${one} } rules { source rule sum { ${sumFields} } } customersBehind } } }`
  const { data, errors } = await ask<{ client: { allocationCoverage: Coverage | null } }>(who, text, { code: client.code })
  const found = data?.client.allocationCoverage
  if (found === undefined || found === null) throw new Error(JSON.stringify(errors))
  return found
}

export type Outcomes = {
  readonly outcomes: readonly {
    readonly index: number
    readonly customer: { readonly ownership: Ownership } | null
    readonly refusal: { readonly code: string } | null
  }[]
}
export const outcomeFields = `outcomes { index customer { ownership { ${ownership} } } refusal { code } }`

export const assign = (
  who: Who,
  { client }: Desk,
  customers: readonly Row[],
  to: { team: Team; person?: Member },
  more: object = {},
) =>
  run<Outcomes>(
    who,
    'assignCustomers',
    {
      client: client.gid,
      customers: customers.map(({ gid }) => gid),
      team: to.team.gid,
      person: to.person?.gid ?? null,
      reason: 'knows them',
      ...more,
    },
    outcomeFields,
  )
