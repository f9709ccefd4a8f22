import { describe, expect, it } from 'vitest'
import { accountKey, nameKeys } from './names.ts'

const isSame = (one: string, other: string, spelling: 'full' | 'core') =>
  nameKeys(one)[spelling].some((key) => nameKeys(other)[spelling].includes(key))

describe('a name', () => {
  it.each([
    ['Acme Foods', 'ACME  FOODS.'],
    ['Müller', 'MUELLER'],
    ['Müller', 'Muller'],
    ['Großhandel', 'GROSSHANDEL'],
    ['Crédit Agricole', 'CREDIT AGRICOLE'],
    ['Bolt & Sons', 'Bolt and Sons'],
    ['O’Neil', 'ONeil'],
    ['S.A. Dupont', 'SA Dupont'],
  ])('%s is %s', (one, other) => expect(isSame(one, other, 'full')).toBe(true))

  it.each([
    ['Acme Foods GmbH', 'ACME FOODS'],
    ['Acme GmbH & Co. KG', 'Acme'],
    ['Acme S.p.A.', 'Acme SRL'],
    ['Acme Inc.', 'Acme, LLC'],
  ])('%s is %s but for the legal form', (one, other) => {
    expect(isSame(one, other, 'full')).toBe(false)
    expect(isSame(one, other, 'core')).toBe(true)
  })

  it.each([
    ['Acme North', 'Acme South'],
    ['Acme', 'Acme Foods'],
    ['Co', 'Inc'],
  ])('%s is not %s', (one, other) => expect(isSame(one, other, 'core')).toBe(false))

  it('of nothing names nobody', () => expect(nameKeys(' ./- ')).toEqual({ full: [], core: [] }))
})

it('an account is the same with spaces and without', () => {
  expect(accountKey('de89 3704 0044 0532 0130 00')).toBe('DE89370400440532013000')
})
