import { describe, expect, it } from 'vitest'
import { aPerson, ask, asOwner, startTestApp } from '../harness/index.ts'
import { aDirectory, auditsOf, gidOf, idOf, rolesOf, run, teamIn, traces, tryRun, userIn } from './world.ts'

const reason = 'for the test'
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000)
const aSubject = () => `subject ${crypto.randomUUID()}`

describe('createUser', () => {
  it('makes somebody who is known by the subject, and may nothing yet', async () => {
    const { admin, provider } = await aDirectory()
    const subject = aSubject()
    const created = await run(
      admin,
      'createUser',
      { kind: 'PERSON', name: 'Ada', email: 'Ada@Example.test', subject },
      'user { id name email kind isActive }',
    )
    expect(created).toMatchObject({ user: { name: 'Ada', email: 'ada@example.test', kind: 'PERSON', isActive: true } })
    expect((await ask({ subject }, '{ viewer { id name kind providerCode grants { roles } } }')).data).toEqual({
      viewer: { id: idOf(created, 'user'), name: 'Ada', kind: 'PERSON', providerCode: provider.code, grants: [] },
    })
  })

  it('takes its id as the subject where none is given', async () => {
    const { admin, provider } = await aDirectory()
    await run(admin, 'createUser', { kind: 'PORTAL', name: 'Pia', email: 'pia@example.test' })
    const rows = await asOwner<{ id: string; subject: string }>(
      'select id, subject from principal where provider_id = $1 and name = $2',
      [provider.id, 'Pia'],
    )
    expect(rows[0]?.subject).toBe(rows[0]?.id)
  })

  it('refuses an email and a subject that are taken, and does not tell by whom', async () => {
    const { admin, provider, other, client } = await aDirectory()
    const subject = aSubject()
    const user = { kind: 'PERSON', name: 'Ada', email: 'ada@example.test', subject }
    await run(admin, 'createUser', user)
    const [here, there] = [await traces(provider, client), await traces(other, client)]

    const sameEmail = await run(admin, 'createUser', { ...user, email: 'ADA@example.test', subject: aSubject() })
    expect(sameEmail).toMatchObject({ __typename: 'AlreadyExists', path: ['input', 'email'] })
    const within = await run(admin, 'createUser', { ...user, email: 'eve@example.test' })
    const across = await run(other.admin, 'createUser', { ...user, email: 'eve@example.test' })
    expect(within).toMatchObject({ __typename: 'AlreadyExists', path: ['input', 'subject'] })
    expect(across).toEqual(within)
    expect([await traces(provider, client), await traces(other, client)]).toEqual([here, there])

    // Another provider may have a user of the same address.
    expect(await run(other.admin, 'createUser', { ...user, subject: aSubject() })).toMatchObject({
      __typename: 'CreateUserPayload',
    })
  })
})

describe('deactivateUser', () => {
  it('takes everything at once, whatever the user holds', async () => {
    const { admin, provider, client } = await aDirectory()
    expect(await rolesOf(client.analyst, client)).toEqual(['ANALYST'])
    const user = userIn(provider, client.analyst)
    expect(await run(admin, 'deactivateUser', { user, reason }, 'user { isActive }')).toMatchObject({ user: { isActive: false } })
    expect((await ask(client.analyst, '{ viewer { id } }')).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    expect(await run(admin, 'deactivateUser', { user, reason })).toMatchObject({ __typename: 'AlreadyEnded' })
    expect(await run(admin, 'grantProviderAdmin', { user, reason })).toMatchObject({ __typename: 'InvalidInput' })
  })

  it('refuses oneself, and an integration by a user’s id', async () => {
    const { admin, provider, client } = await aDirectory()
    const before = await traces(provider, client)
    expect(await run(admin, 'deactivateUser', { user: userIn(provider, admin), reason })).toMatchObject({
      __typename: 'InvalidInput',
    })
    const integration = userIn(provider, client.integration)
    expect(await run(admin, 'deactivateUser', { user: integration, reason })).toMatchObject({ __typename: 'NotFound' })
    expect(await traces(provider, client)).toEqual(before)
  })
})

describe('an integration', () => {
  const anIntegration = async () => {
    const directory = await aDirectory()
    const created = await run(
      directory.admin,
      'createIntegration',
      { name: 'ERP', expiresAt: inDays(30) },
      'key integration { id name isActive apiKeys(first: 5) { edges { node { id prefix revokedAt } } } } apiKey { id prefix expiresAt }',
    )
    return { ...directory, created, bearer: String(created.key), integration: idOf(created, 'integration') }
  }

  it('is known by its key, until the key is revoked', async () => {
    const { admin, client, created, bearer, integration } = await anIntegration()
    expect(bearer).toMatch(/^qtk_[A-Za-z0-9_-]{43}$/)
    expect(created.apiKey).toMatchObject({ prefix: bearer.slice(4, 12) })
    await run(admin, 'grantRole', { client: client.gid, holder: integration, role: 'INTEGRATION', reason })
    expect(await rolesOf({ bearer }, client)).toEqual(['INTEGRATION'])
    expect((await ask({ bearer }, '{ viewer { id kind } }')).data).toEqual({ viewer: { id: integration, kind: 'INTEGRATION' } })

    const apiKey = idOf(created, 'apiKey')
    expect(await run(admin, 'revokeApiKey', { apiKey, reason })).toMatchObject({ __typename: 'RevokeApiKeyPayload' })
    expect((await ask({ bearer }, '{ viewer { id } }')).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    expect(await run(admin, 'revokeApiKey', { apiKey, reason })).toMatchObject({ __typename: 'AlreadyEnded' })
  })

  it('changes keys without a gap', async () => {
    const { admin, client, created, bearer, integration } = await anIntegration()
    await run(admin, 'grantRole', { client: client.gid, holder: integration, role: 'INTEGRATION', reason })
    const next = String((await run(admin, 'createApiKey', { integration, expiresAt: inDays(400) }, 'key')).key)
    expect(next).not.toBe(bearer)
    expect([await rolesOf({ bearer }, client), await rolesOf({ bearer: next }, client)]).toEqual([
      ['INTEGRATION'],
      ['INTEGRATION'],
    ])
    await run(admin, 'revokeApiKey', { apiKey: idOf(created, 'apiKey'), reason })
    expect([await rolesOf({ bearer }, client), await rolesOf({ bearer: next }, client)]).toEqual([[], ['INTEGRATION']])
    expect(await run(admin, 'deactivateIntegration', { integration, reason })).toMatchObject({
      __typename: expect.stringMatching(/Payload$/),
    })
    expect(await rolesOf({ bearer: next }, client)).toEqual([])
    expect(await run(admin, 'createApiKey', { integration, expiresAt: inDays(1) })).toMatchObject({ __typename: 'InvalidInput' })
  })

  it('has keys that expire', async () => {
    let now = new Date()
    const app = await startTestApp({ clock: () => now })
    try {
      const { bearer } = await anIntegration()
      const kind = async () =>
        (await ask<{ viewer: { kind: string } }>({ bearer }, '{ viewer { kind } }', {}, app)).data?.viewer.kind
      expect(await kind()).toBe('INTEGRATION')
      now = inDays(30)
      expect(await kind()).toBeUndefined()
    } finally {
      await app.stop()
    }
  })

  it.each([
    ['that has expired', -1],
    ['that lives longer than 400 days', 401],
  ])('is given no key %s', async (_case, days) => {
    const { admin, provider, client, integration } = await anIntegration()
    const before = await traces(provider, client)
    const expiresAt = inDays(days)
    expect(await run(admin, 'createIntegration', { name: 'ERP', expiresAt })).toMatchObject({ __typename: 'InvalidInput' })
    expect(await run(admin, 'createApiKey', { integration, expiresAt })).toMatchObject({ __typename: 'InvalidInput' })
    expect(await traces(provider, client)).toEqual(before)
  })

  it('leaves its key in no row, and its hash in one', async () => {
    const { provider, client, bearer } = await anIntegration()
    const written = JSON.stringify(await traces(provider, client))
    expect(written).not.toContain(bearer)
    expect(written).not.toContain(bearer.slice(12))
    expect((await auditsOf(provider)).map(({ input }) => Object.keys(input).sort())).toEqual([['expiresAt', 'name', 'prefix']])
  })
})

describe('administrators', () => {
  it('make others and unmake them, and the last one stays', async () => {
    const { admin, provider, client } = await aDirectory()
    const second = await aPerson(provider.id, 'PERSON', 'second')
    const [first, next] = [userIn(provider, admin), userIn(provider, second)]
    const before = await traces(provider, client)
    expect(await run(admin, 'revokeProviderAdmin', { user: first, reason })).toMatchObject({ __typename: 'LastAdministrator' })
    expect(await traces(provider, client)).toEqual(before)

    expect(await run(admin, 'grantProviderAdmin', { user: next, reason })).toMatchObject({
      __typename: 'GrantProviderAdminPayload',
    })
    expect(await run(admin, 'grantProviderAdmin', { user: next, reason })).toMatchObject({ __typename: 'AlreadyExists' })
    // Whoever gives up the right no longer reads the directory, so there is nothing to show.
    expect(await run(admin, 'revokeProviderAdmin', { user: first, reason }, 'user { id }')).toMatchObject({ user: null })
    expect(await run(admin, 'createTeam', { code: 'LATE', name: 'Late' })).toMatchObject({ __typename: 'NotFound' })
    expect(await run(second, 'revokeProviderAdmin', { user: first, reason })).toMatchObject({ __typename: 'NotFound' })
    expect(await run(second, 'createTeam', { code: 'NEXT', name: 'Next' })).toMatchObject({ __typename: 'CreateTeamPayload' })
  })

  it.each(['revokeProviderAdmin', 'deactivateUser'])('cannot remove each other at once (%s)', async (command) => {
    const { admin, provider } = await aDirectory()
    const second = await aPerson(provider.id, 'PERSON', 'second')
    const [first, next] = [userIn(provider, admin), userIn(provider, second)]
    await run(admin, 'grantProviderAdmin', { user: next, reason })
    const outcomes = await Promise.all([
      run(admin, 'revokeProviderAdmin', { user: next, reason }),
      tryRun(second, command, { user: first, reason }),
    ])
    const left = await asOwner<{ id: string }>(
      `select p.id from provider_grant g join principal p on p.provider_id = g.provider_id and p.id = g.principal_id
       where g.provider_id = $1 and g.valid_until is null and p.deactivated_at is null`,
      [provider.id],
    )
    expect(left.length, JSON.stringify(outcomes)).toBe(1)
  })

  it('are persons', async () => {
    const { admin, provider, client } = await aDirectory()
    const before = await traces(provider, client)
    const portal = userIn(provider, client.portal)
    expect(await run(admin, 'grantProviderAdmin', { user: portal, reason })).toMatchObject({ __typename: 'InvalidInput' })
    expect(await run(admin, 'addTeamMember', { team: teamIn(provider), user: portal })).toMatchObject({
      __typename: 'InvalidInput',
    })
    expect(await traces(provider, client)).toEqual(before)
  })
})

describe('nobody else', () => {
  /** Each command with an input that its own administrator could send. */
  const everything = async () => {
    const directory = await aDirectory()
    const { client, provider, admin, team } = directory
    const expiresAt = inDays(10)
    const made = await run(admin, 'createIntegration', { name: 'ERP', expiresAt }, 'integration { id } apiKey { id }')
    const user = userIn(provider, await aPerson(provider.id, 'PERSON', 'member'))
    const given = await run(admin, 'grantRole', { client: client.gid, holder: user, role: 'OBSERVER', reason }, 'grant { id }')
    const second = userIn(provider, await aPerson(provider.id, 'PERSON', 'second'))
    await run(admin, 'grantProviderAdmin', { user: second, reason })
    const creating: readonly [string, object][] = [
      ['createTeam', { code: 'NEW', name: 'New' }],
      ['createUser', { kind: 'PERSON', name: 'New', email: 'new@example.test' }],
      ['createIntegration', { name: 'New', expiresAt }],
    ]
    const naming: readonly [string, object][] = [
      ['deactivateUser', { user, reason }],
      ['deactivateIntegration', { integration: idOf(made, 'integration'), reason }],
      ['createApiKey', { integration: idOf(made, 'integration'), expiresAt }],
      ['revokeApiKey', { apiKey: idOf(made, 'apiKey'), reason }],
      ['addTeamMember', { team, user }],
      ['removeTeamMember', { team, user }],
      ['assignTeamToClient', { team, client: client.gid }],
      ['withdrawTeamFromClient', { team, client: client.gid }],
      ['grantRole', { client: client.gid, holder: second, role: 'OBSERVER', reason }],
      ['revokeGrant', { grant: idOf(given, 'grant'), reason }],
      ['grantProviderAdmin', { user, reason }],
      ['revokeProviderAdmin', { user: second, reason }],
    ]
    return { ...directory, creating, naming }
  }

  it('of another provider finds anything', async () => {
    const { provider, other, client, naming } = await everything()
    const before = [await traces(provider, client), await traces(other, client)]
    for (const [command, input] of naming) {
      expect([command, (await run(other.admin, command, input)).code]).toEqual([command, 'NOT_FOUND'])
    }
    expect([await traces(provider, client), await traces(other, client)]).toEqual(before)
  })

  it('of another provider finds it under an id that bears their own provider', async () => {
    const { provider, other, client } = await everything()
    const before = [await traces(provider, client), await traces(other, client)]
    const forged: readonly [string, object][] = [
      ['deactivateUser', { user: userIn(other, client.analyst), reason }],
      ['addTeamMember', { team: gidOf('Team', other.id, { id: provider.teamId }), user: userIn(other, other.admin) }],
      ['assignTeamToClient', { team: teamIn(other), client: client.gid }],
      ['assignTeamToClient', { team: teamIn(other), client: gidOf('Client', other.id, client) }],
    ]
    for (const [command, input] of forged) expect((await run(other.admin, command, input)).code).toBe('NOT_FOUND')
    expect([await traces(provider, client), await traces(other, client)]).toEqual(before)
  })

  it.each(['analyst', 'lead', 'portal', 'integration', 'stranger'] as const)('such as the %s runs the directory', async (who) => {
    const { provider, client, creating, naming } = await everything()
    const before = await traces(provider, client)
    for (const [command, input] of [...creating, ...naming]) {
      expect([command, (await run(client[who], command, input)).code]).toEqual([command, 'NOT_FOUND'])
    }
    const { data, errors } = await ask(client[who], '{ provider { id } }')
    expect([data, errors?.[0]?.extensions.code]).toEqual([{ provider: null }, 'NOT_FOUND'])
    expect(await traces(provider, client)).toEqual(before)
  })

  it('without a credential gets in', async () => {
    const { provider, client, creating, naming } = await everything()
    const before = await traces(provider, client)
    for (const [command, input] of [...creating, ...naming]) {
      expect((await tryRun({}, command, input)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    }
    expect(await traces(provider, client)).toEqual(before)
  })
})
