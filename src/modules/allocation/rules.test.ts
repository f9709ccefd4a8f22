import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AllocationRules,
  allocatorOf,
  basisOf,
  type CustomerFacts,
  canWork,
  type DeliveryTeam,
  meant,
  parseAllocation,
  strangersIn,
} from './rules.ts'

const rulesFrom = (json: object): AllocationRules => {
  const parsed = parseAllocation(json)
  if ('problems' in parsed) throw new Error(parsed.problems.join('; '))
  return parsed
}

const team = (code: string, people: DeliveryTeam['people'] = [], serves = true): DeliveryTeam => ({
  providerId: 'p',
  id: `id of ${code}`,
  code,
  name: `Team ${code}`,
  serves,
  people,
})
const person = (name: string, able = true) => ({ id: `id of ${name}`, name, email: `${name}@example.test`, canWork: able })

const customer = (facts: Partial<CustomerFacts>): CustomerFacts => ({ number: null, countryCode: null, segment: null, ...facts })

describe('rules of allocation', () => {
  it.each([
    ['a country', { countries: ['DE'] }, { countryCode: 'DE' }, { countryCode: 'FR' }],
    ['a region', { regions: ['DACH'] }, { countryCode: 'AT' }, { countryCode: 'FR' }],
    ['a country or a region', { countries: ['FR'], regions: ['DACH'] }, { countryCode: 'FR' }, { countryCode: 'SE' }],
    ['a number', { customers: ['007'] }, { number: '007' }, { number: '7' }],
    ['a segment', { segments: ['KEY'] }, { segment: 'KEY' }, { segment: 'key' }],
    ['all that is given', { countries: ['DE'], segments: ['KEY'] }, { countryCode: 'DE', segment: 'KEY' }, { countryCode: 'DE' }],
  ])('ask for %s', (_case, when, fits, fails) => {
    const rules = rulesFrom({ regions: { DACH: ['DE', 'AT'] }, rules: [{ name: 'one', when, owner: { team: 'A' } }] })
    const of = allocatorOf(rules)
    expect(of(customer(fits))).toEqual({ source: 'RULE', rule: 'one', owner: { team: 'A' } })
    for (const facts of [fails, {}]) expect(of(customer(facts))).toEqual({ source: 'NOBODY', rule: null, owner: null })
  })

  it('give a customer to the first that holds, whatever else does, and to the fallback where none holds', () => {
    const rules = rulesFrom({
      rules: [
        { name: 'key', when: { segments: ['KEY'] }, owner: { team: 'A' } },
        { name: 'german', when: { countries: ['DE'] }, owner: { team: 'B' } },
      ],
      fallback: { team: 'C' },
    })
    const of = allocatorOf(rules)
    expect(of(customer({ segment: 'KEY', countryCode: 'DE' })).rule).toBe('key')
    expect(of(customer({ countryCode: 'DE' })).rule).toBe('german')
    expect(of(customer({}))).toEqual({ source: 'FALLBACK', rule: null, owner: { team: 'C' } })
  })

  it('give each customer exactly one owner or nobody: the one whose rule, read by itself, is the first to hold', () => {
    const lists = {
      countries: fc.array(fc.constantFrom('DE', 'FR', 'SE'), { minLength: 1, maxLength: 2 }),
      customers: fc.array(fc.constantFrom('1', '2', '3'), { minLength: 1, maxLength: 2 }),
      segments: fc.array(fc.constantFrom('KEY', 'SMB'), { minLength: 1, maxLength: 2 }),
    }
    const when = fc.record(lists, { requiredKeys: [] }).filter((given) => Object.keys(given).length > 0)
    const facts = fc.record({
      number: fc.constantFrom('1', '2', '3', null),
      countryCode: fc.constantFrom('DE', 'FR', 'SE', null),
      segment: fc.constantFrom('KEY', 'SMB', null),
    })
    fc.assert(
      fc.property(fc.array(when, { maxLength: 5 }), fc.boolean(), fc.array(facts), (conditions, hasFallback, customers) => {
        const rules = rulesFrom({
          rules: conditions.map((condition, n) => ({ name: `rule ${n}`, when: condition, owner: { team: `T${n}` } })),
          ...(hasFallback ? { fallback: { team: 'F' } } : {}),
        })
        const of = allocatorOf(rules)
        for (const one of customers) {
          const first = conditions.findIndex(
            ({ countries, customers: numbers, segments }) =>
              (countries?.some((code) => code === one.countryCode) ?? true) &&
              (numbers?.some((number) => number === one.number) ?? true) &&
              (segments?.some((segment) => segment === one.segment) ?? true),
          )
          const otherwise = hasFallback ? 'F' : undefined
          expect(of(one).owner?.team).toBe(first === -1 ? otherwise : `T${first}`)
        }
      }),
    )
  })

  it.each([
    ['no condition', { rules: [{ name: 'a', when: {}, owner: { team: 'A' } }] }, 'rules.0.when'],
    ['an empty condition', { rules: [{ name: 'a', when: { countries: [] }, owner: { team: 'A' } }] }, 'rules.0.when'],
    [
      'a region that is not declared',
      { rules: [{ name: 'a', when: { regions: ['X'] }, owner: { team: 'A' } }] },
      'rules.0.when.regions',
    ],
    [
      'an inherited word as a region',
      { rules: [{ name: 'a', when: { regions: ['toString'] }, owner: { team: 'A' } }] },
      'rules.0.when.regions',
    ],
    ['a country in small letters', { regions: { X: ['de'] } }, 'regions.X.0'],
    ['an owner without a team', { fallback: { person: 'a@example.test' } }, 'fallback.team'],
    [
      'a name twice',
      {
        rules: [
          { name: 'a', when: { countries: ['DE'] }, owner: { team: 'A' } },
          { name: 'a', when: { countries: ['FR'] }, owner: { team: 'A' } },
        ],
      },
      'rules.1.name',
    ],
    ['a word that is none', { rule: [] }, 'policy'],
  ])('are none with %s', (_case, json, place) => {
    expect(parseAllocation(json)).toEqual({ problems: [expect.stringContaining(`${place}:`) as string] })
  })
})

describe('an owner', () => {
  const teams = [team('A', [person('ann'), person('bob', false)]), team('B', [person('cem')], false)]

  it('is the person while they can work, and their team from then on', () => {
    expect(meant(teams, { team: 'A', person: 'Ann@Example.test' })).toMatchObject({ personId: 'id of ann', teamName: 'Team A' })
    expect(meant(teams, { team: 'A', person: 'bob@example.test' })).toMatchObject({ teamId: 'id of A', personId: null })
    expect(meant(teams, { team: 'C' })).toBeNull()
  })

  it('can work if the team serves and somebody of it, or that person, may', () => {
    const able = (teamId: string, personId: string | null) => canWork(teams, { teamId, personId })
    expect([able('id of A', null), able('id of A', 'id of ann')]).toEqual([true, true])
    expect([able('id of A', 'id of bob'), able('id of B', null), able('id of B', 'id of cem'), able('id of C', null)]).toEqual([
      ...[false, false, false, false],
    ])
  })

  it('whom nobody knows is told with its place', () => {
    const rules = rulesFrom({
      rules: [
        { name: 'a', when: { countries: ['DE'] }, owner: { team: 'A', person: 'ann@example.test' } },
        { name: 'b', when: { countries: ['FR'] }, owner: { team: 'A', person: 'bob@example.test' } },
      ],
      fallback: { team: 'B' },
    })
    expect(strangersIn(rules, teams)).toEqual([
      'rules.1.owner.person: nobody of team A with the email bob@example.test can work for the client',
      'fallback.team: no team B serves the client',
    ])
  })

  it('who is meant by a name is a part of what allocation goes by, and who is not named is none', () => {
    const rules = rulesFrom({ fallback: { team: 'A', person: 'ann@example.test' } })
    const basis = basisOf(1, rules, teams)
    expect(basisOf(1, rules, [...teams, team('C')])).toBe(basis)
    expect(basisOf(2, rules, teams)).not.toBe(basis)
    expect(basisOf(1, rules, [team('A', [person('ann', false)])])).not.toBe(basis)
  })
})
