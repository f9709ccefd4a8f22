import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dashed, decodeGlobalId, encodeGlobalId, isUuid } from './ids.ts'

const id = { typename: 'Invoice', ownerId: '0198f3a0-1111-7abc-8def-000000000001', id: '0198f3a0-2222-7abc-8def-000000000002' }
const written = encodeGlobalId(id)
const bytesOf = (text: string) => Buffer.from(text, 'base64url')
const typename = fc.stringMatching(/^[A-Z][A-Za-z]{0,40}$/)

describe('a global id', () => {
  it('is read back as what was written', () => {
    fc.assert(
      fc.property(typename, fc.uuid(), fc.uuid(), (name, ownerId, own) => {
        const meant = { typename: name, ownerId, id: own }
        expect(decodeGlobalId(encodeGlobalId(meant))).toEqual(meant)
      }),
    )
  })

  it('is one text for one thing', () => {
    fc.assert(
      fc.property(fc.tuple(typename, fc.uuid(), fc.uuid()), fc.tuple(typename, fc.uuid(), fc.uuid()), (a, b) => {
        const [one, other] = [a, b].map(([name, ownerId, own]) => encodeGlobalId({ typename: name, ownerId, id: own }))
        expect(one === other).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })

  it('fits into an address as it is', () => {
    expect(written).toMatch(/^[A-Za-z0-9_-]+$/)
  })
})

describe('no global id:', () => {
  it.each([
    ['nothing', ''],
    ['a word', 'nonsense'],
    ['a bare uuid', id.id],
    ['one cut short', written.slice(0, -1)],
    ['one with more behind it', `${written}A`],
    ['one with padding', `${written}=`],
    ['one in the other alphabet', Buffer.from([0xff, 0xfe, ...bytesOf(written)]).toString('base64')],
    ['one with a blank', ` ${written}`],
    ['one with a line end', `${written}\n`],
    ['one without a type', bytesOf(written).subarray(7).toString('base64url')],
    ['one of a type in small letters', encodeGlobalId({ ...id, typename: 'invoice' })],
    ['one of a type with a digit', encodeGlobalId({ ...id, typename: 'Invoice1' })],
    ['one of a type that is too long', encodeGlobalId({ ...id, typename: `A${'a'.repeat(41)}` })],
    ['one with a colon in its type', encodeGlobalId({ ...id, typename: 'In:voice' })],
    ['far too much', 'A'.repeat(1_000_000)],
    ['an id of Relay’s own kind', Buffer.from('Invoice:1').toString('base64')],
  ])('%s', (_case, text) => {
    expect(decodeGlobalId(text)).toBeNull()
  })

  it('whatever is not spelled as this API spells it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[A-Za-z0-9_-]{1,70}$/)), (text) => {
        const decoded = decodeGlobalId(text)
        expect(decoded === null || encodeGlobalId(decoded) === text).toBe(true)
      }),
    )
  })

  it('a changed byte makes it another thing, never the same', () => {
    const bytes = bytesOf(written)
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const forged = Buffer.from(bytes)
        forged[at] = (forged[at] ?? 0) ^ change
        expect(decodeGlobalId(forged.toString('base64url'))).not.toEqual(id)
      }),
    )
  })
})

describe('a uuid', () => {
  it('has one spelling', () => {
    expect(isUuid(id.id)).toBe(true)
    for (const text of [id.id.toUpperCase(), id.id.replaceAll('-', ''), `{${id.id}}`, `${id.id}\n`, ` ${id.id}`, ''])
      expect(isUuid(text)).toBe(false)
    expect(dashed(id.id.replaceAll('-', ''))).toBe(id.id)
  })
})
