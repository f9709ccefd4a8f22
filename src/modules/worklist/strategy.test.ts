import { describe, expect, it } from 'vitest'
import { defaultStrategy, parseStrategy } from './strategy.ts'

const problemsOf = (json: unknown): readonly string[] => {
  const parsed = parseStrategy(json)
  return 'problems' in parsed ? parsed.problems : []
}

describe('a strategy', () => {
  it('of nothing is the default one', () => {
    expect(parseStrategy({})).toEqual(defaultStrategy)
    expect(parseStrategy(defaultStrategy)).toEqual(defaultStrategy)
  })

  it('names every problem with its place', () => {
    const problems = problemsOf({
      collections: {
        factors: {
          amount: { weight: 1.5 },
          itemCount: {
            steps: [
              { at: 5, share: 10 },
              { at: 5, share: 20 },
            ],
          },
        },
        inclusion: { itemKinds: ['CREDIT_MEMO'], countriesOut: [{ country: 'de', reason: ' ' }], amountMin: -1 },
      },
      cash: { factors: { age: { steps: [] } } },
      queue: {},
    })
    for (const place of [
      'collections.factors.amount.weight:',
      'collections.factors.itemCount.steps: steps go upwards',
      'collections.inclusion.itemKinds.0:',
      'collections.inclusion.countriesOut.0.country: a country has two capitals',
      'collections.inclusion.countriesOut.0.reason:',
      'collections.inclusion.amountMin:',
      'cash.factors.age.steps:',
      'strategy:',
    ])
      expect(problems.some((problem) => problem.startsWith(place))).toBe(true)
  })

  it.each([
    ['a thousand', { exposure: { weight: 0 } }, 0],
    ['one more', { exposure: { weight: 1 } }, 1],
    ['a thousand of others', { overdueDays: { weight: 0 }, amount: { weight: 0 }, hierarchy: { weight: 800 } }, 0],
    ['more of others', { overdueDays: { weight: 0 }, amount: { weight: 0 }, hierarchy: { weight: 801 } }, 1],
  ])('weighs at most a thousand together: %s', (_case, factors, problems) => {
    expect(problemsOf({ collections: { factors } })).toHaveLength(problems)
  })
})
