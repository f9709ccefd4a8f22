import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowsOf, startTestApp } from '../harness/index.ts'
import { type Attempt, aCrowd, attemptIn, attempts, type Crowd } from './crowd.ts'
import { type Buckets, replay } from './model.ts'
import { ownIdOf } from './receipts.ts'
import { expectedOfResults } from './told.ts'
import { type App, contradictions } from './world.ts'

// Eight who do whatever comes to their minds with the same few receipts and invoices, through the API and at once.

const workers = 8
const names = Object.keys(attempts) as (keyof typeof attempts)[]
const weights: Partial<Record<keyof typeof attempts, number>> = {
  apply: 4,
  tell: 4,
  record: 3,
  place: 2,
  undo: 2,
  match: 1,
  accept: 2,
}

const attempt: fc.Arbitrary<Attempt> = fc.record({
  what: fc.oneof(...names.map((name) => ({ arbitrary: fc.constant(name), weight: weights[name] ?? 1 }))),
  nth: fc.nat({ max: 11 }),
  other: fc.nat({ max: 7 }),
  tens: fc.integer({ min: 1, max: 12 }),
  isTwice: fc.boolean(),
})
const columnsOf = (buckets: Buckets) => ({
  applied_minor: buckets.applied,
  on_account_minor: buckets.onAccount,
  unapplied_minor: buckets.unapplied,
  unidentified_minor: buckets.unidentified,
  refunded_minor: buckets.refunded,
  charges_minor: buckets.charges,
  reversed_minor: buckets.reversed,
})

const program = fc.array(fc.array(attempt, { minLength: 9, maxLength: 9 }), { minLength: workers, maxLength: workers })

const commands = ['RecordReceipt', 'ApplyReceipt', 'ReverseApplication', 'ReverseReceipt', 'PlaceReceipt', 'PostCashResults']
const expected = [
  ...[...commands, 'IdentifyReceipt', 'MatchReceipts'].map((name) => `${name}Payload`),
  ...['OverApplied', 'WrongCustomer', 'VersionConflict', 'BucketTooSmall', 'IllegalMove'],
]

describe('eight workers on the same money', () => {
  let app: App
  beforeAll(async () => {
    app = await startTestApp({ connections: 10 })
  })
  afterAll(() => app.stop())

  /** Where the receipts that people recorded must stand, by what was answered; and what they put against each item. */
  const expectedOfPeople = async ({ client, changes }: Crowd) => {
    const rows = new Map((await rowsOf(client, 'receipt')).map((row) => [row.id, row]))
    const onItems = new Map<string, bigint>()
    for (const [gid, some] of Map.groupBy(changes, ({ receiptId }) => receiptId)) {
      const { end, versions, faults } = replay(some)
      expect(faults).toEqual([])
      const row = rows.get(ownIdOf({ id: gid }))
      expect(row, gid).toMatchObject({ version: versions, ...columnsOf(end.buckets) })
      for (const [item, minor] of end.onItems) onItems.set(item, (onItems.get(item) ?? 0n) + minor)
    }
    return onItems
  }

  it('buckets and ledger agree at every step, and nothing that was answered is lost', async () => {
    const answered = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(program, async (all) => {
        const crowd = await aCrowd(app)
        const { client, items } = crowd
        await Promise.all(
          all.map(async (some) => {
            for (const one of some) {
              await attemptIn(crowd, one)
              expect(await contradictions(client)).toEqual([])
            }
          }),
        )
        const byPeople = await expectedOfPeople(crowd)
        const byResults = await expectedOfResults(crowd)
        for (const { number, minor } of items) {
          const [row] = (await rowsOf(client, 'open_item')).filter((one) => one.number === number)
          expect(row, number).toMatchObject({ open_minor: minor - (byPeople.get(number) ?? 0n) - (byResults.get(number) ?? 0n) })
        }
        for (const [name, count] of crowd.outcomes) answered.set(name, (answered.get(name) ?? 0) + count)
      }),
      // Two that meet do not meet again in a smaller program, so nothing is shrunk; the seed is told with the failure.
      { numRuns: 25, endOnFailure: true, interruptAfterTimeLimit: 50_000 },
    )
    // Each of these was done and refused, or nothing would have been tried.
    expect([...answered.keys()]).toEqual(expect.arrayContaining(expected))
    expect(answered.has('NotFound') || answered.has('IdempotencyMismatch')).toBe(false)
  }, 120_000)
})
