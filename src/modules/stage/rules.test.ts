import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, type Day } from '../../kernel/day.ts'
import { defaultStaging, minimumIn, parseStaging, type Step } from './ladder.ts'
import { isCovered, overtakenBy, type Settled, type StageFacts, stageOf, stateOn } from './rules.ts'

const due: Day = '2026-03-01'
const day = (days: number) => addDays(due, days)

const step = (code: string, offsetDays: number | null, minGapDays = 0, graceDays = 3): Step => ({
  ...{ code, label: code, channel: 'EMAIL', offsetDays, minGapDays, graceDays, needsApproval: false, template: null },
})
const ladder = [step('PRE', -7), step('FIRST', 1, 5), step('CALL', 7, 5), step('SECOND', 15, 7), step('FINAL', 60, 10)]

const facts = (rest: Partial<StageFacts> = {}): StageFacts => ({
  ...{ dueOn: due, openMinor: 10_000n, minimumMinor: 100n, sinceOn: day(-30), settled: [], holds: [] },
  ...rest,
})
const done = (code: string, level: number, on: Day, state: Settled['state'] = 'DONE'): Settled => ({ state, code, level, on })

const on = (days: number, rest: Partial<StageFacts> = {}, steps: readonly Step[] = ladder) => {
  const stage = stageOf(steps, facts(rest), day(days))
  if (stage === null) return null
  const { next, holds, level } = stage
  const state = stateOn({ isHeld: holds.length > 0, dueOn: next?.dueOn ?? null, missedOn: next?.missedOn ?? null }, day(days))
  return { state, next: next?.step.code ?? null, dueOn: next?.dueOn ?? null, level }
}

describe('a stage that counts from the due date', () => {
  it('is due before it, where the ladder begins before it', () => {
    expect(on(-8)).toMatchObject({ state: 'PENDING', next: 'PRE', dueOn: day(-7) })
    expect(on(-7)).toMatchObject({ state: 'DUE', next: 'PRE' })
  })

  it('is late behind its grace, and not on its last day', () => {
    expect(on(-4)).toMatchObject({ state: 'DUE', next: 'PRE' })
    expect(on(-3)).toMatchObject({ state: 'MISSED', next: 'PRE' })
  })

  it('waits for the gap behind the stage before it', () => {
    const settled = [done('FIRST', 2, day(4))]
    expect(on(8, { settled })).toMatchObject({ state: 'PENDING', next: 'CALL', dueOn: day(9), level: 2 })
    expect(on(9, { settled })).toMatchObject({ state: 'DUE', next: 'CALL' })
  })

  it('is over with the ladder', () => {
    expect(on(70, { settled: [done('FINAL', 5, day(60))] })).toEqual({ state: 'DONE', next: null, dueOn: null, level: 5 })
  })
})

describe('a stage that counts from the stage before it', () => {
  const staged = [step('FIRST', 0), step('SECOND', null, 7), step('THIRD', null, 7)]

  it('is not due six days behind it and is due seven days behind it', () => {
    const settled = [done('FIRST', 1, day(0))]
    expect(on(6, { settled }, staged)).toMatchObject({ state: 'PENDING', next: 'SECOND', dueOn: day(7) })
    expect(on(7, { settled }, staged)).toMatchObject({ state: 'DUE', next: 'SECOND', dueOn: day(7) })
  })

  it('never comes by the age of the item, however old it is', () => {
    expect(on(400, {}, staged)).toMatchObject({ next: 'FIRST' })
    expect(on(400, { settled: [done('FIRST', 1, day(399))] }, staged)).toMatchObject({ state: 'PENDING', next: 'SECOND' })
  })

  it('counts from the day of a stage that was skipped', () => {
    expect(on(9, { settled: [done('FIRST', 1, day(3), 'SKIPPED')] }, staged)).toMatchObject({ next: 'SECOND', dueOn: day(10) })
  })
})

describe('a backlog', () => {
  it('is the highest stage whose day has come, and not one after the other', () => {
    expect(on(20)).toMatchObject({ state: 'MISSED', next: 'SECOND', level: 0 })
    expect(overtakenBy(ladder, 4, []).map(({ code }) => code)).toEqual(['PRE', 'FIRST', 'CALL'])
    expect(overtakenBy(ladder, 4, [done('FIRST', 2, day(1))]).map(({ code }) => code)).toEqual(['PRE', 'CALL'])
  })

  it('is due from when somebody could have asked: what came late, or was held, is not missed on arrival', () => {
    expect(on(20, { sinceOn: day(20) })).toEqual({ state: 'DUE', next: 'SECOND', dueOn: day(20), level: 0 })
    expect(on(24, { sinceOn: day(20) })).toMatchObject({ state: 'MISSED', next: 'SECOND' })
  })

  it('lets a stage whose gap has passed go ahead of a higher one that has to wait', () => {
    const settled = [done('FIRST', 2, day(9))]
    expect(on(15, { settled })).toMatchObject({ state: 'DUE', next: 'CALL', dueOn: day(14) })
    expect(on(16, { settled })).toMatchObject({ state: 'DUE', next: 'SECOND', dueOn: day(16) })
  })
})

describe('an item', () => {
  it('that is paid, or nearly so, has no stage', () => {
    expect(on(20, { openMinor: 0n })).toBeNull()
    expect(on(20, { openMinor: 99n })).toBeNull()
    expect(on(20, { openMinor: 100n })).not.toBeNull()
  })

  it('that is held is not due, whatever its day, and stands where it stood when the hold is over', () => {
    const settled = [done('FIRST', 2, day(1))]
    const held = { settled, holds: [{ reason: 'PROMISE', until: day(19), holdId: null }] } as const
    expect(on(20, held)).toMatchObject({ state: 'HELD', next: 'SECOND', level: 2 })
    expect(stageOf(ladder, facts(held), day(19))?.changesOn).toBe(day(20))
    expect(on(20, { settled, sinceOn: day(20) })).toMatchObject({ state: 'DUE', next: 'SECOND', level: 2 })
  })

  it('keeps its height in a ladder that lost the step, and is not asked again for steps that it has behind it', () => {
    const settled = [done('GONE', 3, day(7))]
    expect(on(8, { settled })).toMatchObject({ next: 'SECOND', level: 3 })
    expect(on(70, { settled: [done('GONE', 9, day(60))] })).toMatchObject({ state: 'DONE', level: 5 })
  })
})

describe('the day on which something changes by itself', () => {
  const changesOn = (days: number, rest: Partial<StageFacts> = {}) => stageOf(ladder, facts(rest), day(days))?.changesOn
  it.each([
    ['the next stage is due', -20, day(-7)],
    ['the next stage is late', -7, day(-3)],
    ['a higher stage takes its place', -3, day(1)],
    ['the ladder is at its end and late', 64, null],
  ] as const)('%s', (_case, days, expected) => expect(changesOn(days)).toBe(expected))
})

describe('any history', () => {
  const anyStep = fc.record({
    offset: fc.integer({ min: 1, max: 30 }),
    gap: fc.integer({ min: 0, max: 20 }),
    grace: fc.integer({ min: 0, max: 5 }),
    isStaged: fc.boolean(),
  })
  const anyLadder = fc.array(anyStep, { minLength: 1, maxLength: 6 }).map((rows) => {
    let offset = -15
    return rows.map(({ offset: more, gap, grace, isStaged }, place) => {
      offset += more
      return step(`S${place}`, isStaged && place > 0 ? null : offset, isStaged ? gap + 1 : gap, grace)
    })
  })
  const anySettled = fc.array(
    fc.record({
      place: fc.nat({ max: 5 }),
      on: fc.integer({ min: -10, max: 60 }),
      state: fc.constantFrom('DONE' as const, 'SKIPPED' as const),
    }),
    { maxLength: 6 },
  )
  const story = fc.record({ steps: anyLadder, settled: anySettled, since: fc.integer({ min: -30, max: 40 }) })
  const told = ({ settled, since }: { settled: { place: number; on: number; state: Settled['state'] }[]; since: number }) =>
    facts({ sinceOn: day(since), settled: settled.map((one) => done(`S${one.place}`, one.place + 1, day(one.on), one.state)) })

  it('gives the same in every order', () => {
    fc.assert(
      fc.property(story, fc.nat({ max: 120 }), (one, days) => {
        const some = told(one)
        const other = { ...some, settled: some.settled.toReversed(), holds: some.holds.toReversed() }
        expect(stageOf(one.steps, other, day(days))).toEqual(stageOf(one.steps, some, day(days)))
      }),
    )
  })

  it('never goes back with time, and what is due stays due until it is taken', () => {
    let wereDue = 0
    fc.assert(
      fc.property(story, (one) => {
        let before: NonNullable<ReturnType<typeof stageOf>> | null = null
        for (let days = one.since; days < one.since + 100; days += 1) {
          const stage = stageOf(one.steps, told(one), day(days))
          if (stage === null) throw new Error('it is open')
          if (before !== null) {
            expect(stage.next?.level ?? 0).toBeGreaterThanOrEqual(before.next?.level ?? 0)
            const wasDue = before.next !== null && before.next.dueOn < day(days)
            if (wasDue) expect(stage.next !== null && stage.next.dueOn <= day(days)).toBe(true)
            if (wasDue) wereDue += 1
            // Between the days on which it says that it changes, it does not.
            if (before.changesOn === null || day(days) < before.changesOn) expect(stage).toEqual(before)
          }
          before = stage
        }
      }),
    )
    expect(wereDue).toBeGreaterThan(1_000)
  })

  it('of a paid item has nothing due', () => {
    fc.assert(
      fc.property(
        story,
        fc.nat({ max: 120 }),
        (one, days) => stageOf(one.steps, { ...told(one), openMinor: 0n }, day(days)) === null,
      ),
    )
  })
})

describe('money that is there', () => {
  it.each([
    ['less than what is owed', { owedMinor: 100n, unappliedMinor: 99n, creditMinor: 0n }, true, false],
    ['as much as is owed', { owedMinor: 100n, unappliedMinor: 100n, creditMinor: 0n }, true, true],
    ['with credits', { owedMinor: 100n, unappliedMinor: 60n, creditMinor: 40n }, true, true],
    ['with credits that do not count', { owedMinor: 100n, unappliedMinor: 60n, creditMinor: 40n }, false, false],
    ['where nothing is owed', { owedMinor: 0n, unappliedMinor: 0n, creditMinor: 0n }, true, false],
  ] as const)('%s', (_case, cover, credits, expected) => expect(isCovered(cover, credits)).toBe(expected))
})

describe('a ladder', () => {
  it('is off until a client asks for it, and then the reference one', () => {
    expect(defaultStaging).toMatchObject({ isActive: false, minimumAmount: '1', creditsCount: true })
    expect(defaultStaging.steps.map(({ offsetDays }) => offsetDays)).toEqual([-7, 1, 7, 15, 30, 45, 60, 75, 90])
    expect(parseStaging({ isActive: true })).toEqual({ ...defaultStaging, isActive: true })
  })

  it.each([
    ['a code twice', { steps: [step('A', 1), step('A', 2)] }, 'each step has a code of its own'],
    ['offsets that fall', { steps: [step('A', 5), step('B', 2)] }, 'offsetDays grow from step to step'],
    ['a first step without an anchor', { steps: [step('A', null, 3)] }, 'the first step counts from the due date'],
    ['a step with neither anchor', { steps: [step('A', 0), step('B', null)] }, 'minGapDays of at least 1'],
    ['an unknown field', { isOn: true }, 'isOn'],
    ['an unknown currency', { minimumAmounts: { XYZ: '5' } }, 'ISO 4217'],
  ])('is refused with %s', (_case, rules, message) => {
    expect(JSON.stringify(parseStaging(rules))).toContain(message)
  })

  it('has its least amount in each currency’s own units', () => {
    const rules = { ...defaultStaging, minimumAmount: '0.505', minimumAmounts: { EUR: '5' } }
    expect(['USD', 'JPY', 'KWD', 'EUR'].map((currency) => minimumIn(rules, currency))).toEqual([51n, 1n, 505n, 500n])
  })
})
