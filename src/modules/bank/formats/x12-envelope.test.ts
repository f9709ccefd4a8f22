import { describe, expect, it } from 'vitest'
import { bend, inPieces, x12File } from '../../../../test/bank/x12-vectors.ts'
import type { BadBankFile } from './model.ts'
import { openEnvelope, setsOf } from './x12-envelope.ts'
import { parseSegment } from './x12-segments.ts'

const sets = [
  ['BPR*I*1*C*ACH', 'TRN*1*91', 'RMR*IV*A**1'],
  ['BPR*I*2*C*ACH', 'TRN*1*92', 'RMR*IV*B**2'],
]
const file = x12File(sets)
const events = (text: string, wanted = '820') => Array.fromAsync(setsOf(inPieces(text), wanted))
const refusal = (text: string, wanted?: string): Promise<Partial<BadBankFile>> =>
  events(text, wanted).then(
    () => ({ message: 'the file was read' }),
    ({ rule, line, field, message }: BadBankFile) => ({ rule, line, field, message }),
  )

describe('setsOf', () => {
  it('hands out what stands between ST and SE, and who sent it', async () => {
    const found = await events(file)
    expect(found.map(({ kind, segment }) => `${kind} ${segment.id}`)).toEqual([
      'SET ST',
      'SEGMENT BPR',
      'SEGMENT TRN',
      'SEGMENT RMR',
      'SET_END SE',
      'SET ST',
      'SEGMENT BPR',
      'SEGMENT TRN',
      'SEGMENT RMR',
      'SET_END SE',
    ])
    expect(found[0]).toMatchObject({
      head: {
        interchange: {
          control: '000000042',
          sender: 'BUYER',
          receiver: 'SUPPLIER',
          createdAt: '2026-03-01T12:30',
          isTest: false,
        },
        group: { control: '7', release: '004010' },
        control: '0001',
      },
    })
  })

  it.each([
    ['P', false],
    ['I', false],
    ['T', true],
  ])('usage %s: a test is %s', async (usage, isTest) =>
    expect((await events(x12File(sets, { usage })))[0]).toMatchObject({ head: { interchange: { isTest } } }),
  )

  it('takes several groups', async () => {
    const two = bend(
      file,
      'IEA*1*',
      `GS*RA*BUYER*SUPPLIER*20260301*1230*8*X*004010~\n${'ST*820*0001~\nBPR*I~\nSE*3*0001~\nGE*1*8~\n'}IEA*2*`,
    )
    expect((await events(two)).filter(({ kind }) => kind === 'SET')).toHaveLength(3)
  })
})

describe('setsOf refuses', () => {
  it.each<[string, string, Partial<BadBankFile>]>([
    ['one segment too few', bend(file, 'RMR*IV*A**1~\n', ''), { rule: 'CONTROL_COUNT', line: 6, field: 'SE01' }],
    [
      'one segment too many',
      bend(file, 'RMR*IV*A**1~\n', 'RMR*IV*A**1~\nREF*ZZ*1~\n'),
      { rule: 'CONTROL_COUNT', line: 8, field: 'SE01' },
    ],
    ['one set too few', bend(file, 'GE*2*', 'GE*1*'), { rule: 'CONTROL_COUNT', line: 13, field: 'GE01' }],
    ['one group too many', bend(file, 'IEA*1*', 'IEA*2*'), { rule: 'CONTROL_COUNT', line: 14, field: 'IEA01' }],
    ['a count that is none', bend(file, 'GE*2*', 'GE*two*'), { rule: 'BAD_VALUE', line: 13, field: 'GE01' }],
    ['another number of the set', bend(file, 'SE*5*0002', 'SE*5*0003'), { rule: 'CONTROL_NUMBER', line: 12, field: 'SE02' }],
    ['another number of the group', bend(file, 'GE*2*7', 'GE*2*07'), { rule: 'CONTROL_NUMBER', line: 13, field: 'GE02' }],
    [
      'another number of the interchange',
      bend(file, 'IEA*1*000000042', 'IEA*1*000000043'),
      { rule: 'CONTROL_NUMBER', line: 14, field: 'IEA02' },
    ],
    ['a set without a number', bend(file, 'ST*820*0002', 'ST*820'), { rule: 'MISSING', line: 8, field: 'ST02' }],
    [
      'a set that comes twice',
      bend(bend(file, 'ST*820*0002', 'ST*820*0001'), 'SE*5*0002', 'SE*5*0001'),
      { rule: 'CONTROL_NUMBER', line: 8, field: 'ST02' },
    ],
    ['a set inside a set', bend(file, 'SE*5*0001~\n', ''), { rule: 'BAD_STRUCTURE', line: 7, field: 'ST' }],
    ['a payment outside a set', bend(file, 'ST*820*0001~\n', ''), { rule: 'BAD_STRUCTURE', line: 3, field: 'BPR' }],
    [
      'a set outside a group',
      bend(file, 'GS*RA*BUYER*SUPPLIER*20260301*1230*7*X*004010~\n', ''),
      { rule: 'BAD_STRUCTURE', line: 2, field: 'ST' },
    ],
    ['a group that ends in a set', bend(file, 'SE*5*0002~\n', ''), { rule: 'BAD_STRUCTURE', line: 12, field: 'GE' }],
    [
      'an interchange in a group',
      bend(file, 'GE*2*7~\n', `${file.slice(0, 107)}GE*2*7~\n`),
      { rule: 'BAD_STRUCTURE', line: 13, field: 'ISA' },
    ],
    ['an interchange that ends in a group', bend(file, 'GE*2*7~\n', ''), { rule: 'BAD_STRUCTURE', line: 13, field: 'IEA' }],
    [
      'an end of a set that did not begin',
      bend(file, 'GE*2*7~\n', 'SE*1*1~\nGE*2*7~\n'),
      { rule: 'BAD_STRUCTURE', line: 13, field: 'SE' },
    ],
    ['a file without its end', bend(file, 'IEA*1*000000042~\n', ''), { rule: 'TRUNCATED', line: 13, field: 'IEA' }],
    ['a file that ends in a set', file.slice(0, file.indexOf('SE*5*0002')), { rule: 'TRUNCATED', line: 11, field: 'SE' }],
    ['a segment behind the end', `${file}GS*RA*A*B*20260301*1230*9*X*004010~`, { rule: 'BAD_STRUCTURE', line: 15, field: 'GS' }],
    ['a second end', `${file}IEA*1*000000042~`, { rule: 'BAD_STRUCTURE', line: 15, field: 'IEA' }],
    ['a second interchange', `${file}${file}`, { rule: 'UNSUPPORTED', line: 15, field: 'ISA' }],
    ['no set at all', x12File([]), { rule: 'EMPTY', line: 4, field: 'ST' }],
    ['an unknown usage', x12File(sets, { usage: 'X' }), { rule: 'BAD_VALUE', line: 1, field: 'ISA15' }],
    [
      'a day of the header that is none',
      bend(file, '*260301*1230*U', '*260230*1230*U'),
      { rule: 'BAD_DAY', line: 1, field: 'ISA09' },
    ],
    [
      'a time of the header that is none',
      bend(file, '*260301*1230*U', '*260301*2430*U'),
      { rule: 'BAD_VALUE', line: 1, field: 'ISA10' },
    ],
  ])('%s', async (_case, text, fault) => expect(await refusal(text)).toMatchObject(fault))

  it.each([
    ['a set of the other reader', '823', 'NOT_THIS_FORMAT'],
    ['a set that nothing reads', '810', 'UNSUPPORTED'],
    ['a set without an id', '', 'UNSUPPORTED'],
  ])('%s, and tells what it found', async (_case, set, rule) =>
    expect(await refusal(x12File(sets, { set }))).toMatchObject({
      rule,
      line: 3,
      field: 'ST01',
      message: expect.stringContaining(`"${set}"`),
    }),
  )

  it('names the segment where the file is one line', async () => {
    const text = bend(x12File(sets, { lineEnd: '' }), 'SE*5*0002', 'SE*6*0002')
    expect(await refusal(text)).toEqual({
      rule: 'CONTROL_COUNT',
      line: 1,
      field: 'SE01',
      message: 'segment 12: 6 segments are told, and there are 5',
    })
  })
})

describe('a set that stands alone', () => {
  const bare = (texts: readonly string[]): string[] => {
    const envelope = openEnvelope('820', { isBare: true })
    const delimiters = { element: '*', component: '>', terminator: '\\' }
    const segments = texts.map((text, index) => parseSegment(text, { delimiters, line: 1, position: index + 1 }))
    const kinds = segments.map((segment) => envelope.take(segment)?.kind ?? 'NONE')
    const last = segments.at(-1)
    if (last !== undefined) envelope.end(last)
    return kinds
  }

  it('is held to the same controls', () => {
    expect(bare(['ST*820*1', 'BPR*I', 'SE*3*1'])).toEqual(['SET', 'SEGMENT', 'SET_END'])
    expect(() => bare(['ST*820*1', 'BPR*I', 'SE*4*1'])).toThrow('4 segments are told, and there are 3')
    expect(() => bare(['ST*820*1', 'BPR*I', 'SE*3*2'])).toThrow('control number')
    expect(() => bare(['ST*820*1', 'BPR*I'])).toThrow('without SE')
    expect(() => bare(['ST*820*1', 'SE*2*1', 'ST*820*2', 'SE*2*2'])).toThrow('does not belong here')
  })
})
