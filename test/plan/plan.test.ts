import { describe, expect, it } from 'vitest'
import { expireRequest } from '../../src/flows/settle-approvals.ts'
import { approveLatest, decide, requestsOf } from '../approval/deciding.ts'
import { gidOf, traces } from '../cash/world.ts'
import { aClient, aCustomer, anItem, aPerson, asOwner, grant, type Row, rowsOf, type TestClient } from '../harness/index.ts'
import { aWorld, toCollect, usd } from '../promise/world.ts'

const world = aWorld()
const { at, day, turnTo, beginDay, pay, undo, bounce } = world

type Step = { readonly id: string; readonly version: number; readonly state: string }
type Who = TestClient['lead']

const fields = 'plan { id version state }'

const step = async (who: Who, name: string, input: object): Promise<Step> => {
  const out = await world.runAs(who, name, input, fields)
  if (!out.__typename.endsWith('Payload')) throw new Error(`${name} was refused: ${JSON.stringify(out)}`)
  return out.plan as Step
}

/** A customer with two overdue items of 100 and 60, and one of 80 that is due in a month. */
const owing = async () => {
  const client = await aClient()
  const customer = await aCustomer(client)
  const [first, second, later] = (await Promise.all(
    [10_000n, 6_000n, 8_000n].map((openMinor) => anItem(client, customer, { openMinor, daysOverdue: 30 })),
  )) as [Row, Row, Row]
  await asOwner('update open_item set due_on = $3 where client_id = $1 and id = $2', [client.id, later.id, day(30)])
  await beginDay(client)
  return { client, customer, first, second, later }
}

type World = Awaited<ReturnType<typeof owing>>

/** All of the first item and 50 of the one that is not due, in three installments of 50, a week apart. */
const proposal = ({ customer, first, later }: World, facts: object = {}) => ({
  customer: customer.gid,
  items: [
    { openItem: first.gid, amount: usd('100.00') },
    { openItem: later.gid, amount: usd('50.00') },
  ],
  installments: [0, 7, 14].map((days) => ({ dueOn: day(days), amount: usd('50.00') })),
  ...facts,
})

const approved = async (here: World): Promise<Step> => {
  const { client } = here
  const made = await step(client.analyst, 'proposePaymentPlan', proposal(here))
  const accepted = { plan: made.id, expectedVersion: 1, acceptedBy: 'their CFO, by mail' }
  await step(client.analyst, 'acceptPaymentPlan', accepted)
  await approveLatest(world, client, client.lead)
  return { ...made, version: 3, state: 'APPROVED' }
}
const active = async () => {
  const here = await owing()
  const plan = await approved(here)
  const now = await step(here.client.lead, 'activatePaymentPlan', { plan: plan.id, expectedVersion: plan.version })
  return { ...here, plan: now }
}

const planOf = async (client: TestClient) => (await rowsOf(client, 'payment_plan'))[0]
const told = async (client: TestClient) =>
  (
    await asOwner<{ name: string }>(`select name from event where client_id = $1 and name like 'plan.%' order by id`, [client.id])
  ).map(({ name }) => name)
const installments = async (client: TestClient) =>
  (
    await asOwner<{ paid_minor: bigint }>('select paid_minor from plan_installment where client_id = $1 order by place', [
      client.id,
    ])
  ).map(({ paid_minor }) => paid_minor)

describe('a payment plan', () => {
  it('goes from proposal to force, and what it covers is not asked for', async () => {
    const here = await owing()
    const { client, customer } = here
    expect(await toCollect(client, customer)).toBe('16000')
    const plan = await approved(here)
    // Agreed is not in force.
    expect(await toCollect(client, customer)).toBe('16000')
    const now = await step(client.lead, 'activatePaymentPlan', { plan: plan.id, expectedVersion: plan.version })
    expect(now).toMatchObject({ state: 'ACTIVE', version: 4 })
    expect(await toCollect(client, customer)).toBe('6000')
    expect(await told(client)).toEqual(['plan.proposed', 'plan.accepted', 'plan.approved', 'plan.activated'])
    // Three business days of grace behind the first installment, which is due on the Monday.
    expect(await planOf(client)).toMatchObject({
      current_until: day(3),
      accepted_by: 'their CFO, by mail',
      principal_id: client.analyst.id,
    })
  })

  it('is paid oldest installment first, whichever item is paid, and is completed by the last', async () => {
    const { client, customer, first, later } = await active()
    await pay(client, customer, later, '50.00', day(0))
    expect(await installments(client)).toEqual([5_000n, 0n, 0n])
    expect(await planOf(client)).toMatchObject({ state: 'ACTIVE', paid_minor: 5_000n, current_until: day(10) })
    expect(await toCollect(client, customer)).toBe('6000')
    await pay(client, customer, first, '70.00', day(1))
    expect(await installments(client)).toEqual([5_000n, 5_000n, 2_000n])
    const last = await pay(client, customer, first, '30.00', day(1))
    expect(await planOf(client)).toMatchObject({ state: 'COMPLETED', paid_minor: 15_000n, current_until: null, missed: 0 })
    // Money that completed it bounces.
    await bounce(client, last)
    expect(await planOf(client)).toMatchObject({ state: 'ACTIVE', paid_minor: 12_000n, ended_at: null })
    expect((await told(client)).slice(-2)).toEqual(['plan.completed', 'plan.reopened'])
    expect(await toCollect(client, customer)).toBe('6000')
  })

  it('fixed to an item has that installment paid by it alone', async () => {
    const here = await owing()
    const { client, customer, first, later } = here
    const input = proposal(here, {
      installments: [
        { dueOn: day(0), amount: usd('100.00') },
        { dueOn: day(7), amount: usd('50.00'), openItem: later.gid },
      ],
    })
    const made = await step(client.analyst, 'proposePaymentPlan', input)
    await step(client.analyst, 'acceptPaymentPlan', { plan: made.id, expectedVersion: 1, acceptedBy: 'CFO' })
    await approveLatest(world, client, client.lead)
    await step(client.lead, 'activatePaymentPlan', { plan: made.id, expectedVersion: 3 })
    await pay(client, customer, later, '50.00', day(0))
    expect(await installments(client)).toEqual([0n, 5_000n])
    await pay(client, customer, first, '60.00', day(0))
    expect(await installments(client)).toEqual([6_000n, 5_000n])
  })

  it('that misses an installment is asked for again from the day behind its grace on, and not any more once it is paid', async () => {
    const { client, customer, first } = await active()
    turnTo(at(3, 23.99))
    await beginDay(client)
    expect(await toCollect(client, customer)).toBe('6000')
    turnTo(at(4, 0))
    await beginDay(client)
    expect(await planOf(client)).toMatchObject({ state: 'ACTIVE', missed: 1 })
    expect(await toCollect(client, customer)).toBe('16000')
    await pay(client, customer, first, '50.00', day(4))
    expect(await planOf(client)).toMatchObject({ state: 'ACTIVE', missed: 0, current_until: day(10) })
    expect(await toCollect(client, customer)).toBe('6000')
    expect((await told(client)).slice(-2)).toEqual(['plan.missed', 'plan.missed'])
  })

  it('is in default by two of them, and everything it covers is due, whatever the due dates', async () => {
    const { client, customer, first, later } = await active()
    turnTo(at(11))
    await beginDay(client)
    expect(await planOf(client)).toMatchObject({ state: 'DEFAULTED', missed: 2, is_accelerated: true })
    expect(await told(client)).toContain('plan.defaulted')
    expect(await toCollect(client, customer)).toBe('21000')
    // A default stays one: another plan has to be agreed.
    await pay(client, customer, first, '100.00', day(0))
    expect(await planOf(client)).toMatchObject({ state: 'DEFAULTED', paid_minor: 10_000n })
    expect(await toCollect(client, customer)).toBe('11000')
    // Of an item that is not due only what is left of the covered part is: 30 of 60.
    await pay(client, customer, later, '20.00', day(0))
    expect(await toCollect(client, customer)).toBe('9000')
  })

  it('that is cancelled gives its items back as they are due, and frees them for another', async () => {
    const here = await active()
    const { client, customer, plan } = here
    expect(await world.runAs(client.analyst, 'proposePaymentPlan', proposal(here))).toMatchObject({
      code: 'ALREADY_PLANNED',
      path: ['input', 'items', '0', 'openItem'],
    })
    await step(client.lead, 'cancelPaymentPlan', { plan: plan.id, expectedVersion: plan.version, reason: 'they pay at once' })
    expect(await toCollect(client, customer)).toBe('16000')
    expect(await step(client.analyst, 'proposePaymentPlan', proposal(here))).toMatchObject({ state: 'PROPOSED' })
  })

  it('counts nothing that was paid before it was in force, and cannot be put in force for more than is open', async () => {
    const here = await owing()
    const { client, customer, first } = here
    const plan = await approved(here)
    const before = await pay(client, customer, first, '10.00', day(0))
    const refused = await world.runAs(client.lead, 'activatePaymentPlan', { plan: plan.id, expectedVersion: plan.version })
    expect(refused).toMatchObject({ code: 'OVER_PLANNED', path: ['input', 'plan'] })
    await undo(client, before)
    await step(client.lead, 'activatePaymentPlan', { plan: plan.id, expectedVersion: plan.version })
    expect(await installments(client)).toEqual([0n, 0n, 0n])
  })

  it('is read with its items and installments, by its customer and by its state', async () => {
    const { client, customer, first, plan } = await active()
    await pay(client, customer, first, '60.00', day(0))
    const document = `query ($id: ID!, $who: ID!) { client(id: $id) { paymentPlans(first: 5, state: ACTIVE) { edges { node { id } } } }
      node(id: $who) { ... on Customer { paymentPlans(first: 5) { edges { node { id state amount { amount } paidAmount { amount }
        items { openItem { id } amount { amount } paidAmount { amount } }
        installments { place dueOn amount { amount } paidAmount { amount } paidOn } } } } } } }`
    type Found = { client: { paymentPlans: { edges: object[] } }; node: { paymentPlans: { edges: { node: object }[] } } }
    const { data } = await world.read<Found>(client.analyst, document, { id: client.gid, who: customer.gid })
    expect(data?.client.paymentPlans.edges).toEqual([{ node: { id: plan.id } }])
    expect(data?.node.paymentPlans.edges[0]?.node).toMatchObject({
      state: 'ACTIVE',
      amount: { amount: '150.00' },
      paidAmount: { amount: '60.00' },
      items: [
        { openItem: { id: first.gid }, amount: { amount: '100.00' }, paidAmount: { amount: '60.00' } },
        { amount: { amount: '50.00' }, paidAmount: { amount: '0.00' } },
      ],
      installments: [
        { place: 1, dueOn: day(0), paidAmount: { amount: '50.00' }, paidOn: day(0) },
        { place: 2, dueOn: day(7), paidAmount: { amount: '10.00' }, paidOn: null },
        { place: 3, dueOn: day(14), paidAmount: { amount: '0.00' }, paidOn: null },
      ],
    })
  })
})

describe('the approval of a payment plan', () => {
  const accepted = async () => {
    const here = await owing()
    const { client } = here
    const made = await step(client.analyst, 'proposePaymentPlan', proposal(here))
    await step(client.analyst, 'acceptPaymentPlan', { plan: made.id, expectedVersion: 1, acceptedBy: 'CFO' })
    const [asked] = await requestsOf(world.read, client.lead, client, 'summary customerName amount { amount } paymentPlan { id }')
    if (asked === undefined) throw new Error('nothing was asked for')
    return { ...here, plan: made, asked }
  }
  const approvalOf = async (client: TestClient) => (await rowsOf(client, 'approval_request'))[0]

  it('is asked for when the customer accepts, and says what it is about', async () => {
    const { client, plan, asked } = await accepted()
    expect(asked).toMatchObject({
      summary: `Payment plan for 2 items in 3 installments from ${day(0)} to ${day(14)}`,
      customerName: expect.stringContaining(client.canary),
      amount: { amount: '150.00' },
      paymentPlan: { id: plan.id },
    })
    const document = 'query ($id: ID!) { node(id: $id) { ... on PaymentPlan { state approval { id state } } } }'
    const { data } = await world.read(client.analyst, document, { id: plan.id })
    expect(data).toEqual({ node: { state: 'CUSTOMER_ACCEPTED', approval: { id: asked.id, state: 'PENDING' } } })
  })

  it('that is there is used when the plan comes into force', async () => {
    const { client } = await active()
    expect(await approvalOf(client)).toMatchObject({ state: 'USED' })
  })

  it('that is rejected cancels the plan, and says why', async () => {
    const { client, asked } = await accepted()
    await decide(world.runAs, client.lead, asked, { decision: 'REJECT', comment: 'too long' })
    expect(await planOf(client)).toMatchObject({ state: 'CANCELLED', end_reason: 'its approval was rejected: too long' })
    expect((await told(client)).at(-1)).toBe('plan.cancelled')
  })

  it.each(['not given', 'not used'])('that is %s in time cancels the plan', async (what) => {
    const { client, asked } = await accepted()
    if (what === 'not used') await decide(world.runAs, client.lead, asked)
    turnTo(at(30))
    await world.runJob(client, expireRequest, { requestId: String((await approvalOf(client))?.id) })
    expect(await approvalOf(client)).toMatchObject({ state: 'EXPIRED' })
    expect(await planOf(client)).toMatchObject({
      state: 'CANCELLED',
      end_reason: 'its approval was not given, or not used, in time',
    })
  })

  it('is withdrawn with the plan', async () => {
    const { client, plan, asked } = await accepted()
    await step(client.lead, 'cancelPaymentPlan', { plan: plan.id, expectedVersion: 2, reason: 'they pay at once' })
    expect(await approvalOf(client)).toMatchObject({ state: 'WITHDRAWN', end_reason: 'they pay at once' })
    expect(await decide(world.runAs, client.lead, { ...asked, version: 2 })).toMatchObject({ code: 'ILLEGAL_MOVE' })
  })

  it('is there at once where the client’s matrix asks nobody', async () => {
    const { client, customer, first, later } = await owing()
    const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
    await grant(client, manager, 'MANAGER')
    const rules = JSON.stringify({ matrix: [{ action: 'PAYMENT_PLAN', steps: [] }] })
    const policy = { client: client.gid, kind: 'APPROVAL', rules, reason: 'small client', expectedVersion: 0 }
    await world.runAs(manager, 'publishPolicy', policy)
    const made = await step(client.analyst, 'proposePaymentPlan', proposal({ client, customer, first, second: first, later }))
    await step(client.analyst, 'acceptPaymentPlan', { plan: made.id, expectedVersion: 1, acceptedBy: 'CFO' })
    expect(await planOf(client)).toMatchObject({ state: 'APPROVED', version: 3 })
  })
})

describe('a payment plan is refused, and nothing was written:', () => {
  it.each<[string, (here: World) => object | Promise<object>, object]>([
    ['more than is open', ({ first }) => ({ items: [{ openItem: first.gid, amount: usd('100.01') }] }), { code: 'OVER_PLANNED' }],
    ['no items', () => ({ items: [] }), { path: ['input', 'items'] }],
    ['no installments', () => ({ installments: [] }), { path: ['input', 'installments'] }],
    ['another sum', () => ({ installments: [{ dueOn: day(1), amount: usd('149.99') }] }), { path: ['input', 'installments'] }],
    [
      'an item of another customer',
      async ({ client }) => ({
        items: [{ openItem: (await anItem(client, await aCustomer(client), { openMinor: 900n })).gid, amount: usd('9.00') }],
      }),
      { code: 'NOT_FOUND', path: ['input', 'items', '0', 'openItem'] },
    ],
    [
      'an item that is disputed',
      async ({ client, customer }) => ({
        items: [{ openItem: (await anItem(client, customer, { openMinor: 900n, isDisputed: true })).gid, amount: usd('9.00') }],
      }),
      { code: 'OVER_PLANNED' },
    ],
    [
      'an item twice',
      ({ first }) => ({ items: [1, 2].map(() => ({ openItem: first.gid, amount: usd('50.00') })) }),
      { path: ['input', 'items'] },
    ],
    ['a customer that is not there', ({ client }) => ({ customer: gidOf(client, 'Customer') }), { code: 'NOT_FOUND' }],
  ])('%s', async (_case, facts, refused) => {
    const here = await owing()
    const input = proposal(here, await facts(here))
    const before = await traces(here.client)
    expect(await world.runAs(here.client.analyst, 'proposePaymentPlan', input)).toMatchObject(refused)
    expect(await traces(here.client)).toEqual(before)
    expect(await rowsOf(here.client, 'payment_plan')).toEqual([])
  })

  it.each([
    ['whoever proposed it, though they may approve others', 'lead', 'analyst', { code: 'CANNOT_DECIDE' }],
    ['whoever noted that the customer accepted', 'analyst', 'lead', { code: 'CANNOT_DECIDE' }],
  ] as const)('approval by %s', async (_case, proposer, acceptor, refused) => {
    const here = await owing()
    const { client } = here
    const made = await step(client[proposer], 'proposePaymentPlan', proposal(here))
    await step(client[acceptor], 'acceptPaymentPlan', { plan: made.id, expectedVersion: 1, acceptedBy: 'CFO' })
    const [asked] = await requestsOf(world.read, client.lead, client, 'canDecide whyNot')
    if (asked === undefined) throw new Error('nothing was asked for')
    expect(asked).toMatchObject({ canDecide: false, whyNot: 'MAKER' })
    expect(await decide(world.runAs, client.lead, asked)).toMatchObject(refused)
    // An analyst proposes, and approves nothing.
    expect(await decide(world.runAs, client.analyst, asked)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await planOf(client)).toMatchObject({ state: 'CUSTOMER_ACCEPTED', approved_at: null })
  })

  it('a step before its time, and of an old version', async () => {
    const here = await owing()
    const { client } = here
    const made = await step(client.analyst, 'proposePaymentPlan', proposal(here))
    const input = { plan: made.id, expectedVersion: 1 }
    expect(await world.runAs(client.lead, 'activatePaymentPlan', input)).toMatchObject({ code: 'ILLEGAL_MOVE' })
    expect(
      await world.runAs(client.lead, 'acceptPaymentPlan', { ...input, expectedVersion: 2, acceptedBy: 'CFO' }),
    ).toMatchObject({
      code: 'VERSION_CONFLICT',
    })
  })

  it.each([
    ['the client’s own portal user', (client: TestClient) => client.portal],
    ['an integration, which talks to nobody', (client: TestClient) => client.integration],
    ['an analyst of another provider', (client: TestClient) => client.stranger],
  ])('whatever %s asks', async (_case, who) => {
    const here = await active()
    const { client, plan } = here
    const on = { plan: plan.id, expectedVersion: plan.version }
    const before = await rowsOf(client, 'payment_plan')
    for (const [name, input] of [
      ['proposePaymentPlan', proposal(here)],
      ['acceptPaymentPlan', { ...on, acceptedBy: 'me' }],
      ['activatePaymentPlan', on],
      ['cancelPaymentPlan', { ...on, reason: 'because' }],
    ] as const)
      expect(await world.runAs(who(client), name, input)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await rowsOf(client, 'payment_plan')).toEqual(before)
  })
})

describe('at once', () => {
  it('one of many proposals for the same items is taken', async () => {
    const here = await owing()
    const out = await Promise.all(
      Array.from({ length: 6 }, () => world.runAs(here.client.analyst, 'proposePaymentPlan', proposal(here))),
    )
    expect(out.map(({ __typename }) => __typename).sort()).toEqual([
      ...Array(5).fill('AlreadyPlanned'),
      'ProposePaymentPlanPayload',
    ])
  })

  it('plans of one customer that are accepted, approved and cancelled end with approvals that fit, and nobody waits for ever', async () => {
    const { client, customer } = await owing()
    const plans = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const item = await anItem(client, customer, { openMinor: 1_000n })
        return step(client.analyst, 'proposePaymentPlan', {
          customer: customer.gid,
          items: [{ openItem: item.gid, amount: usd('10.00') }],
          installments: [{ dueOn: day(0), amount: usd('10.00') }],
        })
      }),
    )
    const accept = ({ id: plan }: Step) =>
      step(client.analyst, 'acceptPaymentPlan', { plan, expectedVersion: 1, acceptedBy: 'CFO' })
    await Promise.all(plans.slice(0, 4).map(accept))
    const asked = await requestsOf(world.read, client.lead, client)
    await Promise.all([
      ...plans.slice(4).map(accept),
      ...asked.map((one) => decide(world.runAs, client.lead, one)),
      ...plans
        .slice(0, 4)
        .map(({ id: plan }) => world.runAs(client.lead, 'cancelPaymentPlan', { plan, expectedVersion: 2, reason: 'not needed' })),
    ])
    const kept = await asOwner<{ plan: string; approval: string }>(
      `select p.state as plan, r.state as approval from payment_plan p
       join approval_request r on r.client_id = p.client_id and r.subject_id = p.id where p.client_id = $1`,
      [client.id],
    )
    expect(kept).toHaveLength(8)
    const fits = { CUSTOMER_ACCEPTED: 'PENDING', APPROVED: 'APPROVED', CANCELLED: 'WITHDRAWN' }
    for (const { plan, approval } of kept) expect(approval).toBe(fits[plan as keyof typeof fits])
  })

  it('a payment and the day that would be the default end as the ledger has it', async () => {
    const rounds = await Promise.all(Array.from({ length: 4 }, active))
    turnTo(at(10))
    await Promise.all(rounds.map(({ client }) => beginDay(client)))
    turnTo(at(11, 0))
    await Promise.all(
      rounds.flatMap(({ client, customer, first }) => [
        beginDay(client),
        pay(client, customer, first, '100.00', day(10)),
        beginDay(client),
      ]),
    )
    for (const { client } of rounds) {
      const plan = await planOf(client)
      expect(await rowsOf(client, 'payment_plan')).toHaveLength(1)
      // Whoever came first: two installments were missed at that instant, or both were paid. The money is there either way.
      expect(plan).toMatchObject({ paid_minor: 10_000n, missed: 0 })
      expect(plan).toMatchObject(
        plan?.state === 'DEFAULTED' ? { is_accelerated: true } : { state: 'ACTIVE', is_accelerated: false },
      )
    }
  })
})
