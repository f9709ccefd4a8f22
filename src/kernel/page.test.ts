import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor, toConnection } from './page.ts'

const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const field = fc.oneof(fc.string({ maxLength: 40 }), fc.integer(), fc.constant(null))

describe('a cursor', () => {
  it('is read back as what was written', () => {
    fc.assert(
      fc.property(fc.constantFrom('customers', 'worklist'), fc.array(field, { minLength: 1, maxLength: 3 }), (name, key) => {
        const written = encodeCursor(name, key)
        // A key that is too long for a cursor is not one that a list may have.
        if (written.length <= 400) expect(decodeCursor(name, written, key.length)).toEqual(key)
      }),
    )
  })

  it.each([
    ['of another list', text(['receipts', 'a', 1])],
    ['with too few fields', text(['customers', 'a'])],
    ['with too many fields', text(['customers', 'a', 1, 2])],
    ['with an object in it', text(['customers', 'a', { gt: 1 }])],
    ['with a list in it', text(['customers', 'a', ['b']])],
    ['with a boolean in it', text(['customers', 'a', true])],
    ['that is an object', text({ 0: 'customers', 1: 'a', 2: 1, length: 3 })],
    ['that is null', text(null)],
    ['that is not JSON', Buffer.from('customers,a,1').toString('base64url')],
    ['that is empty', ''],
    ['that is a word', 'nonsense'],
    ['that is too long', text(['customers', 'a'.repeat(400), 1])],
  ])('%s is none of this list', (_case, forged) => {
    expect(decodeCursor('customers', forged, 2)).toBeNull()
  })

  it('whatever comes, is read without a fault', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.json().map((json) => Buffer.from(json).toString('base64url')),
        ),
        (forged) => {
          const key = decodeCursor('customers', forged, 2)
          expect(key === null || key.length === 2).toBe(true)
        },
      ),
    )
  })
})

describe('a page', () => {
  const rows = ['a', 'b', 'c']
  it.each([
    ['the row read beyond it only says that there is more', 2, null, ['a', 'b'], true, false],
    ['the last page has no more', 3, 'x', ['a', 'b', 'c'], false, true],
    ['a page that is longer than the list', 9, null, ['a', 'b', 'c'], false, false],
  ])('%s', (_case, first, after, nodes, hasNextPage, hasPreviousPage) => {
    const { edges, pageInfo } = toConnection(rows, { first, after }, (row) => `at ${row}`)
    expect(edges).toEqual(nodes.map((node) => ({ cursor: `at ${node}`, node })))
    expect(pageInfo).toEqual({ hasNextPage, hasPreviousPage, startCursor: 'at a', endCursor: `at ${nodes.at(-1)}` })
  })

  it('of an empty list has no place to go on from', () => {
    const { edges, pageInfo } = toConnection([], { first: 5, after: null }, () => 'never')
    expect(edges).toEqual([])
    expect(pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null })
  })
})
