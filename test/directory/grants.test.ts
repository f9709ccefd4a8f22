import { describe, expect, it } from 'vitest'
import { aPerson, ask, asOwner, rowsOf, startTestApp, tokenFor } from '../harness/index.ts'
import { aDirectory, auditsOf, gidOf, idOf, rolesOf, run, teamIn, traces, userIn } from './world.ts'

/** A person of the provider who is a member of its team, which serves the client. */
const aMember = async () => {
  const directory = await aDirectory()
  const { provider, client, admin, team } = directory
  const person = await aPerson(provider.id, 'PERSON', 'member')
  const user = userIn(provider, person)
  await run(admin, 'assignTeamToClient', { client: client.gid, team })
  await run(admin, 'addTeamMember', { team, user })
  return { ...directory, person, user }
}

const reason = 'for the test'

describe('grantRole and revokeGrant', () => {
  it('give access at once and take it at once', async () => {
    const { client, admin, team, person, user } = await aMember()
    expect(await rolesOf(person, client)).toEqual([])

    const given = await run(
      admin,
      'grantRole',
      { client: client.gid, holder: user, role: 'ANALYST', team, reason },
      'grant { id role reason validUntil client { id } team { id } holder { id name } }',
    )
    expect(given).toMatchObject({
      __typename: 'GrantRolePayload',
      grant: { role: 'ANALYST', reason, validUntil: null, client: { id: client.gid }, team: { id: team }, holder: { id: user } },
    })
    expect(await rolesOf(person, client)).toEqual(['ANALYST'])
    expect((await ask(person, `{ client(code: "${client.code}") { code } }`)).data).toEqual({ client: { code: client.code } })

    const grant = idOf(given, 'grant')
    expect(await run(admin, 'revokeGrant', { grant, reason })).toMatchObject({ __typename: 'RevokeGrantPayload' })
    expect(await rolesOf(person, client)).toEqual([])
    expect((await ask(person, `{ client(code: "${client.code}") { code } }`)).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
    expect(await run(admin, 'revokeGrant', { grant, reason }, '__typename')).toMatchObject({
      __typename: 'AlreadyEnded',
    })
  })

  it('are told to the client’s listeners and kept in the audit', async () => {
    const { client, provider, admin, team, person, user } = await aMember()
    const input = { client: client.gid, holder: user, role: 'LEAD', team, reason: 'covers for Ada' }
    const grant = idOf(await run(admin, 'grantRole', input, 'grant { id }'), 'grant')
    await run(admin, 'revokeGrant', { grant, reason: 'Ada is back' })

    expect(await rowsOf(client, 'event')).toMatchObject([
      { area: 'directory', name: 'team.assigned', payload: { teamId: provider.teamId } },
      { area: 'directory', name: 'grant.given', payload: { principalId: person.id, role: 'LEAD', teamId: provider.teamId } },
      { area: 'directory', name: 'grant.revoked', payload: { principalId: person.id, role: 'LEAD' } },
    ])
    const audits = await auditsOf(provider)
    expect(audits.every(({ principal_id }) => principal_id === admin.id)).toBe(true)
    expect(audits.map(({ command, reason: why }) => [command, why]).sort()).toEqual([
      ['directory.addTeamMember', null],
      ['directory.assignTeamToClient', null],
      ['directory.grantRole', 'covers for Ada'],
      ['directory.revokeGrant', 'Ada is back'],
    ])
  })

  it.each([
    ['its service', 'withdrawTeamFromClient'],
    ['the membership', 'removeTeamMember'],
  ])('a grant through a team falls with %s', async (_case, command) => {
    const { client, admin, team, person, user } = await aMember()
    await run(admin, 'grantRole', { client: client.gid, holder: user, role: 'ANALYST', team, reason })
    expect(await rolesOf(person, client)).toEqual(['ANALYST'])
    const input = command === 'removeTeamMember' ? { team, user } : { team, client: client.gid }
    expect(await run(admin, command, input)).toMatchObject({ __typename: expect.stringMatching(/Payload$/) })
    expect(await rolesOf(person, client)).toEqual([])
    expect(await run(admin, command, input)).toMatchObject({ __typename: 'NotFound' })
  })

  it('hold from their first instant to before their last', async () => {
    let now = new Date()
    const app = await startTestApp({ clock: () => now })
    try {
      const { client, provider, admin } = await aDirectory()
      const person = await aPerson(provider.id, 'PERSON', 'observer')
      now = new Date()
      const asPerson = { bearer: tokenFor(person.subject, { expiresIn: '30d' }) }
      const later = (minutes: number) => new Date(Date.now() + minutes * 60_000)
      const [validFrom, validUntil] = [later(10), later(20)]
      const input = { client: client.gid, holder: userIn(provider, person), role: 'OBSERVER', reason, validFrom, validUntil }
      expect(await run(admin, 'grantRole', input, '__typename', app)).toMatchObject({ __typename: 'GrantRolePayload' })

      const seen: [Date, string[]][] = [
        [new Date(validFrom.getTime() - 1), []],
        [validFrom, ['OBSERVER']],
        [new Date(validUntil.getTime() - 1), ['OBSERVER']],
        [validUntil, []],
      ]
      for (const [at, roles] of seen) {
        now = at
        expect(await rolesOf(asPerson, client, app)).toEqual(roles)
      }
    } finally {
      await app.stop()
    }
  })

  it('one that is revoked before it begins never holds', async () => {
    const { client, provider, admin } = await aDirectory()
    const person = await aPerson(provider.id, 'PERSON', 'observer')
    const validFrom = new Date(Date.now() + 3_600_000)
    const input = { client: client.gid, holder: userIn(provider, person), role: 'OBSERVER', reason }
    const grant = idOf(await run(admin, 'grantRole', { ...input, validFrom }, 'grant { id }'), 'grant')
    expect(await run(admin, 'revokeGrant', { grant, reason }, 'grant { validFrom validUntil }')).toMatchObject({
      grant: { validFrom: validFrom.toISOString(), validUntil: validFrom.toISOString() },
    })
    expect(await run(admin, 'revokeGrant', { grant, reason })).toMatchObject({ __typename: 'AlreadyEnded' })
    // Nothing is left of it that would stand in the way of another.
    expect(await run(admin, 'grantRole', { ...input, validFrom })).toMatchObject({ __typename: 'GrantRolePayload' })
  })

  it('lets one of many at once through', async () => {
    const { client, provider, admin } = await aDirectory()
    const person = await aPerson(provider.id, 'PERSON', 'observer')
    const input = { client: client.gid, holder: userIn(provider, person), role: 'OBSERVER', reason }
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => run(admin, 'grantRole', input)))
    expect(outcomes.map(({ __typename }) => __typename).sort()).toEqual([...Array(4).fill('AlreadyExists'), 'GrantRolePayload'])
  })
})

describe('a grant is refused and leaves nothing behind', () => {
  const cases: readonly [string, string, (world: Awaited<ReturnType<typeof aMember>>) => object][] = [
    [
      'a portal user as analyst',
      'RoleNotAllowed',
      ({ provider, client, team }) => ({ holder: userIn(provider, client.portal), team }),
    ],
    ['an analyst without a team', 'InvalidInput', () => ({ team: null })],
    ['a portal user without being one', 'RoleNotAllowed', () => ({ role: 'PORTAL', team: null })],
    ['through another provider’s team', 'NotFound', ({ other }) => ({ team: teamIn(other) })],
    ['to another provider’s person', 'NotFound', ({ other }) => ({ holder: userIn(other, other.admin) })],
    ['to what cannot hold one', 'NotFound', ({ provider, person }) => ({ holder: gidOf('Team', provider.id, person) })],
    ['to a member of another team', 'InvalidInput', ({ provider }) => ({ holder: userIn(provider, provider.admin) })],
    ['beginning in the past', 'InvalidInput', () => ({ validFrom: new Date(0) })],
    ['ending before it begins', 'InvalidInput', () => ({ validUntil: new Date(0) })],
    ['for no reason', 'InvalidInput', () => ({ reason: ' ' })],
    ['for a client that does not exist', 'NotFound', ({ person }) => ({ client: gidOf('Client', person.id, person) })],
  ]
  it.each(cases)('%s: %s', async (_case, typename, change) => {
    const world = await aMember()
    const { client, provider, admin, team, user } = world
    const before = await traces(provider, client)
    const input = { client: client.gid, holder: user, role: 'ANALYST', team, reason, ...change(world) }
    expect(await run(admin, 'grantRole', input)).toMatchObject({ __typename: typename })
    expect(await traces(provider, client)).toEqual(before)
  })

  it('names the roles that the holder can have', async () => {
    const { client, provider, admin } = await aDirectory()
    const holder = gidOf('Integration', provider.id, client.integration)
    const answer = await ask(
      admin,
      `mutation ($input: GrantRoleInput!) { grantRole(input: $input) { ... on RoleNotAllowed { code role allowedRoles path } } }`,
      { input: { client: client.gid, holder, role: 'MANAGER', reason } },
    )
    expect(answer.data).toEqual({
      grantRole: { code: 'ROLE_NOT_ALLOWED', role: 'MANAGER', allowedRoles: ['INTEGRATION'], path: ['input', 'role'] },
    })
  })

  it('the same one twice', async () => {
    const { client, provider, admin, team, user } = await aMember()
    const input = { client: client.gid, holder: user, role: 'ANALYST', team, reason }
    await run(admin, 'grantRole', input)
    const before = await traces(provider, client)
    expect(await run(admin, 'grantRole', input)).toMatchObject({ __typename: 'AlreadyExists' })
    expect(await run(admin, 'assignTeamToClient', { client: client.gid, team })).toMatchObject({ __typename: 'AlreadyExists' })
    expect(await run(admin, 'addTeamMember', { team, user })).toMatchObject({ __typename: 'AlreadyExists' })
    expect(await traces(provider, client)).toEqual(before)
  })
})

describe('Client.grants', () => {
  const Grants = `query ($id: ID!) { client(id: $id) { grants(first: 20) { edges { node { role holder { name } team { code } client { code } } } } } }`
  type Seen = {
    client: { grants: { edges: { node: { role: string; holder: { name: string } | null; team: object | null } }[] } }
  }

  it('shows the administrator who holds what', async () => {
    const { client, admin, team, person, user } = await aMember()
    await run(admin, 'grantRole', { client: client.gid, holder: user, role: 'ANALYST', team, reason })
    const { data } = await ask<Seen>(admin, Grants, { id: client.gid })
    const seen = data?.client.grants.edges.map(({ node }) => [node.role, node.holder?.name, node.team !== null])
    expect(seen).toContainEqual(['ANALYST', person.name, true])
    expect(seen).toContainEqual(['PORTAL', client.portal.name, false])
  })

  it('shows a manager the grants, and not the provider’s people', async () => {
    const { client, admin, team, person, user } = await aMember()
    await run(admin, 'grantRole', { client: client.gid, holder: user, role: 'MANAGER', team, reason })
    const { data, errors } = await ask<Seen>(person, Grants, { id: client.gid })
    expect(errors).toBeUndefined()
    expect(data?.client.grants.edges.length).toBe(5)
    expect(data?.client.grants.edges.every(({ node }) => node.holder === null && node.team === null)).toBe(true)
  })

  it.each(['analyst', 'portal', 'integration'] as const)('shows the %s nothing', async (who) => {
    const { client } = await aDirectory()
    const { data, errors } = await ask<Seen>(client[who], Grants, { id: client.gid })
    expect(data?.client.grants).toBeNull()
    expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  })

  it('keeps what has ended for who asks for it', async () => {
    const { client, admin } = await aDirectory()
    const all = `query ($id: ID!) { client(id: $id) { now: grants(first: 20) { edges { node { id } } } all: grants(first: 20, withEnded: true) { edges { node { id } } } } }`
    await asOwner('update client_grant set valid_until = now() where client_id = $1 and role = $2', [client.id, 'PORTAL'])
    const { data } = await ask<{ client: Record<'now' | 'all', { edges: object[] }> }>(admin, all, { id: client.gid })
    expect([data?.client.now.edges.length, data?.client.all.edges.length]).toEqual([3, 4])
  })
})
