import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BadBankFile, Bytes } from './model.ts'
import { decodeReferences, noCharacter, xmlText } from './xml-text.ts'

const bytesOf = async function* (...pieces: readonly (Buffer | string)[]): Bytes {
  yield* pieces
}
const read = async (...pieces: readonly (Buffer | string)[]): Promise<string> =>
  (await Array.fromAsync(xmlText(bytesOf(...pieces)))).join('')
const refusal = (...pieces: readonly Buffer[]): Promise<Partial<BadBankFile>> =>
  read(...pieces).then(
    () => ({ message: 'the file was read' }),
    ({ rule, line }: BadBankFile) => ({ rule, line }),
  )

const declares = (encoding: string): string => `<?xml version="1.0" encoding="${encoding}"?>\n<a>Müller 12 €</a>`

describe('xmlText', () => {
  it.each([
    ['UTF-8 that says so', Buffer.from(declares('utf-8')), declares('utf-8')],
    ['UTF-8 that says nothing', Buffer.from('<a>é</a>'), '<a>é</a>'],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${declares('UTF-8')}`), declares('UTF-8')],
    ['UTF-16, the low byte first', Buffer.from(`\ufeff${declares('UTF-16')}`, 'utf16le'), declares('UTF-16')],
    ['UTF-16 without its mark', Buffer.from(declares('UTF-16'), 'utf16le'), declares('UTF-16')],
    ['UTF-16, the high byte first', Buffer.from(`\ufeff${declares('UTF-16')}`, 'utf16le').swap16(), declares('UTF-16')],
    ['Windows-1252', bytesOf1252(declares('Windows-1252')), declares('Windows-1252')],
    ['Latin-1 with the euro sign of Windows', bytesOf1252(declares('ISO-8859-1')), declares('ISO-8859-1')],
    ['Latin-9', bytesOfLatin9(declares('iso-8859-15')), declares('iso-8859-15')],
    ['single quotes', Buffer.from("<?xml version='1.0' encoding='utf-8'?><a/>"), "<?xml version='1.0' encoding='utf-8'?><a/>"],
  ])('reads %s', async (_case, bytes, text) => expect(await read(bytes)).toBe(text))

  it('takes strings for characters, whatever they say of their bytes', async () => {
    const text = declares('ISO-8859-1')
    expect(await read(text.slice(0, 40), text.slice(40))).toBe(text)
  })

  it.each([
    ['a byte that is not UTF-8', Buffer.from('<a>\n\nM\u00fcller</a>', 'latin1'), { rule: 'BAD_ENCODING', line: 3 }],
    ['half a character at the end', Buffer.from('<a>é').subarray(0, 4), { rule: 'BAD_ENCODING', line: 1 }],
    ['an encoding that nobody knows', Buffer.from(declares('EBCDIC-CP-US')), { rule: 'BAD_ENCODING', line: 1 }],
    ['UTF-16 that is none', Buffer.from(declares('UTF-16')), { rule: 'BAD_ENCODING', line: 1 }],
    ['the mark of UTF-8 before Latin-1', Buffer.from(`\ufeff${declares('ISO-8859-1')}`), { rule: 'BAD_ENCODING', line: 1 }],
    ['an encoding by the name of a property', Buffer.from(declares('constructor')), { rule: 'BAD_ENCODING', line: 1 }],
  ])('refuses %s', async (_case, bytes, expected) => expect(await refusal(bytes)).toEqual(expected))

  it('finds the line of a bad byte far into the file', async () => {
    const lines = Buffer.from('<a>\n'.repeat(20_000))
    expect(await refusal(lines, Buffer.from([0xc3, 0x28]))).toEqual({ rule: 'BAD_ENCODING', line: 20_001 })
  })

  it('reads the same characters wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.array(fc.nat(400), { maxLength: 6 }),
        fc.constantFrom('utf8', 'utf16le'),
        async (content, cuts, encoding) => {
          const text = `${encoding === 'utf16le' ? '\ufeff' : ''}<a>${content}</a>`
          const bytes = Buffer.from(text, encoding)
          const borders = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
          const pieces = borders.slice(1).map((border, index) => bytes.subarray(borders[index], border))
          expect(await read(...pieces)).toBe(text.replace('\ufeff', ''))
        },
      ),
    )
  })
})

describe('decodeReferences', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['&amp;&lt;&gt;&quot;&apos;', '&<>"\''],
    ['R&amp;D &#38; more', 'R&D & more'],
    ['&#x20AC;&#8364;&#xe9;', '€€é'],
    ['&#x1F600;', '😀'],
    ['&#10;&#x9;', '\n\t'],
    // Once and no more: what a reference stands for is data.
    ['&amp;amp;', '&amp;'],
    ['&amp;#38;', '&#38;'],
    ['&#38;lt;', '&lt;'],
  ])('reads %s as %j', (text, decoded) => expect(decodeReferences(text)).toBe(decoded))

  it.each([
    '&',
    'A & B',
    '&amp',
    '&AMP;',
    '&nbsp;',
    '&xxe;',
    '&;',
    '&#;',
    '&#x;',
    '&#X20;',
    '&#xFFFFFFF;',
    '&#00000000065;',
    '&#0;',
    '&#x1;',
    '&#xD800;',
    '&#xFFFE;',
    '&#x110000;',
    '&amp;&',
    '&constructor;',
  ])('refuses %s', (text) => expect(decodeReferences(text)).toBeNull())

  it('gives back every text that was written with references', () => {
    const ways = [
      (character: string) => character,
      (character: string) => `&#${character.codePointAt(0)};`,
      (character: string) => `&#x${character.codePointAt(0)?.toString(16)};`,
    ]
    const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => !noCharacter.test(text)),
        fc.array(fc.nat(2), { minLength: 1 }),
        (text, choice) => {
          const written = [...text].map((character, index) => {
            const way = choice[index % choice.length] ?? 0
            return way === 0 && names[character] !== undefined ? names[character] : (ways[way] ?? String)(character)
          })
          expect(decodeReferences(written.join(''))).toBe(text)
        },
      ),
    )
  })

  it('never grows what it reads', () => {
    const piece = fc.constantFrom('&amp;', '&lt;', '&#x41;', '&#65;', 'x', '&', ';', '#', 'amp')
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('')
        const decoded = decodeReferences(text)
        if (decoded !== null) expect(decoded.length).toBeLessThanOrEqual(text.length)
      }),
    )
  })
})

function bytesOf1252(text: string): Buffer {
  return Buffer.from([...text].map((character) => (character === '€' ? 0x80 : (character.codePointAt(0) ?? 0))))
}

function bytesOfLatin9(text: string): Buffer {
  return Buffer.from([...text].map((character) => (character === '€' ? 0xa4 : (character.codePointAt(0) ?? 0))))
}
