import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Row, rowsOf } from '../harness/index.ts'
import { aDisputeWorld, drifted } from './world.ts'

const world = aDisputeWorld()
const { aLedger, open, run, caseNow, ledger, pay, undo, day } = world

const step = fc.record({
  what: fc.constantFrom('pay', 'undo', 'load', 'include', 'remove', 'split'),
  item: fc.nat(2),
  amount: fc.integer({ min: 1, max: 40 }),
})

describe('some dozens of random operations on a dispute', () => {
  it('leave every amount the sum of its movements, and items say what cases hold of them', async () => {
    const { client, customer, first, second, third } = await aLedger()
    const items: readonly Row[] = [first, second, third]
    const { id } = await open(client, customer, [
      [first, '30.00'],
      [second, null],
    ])
    const payments: Awaited<ReturnType<typeof pay>>[] = []
    const steps = fc.sample(fc.array(step, { minLength: 40, maxLength: 40 }), { numRuns: 1, seed: 37 })[0] ?? []
    for (const { what, item: place, amount } of steps) {
      const item = items[place] ?? first
      const { version: expectedVersion } = await caseNow(client, id)
      const on = { dispute: id, expectedVersion }
      if (what === 'pay') {
        // More than is open is refused, as is whatever else does not fit by now: then nothing changes.
        const paid = await pay(client, customer, item, `${amount}.00`, day(0)).catch(() => null)
        if (paid !== null) payments.push(paid)
      }
      const last = what === 'undo' ? payments.pop() : undefined
      if (last !== undefined) await undo(client, last)
      if (what === 'load') await ledger(client, { [`D${place + 1}`]: `${amount}.00` })
      if (what === 'include') await run(client.analyst, 'includeItems', { ...on, items: [{ openItem: item.gid }] })
      const named = { ...on, openItems: [item.gid], reason: 'as they say' }
      if (what === 'remove') await run(client.analyst, 'removeItems', named)
      if (what === 'split')
        await run(client.analyst, 'splitDispute', { ...named, title: 'Apart', idempotencyKey: `${expectedVersion} ${place}` })
      expect(await drifted(client)).toEqual([])
    }
    const causes = new Set((await rowsOf(client, 'dispute_movement')).map(({ cause }) => cause))
    expect([...causes].sort()).toEqual(['ADDED', 'CASH', 'LEDGER', 'OPENED', 'REMOVED', 'SPLIT'])
  })
})
