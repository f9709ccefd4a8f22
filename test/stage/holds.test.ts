import { describe, expect, it } from 'vitest'
import { approveLatest } from '../approval/deciding.ts'
import { aKey, gidOf } from '../cash/world.ts'
import { asOwner, type Row } from '../harness/index.ts'
import { aWorld, usd } from '../promise/world.ts'
import { staging } from './world.ts'

const world = aWorld()
const { at, day, turnTo, beginDay, run } = world
const { publish, aDesk, load, anInvoice, stage, due, take, hold } = staging(world)

type Desk = Awaited<ReturnType<typeof aDesk>>
type Item = Row & { readonly customer: Row }
type Held = {
  readonly reason: string
  readonly arrange: (desk: Desk, item: Item) => Promise<unknown>
  readonly end: (desk: Desk, item: Item) => Promise<unknown>
}

const record = (desk: Desk, item: Item, amount: string) =>
  run(desk.client, 'recordReceipt', {
    ...{ client: desk.client.gid, customer: item.customer.gid, amount: usd(amount), valueOn: day(0) },
    ...{ reference: 'wire', idempotencyKey: aKey() },
  })

const aPlan = async ({ client, manager }: Desk, item: Item) => {
  const plan = {
    items: [{ openItem: item.gid, amount: usd('100.00') }],
    installments: [{ dueOn: day(2), amount: usd('100.00') }],
  }
  const out = await run(client, 'proposePaymentPlan', { customer: item.customer.gid, ...plan }, 'plan { id }')
  const { id } = out.plan as { id: string }
  await run(client, 'acceptPaymentPlan', { plan: id, expectedVersion: 1, acceptedBy: 'CFO' })
  await approveLatest(world, client, manager)
  await run(client, 'activatePaymentPlan', { plan: id, expectedVersion: 3 })
}

const passing =
  (days: number) =>
  async ({ client }: Desk) => {
    turnTo(at(days))
    await beginDay(client)
  }

const nameOf = ({ client }: Desk) => client.canary
const held: readonly Held[] = [
  {
    reason: 'DISPUTE',
    arrange: ({ client }) => load(client, [{ sourceKey: 'A', number: 'A', dueOn: day(-1), isDisputed: true }]),
    end: ({ client }) => load(client, [{ sourceKey: 'A', number: 'A', dueOn: day(-1) }]),
  },
  { reason: 'PROMISE', arrange: ({ client }, item) => world.promise(client, item, '10.00', day(2)), end: passing(4) },
  // Three business days of grace behind the installment; two misses make a default, one is not kept.
  { reason: 'PLAN', arrange: aPlan, end: passing(8) },
  {
    reason: 'UNAPPLIED_CASH',
    arrange: (desk, item) => record(desk, item, '100.00'),
    end: (desk) => load(desk.client, [{ sourceKey: 'B', number: 'B', dueOn: day(-1), customerNumber: `C${nameOf(desk)}` }]),
  },
  {
    reason: 'RESTRICTED_COUNTRY',
    arrange: async ({ client, manager }, { customer }) => {
      await asOwner(`update customer set country_code = 'CU' where client_id = $1 and id = $2`, [client.id, customer.id])
      const rules = { isActive: true, restrictedCountries: ['CU'] }
      await publish(client, manager, { ...rules, steps: await ladderOf(client) }, 1)
    },
    end: async ({ client, manager }) => publish(client, manager, { isActive: true, steps: await ladderOf(client) }, 2),
  },
  ...(['openItem', 'customer', 'client'] as const).flatMap((of) =>
    (['CLIENT_HOLD', 'LEGAL', 'INSOLVENCY', 'RESTATEMENT', 'DISPUTE'] as const).map(
      (reason): Held => ({
        reason,
        arrange: ({ client }, item) =>
          hold(client, { [of]: of === 'openItem' ? item.gid : of === 'customer' ? item.customer.gid : client.gid }, { reason }),
        end: async ({ client }) => {
          const [found] = await asOwner<{ id: string; version: number }>(
            'select id, version from stage_hold where client_id = $1',
            [client.id],
          )
          const { data } = await world.read<{
            client: { stageHolds: { edges: { node: { id: string; reason: string; note: string } }[] } }
          }>(
            client.analyst,
            'query ($id: ID!) { client(id: $id) { stageHolds(isLifted: false, first: 5) { edges { node { id reason note } } } } }',
            { id: client.gid },
          )
          const node = data?.client.stageHolds.edges[0]?.node
          expect(node).toMatchObject({ reason, note: 'they asked for it' })
          await run(client, 'liftStagingHold', { hold: node?.id, expectedVersion: found?.version, reason: 'it is over' })
        },
      }),
    ),
  ),
]

const ladderOf = async (client: { readonly id: string }) => {
  const [row] = await asOwner<{ rules: { steps: object[] } }>(
    `select rules from policy_version where client_id = $1 and kind = 'STAGING' order by version limit 1`,
    [client.id],
  )
  return row?.rules.steps
}

describe('a hold', () => {
  it.each(held)('by $reason stops the stage, says so, and ends at the facts', async ({ reason, arrange, end }) => {
    const desk = await aDesk()
    const { client } = desk
    const item = await anInvoice(desk, 'A', -1)
    expect(await due(client)).toEqual(['A FIRST'])
    await arrange(desk, item)
    expect(await due(client)).toEqual([])
    const stopped = await stage(client, item)
    expect(stopped).toMatchObject({ state: 'HELD', next: { code: 'FIRST' }, history: [{ state: 'HELD' }] })
    expect(stopped.holds.map((one) => one.reason)).toEqual([reason])
    expect(await take(client, item, 'FIRST')).toMatchObject({ __typename: 'StageNotDue', code: 'STAGE_NOT_DUE' })
    await end(desk, item)
    const after = await stage(client, item)
    expect(after.holds).toEqual([])
    expect(['DUE', 'MISSED']).toContain(after.state)
    expect(after.history.map(({ state }) => state)).toContain('RESUMED')
    expect(await due(client)).toContain(`A ${after.next?.code}`)
    // What held it is not held against whoever follows it up.
    expect(after.history.map(({ state }) => state)).not.toContain('MISSED')
    expect(await take(client, item, after.next?.code ?? '')).toMatchObject({ __typename: 'CompleteStagePayload' })
  })

  it('of a plan in default goes on at the level before the plan', async () => {
    const desk = await aDesk()
    const { client } = desk
    const item = await anInvoice(desk, 'A', -1)
    await take(client, item, 'FIRST')
    await aPlan(desk, item)
    expect(await stage(client, item)).toMatchObject({ level: 2, state: 'HELD', next: { code: 'CALL' } })
    await asOwner('update payment_plan set missed_to_default = 1 where client_id = $1', [client.id])
    await passing(20)(desk)
    expect((await asOwner('select state from payment_plan where client_id = $1', [client.id]))[0]).toEqual({ state: 'DEFAULTED' })
    expect(await stage(client, item)).toMatchObject({ level: 2, state: 'DUE', next: { code: 'SECOND' }, nextDueOn: day(20) })
  })

  it('ends by itself behind its last day', async () => {
    const desk = await aDesk()
    const { client } = desk
    const item = await anInvoice(desk, 'A', -1)
    expect(await hold(client, { customer: item.customer.gid }, { until: day(2) })).toMatchObject({
      __typename: 'HoldStagingPayload',
    })
    await passing(2)(desk)
    expect(await due(client)).toEqual([])
    await passing(3)(desk)
    expect(await due(client)).toEqual(['A FIRST'])
    expect(await hold(client, { customer: item.customer.gid }, { until: day(2) })).toMatchObject({ __typename: 'InvalidInput' })
  })

  it('of money needs all that the customer owes in the currency, and credits count unless the policy says otherwise', async () => {
    const desk = await aDesk()
    const { client, manager } = desk
    const item = await anInvoice(desk, 'A', -1)
    await record(desk, item, '60.00')
    expect(await due(client)).toEqual(['A FIRST'])
    await load(client, [
      { sourceKey: 'N', number: 'N', kind: 'CREDIT_MEMO', amount: '-40.00', openAmount: '-40.00', dueOn: day(-1) },
    ])
    expect(await due(client)).toEqual([])
    await publish(client, manager, { isActive: true, steps: await ladderOf(client), creditsCount: false }, 1)
    expect(await due(client)).toEqual(['A FIRST'])
  })

  it('of the whole client is for leads, and one that was lifted is over', async () => {
    const desk = await aDesk()
    const { client } = desk
    await anInvoice(desk, 'A', -1)
    const before = await asOwner('select * from stage_hold where client_id = $1', [client.id])
    expect(await hold(client, { client: client.gid }, {}, client.analyst)).toMatchObject({ __typename: 'NotFound' })
    expect(await asOwner('select * from stage_hold where client_id = $1', [client.id])).toEqual(before)
    expect(await hold(client, { client: client.gid, customer: desk.customer.gid })).toMatchObject({ __typename: 'InvalidInput' })
    const set = await hold(client, { client: client.gid })
    const { id } = set.hold as { id: string }
    const lift = { hold: id, expectedVersion: 1, reason: 'over' }
    expect(await world.runAs(client.analyst, 'liftStagingHold', lift)).toMatchObject({ __typename: 'NotFound' })
    expect(await world.runAs(client.lead, 'liftStagingHold', lift)).toMatchObject({ __typename: 'LiftStagingHoldPayload' })
    expect(await world.runAs(client.lead, 'liftStagingHold', lift)).toMatchObject({ __typename: 'VersionConflict' })
    expect(await world.runAs(client.lead, 'liftStagingHold', { ...lift, expectedVersion: 2 })).toMatchObject({
      __typename: 'HoldLifted',
    })
  })
})

describe('a customer known by name alone', () => {
  it('takes along what was held of it, and where its items stand, when it gets its number', async () => {
    const desk = await aDesk()
    const { client } = desk
    const name = `Named ${client.canary}`
    await load(client, [{ sourceKey: 'N', number: 'N', dueOn: day(-1), customerNumber: null, customerName: name }])
    const [unnumbered] = await asOwner<{ id: string }>('select id from customer where client_id = $1 and name = $2', [
      client.id,
      name,
    ])
    await hold(client, { customer: gidOf(client, 'Customer', unnumbered?.id) })
    await load(client, [{ sourceKey: 'M', number: 'M', dueOn: day(-1), customerNumber: 'K7', customerName: name }])
    const rows = await asOwner<{ number: string; is_held: boolean }>(
      `select c.number, s.is_held from item_stage s join customer c on c.client_id = s.client_id and c.id = s.customer_id where s.client_id = $1`,
      [client.id],
    )
    expect(rows).toEqual([
      { number: 'K7', is_held: true },
      { number: 'K7', is_held: true },
    ])
  })
})
