import { describe, expect, it } from 'vitest'
import { escalationPolicy } from './policy.ts'

const path = (code: string, levels: readonly object[] = [{ owner: { role: 'LEAD' } }]) => ({ code, levels })
const parsed = (rules: object) => JSON.stringify(escalationPolicy.parse(rules))

describe('rules of escalations', () => {
  it('are by default one path from a lead to a manager, four hours each, and a day to answer', () => {
    const within = { acknowledgeWithin: 240, answerWithin: 1_440 }
    expect(escalationPolicy.defaults).toEqual({
      countWeekends: false,
      paths: [
        {
          code: 'DEFAULT',
          levels: [
            { owner: { role: 'LEAD' }, ...within },
            { owner: { role: 'MANAGER' }, ...within },
          ],
        },
      ],
      internalRequests: { acknowledgeWithin: 480, answerWithin: 2_880 },
      handoffs: { acknowledgeWithin: 480, answerWithin: 2_880 },
    })
    expect(escalationPolicy.parse({})).toEqual(escalationPolicy.defaults)
  })

  it('name each path once, and at least one level of each', () => {
    expect(parsed({ paths: [path('A'), path('B')] })).not.toContain('problems')
    expect(parsed({ paths: [path('A'), path('A')] })).toContain('each code once')
    expect(parsed({ paths: [] })).toContain('paths')
    expect(parsed({ paths: [path('A', [])] })).toContain('levels')
  })

  it('name one owner for a level, and nothing that nobody obeys', () => {
    expect(parsed({ paths: [path('A', [{ owner: { role: 'LEAD', team: 'x' } }])] })).toContain('problems')
    expect(parsed({ paths: [path('A', [{ owner: { role: 'PORTAL' } }])] })).toContain('problems')
    expect(parsed({ paths: [path('A', [{ owner: { team: 'x' }, acknowledgeWithin: 0 }])] })).toContain('problems')
    expect(parsed({ triggers: {} })).toContain('problems')
  })

  it('are described whole', () => {
    const text = JSON.stringify(escalationPolicy.jsonSchema())
    for (const word of ['countWeekends', 'acknowledgeWithin', 'answerWithin', 'role', 'person', 'team', 'handoffs'])
      expect(text).toContain(word)
  })
})
