import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Line, type LineOptions, lineBytesMax, linesOf } from './lines.ts'
import { BadBankFile } from './model.ts'

async function* pieces(content: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const lines = (content: string | Buffer, options: LineOptions = {}, size = 3): Promise<Line[]> =>
  Array.fromAsync(linesOf(pieces(content, size), options))
const texts = async (content: string | Buffer, size = 3): Promise<string[]> =>
  (await lines(content, {}, size)).map(({ text }) => text)

const refused = async (reading: Promise<unknown>): Promise<BadBankFile> => {
  const thrown = await reading.then(
    () => null,
    (error: unknown) => error,
  )
  if (thrown instanceof BadBankFile) return thrown
  throw new Error('the file was not refused', { cause: thrown })
}

describe('linesOf', () => {
  it.each([
    ['LF', 'a\nb\n', ['a', 'b']],
    ['CRLF', 'a\r\nb\r\n', ['a', 'b']],
    ['CR', 'a\rb\r', ['a', 'b']],
    ['all of them', 'a\r\n\rb\n\n\rc', ['a', '', 'b', '', '', 'c']],
    ['an end that is missing at the last line', 'a\nb', ['a', 'b']],
    ['nothing', '', []],
    ['line ends alone', '\n\r\n', ['', '']],
  ])('ends lines by %s', async (_case, content, expected) => {
    for (const size of [1, 2, 3, 100]) expect(await texts(content, size)).toEqual(expected)
  })

  it('counts lines from 1, blank ones too', async () => {
    expect(await lines('a\r\n\r\nb')).toEqual([
      { number: 1, text: 'a', isCut: false },
      { number: 2, text: '', isCut: false },
      { number: 3, text: 'b', isCut: false },
    ])
  })

  it('reads a source of texts as it reads one of bytes', async () => {
    const source = async function* () {
      yield 'Zür'
      yield 'ich\nGenf'
    }
    expect((await Array.fromAsync(linesOf(source()))).map(({ text }) => text)).toEqual(['Zürich', 'Genf'])
  })

  it('decodes each line for itself: as UTF-8 where its bytes are that, else as Latin-1', async () => {
    const content = Buffer.concat([Buffer.from('Müller 株\n'), Buffer.from('Müller\n', 'latin1'), Buffer.from('Ł\n')])
    expect(await texts(content)).toEqual(['Müller 株', 'Müller', 'Ł'])
  })

  it('drops a byte order mark at the start, and nowhere else', async () => {
    expect(await texts('\ufeffa\n\ufeffb')).toEqual(['a', '\ufeffb'])
  })

  it('drops the end-of-file mark of DOS behind the last line, and nowhere else', async () => {
    expect(await texts('a\u001ab\nc\u001a\u001a')).toEqual(['a\u001ab', 'c'])
    expect(await texts('a\n\u001a')).toEqual(['a'])
  })

  it('hands on control characters that formats use, but refuses NUL with its line', async () => {
    expect(await texts('\u0001a\tb\u0003\u001d')).toEqual(['\u0001a\tb\u0003\u001d'])
    expect(await refused(lines('a\nb\u0000c'))).toMatchObject({ rule: 'BAD_ENCODING', line: 2 })
    expect(await refused(lines(Buffer.from('\ufeffabc\n', 'utf16le')))).toMatchObject({ rule: 'BAD_ENCODING', line: 1 })
  })

  it.each([
    [lineBytesMax, 'a'],
    [3, 'ü'],
  ])('takes a line of %d bytes, not one of a byte more', async (bytesMax, character) => {
    const line = character.repeat(Math.floor(bytesMax / character.length)).slice(0, bytesMax)
    const full = Buffer.from(line).subarray(0, bytesMax)
    const read = await lines(Buffer.concat([full, Buffer.from('\nb')]), { bytesMax }, 1000)
    expect(read).toHaveLength(2)
    const longer = Buffer.concat([Buffer.from('b\n'), full, Buffer.from('c\n')])
    expect(await refused(lines(longer, { bytesMax }, 1000))).toMatchObject({ rule: 'TOO_LONG', line: 2, field: null })
  })

  it('stops reading a file without line ends once the bound is passed', async () => {
    let pulled = 0
    const endless = async function* () {
      for (;;) {
        pulled += 1
        yield Buffer.alloc(10_000, 'x')
      }
    }
    expect(await refused(Array.fromAsync(linesOf(endless())))).toMatchObject({ rule: 'TOO_LONG', line: 1 })
    expect(pulled).toBe(7)
  })

  it('cuts a longer line where that is asked, never inside a character', async () => {
    const read = await lines('aaüüü\nb', { bytesMax: 4, longer: 'CUT' }, 100)
    expect(read).toEqual([
      { number: 1, text: 'aaü', isCut: true },
      { number: 1, text: 'üü', isCut: false },
      { number: 2, text: 'b', isCut: false },
    ])
    expect((await lines('aüü', { bytesMax: 2, longer: 'CUT' })).map(({ text }) => text)).toEqual(['a', 'ü', 'ü'])
  })

  it('cuts bytes that are no UTF-8 at the bound', async () => {
    const read = await lines(Buffer.alloc(10, 0xbf), { bytesMax: 4, longer: 'CUT' })
    expect(read.map(({ text }) => text.length)).toEqual([4, 4, 2])
  })

  it('says the same however the file is cut into pieces', async () => {
    const letter = fc.constantFrom('a', 'ü', '株', '\n', '\r', '\r\n', '')
    await fc.assert(
      fc.asyncProperty(fc.array(letter, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), async (letters, size) => {
        const content = letters.join('')
        const expected = content.split(/\r\n|\n|\r/)
        if (expected.at(-1) === '') expected.pop()
        expect(await texts(content, size)).toEqual(expected)
      }),
    )
  })

  it('loses nothing by cutting', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', 'ü', '株', '😀'), minLength: 1 }),
        fc.integer({ min: 4, max: 9 }),
        async (content, bytesMax) => {
          const read = await lines(content, { bytesMax, longer: 'CUT' })
          expect(read.map(({ text }) => text).join('')).toBe(content)
          expect(read.map(({ isCut }) => isCut)).toEqual(read.map((_line, at) => at < read.length - 1))
          expect(read.every(({ text }) => Buffer.byteLength(text) <= bytesMax)).toBe(true)
        },
      ),
    )
  })

  it('lets go of the source when its reader stops', async () => {
    let isOpen = true
    const source = async function* () {
      try {
        for (;;) yield Buffer.from('a\n')
      } finally {
        isOpen = false
      }
    }
    for await (const { number } of linesOf(source())) if (number === 3) break
    expect(isOpen).toBe(false)
  })
})
