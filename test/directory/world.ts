import { encodeGlobalId } from '../../src/kernel/ids.ts'
import {
  type Answer,
  aClient,
  type aPerson,
  aProvider,
  ask,
  asOwner,
  type startTestApp,
  type TestClient,
} from '../harness/index.ts'

type App = Awaited<ReturnType<typeof startTestApp>>
type Who = Parameters<typeof ask>[0]
type Person = Awaited<ReturnType<typeof aPerson>>
export type Provider = Awaited<ReturnType<typeof aProvider>>
export type Outcome = {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly [field: string]: unknown
}

export const gidOf = (typename: string, ownerId: string, { id }: { readonly id: string }) =>
  encodeGlobalId({ typename, ownerId, id })
export const userIn = (provider: Provider, person: Person) => gidOf('User', provider.id, person)
export const teamIn = (provider: Provider) => gidOf('Team', provider.id, { id: provider.teamId })

/** A client whose provider's administrator asks, and another provider that is nobody here. */
export const aDirectory = async () => {
  const client = await aClient()
  const { provider } = client
  const other = await aProvider()
  return { client, provider, other, admin: provider.admin, team: teamIn(provider) }
}

const inputOf = (command: string) => `${command.charAt(0).toUpperCase()}${command.slice(1)}`

/** Performs a command; what it selects of the payload comes back beside the name of the outcome. */
export const run = async (who: Who, command: string, input: object, payload = '__typename', app?: App): Promise<Outcome> => {
  const { data, errors } = await tryRun(who, command, input, payload, app)
  const outcome = data?.outcome
  if (outcome === undefined || outcome === null) throw new Error(`${command} was not answered: ${JSON.stringify(errors)}`)
  return outcome
}

export const tryRun = (
  who: Who,
  command: string,
  input: object,
  payload = '__typename',
  app?: App,
): Promise<Answer<{ outcome: Outcome | null }>> =>
  ask<{ outcome: Outcome | null }>(
    who,
    `mutation Run($input: ${inputOf(command)}Input!) { outcome: ${command}(input: $input) { __typename
       ... on ${inputOf(command)}Payload { ${payload} } ... on Refusal { code message path } } }`,
    { input },
    app,
  )

/** The id of what the payload shows under this name. */
export const idOf = (outcome: Outcome, field: string): string => (outcome[field] as { id: string }).id

/** Whatever a command may leave behind in a provider's directory and at a client, in full: equal before and after a refusal. */
// Without `seq`: the relay gives it when it gets round to it.
export const traces = async (provider: Provider, client: TestClient): Promise<unknown> => {
  const ofProvider = ['principal', 'team', 'team_member', 'provider_grant', 'api_key', 'provider_audit_entry']
  const ofClient = ['client_grant', 'team_client', 'event', 'audit_entry']
  const read = async (table: string, column: string, id: string) => [
    table,
    await asOwner(`select to_jsonb(t) - 'seq' as row from ${table} t where t.${column} = $1 order by t.id`, [id]),
  ]
  return Promise.all([
    ...ofProvider.map((table) => read(table, 'provider_id', provider.id)),
    ...ofClient.map((table) => read(table, 'client_id', client.id)),
  ])
}

export const auditsOf = (provider: Provider) =>
  asOwner<{ command: string; reason: string | null; principal_id: string; input: object; outcome: object }>(
    'select command, reason, principal_id, input, outcome from provider_audit_entry where provider_id = $1 order by at, id',
    [provider.id],
  )

/** What somebody may do at the client right now, as they see it themselves. */
export const rolesOf = async (who: Who, client: TestClient, app?: App): Promise<readonly string[]> => {
  type Seen = { viewer: { grants: readonly { client: { code: string }; roles: readonly string[] }[] } }
  const { data } = await ask<Seen>(who, '{ viewer { grants { client { code } roles } } }', {}, app)
  return data?.viewer.grants.find((grant) => grant.client.code === client.code)?.roles ?? []
}
