import { describe, expect, it } from 'vitest'
import { claimIn, handFactors, type Mark, type MarkKind, withMarks } from './marks.ts'

const now = new Date('2026-03-02T12:00:00Z')
const mark = (kind: MarkKind, hours: number, facts: Partial<Mark> = {}): Mark => ({
  id: 'm',
  kind,
  setAt: new Date('2026-03-01T12:00:00Z'),
  endsAt: new Date(now.getTime() + hours * 3_600_000),
  timeZone: kind === 'CALLBACK' ? 'UTC' : null,
  note: 'so',
  principalId: 'p',
  principalName: 'Ida',
  isDue: false,
  ...facts,
})
const factor = { code: 'AMOUNT', label: 'How much it is', input: '1', points: 300, weight: 400 } as const
const queued = { isQueued: true, leftOut: null, score: 300, factors: [factor] }
const leftOut = { isQueued: false, leftOut: 'too little', score: 0, factors: [] }
const nothing = { isQueued: false, leftOut: null, score: 0, factors: [] }

describe('work with marks', () => {
  it.each<[string, Mark[], number]>([
    ['none', [], 300],
    ['a claim', [mark('CLAIM', 1)], 300],
    ['a pin', [mark('PIN', 1)], 1_300],
    ['a pin that ends now', [mark('PIN', 0)], 300],
    ['a snooze that ends now', [mark('SNOOZE', 0)], 300],
    ['a callback that is due', [mark('CALLBACK', 0)], 1_300],
    ['a pin and a callback that is due', [mark('CALLBACK', -9), mark('PIN', 1)], 2_300],
  ])('stands in the queue by %s', (_case, marks, score) => {
    const out = withMarks(queued, marks, now)
    expect(out).toMatchObject({ isQueued: true, score })
    expect(out.factors.reduce((sum, { points }) => sum + points, 0)).toBe(score)
  })

  it.each<[string, Mark[]]>([
    ['a snooze', [mark('SNOOZE', 1)]],
    ['a callback to come', [mark('CALLBACK', 1)]],
    ['a pin and a snooze', [mark('PIN', 1), mark('SNOOZE', 1)]],
  ])('rests by %s, whether or not the strategy takes it', (_case, marks) => {
    for (const facts of [queued, leftOut, nothing]) expect(withMarks(facts, marks, now)).toEqual(nothing)
  })

  it('is not brought into the queue by a pin', () => {
    expect(withMarks(leftOut, [mark('PIN', 1)], now)).toEqual(leftOut)
    expect(withMarks(nothing, [mark('PIN', 1)], now)).toEqual(nothing)
  })

  it('is free once its claim has ended', () => {
    expect(claimIn([mark('CLAIM', 1)], now)).not.toBeNull()
    expect(claimIn([mark('CLAIM', 0)], now)).toBeNull()
    expect(claimIn([mark('PIN', 1)], now)).toBeNull()
  })

  it('says who, until when, and why', () =>
    expect(handFactors([mark('PIN', 1.5)], now)).toMatchObject([{ input: 'Ida until 2026-03-02 13:30 UTC: so', weight: 1_000 }]))
})
