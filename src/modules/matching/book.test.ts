import { describe, expect, it } from 'vitest'
import { acme, anItem, bolt, bookOf, customers, holding, north } from '../../../test/matching/facts.ts'
import { familiesOf } from './families.ts'

describe('a family', () => {
  const families = familiesOf(customers)

  it('goes by its one head', () => {
    for (const { id } of [acme, north, holding]) expect(families.headOf(id)).toBe('holding')
    expect(families.membersOf('north')).toEqual(['acme', 'holding', 'north'])
    expect(families.headOf('bolt')).toBe('bolt')
    expect(families.headOf('unheard of')).toBe('unheard of')
  })

  it('has those above and those below', () => {
    expect(families.isAbove('holding', 'acme')).toBe(true)
    expect(families.isAbove('acme', 'holding')).toBe(false)
    expect(families.isAbove('north', 'acme')).toBe(false)
    expect(families.isAbove('acme', 'acme')).toBe(false)
  })

  it('reaches over bill-to and parents of parents, and survives a circle', () => {
    const circle = familiesOf([
      { ...acme, parentId: 'north' },
      { ...north, parentId: 'acme' },
      { ...bolt, parentId: null, billToId: 'acme' },
    ])
    expect(circle.isAbove('north', 'bolt')).toBe(true)
    expect(circle.isAbove('bolt', 'north')).toBe(false)
    expect(circle.headOf('bolt')).toBe('acme')
  })

  it('is the same in whatever order its members come', () => {
    const turned = familiesOf(customers.toReversed())
    for (const { id } of customers) expect(turned.headOf(id)).toBe(families.headOf(id))
  })
})

describe('the book', () => {
  it('finds items by key, and by digits those with letters beside', () => {
    const book = bookOf([anItem('INV-00042'), anItem('42'), anItem('0042', { customerId: 'bolt' })])
    expect(book.byKey('42').map(({ item }) => item.id)).toEqual(['0042', '42'])
    expect(book.byDigits('42').map(({ item }) => item.id)).toEqual(['INV-00042'])
    expect(book.byKey('')).toEqual([])
  })

  it('spends an item once', () => {
    const book = bookOf([anItem('4711'), anItem('C1', { openMinor: -500n })])
    book.take('4711', 60_000n)
    expect(book.byKey('4711')[0]?.leftMinor).toBe(40_000n)
    expect(() => book.take('4711', 40_001n)).toThrow(RangeError)
    expect(() => book.take('4711', -1n)).toThrow(RangeError)
    book.take('C1', -500n)
    expect(() => book.take('C1', -1n)).toThrow(RangeError)
    expect(() => book.take('C1', 1n)).toThrow(RangeError)
    expect(() => book.take('unheard of', 1n)).toThrow(RangeError)
  })

  it('knows names as they are first, and without their legal forms then', () => {
    const book = bookOf([], { aliases: [{ customerId: 'bolt', kind: 'NAME', value: 'Bolt Trading' }] })
    expect(book.customersByName('ACME FOODS GMBH')).toEqual({ customerIds: ['acme'], isAlias: false })
    expect(book.customersByName('Acme Foods AG')).toEqual({ customerIds: ['acme'], isAlias: false })
    expect(book.customersByName('BOLT TRADING')).toEqual({ customerIds: ['bolt'], isAlias: true })
    expect(book.customersByName('Bolt')).toEqual({ customerIds: [], isAlias: false })
  })
})
