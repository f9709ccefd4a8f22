import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bend, inPieces, x12File } from '../../../../test/bank/x12-vectors.ts'
import type { BadBankFile } from './model.ts'
import { segmentsOf } from './x12-segments.ts'

const segments = (text: string | Buffer, size?: number) => Array.fromAsync(segmentsOf(inPieces(text, size)))
const refusal = async (text: string | Buffer): Promise<Partial<BadBankFile>> =>
  segments(text).then(
    () => ({ message: 'the file was read' }),
    ({ rule, line, field, message }: BadBankFile) => ({ rule, line, field, message }),
  )

const file = x12File([['BPR*I*1*C*ACH', 'TRN*1*9']])
const onOneLine = x12File([['BPR*I*1*C*ACH', 'TRN*1*9']], { lineEnd: '' })

describe('segmentsOf', () => {
  it('tells where each segment stands', async () => {
    const found = await segments(file)
    expect(found.map(({ id }) => id)).toEqual(['ISA', 'GS', 'ST', 'BPR', 'TRN', 'SE', 'GE', 'IEA'])
    expect(found[3]).toEqual({
      id: 'BPR',
      elements: ['BPR', 'I', '1', 'C', 'ACH'],
      line: 4,
      position: 4,
      raw: 'BPR*I*1*C*ACH~',
    })
  })

  it.each([
    ['line ends of Windows', { lineEnd: '\r\n' }],
    ['line ends of an old Mac', { lineEnd: '\r' }],
    ['no line ends at all', { lineEnd: '' }],
    ['blank lines between', { lineEnd: '\n\n' }],
    ['blanks before the line end', { lineEnd: '  \n' }],
    ['line ends as terminators', { terminator: '', lineEnd: '\n' }],
    ['other delimiters', { element: '|', terminator: "'", component: '^' }],
    ['control characters as delimiters', { element: '\u001d', terminator: '\u001c', component: '\u001f' }],
  ])('reads a file with %s', async (_case, options) => {
    const found = await segments(x12File([['BPR*I*1*C*ACH', 'TRN*1*9']], options))
    expect(found.map(({ elements }) => elements).slice(2, 5)).toEqual([
      ['ST', '820', '0001'],
      ['BPR', 'I', '1', 'C', 'ACH'],
      ['TRN', '1', '9'],
    ])
  })

  it('numbers the segments of a file of one line', async () => {
    expect((await segments(onOneLine)).map(({ line, position }) => [line, position]).slice(0, 3)).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
    ])
  })

  it('does not care where the pieces of a file are cut', async () => {
    const whole = await segments(file, file.length)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), async (size) => {
        expect(await segments(file, size)).toEqual(whole)
      }),
      { numRuns: 30 },
    )
  })

  it('reads letters of the world, and the bytes of old systems', async () => {
    const named = bend(file, 'TRN*1*9', 'N1*PR*Müller 株')
    expect((await segments(named, 3))[4]?.elements[2]).toBe('Müller 株')
    expect((await segments(Buffer.from(bend(file, 'TRN*1*9', 'N1*PR*Müller'), 'latin1'), 3))[4]?.elements[2]).toBe('Müller')
  })

  it('takes a segment up to its bound and no further', async () => {
    const longest = `NTE*ADD*${'x'.repeat(8_184)}`
    expect((await segments(bend(file, 'TRN*1*9', longest)))[4]?.raw).toBe(`${longest}~`)
    expect(await refusal(bend(file, 'TRN*1*9', `${longest}x`))).toMatchObject({ rule: 'TOO_LONG', line: 5 })
    expect(await refusal(bend(onOneLine, 'TRN*1*9', `${longest}x`))).toMatchObject({
      rule: 'TOO_LONG',
      line: 1,
      message: expect.stringContaining('segment 5'),
    })
  })

  it('breaks off early where a terminator is lost for good', async () => {
    let handedOut = 0
    const endless = async function* () {
      yield Buffer.from(file.slice(0, 107))
      for (; handedOut < 1_000; handedOut += 1) yield Buffer.from('x'.repeat(10_000))
    }
    await expect(Array.fromAsync(segmentsOf(endless()))).rejects.toMatchObject({ rule: 'TOO_LONG', line: 2 })
    expect(handedOut).toBeLessThan(20)
  })
})

it('a segment that is not whole is named by its number too', async () => {
  expect(await refusal(bend(file, 'ACH~', 'ACH'))).toMatchObject({ message: expect.stringMatching(/^segment 4: /) })
  expect(await refusal(`${onOneLine}RMR*IV`)).toEqual({
    rule: 'TRUNCATED',
    line: 1,
    field: null,
    message: 'segment 9: the file ends inside it: "RMR*IV"',
  })
})

describe('segmentsOf refuses', () => {
  it.each<[string, string, Partial<BadBankFile>]>([
    ['an empty file', '', { rule: 'EMPTY', line: 1 }],
    ['a file of blank lines', '\n \n', { rule: 'EMPTY' }],
    ['another format', ':20:STARTUMS\n', { rule: 'NOT_THIS_FORMAT', line: 1, field: 'ISA' }],
    ['a set without an interchange', 'ST*820*0001~\n', { rule: 'MISSING', line: 1, field: 'ISA' }],
    ['a group without an interchange', 'GS*RA*A*B~\n', { rule: 'MISSING', line: 1, field: 'ISA' }],
    ['a word that begins like one', 'STATEMENT\n', { rule: 'NOT_THIS_FORMAT' }],
    [
      'a header whose blanks were squeezed',
      bend(file, '*00*          *00', '*00* *00'),
      { rule: 'BAD_STRUCTURE', field: 'ISA02' },
    ],
    [
      'a header with a long sender',
      bend(file, 'BUYER          *01', 'BUYER            *01'),
      { rule: 'BAD_STRUCTURE', field: 'ISA06' },
    ],
    ['a header broken over two lines', bend(file, '*260301', '\n*260301'), { rule: 'BAD_STRUCTURE', line: 1, field: 'ISA' }],
    ['a header that ends early', file.slice(0, 60), { rule: 'BAD_STRUCTURE', line: 1, field: 'ISA' }],
    ['a letter as terminator', bend(file, '*P*>~', '*P*>X'), { rule: 'BAD_STRUCTURE', field: 'ISA' }],
    ['one delimiter for two things', bend(file, '*P*>~', '*P*~~'), { rule: 'BAD_STRUCTURE', field: 'ISA' }],
    ['a lost terminator', bend(file, 'ACH~', 'ACH'), { rule: 'BAD_STRUCTURE', line: 4, field: null }],
    ['a file that ends inside a segment', `${file}RMR*IV`, { rule: 'TRUNCATED', line: 9 }],
    ['a segment without an id', bend(file, 'TRN*', '*TRN*'), { rule: 'BAD_STRUCTURE', line: 5 }],
    ['a segment with an id of four letters', bend(file, 'TRN*', 'TRNX*'), { rule: 'BAD_STRUCTURE', line: 5 }],
    ['a control character', bend(file, 'TRN*1*9', 'TRN*1*\u001a9'), { rule: 'BAD_ENCODING', line: 5, field: 'TRN' }],
    ['bytes that are no text', bend(file, 'TRN*1*9', 'TRN*1*\u00009'), { rule: 'BAD_ENCODING', line: 5 }],
  ])('%s', async (_case, text, fault) => expect(await refusal(text)).toMatchObject(fault))
})
