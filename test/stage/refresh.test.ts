import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginStageDay, restage } from '../../src/modules/stage/index.ts'
import { perform } from '../../src/platform/command.ts'
import { inUnit, type Tx } from '../../src/platform/database/unit.ts'
import { aKey, gidOf } from '../cash/world.ts'
import { asOwner, type TestClient } from '../harness/index.ts'
import { aWorld, type Outcome, usd } from '../promise/world.ts'
import { ladder, rebuild, staging, standing, steps } from './world.ts'

const world = aWorld()
const { at, day, turnTo, runAs } = world
const { publish, aDesk, load, anInvoice, stage, due } = staging(world)

const asService = <T>(client: TestClient, now: Date, work: (tx: Tx) => Promise<T>): Promise<T> => {
  const zone = { id: client.id, providerId: client.provider.id, timeZone: 'UTC' }
  return inUnit(world.api().engine.database, { asker: { kind: 'SYSTEM', client: zone }, readOnly: false, now }, work)
}

const history = (client: TestClient) => asOwner('select * from stage_entry where client_id = $1 order by id', [client.id])

const ladders: readonly object[] = [
  { steps: ladder },
  { steps: ladder.filter(({ code }) => code !== 'CALL'), creditsCount: false },
  {
    steps: steps([
      { code: 'FIRST', channel: 'EMAIL', offsetDays: -2, graceDays: 0 },
      { code: 'NEXT', channel: 'CALL', offsetDays: null, minGapDays: 2 },
      { code: 'LAST', channel: 'TASK', offsetDays: 9 },
    ]),
    holds: { dispute: false },
  },
  { isActive: false },
]

describe('the stages that followed each change', () => {
  const key = fc.nat({ max: 4 })
  const step = fc.oneof(
    fc.record({ what: fc.constant('pay' as const), key, share: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ what: fc.constant('receive' as const), key }),
    fc.record({ what: fc.constant('promise' as const), key, inDays: fc.nat({ max: 3 }) }),
    fc.record({
      what: fc.constant('hold' as const),
      key,
      of: fc.constantFrom('openItem', 'customer', 'client'),
      days: fc.nat({ max: 4 }),
    }),
    fc.record({ what: fc.constant('lift' as const), key }),
    fc.record({ what: fc.constantFrom('completeStage' as const, 'skipStage' as const), key }),
    fc.record({
      what: fc.constant('import' as const),
      key,
      open: fc.constantFrom('0.00', '0.50', '30.00', '100.00'),
      due: fc.integer({ min: -70, max: 12 }),
      isDisputed: fc.boolean(),
    }),
    fc.record({ what: fc.constant('day' as const), days: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ what: fc.constant('ladder' as const), rules: fc.constantFrom(...ladders) }),
  )
  type Step = (typeof step extends fc.Arbitrary<infer One> ? One : never) & { readonly key?: number }

  const done = new Set<string>()
  const tell = (out: Outcome) => {
    done.add(out.__typename)
    return out
  }

  const play = async (all: readonly Step[]) => {
    let now = at(0)
    turnTo(now)
    const { client, manager } = await aDesk({}, { timeZone: 'America/Chicago' })
    let version = 1
    const row = (n: number, facts: object = {}) => ({
      ...{ sourceKey: `D${n}`, number: `D${n}`, dueOn: day(4 - n * 9), customerNumber: `C${n % 2}${client.canary}` },
      ...facts,
    })
    await load(
      client,
      [0, 1, 2, 3].map((n) => row(n)),
    )
    for (const one of all) {
      const [item] = await asOwner<{ id: string; customer_id: string; open_minor: bigint; version: number; code: string }>(
        `select o.id, o.customer_id, o.open_minor, s.version, s.next ->> 'code' as code
         from open_item o left join item_stage s on s.client_id = o.client_id and s.open_item_id = o.id where o.client_id = $1 and o.source_key = $2`,
        [client.id, `D${one.key}`],
      )
      const openItem = gidOf(client, 'Invoice', item?.id)
      const customer = gidOf(client, 'Customer', item?.customer_id)
      if (one.what === 'import') {
        await load(client, [row(one.key, { openAmount: one.open, dueOn: day(one.due), isDisputed: one.isDisputed })])
      } else if (one.what === 'day') {
        now = new Date(now.getTime() + one.days * 86_400_000)
        turnTo(now)
        await world.beginDay(client)
      } else if (one.what === 'ladder') {
        await publish(client, manager, { isActive: true, ...one.rules }, version)
        version += 1
      } else if (item === undefined) {
      } else if (one.what === 'pay' || one.what === 'receive') {
        const share = one.what === 'pay' ? BigInt(one.share) : 2n
        const amount = usd((Number((item.open_minor * share) / 4n) / 100).toFixed(2))
        const receipt = { client: client.gid, customer, amount, valueOn: day(0), reference: 'wire', idempotencyKey: aKey() }
        const recorded = tell(await runAs(client.lead, 'recordReceipt', receipt, 'receipt { id }'))
        if (one.what === 'receive' || recorded.receipt === undefined) continue
        const { id } = recorded.receipt as { id: string }
        tell(
          await runAs(client.lead, 'applyReceipt', { receipt: id, openItem, amount, expectedVersion: 1, idempotencyKey: aKey() }),
        )
      } else if (one.what === 'promise') {
        const promisedOn = new Date(now.getTime() + one.inDays * 86_400_000).toISOString().slice(0, 10)
        tell(await runAs(client.lead, 'recordPromise', { openItem, amount: usd('1.00'), promisedOn, supersede: true }))
      } else if (one.what === 'hold') {
        const subject = { [one.of]: one.of === 'openItem' ? openItem : one.of === 'customer' ? customer : client.gid }
        const until = one.days === 0 ? null : new Date(now.getTime() + one.days * 86_400_000).toISOString().slice(0, 10)
        const input = { ...subject, reason: 'LEGAL', note: 'so', until, idempotencyKey: aKey() }
        tell(await runAs(client.lead, 'holdStaging', input))
      } else if (one.what === 'lift') {
        const [held] = await asOwner<{ id: string; version: number }>(
          'select id, version from stage_hold where client_id = $1 and lifted_at is null order by id limit 1',
          [client.id],
        )
        if (held === undefined) continue
        const input = { hold: gidOf(client, 'StageHold', held.id), expectedVersion: held.version, reason: 'over' }
        tell(await runAs(client.lead, 'liftStagingHold', input))
      } else if (item.code !== null) {
        const input = { openItem, stage: item.code, expectedVersion: item.version }
        tell(await runAs(client.lead, one.what, one.what === 'skipStage' ? { ...input, reason: 'so' } : input))
      }
    }
    return { client, now }
  }

  const expectsRebuilt = async (all: readonly Step[]) => {
    const { client, now } = await play(all)
    await world.beginDay(client)
    const [followed, told] = [await standing(client), await history(client)]
    await rebuild(client, (of, work) => asService(of, now, work))
    expect(await standing(client)).toEqual(followed)
    // To be made anew is nothing that happens to an item.
    expect(await history(client)).toEqual(told)
  }

  it('are those that are built from the facts at once', async () => {
    // Each kind of change is in this one, whatever the random ones visit.
    const fixed: Step[] = [
      { what: 'completeStage', key: 1 },
      { what: 'promise', key: 1, inDays: 2 },
      { what: 'hold', key: 2, of: 'customer', days: 2 },
      { what: 'day', days: 1 },
      { what: 'lift', key: 0 },
      { what: 'skipStage', key: 2 },
      { what: 'hold', key: 0, of: 'client', days: 0 },
      { what: 'pay', key: 3, share: 2 },
      { what: 'ladder', rules: ladders[2] ?? {} },
      { what: 'import', key: 1, open: '30.00', due: -3, isDisputed: true },
      { what: 'receive', key: 0 },
      { what: 'day', days: 5 },
    ]
    done.clear()
    await expectsRebuilt(fixed)
    for (const name of ['CompleteStage', 'SkipStage', 'HoldStaging', 'LiftStagingHold', 'RecordPromise', 'ApplyReceipt'])
      expect(done).toContain(`${name}Payload`)
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 14 }), expectsRebuilt), { numRuns: 15 })
  })
})

describe('a new day', () => {
  it('is begun once: the second time nothing is written', async () => {
    const desk = await aDesk()
    const { client } = desk
    const item = await anInvoice(desk, 'A', 8)
    turnTo(at(1))
    const begin = () => asService(client, at(1), (tx) => perform(tx, beginStageDay, { clientId: client.id }))
    const all = await Promise.all([begin(), begin(), begin()])
    expect(all.map((one) => ('changed' in one ? one.changed : -1)).sort()).toEqual([0, 0, 1])
    const before = [await standing(client), await history(client), (await stage(client, item)).version]
    expect(await begin()).toMatchObject({ changed: 0 })
    expect([await standing(client), await history(client), (await stage(client, item)).version]).toEqual(before)
  })
})

describe('a ladder for a later instant', () => {
  it('is asked for by a job, and takes hold when it runs', async () => {
    const desk = await aDesk()
    const { client, manager } = desk
    await anInvoice(desk, 'A', -1)
    const other = { isActive: true, steps: steps([{ code: 'OTHER', channel: 'TASK', offsetDays: 0 }]) }
    await publish(client, manager, other, 1, { effectiveFrom: at(2, 0).toISOString() })
    expect(await due(client)).toEqual(['A FIRST'])
    const jobs = await asOwner<{ name: string; run_at: Date }>(
      `select name, run_at from job where client_id = $1 and name = 'stage.restage'`,
      [client.id],
    )
    expect(jobs).toEqual([{ name: 'stage.restage', run_at: at(2, 0) }])
    turnTo(at(2))
    await asService(client, at(2), (tx) => perform(tx, restage, { clientId: client.id, after: null }))
    expect(await due(client)).toEqual(['A OTHER'])
  })
})
