import { describe, expect, it } from 'vitest'
import { reallocate } from '../../src/modules/allocation/index.ts'
import { perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { aCustomer, anItem, ask, asOwner, jobsOf, type Row, rowsOf, theApp } from '../harness/index.ts'
import { daysFromNow, importRows, revoke } from '../worklist/world.ts'
import {
  aDesk,
  assign,
  coverageOf,
  type Desk,
  historyOf,
  type Outcomes,
  outcomeFields,
  ownerOf,
  placed,
  publish,
  run,
  sumFields,
} from './world.ts'

/** What the job does that looks again at who is behind. */
const reallocated = async ({ client }: Desk, asked?: Date) => {
  const { engine } = await theApp()
  // Rights end in the database, whose clock is finer: behind the millisecond in which they did.
  const now = asked ?? new Date(engine.clock().getTime() + 1_000)
  const system = { kind: 'SYSTEM', client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' } } as const
  return inUnit(engine.database, { asker: system, readOnly: false, now }, (tx) =>
    perform(tx, reallocate, { clientId: client.id }),
  )
}

const european = ({ one, other }: Desk) => ({
  regions: { DACH: ['DE', 'AT', 'CH'], NORDIC: ['SE', 'NO'] },
  rules: [
    { name: 'key accounts', when: { segments: ['KEY'] }, owner: { team: one.code, person: one.people[0]?.email } },
    { name: 'german', when: { regions: ['DACH'] }, owner: { team: one.code } },
    {
      name: 'north',
      when: { regions: ['NORDIC'], countries: ['FI'] },
      owner: { team: other.code, person: other.people[0]?.email },
    },
  ],
})

describe('rules', () => {
  it('give each customer to the first that holds of it, and say so; whom none holds of is nobody’s', async () => {
    const desk = await aDesk()
    const { client, one, other } = desk
    const german = await placed(client, await aCustomer(client), { country: 'DE' })
    const key = await placed(client, await aCustomer(client), { country: 'DE', segment: 'KEY' })
    const finn = await placed(client, await aCustomer(client), { country: 'FI' })
    const french = await placed(client, await aCustomer(client), { country: 'FR' })
    expect(await ownerOf(client, german)).toBeUndefined()
    expect(await publish(desk, european(desk))).toMatchObject({ __typename: 'PublishPolicyPayload' })
    expect(await ownerOf(client, german)).toMatchObject({
      owner: { teamId: one.gid, personId: null },
      ...{ source: 'RULE', rule: 'german', policyVersion: 1, until: null },
    })
    expect(await ownerOf(client, key)).toMatchObject({ owner: { personId: one.people[0]?.gid }, rule: 'key accounts' })
    expect(await ownerOf(client, finn)).toMatchObject({ owner: { teamId: other.gid }, rule: 'north' })
    expect(await ownerOf(client, french)).toMatchObject({ owner: null, source: 'NOBODY' })
  })

  it('that are published again begin nothing new for customers who stay, and leave the history of the others', async () => {
    const desk = await aDesk()
    const { client, other } = desk
    const german = await placed(client, await aCustomer(client), { country: 'DE' })
    const finn = await placed(client, await aCustomer(client), { country: 'FI' })
    await publish(desk, european(desk))
    const rules = european(desk)
    const german2 = { ...rules.rules[1], owner: { team: other.code } }
    await publish(desk, { ...rules, rules: [rules.rules[0], german2, rules.rules[2]] })
    expect(await historyOf(client, finn)).toMatchObject([{ policyVersion: 1 }])
    const [now, before] = await historyOf(client, german)
    expect(now).toMatchObject({ owner: { teamId: other.gid }, policyVersion: 2, until: null })
    // No instant is counted twice or not at all.
    expect(before?.until).toBe(now?.since)
    expect(await coverageOf(client)).toMatchObject({ policyVersion: 2, customersBehind: 0 })
  })

  it('speak of teams that serve the client, and of people of them who can work', async () => {
    const desk = await aDesk()
    const stranger = await aDesk()
    const rule = (owner: object) => ({ rules: [{ name: 'all', when: { countries: ['DE'] }, owner }] })
    for (const [owner, problem] of [
      [{ team: stranger.one.code }, 'rules.0.owner.team'],
      [{ team: desk.one.code, person: desk.other.people[0]?.email }, 'rules.0.owner.person'],
      [{ team: desk.one.code, person: 'nobody@example.test' }, 'rules.0.owner.person'],
    ] as const)
      expect(await publish(desk, rule(owner))).toMatchObject({
        __typename: 'InvalidInput',
        message: expect.stringContaining(problem) as string,
      })
    expect(await rowsOf(desk.client, 'policy_version')).toEqual([])
    expect(await rowsOf(desk.client, 'customer_owner')).toEqual([])
  })

  it('hold of a new customer and of one that counts as something else in the transaction that makes it so', async () => {
    const desk = await aDesk()
    const { client, one } = desk
    await publish(desk, european(desk))
    await importRows(client, [{ customerNumber: 'N1', sourceKey: 'D1', amount: '5.00', dueOn: '2020-01-01' }])
    const [found] = await asOwner<Row>('select id from customer where client_id = $1 and number = $2', [client.id, 'N1'])
    const { data } = await ask<{ client: { customers: { edges: { node: { id: string; version: number } }[] } } }>(
      client.lead,
      'query ($code: String!) { client(code: $code) { customers(first: 1, number: "N1") { edges { node { id version } } } } }',
      { code: client.code },
    )
    const node = data?.client.customers.edges[0]?.node
    const customer = { id: found?.id ?? '', gid: node?.id ?? '' }
    expect(await ownerOf(client, customer)).toMatchObject({ source: 'NOBODY' })
    const classify = (segment: string | null, expectedVersion: number, who = client.lead) =>
      run(who, 'classifyCustomer', { customer: customer.gid, segment, expectedVersion })
    const version = node?.version ?? 0
    expect(await classify('KEY', version, client.analyst)).toMatchObject({ __typename: 'NotFound' })
    expect(await classify('', version)).toMatchObject({ __typename: 'InvalidInput' })
    expect(await classify('KEY', version)).toMatchObject({ __typename: 'ClassifyCustomerPayload' })
    expect(await classify('OTHER', version)).toMatchObject({ __typename: 'VersionConflict' })
    expect(await ownerOf(client, customer)).toMatchObject({ owner: { personId: one.people[0]?.gid } })
    expect(await rowsOf(client, 'work_item')).toMatchObject([{ owner_person_id: one.people[0]?.id, is_queued: true }])
    expect(await classify(null, version + 1)).toMatchObject({ __typename: 'ClassifyCustomerPayload' })
    expect(await ownerOf(client, customer)).toMatchObject({ source: 'NOBODY' })
    expect(await historyOf(client, customer)).toHaveLength(3)
  })

  it('go along when a customer known by a name alone gets its number', async () => {
    const desk = await aDesk()
    const { client, one } = desk
    await publish(desk, { rules: [{ name: 'numbered', when: { customers: ['N7'] }, owner: { team: one.code } }] })
    const row = { customerName: 'Seven Seas', sourceKey: 'D7', amount: '5.00', dueOn: daysFromNow(30) }
    await importRows(client, [{ ...row, customerNumber: null }])
    expect(await rowsOf(client, 'customer_owner')).toMatchObject([{ source: 'NOBODY' }])
    await importRows(client, [{ ...row, customerNumber: 'N7' }])
    // The name alone is forgotten, and with it whose it was.
    expect(await rowsOf(client, 'customer')).toMatchObject([{ number: 'N7' }])
    expect(await rowsOf(client, 'customer_owner')).toMatchObject([{ source: 'RULE', rule: 'numbered' }])
  })

  it('pass over a person who can work no more, for the team; it is told until then', async () => {
    const desk = await aDesk()
    const { client, one } = desk
    const key = await placed(client, await aCustomer(client), { segment: 'KEY' })
    await anItem(client, key, { openMinor: 700n })
    await publish(desk, european(desk))
    const person = one.people[0]
    if (person === undefined) throw new Error('nobody is in the team')
    expect((await coverageOf(client)).unable).toEqual([])
    await revoke(client, person)
    expect((await coverageOf(client)).unable).toMatchObject([
      { owner: { personId: person.gid }, canWork: false, sum: { customers: 1, openItems: 1 } },
    ])
    await reallocated(desk)
    expect(await ownerOf(client, key)).toMatchObject({ owner: { teamId: one.gid, personId: null }, rule: 'key accounts' })
    expect((await coverageOf(client)).unable).toEqual([])
    expect(await reallocated(desk)).toMatchObject({ customers: 0, isDone: true })
  })

  it('for a later instant hold from then on', async () => {
    const desk = await aDesk()
    const { client } = desk
    const german = await placed(client, await aCustomer(client), { country: 'DE' })
    const later = new Date(Date.now() + 3_600_000)
    await publish(desk, european(desk), { effectiveFrom: later.toISOString() })
    expect(await jobsOf(client, 'allocation.reallocate')).toMatchObject([{ run_at: later }])
    await reallocated(desk)
    expect(await ownerOf(client, german)).toMatchObject({ source: 'NOBODY', policyVersion: 0 })
    await reallocated(desk, new Date(later.getTime() + 1))
    expect(await ownerOf(client, german)).toMatchObject({ rule: 'german' })
  })
})

describe('by hand', () => {
  const three = async () => {
    const desk = await aDesk()
    const { client } = desk
    const customers = [await aCustomer(client), await aCustomer(client), await aCustomer(client)] as const
    for (const customer of customers) await placed(client, customer, { country: 'DE' })
    await publish(desk, european(desk))
    return { desk, client, customers }
  }

  it('a lead gives several customers away in one call, each with an outcome of its own, with a reason and a note', async () => {
    const { desk, client, customers } = await three()
    const stranger = await aDesk()
    const theirs = await aCustomer(stranger.client)
    const [one, two] = customers
    const person = desk.other.people[1]
    if (person === undefined) throw new Error('nobody is in the team')
    const out = await assign(client.lead, desk, [one, theirs, two], { team: desk.other, person }, { note: 'ask for Ann' })
    expect(out.outcomes).toMatchObject([
      { index: 0, customer: { ownership: { owner: { personId: person.gid }, by: client.lead.name, note: 'ask for Ann' } } },
      { index: 1, customer: null, refusal: { code: 'NOT_FOUND' } },
      { index: 2, customer: { ownership: { source: 'HAND', reason: 'knows them', policyVersion: null } } },
    ])
    expect(await rowsOf(stranger.client, 'customer_owner')).toEqual([])
  })

  it.each([
    ['an analyst', ({ client }: Desk) => client.analyst, 'NotFound'],
    ['an integration', ({ client }: Desk) => client.integration, 'NotFound'],
    ['the client itself', ({ client }: Desk) => client.portal, 'NotFound'],
    ['a stranger', ({ client }: Desk) => client.stranger, 'NotFound'],
  ])('%s gives nothing away', async (_case, who, refused) => {
    const { desk, client, customers } = await three()
    const before = await rowsOf(client, 'customer_owner')
    expect(await assign(who(desk), desk, customers, { team: desk.other })).toMatchObject({ __typename: refused })
    const input = { client: client.gid, customers: customers.map(({ gid }) => gid), reason: 'mine' }
    expect(await run(who(desk), 'returnToRules', input)).toMatchObject({ __typename: refused })
    expect(await rowsOf(client, 'customer_owner')).toEqual(before)
  })

  it('refuses teams that do not serve, people who cannot work, and what is no reason or no time', async () => {
    const { desk, client, customers } = await three()
    const elsewhere = await aDesk()
    const [one] = customers
    const person = elsewhere.one.people[0]
    if (person === undefined) throw new Error('nobody is in the team')
    expect(await assign(client.lead, desk, [one], { team: elsewhere.one })).toMatchObject({ path: ['input', 'team'] })
    expect(await assign(client.lead, desk, [one], { team: desk.one, person })).toMatchObject({ path: ['input', 'person'] })
    for (const [more, path] of [
      [{ reason: ' ' }, 'reason'],
      [{ note: 'x'.repeat(2_001) }, 'note'],
      [{ until: '2020-01-01T00:00:00Z' }, 'until'],
      [{ until: '2099-01-01T00:00:00Z' }, 'until'],
      [{ customers: [] }, 'customers'],
    ] as const)
      expect(await assign(client.lead, desk, [one], { team: desk.one }, more)).toMatchObject({
        __typename: 'InvalidInput',
        path: ['input', path],
      })
    expect(await rowsOf(client, 'customer_owner')).toHaveLength(3)
  })

  it('lasts over what is published, until it is returned', async () => {
    const { desk, client, customers } = await three()
    const [one, two] = customers
    await assign(client.lead, desk, [one], { team: desk.other })
    await publish(desk, { fallback: { team: desk.one.code } })
    expect(await ownerOf(client, one)).toMatchObject({ source: 'HAND', owner: { teamId: desk.other.gid } })
    const back = await run<Outcomes>(
      client.lead,
      'returnToRules',
      { client: client.gid, customers: [one.gid, two.gid], reason: 'done' },
      outcomeFields,
    )
    expect(back.outcomes).toMatchObject([
      { customer: { ownership: { source: 'FALLBACK', policyVersion: 2 } } },
      { customer: null, refusal: { code: 'NOT_ASSIGNED' } },
    ])
  })

  it('for a time ends by itself', async () => {
    const { desk, client, customers } = await three()
    const [one] = customers
    const until = new Date(Date.now() + 3_600_000)
    await assign(client.lead, desk, [one], { team: desk.other }, { until: until.toISOString() })
    expect(await jobsOf(client, 'allocation.reallocate')).toMatchObject([{ run_at: until }])
    await reallocated(desk)
    expect(await ownerOf(client, one)).toMatchObject({ source: 'HAND', endsAt: until.toISOString() })
    await reallocated(desk, until)
    expect(await historyOf(client, one)).toMatchObject([{ source: 'RULE' }, { source: 'HAND', until: until.toISOString() }, {}])
  })

  it('with a person who can work no more goes to their team, and keeps its reason', async () => {
    const { desk, client, customers } = await three()
    const [person] = desk.other.people
    if (person === undefined) throw new Error('nobody is in the team')
    await assign(client.lead, desk, customers, { team: desk.other, person })
    await revoke(client, person)
    await reallocated(desk)
    for (const customer of customers)
      expect(await ownerOf(client, customer)).toMatchObject({
        ...{ source: 'HAND', reason: 'knows them', by: client.lead.name },
        owner: { teamId: desk.other.gid, personId: null },
      })
    expect(await reallocated(desk)).toMatchObject({ customers: 0 })
  })

  it('ends at its time where a client has no rules as well', async () => {
    const desk = await aDesk()
    const customer = await aCustomer(desk.client)
    const until = new Date(Date.now() + 3_600_000)
    await assign(desk.client.lead, desk, [customer], { team: desk.other }, { until: until.toISOString() })
    expect(await ownerOf(desk.client, customer)).toMatchObject({ source: 'HAND' })
    await reallocated(desk, until)
    expect(await historyOf(desk.client, customer)).toMatchObject([{ source: 'NOBODY', owner: null }, { source: 'HAND' }])
  })

  it('of two who give the same customers away at once, both are in the history and one has them', async () => {
    const { desk, client, customers } = await three()
    const outs = await Promise.all([
      assign(client.lead, desk, customers, { team: desk.one }),
      assign(desk.manager, desk, [...customers].reverse(), { team: desk.other }),
    ])
    expect(outs.map(({ __typename }) => __typename)).toEqual(['AssignCustomersPayload', 'AssignCustomersPayload'])
    const present = new Set<string>()
    for (const customer of customers) {
      const history = await historyOf(client, customer)
      expect(history.map(({ source }) => source)).toEqual(['HAND', 'HAND', 'RULE'])
      expect(history.filter(({ until }) => until === null)).toHaveLength(1)
      present.add(history[0]?.owner?.teamId ?? '')
    }
    expect(present.size).toBe(1)
  })

  it('against rules that are published at the same time, what was given stays, and nobody is left behind', async () => {
    const { desk, client, customers } = await three()
    const rules = { fallback: { team: desk.one.code } }
    const [given, published] = await Promise.all([
      assign(client.lead, desk, customers, { team: desk.other }),
      publish(desk, rules),
    ])
    expect([given.__typename, published.__typename]).toEqual(['AssignCustomersPayload', 'PublishPolicyPayload'])
    for (const customer of customers) expect(await ownerOf(client, customer)).toMatchObject({ source: 'HAND' })
    await reallocated(desk)
    expect(await coverageOf(client)).toMatchObject({ customersBehind: 0, owned: { customers: 3 } })
  })
})

describe('the coverage', () => {
  it('counts each customer and each open item once, and what is nobody’s as well, whatever the rules are', async () => {
    const desk = await aDesk()
    const { client, one, other } = desk
    const countries = ['DE', 'SE', 'FR', undefined]
    const segments = ['KEY', 'SMB', undefined]
    let items = 0
    for (const country of countries)
      for (const segment of segments) {
        const customer = await placed(client, await aCustomer(client), {
          ...(country === undefined ? {} : { country }),
          ...(segment === undefined ? {} : { segment }),
        })
        for (const currency of ['USD', 'EUR']) await anItem(client, customer, { openMinor: 100n, currency })
        await anItem(client, customer, { kind: 'CREDIT_MEMO', openMinor: -30n })
        items += 3
      }
    const owners = [{ team: one.code }, { team: one.code, person: one.people[0]?.email }, { team: other.code }]
    const conditions = [
      { countries: ['DE'] },
      { segments: ['KEY'] },
      { countries: ['DE', 'SE'], segments: ['SMB'] },
      { regions: ['ALL'] },
    ]
    // Every pair of conditions in both orders, with and without a fallback.
    const policies = conditions.flatMap((first, a) =>
      conditions.flatMap((second, b) =>
        a === b
          ? []
          : [
              {
                regions: { ALL: ['DE', 'SE', 'FR'] },
                rules: [
                  { name: 'first', when: first, owner: owners[a % 3] },
                  { name: 'second', when: second, owner: owners[b % 3] },
                ],
                ...((a + b) % 2 === 0 ? { fallback: owners[2] } : {}),
              },
            ],
      ),
    )
    for (const rules of policies) {
      expect(await publish(desk, rules)).toMatchObject({ __typename: 'PublishPolicyPayload' })
      const { owned, unowned, owners: byOwner, rules: byRule, customersBehind } = await coverageOf(client)
      expect(customersBehind).toBe(0)
      expect(owned.customers + unowned.customers).toBe(12)
      expect(owned.openItems + unowned.openItems).toBe(items)
      const total = (sums: readonly { readonly openItems: number }[]) => sums.reduce((sum, one) => sum + one.openItems, 0)
      expect(total(byOwner.map(({ sum }) => sum))).toBe(owned.openItems)
      expect(total(byRule.map(({ sum }) => sum))).toBe(items)
      const usd = byRule.flatMap(({ sum }) =>
        sum.amounts.filter(({ currency }) => currency === 'USD').map(({ amount }) => amount),
      )
      expect(usd.reduce((sum, amount) => sum + Number(amount) * 100, 0)).toBeCloseTo(12 * 70)
      const present = await asOwner<{ n: number }>(
        'select count(*)::int as n from customer_owner where client_id = $1 and until is null group by customer_id',
        [client.id],
      )
      expect(present.map(({ n }) => n)).toEqual(Array.from({ length: 12 }, () => 1))
    }
  }, 60_000)

  it('of a client without rules says that all of it is nobody’s', async () => {
    const { client } = await aDesk()
    await anItem(client, await aCustomer(client), { openMinor: 100n })
    expect(await coverageOf(client)).toMatchObject({
      ...{ policyVersion: 0, owners: [], customersBehind: 0, owned: { customers: 0, openItems: 0, amounts: [] } },
      unowned: { customers: 1, openItems: 1, amounts: [{ amount: '1.00', currency: 'USD' }] },
      rules: [{ source: 'NOBODY', rule: null }],
    })
  })
})

describe('rules that are tried', () => {
  const tried = async (desk: Desk, rules: object, who = desk.manager) => {
    const sums = ['before', 'after', 'gained', 'lost'].map((name) => `${name} { ${sumFields} }`).join(' ')
    const text = `query ($client: ID!, $rules: String!) { simulateAllocation(client: $client, rules: $rules) { __typename
      ... on AllocationSimulation { owners { owner { teamId personId } ${sums} } } ... on WrongRules { problems } } }`
    return ask<{ simulateAllocation: object }>(who, text, { client: desk.client.gid, rules: JSON.stringify(rules) })
  }

  it('say who would get and lose what, leave what was given by hand, and write nothing', async () => {
    const desk = await aDesk()
    const { client, one, other } = desk
    const german = await placed(client, await aCustomer(client), { country: 'DE' })
    const lent = await placed(client, await aCustomer(client), { country: 'DE' })
    const french = await placed(client, await aCustomer(client), { country: 'FR' })
    for (const customer of [german, lent, french]) await anItem(client, customer, { openMinor: 250n })
    await publish(desk, european(desk))
    await assign(client.lead, desk, [lent], { team: one })
    const before = await Promise.all([rowsOf(client, 'customer_owner'), rowsOf(client, 'event'), rowsOf(client, 'audit_entry')])
    const { data } = await tried(desk, { fallback: { team: other.code } })
    const { owners } = (data as { simulateAllocation: { owners: { owner: { teamId: string } | null }[] } }).simulateAllocation
    const of = (teamId: string | null) => owners.find(({ owner }) => (owner?.teamId ?? null) === teamId)
    expect(of(null)).toMatchObject({ before: { customers: 1 }, after: { customers: 0 }, lost: { openItems: 1 } })
    expect(of(one.gid)).toMatchObject({ before: { customers: 2 }, after: { customers: 1 }, lost: { customers: 1 } })
    expect(of(other.gid)).toMatchObject({
      before: { customers: 0 },
      gained: { customers: 2, openItems: 2, amounts: [{ amount: '5.00', currency: 'USD' }] },
    })
    expect(await Promise.all([rowsOf(client, 'customer_owner'), rowsOf(client, 'event'), rowsOf(client, 'audit_entry')])).toEqual(
      before,
    )
  })

  it('are for whoever may publish them, and say what is wrong with them', async () => {
    const desk = await aDesk()
    expect((await tried(desk, {}, desk.client.lead)).errors).toBeDefined()
    expect((await tried(desk, { fallback: { team: 'NONE' } })).data).toMatchObject({
      simulateAllocation: { __typename: 'WrongRules', problems: ['fallback.team: no team NONE serves the client'] },
    })
  })
})
