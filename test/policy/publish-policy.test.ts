import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { done, expectTurnedAway, readAs, refused, told } from '../cash/answers.ts'
import { load, post, type Result } from '../cash/results.ts'
import { aKey, auditsOf, eventsOf, gidOf, traces } from '../cash/world.ts'
import {
  ClientPoliciesDocument,
  PolicyFormDocument,
  PublishPolicyDocument,
  type PublishPolicyInput,
} from '../generated/operations.ts'
import { aClient, aPerson, ask, grant, type Person, rowsOf, startTestApp, type TestClient } from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from '../worklist/api-alone.ts'

/** A client with a manager, who alone publishes its rules. */
const managed = async () => {
  const client = await aClient()
  const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
  await grant(client, manager, 'MANAGER')
  return { client, manager }
}

const publishing = (client: TestClient, rules: object | string, facts: Partial<PublishPolicyInput> = {}): PublishPolicyInput => ({
  client: client.gid,
  kind: 'WRITE_OFF',
  rules: typeof rules === 'string' ? rules : JSON.stringify(rules),
  reason: 'as agreed in March',
  expectedVersion: 0,
  ...facts,
})
const versionsOf = async (
  client: TestClient,
  who: Person,
  facts: { kind?: PublishPolicyInput['kind']; first?: number; after?: string } = {},
) => {
  const { client: found } = await readAs(who, ClientPoliciesDocument, { code: client.code, first: 10, ...facts })
  return found?.policies?.edges.map(({ node }) => node) ?? []
}

describe('publishPolicy', () => {
  it('keeps the rules with their defaults as the next version of their kind, for good', async () => {
    const { client, manager } = await managed()
    const { policy } = await done(manager, PublishPolicyDocument, publishing(client, { shareMaxBp: 75 }))
    expect(policy).toMatchObject({ kind: 'WRITE_OFF', version: 1, reason: 'as agreed in March' })
    expect(JSON.parse(policy.rules)).toMatchObject({
      shareMaxBp: 75,
      itemMax: { byDigits: { '0': 100, '2': 100, '3': 1_000 }, byCurrency: {} },
    })
    expect(policy.effectiveFrom).toBe(policy.publishedAt)
    const next = publishing(client, { shareMaxBp: 80 }, { expectedVersion: 1 })
    expect((await done(manager, PublishPolicyDocument, next)).policy.version).toBe(2)
    const matching = publishing(client, { fuzzy: { distanceMax: 0 } }, { kind: 'MATCHING' })
    expect((await done(manager, PublishPolicyDocument, matching)).policy).toMatchObject({ kind: 'MATCHING', version: 1 })
    expect((await versionsOf(client, client.analyst)).map(({ kind, version }) => `${kind} ${version}`)).toEqual([
      'MATCHING 1',
      'WRITE_OFF 2',
      'WRITE_OFF 1',
    ])
    expect((await versionsOf(client, client.analyst, { kind: 'WRITE_OFF', first: 1 })).map(({ version }) => version)).toEqual([2])
    expect((await eventsOf(client, 'client')).map(({ payload }) => payload)).toMatchObject([
      { kind: 'WRITE_OFF', version: 1, effectiveFrom: policy.effectiveFrom },
      { kind: 'WRITE_OFF', version: 2 },
      { kind: 'MATCHING', version: 1 },
    ])
    expect((await auditsOf(client)).map(({ command, principal_id }) => [command, principal_id])).toEqual(
      Array(3).fill(['policy.publishPolicy', manager.id]),
    )
  })

  it.each<[string, PublishPolicyInput['kind'], object | string, readonly (string | RegExp)[]]>([
    ['what is no JSON', 'WRITE_OFF', '{', ['rules are JSON']],
    ['more than a page of settings', 'WRITE_OFF', `{"a":"${'x'.repeat(50_001)}"}`, ['rules are JSON']],
    ['a list', 'WRITE_OFF', '[]', ['policy:']],
    ['a word', 'MATCHING', '"bold"', ['policy:']],
    ['a rule that there is not', 'WRITE_OFF', { shareMax: 10 }, [/policy:.*shareMax/]],
    ['a share above all', 'WRITE_OFF', { shareMaxBp: 10_001 }, ['shareMaxBp:']],
    ['a share below nothing', 'WRITE_OFF', { shareMaxBp: -1 }, ['shareMaxBp:']],
    ['half a cent', 'WRITE_OFF', { itemMax: { byDigits: { '2': 0.5 } } }, ['itemMax.byDigits.2:']],
    ['an amount as text', 'WRITE_OFF', { monthMax: { byCurrency: { USD: '100' } } }, ['monthMax.byCurrency.USD:']],
    ['a currency that is none', 'WRITE_OFF', { itemMax: { byCurrency: { ABC: 1 } } }, ['itemMax.byCurrency.ABC:']],
    [
      'several things, each with its place',
      'MATCHING',
      {
        fuzzy: { distanceMax: 3, lengthMin: 4 },
        reference: { labels: ['qz'] },
        subset: { sizeMax: 13 },
        overPaid: { use: 'SPENT' },
      },
      ['fuzzy.distanceMax:', 'fuzzy.lengthMin:', 'reference.labels.0:', 'subset.sizeMax:', 'overPaid.use:'],
    ],
  ])('refuses %s', async (_case, kind, rules, places) => {
    const { client, manager } = await managed()
    const outcome = await refused(client, PublishPolicyDocument, publishing(client, rules, { kind }), manager)
    expect(outcome).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'rules'] })
    for (const place of places) expect(outcome.message).toMatch(place)
  })

  it.each<[string, Partial<PublishPolicyInput>, object]>([
    ['no reason', { reason: ' ' }, { code: 'INVALID_INPUT', path: ['input', 'reason'] }],
    ['a reason of 501 characters', { reason: 'x'.repeat(501) }, { code: 'INVALID_INPUT', path: ['input', 'reason'] }],
    [
      'what should have held before',
      { effectiveFrom: '2020-01-01T00:00:00Z' },
      { code: 'INVALID_INPUT', path: ['input', 'effectiveFrom'] },
    ],
    ['a version that is not the latest', { expectedVersion: 1 }, { code: 'VERSION_CONFLICT', currentVersion: 0 }],
  ])('refuses %s', async (_case, facts, why) => {
    const { client, manager } = await managed()
    expect(await refused(client, PublishPolicyDocument, publishing(client, {}, facts), manager)).toMatchObject(why)
  })

  it('of twenty who know the same version lets one through, and tells the others which it is now', async () => {
    const app = await startTestApp({ connections: 10 })
    try {
      const { client, manager } = await managed()
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, nth) =>
          told(manager, PublishPolicyDocument, publishing(client, { shareMaxBp: nth }), app),
        ),
      )
      expect(outcomes.filter(({ __typename }) => __typename === 'PublishPolicyPayload')).toHaveLength(1)
      expect(outcomes.filter((outcome) => 'currentVersion' in outcome && outcome.currentVersion === 1)).toHaveLength(19)
      expect(await rowsOf(client, 'policy_version')).toHaveLength(1)
    } finally {
      await app.stop()
    }
  })

  it('dry says what is wrong, and publishes nothing', async () => {
    const { client, manager } = await managed()
    const before = await traces(client)
    const { policy } = await done(manager, PublishPolicyDocument, publishing(client, {}, { dryRun: true }))
    expect(policy.version).toBe(1)
    expect(await refused(client, PublishPolicyDocument, publishing(client, [], { dryRun: true }), manager)).toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect(await traces(client)).toEqual(before)
  })

  it('is a manager’s alone: nobody else at the client, and nobody from elsewhere', async () => {
    const { client } = await managed()
    for (const who of [client.analyst, client.lead, client.integration])
      expect(await refused(client, PublishPolicyDocument, publishing(client, {}), who)).toMatchObject({ code: 'NOT_FOUND' })
    const nowhere = { ...publishing(client, {}), client: gidOf(client, 'Client') }
    await expectTurnedAway(client, PublishPolicyDocument, { input: publishing(client, {}), nowhere })
    // The manager of one client is none of another.
    const elsewhere = await managed()
    expect(await refused(client, PublishPolicyDocument, publishing(client, {}), elsewhere.manager)).toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('is read by who reads the client: never by a stranger', async () => {
    const { client, manager } = await managed()
    await done(manager, PublishPolicyDocument, publishing(client, {}))
    const { data } = await ask(client.stranger, ClientPoliciesDocument, { code: client.code, first: 10 })
    expect(data?.client ?? null).toBeNull()
    expect(await versionsOf(client, client.portal)).toHaveLength(1)
  })
})

describe('rules', () => {
  let api: ApiAlone
  let now = new Date()
  beforeAll(async () => {
    api = await startApiAlone({ clock: () => now })
  })
  afterAll(() => api.stop())
  const at = (days: number) => new Date(Date.parse('2027-05-10T12:00:00Z') + days * 86_400_000)

  /** Whether a write-off of five is let through at some instant, told of a receipt and an item of its own. */
  const letsFiveThrough = async (client: TestClient, name: string): Promise<boolean> => {
    await load(client, [{ number: name, customerNumber: 'C1', amount: '1000.00' }], aKey())
    const result: Result = {
      key: name,
      receiptKey: name,
      payment: { amount: '995.00', valueOn: '2027-05-01', reference: 'wire', customerNumber: 'C1' },
      applications: [{ itemNumber: name, amount: '995.00', writeOff: '5.00' }],
    }
    const { results } = await post(client, [result], { who: api.as(client.integration), app: api })
    return results?.[0]?.outcome === 'DONE'
  }
  const generous = { itemMax: { byCurrency: { USD: 500 } } }

  it('of a day to come hold from that instant, and not before', async () => {
    const { client, manager } = await managed()
    now = at(0)
    const input = publishing(client, generous, { effectiveFrom: at(2).toISOString() })
    const { policy } = await done(api.as(manager), PublishPolicyDocument, input, api)
    expect(policy).toMatchObject({ version: 1, effectiveFrom: at(2).toISOString(), publishedAt: at(0).toISOString() })
    now = new Date(at(2).getTime() - 1)
    expect(await letsFiveThrough(client, 'A')).toBe(false)
    now = at(2)
    expect(await letsFiveThrough(client, 'B')).toBe(true)
  })

  it('published later hold over those of a day to come that were published before', async () => {
    const { client, manager } = await managed()
    now = at(0)
    const first = publishing(client, generous, { effectiveFrom: at(2).toISOString() })
    await done(api.as(manager), PublishPolicyDocument, first, api)
    await done(api.as(manager), PublishPolicyDocument, publishing(client, {}, { expectedVersion: 1 }), api)
    now = at(3)
    expect(await letsFiveThrough(client, 'A')).toBe(false)
    // To go back, the earlier rules are published again.
    await done(api.as(manager), PublishPolicyDocument, publishing(client, generous, { expectedVersion: 2 }), api)
    expect(await letsFiveThrough(client, 'B')).toBe(true)
  })

  it('of one client are none of another', async () => {
    const [one, other] = [await managed(), await managed()]
    now = at(0)
    await done(api.as(one.manager), PublishPolicyDocument, publishing(one.client, generous), api)
    expect([await letsFiveThrough(one.client, 'A'), await letsFiveThrough(other.client, 'A')]).toEqual([true, false])
  })
})

describe('policyForm', () => {
  it.each([
    ['WRITE_OFF', ['itemMax', 'shareMaxBp', 'monthMax']],
    ['MATCHING', ['reference', 'fuzzy', 'payer', 'tolerance', 'discount', 'deduction', 'subset']],
  ] as const)('of %s says every field with its bounds, and its defaults are rules', async (kind, fields) => {
    const { client, manager } = await managed()
    const { policyForm } = await readAs(client.analyst, PolicyFormDocument, { kind })
    const schema = JSON.parse(policyForm?.jsonSchema ?? '') as {
      properties: Record<string, object>
      additionalProperties: boolean
    }
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining([...fields]))
    expect(schema.additionalProperties).toBe(false)
    expect(policyForm?.jsonSchema).toMatch(/"maximum":/)
    const { policy } = await done(manager, PublishPolicyDocument, publishing(client, policyForm?.defaults ?? '', { kind }))
    expect(JSON.parse(policy.rules)).toEqual(JSON.parse(policyForm?.defaults ?? ''))
  })

  it('is shown to whoever is known, and to nobody else', async () => {
    const { client } = await managed()
    expect((await readAs(client.portal, PolicyFormDocument, { kind: 'MATCHING' })).policyForm?.kind).toBe('MATCHING')
    const { errors } = await ask({ bearer: 'nobody' }, PolicyFormDocument, { kind: 'MATCHING' })
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  })
})
