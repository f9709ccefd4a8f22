import { describe, expect, it } from 'vitest'
import { defaultMatchingPolicy, matchingPolicyJsonSchema, parseMatchingPolicy, toleranceOf } from './policy.ts'

const problemsOf = (json: unknown) => {
  const parsed = parseMatchingPolicy(json)
  return 'problems' in parsed ? parsed.problems : []
}

describe('a policy', () => {
  it('of nothing is the careful one', () => {
    expect(parseMatchingPolicy({})).toEqual(defaultMatchingPolicy)
    expect(defaultMatchingPolicy).toMatchObject({
      version: 1,
      fuzzy: { isAutomatic: false },
      deduction: { unstatedIsAutomatic: false },
      overPaid: { isAutomatic: false },
      withholding: { ratesBp: [] },
    })
  })

  it('is plain JSON, and its own policy again', () => {
    expect(parseMatchingPolicy(JSON.parse(JSON.stringify(defaultMatchingPolicy)))).toEqual(defaultMatchingPolicy)
  })

  it.each<[string, object, string]>([
    ['an unknown field', { tolerances: {} }, 'policy: '],
    ['a fraction', { tolerance: { shareMaxBp: 0.5 } }, 'tolerance.shareMaxBp: '],
    ['more than the whole', { tolerance: { shareMaxBp: 10_001 } }, 'tolerance.shareMaxBp: '],
    ['a currency that is none', { tolerance: { byCurrency: { XYZ: 1 } } }, 'tolerance.byCurrency.XYZ: '],
    ['a tolerance below zero', { tolerance: { byCurrency: { EUR: -1 } } }, 'tolerance.byCurrency.EUR: '],
    ['a label in small letters', { reference: { labels: ['inv'] } }, 'reference.labels.0: '],
    ['digits that every number has', { reference: { digitsMin: 2 } }, 'reference.digitsMin: '],
    ['similar numbers that are not', { fuzzy: { distanceMax: 3 } }, 'fuzzy.distanceMax: '],
    ['a search without an end', { subset: { nodesMax: 1_000_000_000 } }, 'subset.nodesMax: '],
    ['version zero', { version: 0 }, 'version: '],
  ])('with %s is none, and says where', (_case, json, place) => {
    const problems = problemsOf(json)
    expect(problems).toHaveLength(1)
    expect(problems[0]?.startsWith(place)).toBe(true)
  })

  it('describes each of its fields', () => {
    const undescribed: string[] = []
    const walk = (path: string, schema: object) => {
      const properties = 'properties' in schema ? (schema.properties as Record<string, object>) : null
      if (properties === null) {
        if (!('description' in schema)) undescribed.push(path)
        return
      }
      if ('description' in schema) return
      for (const [name, each] of Object.entries(properties)) walk(path === '' ? name : `${path}.${name}`, each)
    }
    walk('', matchingPolicyJsonSchema())
    expect(undescribed).toEqual([])
  })
})

describe('what is small', () => {
  it.each([
    ['EUR', 100n],
    ['JPY', 100n],
    ['KWD', 300n],
    ['CLF', 1_000n],
  ])('in %s is %s by default', (currency, minor) => expect(toleranceOf(defaultMatchingPolicy, currency)).toBe(minor))

  it('is what the policy says of the currency', () => {
    const policy = { ...defaultMatchingPolicy, tolerance: { ...defaultMatchingPolicy.tolerance, byCurrency: { EUR: 7 } } }
    expect(toleranceOf(policy, 'EUR')).toBe(7n)
    expect(toleranceOf(policy, 'USD')).toBe(100n)
  })
})
