import { describe, expect, it } from 'vitest'
import { aKey } from '../cash/world.ts'
import { asOwner } from '../harness/index.ts'
import { aWorld, usd } from '../promise/world.ts'
import { staging } from './world.ts'

const world = aWorld()
const { day, run, runAs } = world
const { aDesk, anInvoice, stage, take } = staging(world)

describe('a payment and a step at the same time', () => {
  it('end as one after the other: no step behind the payment, and none is lost', async () => {
    const outcomes = new Set<string>()
    for (let round = 0; round < 12; round += 1) {
      const desk = await aDesk()
      const { client } = desk
      const item = await anInvoice(desk, 'A', -1)
      await anInvoice(desk, 'OTHER', -1)
      const recorded = await run(
        client,
        'recordReceipt',
        {
          ...{ client: client.gid, customer: item.customer.gid, amount: usd('100.00'), valueOn: day(0) },
          ...{ reference: 'wire', idempotencyKey: aKey() },
        },
        'receipt { id }',
      )
      const { id } = recorded.receipt as { id: string }
      const [paid, taken] = await Promise.all([
        run(client, 'applyReceipt', {
          ...{ receipt: id, openItem: item.gid, amount: usd('100.00'), expectedVersion: 1, idempotencyKey: aKey() },
        }),
        take(client, item, 'FIRST'),
      ])
      expect(paid.__typename).toBe('ApplyReceiptPayload')
      outcomes.add(taken.__typename)
      const { history, state } = await stage(client, item)
      expect(state).toBeNull()
      const done = history.filter((one) => one.state === 'DONE')
      expect(done).toHaveLength(taken.__typename === 'CompleteStagePayload' ? 1 : 0)
      // Whichever came first, what is paid is not staged, and its end is the last that happened to it.
      expect(history[0]?.state).toBe('ENDED')
    }
    for (const name of outcomes) expect(['CompleteStagePayload', 'NotFound', 'VersionConflict', 'StageNotDue']).toContain(name)
  })

  it('of several items of one customer take turns, and none waits for ever', async () => {
    const desk = await aDesk()
    const { client } = desk
    const items = []
    for (const name of ['A', 'B', 'C', 'D', 'E', 'F']) items.push(await anInvoice(desk, name, -1))
    const versions = await Promise.all(items.map((item) => stage(client, item)))
    const done = await Promise.all(
      items.flatMap((item, index) => {
        const input = { openItem: item.gid, stage: 'FIRST', expectedVersion: versions[index]?.version }
        return [
          runAs(client.analyst, 'completeStage', input),
          runAs(client.lead, 'completeStage', input),
          world.promise(client, item, '1.00', day(3)).then(() => null),
        ]
      }),
    )
    const taken = done.filter((one) => one?.__typename === 'CompleteStagePayload').length
    const rows = await asOwner(`select 1 from stage_entry where client_id = $1 and state = 'DONE' and code = 'FIRST'`, [
      client.id,
    ])
    expect(rows).toHaveLength(taken)
    for (const item of items) expect(await stage(client, item)).toMatchObject({ state: 'HELD' })
  })
})
