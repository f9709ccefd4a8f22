import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { aClient, aPerson, ask, grant, theApp } from '../harness/index.ts'
import { aDirectory, gidOf, idOf, run, userIn } from './world.ts'

const reason = 'for the test'

describe('viewer', () => {
  type Seen = { viewer: { grants: { client: { code: string; today: string }; roles: string[]; permissions: string[] }[] } }

  it('says what an analyst may do, client by client', async () => {
    const first = await aClient()
    const second = await aClient({ provider: first.provider })
    await grant(second, first.analyst, 'OBSERVER')
    const { data } = await ask<Seen>(first.analyst, '{ viewer { grants { client { code today } roles permissions } } }')
    const grants = data?.viewer.grants ?? []
    expect(grants.map(({ client }) => client.code)).toEqual([first.code, second.code].sort())
    const there = grants.find(({ client }) => client.code === second.code)
    expect(there).toMatchObject({ roles: ['OBSERVER'], permissions: ['client:read', 'sla:read'] })
    expect(grants.find(({ client }) => client.code === first.code)?.permissions).toContain('cash:apply')
  })

  it('reads all clients of all grants in one statement', async () => {
    const first = await aClient()
    for (let more = 0; more < 3; more += 1) await grant(await aClient({ provider: first.provider }), first.analyst, 'OBSERVER')
    await theApp()
    const sent = vi.spyOn(pg.Client.prototype, 'query')
    const { data } = await ask<Seen>(first.analyst, '{ viewer { grants { client { code today } roles } } }')
    const statements = sent.mock.calls.map(([config]) => (config as { text?: string }).text ?? '')
    sent.mockRestore()
    expect(data?.viewer.grants).toHaveLength(4)
    expect(statements.filter((text) => text.includes('"public"."client"'))).toHaveLength(1)
  })

  it('tells the limits, and an administrator their rights over the provider', async () => {
    const { admin, provider } = await aDirectory()
    const { data } = await ask(
      admin,
      '{ viewer { id providerCode providerPermissions limits { maxPageSize maxDepth maxCost maxClients } } }',
    )
    expect(data).toEqual({
      viewer: {
        id: userIn(provider, admin),
        providerCode: provider.code,
        providerPermissions: ['client:create', 'client:read', 'directory:manage', 'directory:read'],
        limits: { maxPageSize: 100, maxDepth: 12, maxCost: 10_000, maxClients: 200 },
      },
    })
  })

  it('is nobody without a credential', async () => {
    const { data, errors } = await ask({}, '{ viewer { id } }')
    expect([data ?? null, errors?.[0]?.extensions.code]).toEqual([null, 'UNAUTHENTICATED'])
  })
})

describe('provider', () => {
  it('lists its teams, people and integrations, page by page', async () => {
    const { admin, provider, client, team } = await aDirectory()
    const member = await aPerson(provider.id, 'PERSON', 'member')
    await run(admin, 'addTeamMember', { team, user: userIn(provider, member) })
    await run(admin, 'assignTeamToClient', { team, client: client.gid })
    const { data } = await ask(
      admin,
      `{ provider { code teams(first: 5) { edges { node { id members(first: 5) { edges { node { name } } } clients(first: 5) { edges { node { code } } } } } }
           administrators(first: 5) { edges { node { name } } } integrations(first: 5) { edges { node { name apiKeys(first: 1) { edges { node { id } } } } } } } }`,
    )
    const one = (name: string) => ({ edges: [{ node: { name } }] })
    expect(data).toEqual({
      provider: {
        code: provider.code,
        teams: {
          edges: [{ node: { id: team, members: one(member.name), clients: { edges: [{ node: { code: client.code } }] } } }],
        },
        administrators: one(admin.name),
        integrations: { edges: [{ node: { name: client.integration.name, apiKeys: { edges: [] } } }] },
      },
    })

    const names: string[] = []
    const Users =
      'query ($after: String) { provider { users(first: 2, after: $after) { edges { node { name } } pageInfo { hasNextPage endCursor } } } }'
    type Page = {
      provider: { users: { edges: { node: { name: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } }
    }
    let after: string | null = null
    for (let hasNextPage = true; hasNextPage; ) {
      const users: Page['provider']['users'] | undefined = (await ask<Page>(admin, Users, { after })).data?.provider.users
      names.push(...(users?.edges ?? []).map(({ node }) => node.name))
      hasNextPage = users?.pageInfo.hasNextPage ?? false
      after = users?.pageInfo.endCursor ?? null
    }
    const everybody = [admin, member, client.analyst, client.lead, client.portal].map(({ name }) => name)
    expect(names).toEqual(everybody.sort())
  })
})

describe('node', () => {
  const Node = 'query ($id: ID!) { node(id: $id) { __typename id } }'

  it('finds everything of the directory for who runs it, and nothing for anybody else', async () => {
    const { admin, provider, client, other, team } = await aDirectory()
    const made = await run(
      admin,
      'createIntegration',
      { name: 'ERP', expiresAt: new Date(Date.now() + 86_400_000) },
      'integration { id } apiKey { id }',
    )
    const given = await run(
      admin,
      'grantRole',
      { client: client.gid, holder: idOf(made, 'integration'), role: 'INTEGRATION', reason },
      'grant { id }',
    )
    const ids: readonly [string, string][] = [
      ['Provider', provider.gid],
      ['Team', team],
      ['User', userIn(provider, client.portal)],
      ['Integration', idOf(made, 'integration')],
      ['ApiKey', idOf(made, 'apiKey')],
      ['Grant', idOf(given, 'grant')],
    ]
    for (const [typename, id] of ids) {
      expect((await ask(admin, Node, { id })).data).toEqual({ node: { __typename: typename, id } })
      for (const who of [other.admin, client.analyst, client.portal, client.stranger])
        expect((await ask(who, Node, { id })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    }
  })

  it('takes no user for an integration', async () => {
    const { admin, provider, client } = await aDirectory()
    for (const id of [gidOf('Integration', provider.id, client.analyst), gidOf('User', provider.id, client.integration)])
      expect((await ask(admin, Node, { id })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    const swapped = encodeGlobalId({ typename: 'User', ownerId: client.analyst.id, id: provider.id })
    expect((await ask(admin, Node, { id: swapped })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  })
})
