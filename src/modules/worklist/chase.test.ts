import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, type Day } from '../../kernel/day.ts'
import { behindBy, type Chase, nextAction } from './chase.ts'
import type { UndecidedState } from './rules.ts'

const valueOn: Day = '2026-03-02'
const on = (days: number): Day => addDays(valueOn, days)
/** A chase of which some steps were taken, the last of them some days after the value date. */
const chase = (state: UndecidedState, steps = 0, lastDay: number | null = null): Chase => ({
  state,
  valueOn,
  steps,
  lastOn: lastDay === null ? null : on(lastDay),
})

describe('the next step', () => {
  it.each<[string, Chase, string, number]>([
    ['money without a remittance', chase('REMITTANCE_MISSING'), 'ASK_PAYER', 1],
    ['once the payer was asked', chase('REMITTANCE_MISSING', 1, 1), 'ASK_PAYER_AGAIN', 3],
    ['once the payer was asked twice', chase('REMITTANCE_MISSING', 2, 3), 'CALL_PAYER', 7],
    ['once the payer was called', chase('REMITTANCE_MISSING', 3, 7), 'DECIDE_ON_ACCOUNT', 14],
    ['money that is explained', chase('IDENTIFIED'), 'DECIDE_USE', 1],
    ['explained money that somebody looked at', chase('IDENTIFIED', 1, 1), 'ESCALATE', 7],
    ['money of nobody', chase('UNIDENTIFIED'), 'ASK_BANK', 1],
    ['once the bank was asked', chase('UNIDENTIFIED', 1, 1), 'RESEARCH_PAYER', 5],
    ['once it was searched for', chase('UNIDENTIFIED', 2, 5), 'ESCALATE', 30],
    ['once the lead has it', chase('UNIDENTIFIED', 3, 30), 'REVIEW_FOR_ESCHEAT', 90],
    ['in review for escheat', chase('ESCHEAT_REVIEW'), 'FINISH_ESCHEAT_REVIEW', 120],
  ])('%s', (_case, given, kind, day) => {
    expect(nextAction(given)).toMatchObject({ kind, dueOn: on(day) })
    expect(nextAction(given).reason).toMatch(/\.$/)
  })

  it.each<[string, Chase, string, number]>([
    ['a step taken at once leaves the next its own day', chase('REMITTANCE_MISSING', 1, 0), 'ASK_PAYER_AGAIN', 3],
    ['a step a day late still does', chase('REMITTANCE_MISSING', 1, 1), 'ASK_PAYER_AGAIN', 3],
    ['a step two days late moves the next by one', chase('REMITTANCE_MISSING', 1, 2), 'ASK_PAYER_AGAIN', 4],
    [
      'whoever begins after two weeks asks, and does not call on the same day',
      chase('REMITTANCE_MISSING', 1, 15),
      'ASK_PAYER_AGAIN',
      17,
    ],
    ['the last step comes again until it is decided', chase('REMITTANCE_MISSING', 4, 14), 'DECIDE_ON_ACCOUNT', 17],
    ['and again', chase('REMITTANCE_MISSING', 9, 40), 'DECIDE_ON_ACCOUNT', 43],
    ['a deadline of the law does not rest', chase('UNIDENTIFIED', 3, 89), 'REVIEW_FOR_ESCHEAT', 90],
    ['nor does it once it has passed', chase('UNIDENTIFIED', 4, 95), 'REVIEW_FOR_ESCHEAT', 95],
  ])('%s', (_case, given, kind, day) => {
    expect(nextAction(given)).toMatchObject({ kind, dueOn: on(day) })
  })
})

describe('how far a chase is behind', () => {
  it.each<[string, Chase, number, number, number]>([
    ['nothing on the value date', chase('REMITTANCE_MISSING'), 0, 0, 4],
    ['one step on day 1', chase('REMITTANCE_MISSING'), 1, 1, 4],
    ['one step on day 2', chase('REMITTANCE_MISSING'), 2, 1, 4],
    ['two steps on day 3', chase('REMITTANCE_MISSING'), 3, 2, 4],
    ['three steps on day 13', chase('REMITTANCE_MISSING'), 13, 3, 4],
    ['all four on day 14', chase('REMITTANCE_MISSING'), 14, 4, 4],
    ['nothing while the next step rests', chase('REMITTANCE_MISSING', 1, 15), 16, 0, 4],
    ['what was missed, once it has rested', chase('REMITTANCE_MISSING', 1, 15), 17, 3, 4],
    ['one step of two', chase('IDENTIFIED', 1, 1), 7, 1, 2],
    ['the last step alone, when it comes again', chase('IDENTIFIED', 2, 8), 11, 1, 2],
    ['and nothing before it does', chase('IDENTIFIED', 2, 8), 10, 0, 2],
    ['a review that has not ended', chase('ESCHEAT_REVIEW'), 120, 1, 1],
    ['a review that has time', chase('ESCHEAT_REVIEW'), 119, 0, 1],
  ])('%s', (_case, given, day, missed, of) => {
    expect(behindBy(given, on(day))).toEqual({ missed, of })
  })

  const states = fc.constantFrom<UndecidedState>('REMITTANCE_MISSING', 'IDENTIFIED', 'UNIDENTIFIED', 'ESCHEAT_REVIEW')
  const chases = fc
    .record({ state: states, steps: fc.nat(8), lastDay: fc.nat(200) })
    .map(({ state, steps, lastDay }) => chase(state, steps, steps === 0 ? null : lastDay))

  it('is something exactly when the next step is due, and never less a day later', () => {
    fc.assert(
      fc.property(chases, fc.integer({ min: -5, max: 300 }), (given, day) => {
        const { missed, of } = behindBy(given, on(day))
        expect(missed > 0).toBe(nextAction(given).dueOn <= on(day))
        expect(missed).toBeLessThanOrEqual(of)
        expect(behindBy(given, on(day + 1)).missed).toBeGreaterThanOrEqual(missed)
      }),
    )
  })

  it('falls to nothing, or to the last step alone, when a step is taken today', () => {
    fc.assert(
      fc.property(chases, fc.nat(300), (given, day) => {
        const taken = { ...given, steps: given.steps + 1, lastOn: on(day) }
        const { missed, of } = behindBy(taken, on(day))
        const isLast = taken.steps >= of - 1
        expect(missed).toBeLessThanOrEqual(isLast ? 1 : 0)
      }),
    )
  })
})
