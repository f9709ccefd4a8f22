import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePlaces, encodePlaces } from './cursor.ts'

const one = '0198f3a0-1111-7abc-8def-000000000001'
const other = '0198f3a0-2222-7abc-8def-000000000002'
const seqMax = 2n ** 48n - 1n
const places = fc
  .uniqueArray(fc.tuple(fc.uuid(), fc.bigInt(0n, seqMax)), { maxLength: 20, selector: ([id]) => id })
  .map((entries) => new Map(entries))

describe('the cursor of a stream', () => {
  it('is read back as what was written', () => {
    fc.assert(
      fc.property(places, (meant) => {
        expect(decodePlaces(encodePlaces(meant))).toEqual(new Map([...meant].sort()))
      }),
    )
  })

  it('is the same text whichever client was told first', () => {
    fc.assert(
      fc.property(places, (meant) => {
        expect(encodePlaces(new Map([...meant].reverse()))).toBe(encodePlaces(meant))
      }),
    )
  })

  it('holds two hundred clients in what fits into a message', () => {
    const many = new Map(Array.from({ length: 200 }, (_, n) => [one.slice(0, -3) + String(n).padStart(3, '0'), seqMax]))
    expect(encodePlaces(many).length).toBeLessThan(6_000)
    expect(decodePlaces(encodePlaces(many))).toEqual(many)
  })

  it('of no client is a cursor, too', () => {
    expect(decodePlaces(encodePlaces(new Map()))).toEqual(new Map())
  })
})

describe('no cursor of a stream:', () => {
  const written = encodePlaces(
    new Map([
      [one, 7n],
      [other, 8n],
    ]),
  )
  const bytes = Buffer.from(written, 'base64url')
  it.each([
    ['nothing', ''],
    ['a word', 'nonsense'],
    ['one of a list', Buffer.from(JSON.stringify(['worklist', 7, one])).toString('base64url')],
    ['one of another version', Buffer.from([2, ...bytes.subarray(1)]).toString('base64url')],
    ['one cut short', bytes.subarray(0, -1).toString('base64url')],
    ['one with more behind it', Buffer.from([...bytes, 0]).toString('base64url')],
    ['one with padding', `${written}=`],
    ['one with a blank', ` ${written}`],
    ['one in another spelling', `${written.slice(0, -1)}${written.endsWith('A') ? 'B' : `${written.at(-1)}\n`}`],
  ])('%s', (_case, text) => {
    expect(decodePlaces(text)).toBeNull()
  })

  it('whatever comes, is read without a fault', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.uint8Array({ maxLength: 120 }).map((raw) => Buffer.from([1, ...raw]).toString('base64url')),
        ),
        (text) => {
          const read = decodePlaces(text)
          for (const [id, seq] of read ?? []) {
            expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
            expect(seq >= 0n && seq <= seqMax).toBe(true)
          }
        },
      ),
    )
  })
})
