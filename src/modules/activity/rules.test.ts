import { describe, expect, it } from 'vitest'
import { IncompleteActivity, problemsOf, reachedBy, type Told } from './rules.ts'
import { type ActivityRules, defaultActivityRules, parseActivityRules } from './templates.ts'

const rulesOf = (json: object): ActivityRules => {
  const parsed = parseActivityRules(json)
  if ('problems' in parsed) throw new Error(parsed.problems.join('; '))
  return parsed
}

const call: Told = {
  kind: 'CALL',
  hasContact: false,
  itemCount: 0,
  disposition: null,
  nonPaymentReason: null,
  rightParty: 'UNKNOWN',
  summary: '',
}
const bare = (kind: Told['kind']): Told => ({ ...call, kind })

const strict = rulesOf({
  kinds: {
    CALL: {
      required: ['DISPOSITION', 'CONTACT', 'RIGHT_PARTY', 'NON_PAYMENT_REASON', 'OPEN_ITEMS'],
      noteLengthMin: 5,
      noteFormat: { pattern: '*/*', description: 'who / what' },
    },
  },
  dispositions: [
    { code: 'SPOKE', label: 'Spoke', isReached: true, kinds: ['CALL'] },
    { code: 'RETURNED', label: 'Returned to sender', isReached: false, kinds: ['LETTER'] },
  ],
  nonPaymentReasons: [{ code: 'CASH_FLOW', label: 'No money' }],
})
const complete: Told = {
  kind: 'CALL',
  hasContact: true,
  itemCount: 1,
  disposition: 'SPOKE',
  nonPaymentReason: 'CASH_FLOW',
  rightParty: 'NO',
  summary: 'Ann / pays on friday',
}

describe('the rules of a client that has none', () => {
  it.each(['CALL', 'MAIL', 'LETTER'] as const)('take a bare %s', (kind) => {
    expect(problemsOf(defaultActivityRules, bare(kind))).toEqual([])
  })

  it('want a note to say something', () => {
    expect(problemsOf(defaultActivityRules, bare('NOTE'))).toMatchObject([{ field: 'SUMMARY', problem: 'MISSING' }])
    expect(problemsOf(defaultActivityRules, { ...bare('NOTE'), summary: ' \n ' })).toHaveLength(1)
    expect(problemsOf(defaultActivityRules, { ...bare('NOTE'), summary: '.' })).toEqual([])
  })

  it('take any code, and know nothing of it', () => {
    expect(problemsOf(defaultActivityRules, { ...call, disposition: 'ANY', nonPaymentReason: 'OTHER' })).toEqual([])
    expect(reachedBy(defaultActivityRules, 'ANY')).toBeNull()
  })
})

describe('the rules of a client', () => {
  it('name everything that is missing, each once, and what there is to choose from', () => {
    const problems = problemsOf(strict, call)
    expect(problems.map(({ field, problem }) => `${field} ${problem}`)).toEqual([
      'DISPOSITION MISSING',
      'CONTACT MISSING',
      'RIGHT_PARTY MISSING',
      'NON_PAYMENT_REASON MISSING',
      'OPEN_ITEMS MISSING',
      'SUMMARY MISSING',
    ])
    expect(problems[0]?.rule).toContain('SPOKE (Spoke)')
    expect(problems[0]?.rule).not.toContain('RETURNED')
    expect(new IncompleteActivity(3, problems).message).toContain('nonPaymentReason: a CALL is told with it')
  })

  it('are met by an activity that tells it all, and ask nothing of another kind', () => {
    expect(problemsOf(strict, complete)).toEqual([])
    expect(problemsOf(strict, bare('MAIL'))).toEqual([])
  })

  it.each<[string, Partial<Told>, string]>([
    ['a disposition of another kind', { disposition: 'RETURNED' }, 'DISPOSITION NOT_ALLOWED'],
    ['a disposition that is none', { disposition: 'LEFT' }, 'DISPOSITION NOT_ALLOWED'],
    ['a reason that is none', { nonPaymentReason: 'LAZY' }, 'NON_PAYMENT_REASON NOT_ALLOWED'],
    ['a short note', { summary: 'a/b ' }, 'SUMMARY TOO_SHORT'],
    ['a note of another form', { summary: 'Ann pays' }, 'SUMMARY WRONG_FORMAT'],
    ['a right party that nobody knows', { rightParty: 'UNKNOWN' }, 'RIGHT_PARTY MISSING'],
  ])('do not take %s', (_case, facts, problem) => {
    const found = problemsOf(strict, { ...complete, ...facts })
    expect(found.map((one) => `${one.field} ${one.problem}`)).toEqual([problem])
  })

  it('say which dispositions reach somebody', () => {
    expect([reachedBy(strict, 'SPOKE'), reachedBy(strict, 'RETURNED'), reachedBy(strict, null)]).toEqual([true, false, null])
  })
})

describe('rules that cannot be', () => {
  it.each([
    ['a code in small letters', { dispositions: [{ code: 'spoke', label: 'Spoke', isReached: true }] }, /dispositions\.0\.code/],
    [
      'a code twice',
      { nonPaymentReasons: ['A', 'A'].map((code) => ({ code, label: 'A' })) },
      /nonPaymentReasons: a code stands twice/,
    ],
    [
      'a required disposition without any to choose from',
      {
        kinds: { CALL: { required: ['DISPOSITION'] } },
        dispositions: [{ code: 'SENT', label: 'Sent', isReached: false, kinds: ['MAIL'] }],
      },
      /kinds: a kind that requires a disposition/,
    ],
    ['a field that there is not', { kinds: { CALL: { required: ['DURATION'] } } }, /kinds\.CALL\.required\.0/],
    ['a format without words', { kinds: { CALL: { noteFormat: { pattern: '*' } } } }, /noteFormat\.description/],
  ])('are refused with their place: %s', (_case, json, place) => {
    expect(parseActivityRules(json)).toMatchObject({ problems: [expect.stringMatching(place)] })
  })
})
