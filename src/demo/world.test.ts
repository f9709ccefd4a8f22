import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { addDays, type Day, isDay, isZone } from '../kernel/day.ts'
import { exponentOf, formatAmount, parseAmount } from '../kernel/money.ts'
import { checkClient } from '../modules/client/rules.ts'
import type { Habit } from './companies.ts'
import { personas, principals } from './personas.ts'
import type { DemoItem } from './plan-items.ts'
import { createRandom } from './random.ts'
import { type DemoClient, worldOf } from './world.ts'

const today: Day = '2026-11-20'
const world = worldOf({ seed: 'quittance', today })
const items = world.clients.flatMap((client) => client.items)
const open = items.filter(({ closedOn }) => closedOn === null)
const settled = items.filter(({ closedOn }) => closedOn !== null)
const receipts = world.clients.flatMap((client) => client.receipts)
const promises = world.clients.flatMap((client) => client.promises)
const customers = world.clients.flatMap((client) => client.customers)

const share = <T>(list: readonly T[], is: (each: T) => boolean) => list.filter(is).length / list.length
const itemOf = (client: DemoClient, number: string): DemoItem => {
  const found = client.items.find((item) => item.number === number)
  if (found === undefined) throw new Error(`there is no item ${number}`)
  return found
}

describe('the world of the demo', () => {
  it('is the same for the same seed and day, and another for another', () => {
    expect(worldOf({ seed: 'quittance', today })).toEqual(world)
    expect(worldOf({ seed: 'another', today })).not.toEqual(world)
    expect(worldOf({ seed: 'quittance', today: addDays(today, 1) })).not.toEqual(world)
  })

  it('has as much of everything as the documents say', () => {
    expect(world.providers).toHaveLength(2)
    expect(world.clients).toHaveLength(3)
    expect(customers).toHaveLength(40)
    expect(open).toHaveLength(600)
    expect(settled).toHaveLength(900)
    expect(receipts).toHaveLength(60)
    expect(receipts.filter(({ customerNumber }) => customerNumber === null)).toHaveLength(4)
    expect(promises).toHaveLength(25)
    expect(share(open, ({ kind }) => kind === 'CREDIT_MEMO')).toBe(0.05)
    expect(share(open, ({ kind }) => kind === 'DEBIT_MEMO')).toBeGreaterThan(0.02)
    expect(share(open, ({ isDisputed }) => isDisputed)).toBe(0.06)
  })

  it('holds together on any day and seed', () => {
    for (let at = 0; at < 7; at += 1) {
      const day = addDays('2026-02-20', at * 53)
      for (const client of worldOf({ seed: `seed ${at}`, today: day }).clients) expectSound(client, day)
    }
  })

  it('spreads ages from not due to nearly a year, most of it young', () => {
    const late = (item: DemoItem, days: number) => item.dueOn < addDays(today, -days)
    const owed = open.filter(({ kind }) => kind !== 'CREDIT_MEMO')
    expect(share(owed, (item) => !late(item, 0))).toBeGreaterThan(0.4)
    expect(share(owed, (item) => !late(item, 0))).toBeLessThan(0.7)
    expect(share(owed, (item) => late(item, 90))).toBeGreaterThan(0.05)
    expect(share(owed, (item) => late(item, 90))).toBeLessThan(0.2)
    expect(owed.some((item) => late(item, 180))).toBe(true)
  })

  it('tells the customers apart by how they paid', () => {
    const lateOf = (habit: Habit) => {
      const some = new Set(customers.filter((customer) => customer.habit === habit).map(({ number }) => number))
      const paid = settled.filter(({ customerNumber }) => some.has(customerNumber))
      return share(paid, ({ closedOn, dueOn }) => closedOn !== null && closedOn > addDays(dueOn, 10))
    }
    expect(lateOf('GOOD')).toBeLessThan(0.05)
    expect(lateOf('SLOW')).toBeGreaterThan(0.8)
    expect(lateOf('ERRATIC')).toBeGreaterThan(0.3)
    expect(lateOf('ERRATIC')).toBeLessThan(0.7)
  })

  it('has currencies without decimals, with two and with three', () => {
    expect(new Set(open.map(({ currency }) => currency))).toEqual(new Set(['USD', 'CAD', 'EUR', 'PLN', 'JPY', 'KWD', 'GBP']))
    expect(new Set(open.map(({ currency }) => exponentOf(currency)))).toEqual(new Set([0, 2, 3]))
    expect(customers.filter(({ currency }) => currency === 'KWD')).toHaveLength(1)
  })

  it.skipIf(!existsSync('../shared/data'))('names nobody of the sample ledgers', () => {
    const plain = (name: string) =>
      name
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim()
    const known = new Set(
      ['open.csv', 'cleared.csv']
        .flatMap((file) => readFileSync(`../shared/data/ledger-highradius/${file}`, 'utf8').split('\n'))
        .flatMap((line) => line.split(','))
        .filter((cell) => /[A-Za-z]{3}/.test(cell))
        .map(plain),
    )
    expect(known.size).toBeGreaterThan(1_000)
    for (const { name, spellings } of customers) for (const each of [name, ...spellings]) expect(known).not.toContain(plain(each))
  })
})

const expectSound = (client: DemoClient, day: Day) => {
  expect(checkClient(client)).toBeNull()
  expect(isZone(client.timeZone)).toBe(true)
  expect(new Set(client.items.map(({ number }) => number)).size).toBe(client.items.length)
  const numbers = new Set(client.customers.map(({ number }) => number))
  expect(numbers.size).toBe(client.customers.length)
  for (const { parent } of client.customers) if (parent !== null) expect(numbers).toContain(parent)

  for (const item of client.items) {
    const { amountMinor, openMinor, currency, kind, documentOn, dueOn, closedOn } = item
    for (const minor of [amountMinor, openMinor]) {
      expect(parseAmount(formatAmount({ minor, currency }), currency)).toEqual({ minor, isRounded: false })
    }
    expect(
      kind === 'CREDIT_MEMO' ? amountMinor <= openMinor && openMinor <= 0n : amountMinor >= openMinor && openMinor >= 0n,
    ).toBe(true)
    expect(amountMinor === 0n).toBe(false)
    expect((openMinor === 0n) === (closedOn !== null)).toBe(true)
    expect(isDay(documentOn) && isDay(dueOn) && documentOn <= dueOn && documentOn <= day).toBe(true)
    expect(dueOn >= addDays(day, -365) || closedOn !== null).toBe(true)
    if (closedOn !== null) expect(closedOn < day && closedOn >= documentOn && closedOn >= addDays(day, -365)).toBe(true)
  }
  // Whoever has several spellings comes under each of them, and under the right name last.
  for (const { number, name, spellings } of client.customers) {
    const seen = client.items.filter(({ customerNumber }) => customerNumber === number).map(({ customerName }) => customerName)
    expect(new Set(seen)).toEqual(new Set([name, ...spellings]))
    expect(seen.at(-1)).toBe(name)
  }
  const left = new Map(client.items.map(({ number, openMinor }) => [number, openMinor]))
  for (const { customerNumber, currency, amountMinor, valueOn, applications } of client.receipts) {
    expect(amountMinor > 0n && valueOn <= day).toBe(true)
    expect(applications.reduce((sum, each) => sum + each.amountMinor, 0n) <= amountMinor).toBe(true)
    for (const each of applications) {
      const item = itemOf(client, each.itemNumber)
      expect([item.customerNumber, item.currency, item.isDisputed]).toEqual([customerNumber, currency, false])
      left.set(item.number, (left.get(item.number) ?? 0n) - each.amountMinor)
      expect(each.amountMinor > 0n && (left.get(item.number) ?? -1n) >= 0n).toBe(true)
    }
  }
  for (const { itemNumber, amountMinor, currency, promisedOn } of client.promises) {
    expect(amountMinor > 0n && amountMinor <= (left.get(itemNumber) ?? 0n)).toBe(true)
    expect(itemOf(client, itemNumber).currency).toBe(currency)
    // The day after tomorrow is no day of the past in any time zone.
    expect(promisedOn >= addDays(day, 2)).toBe(true)
  }
  expect(new Set(client.promises.map(({ itemNumber }) => itemNumber)).size).toBe(client.promises.length)
}

describe('the personas', () => {
  it('are known by name and hold rights of clients that there are', () => {
    expect(personas.map(({ name }) => name).toSorted()).toEqual([
      'admin',
      'analyst',
      'approver',
      'collector',
      'integration',
      'lead',
      'manager',
      'portal',
      'stranger',
    ])
    expect(new Set(personas.map(({ subject }) => subject)).size).toBe(personas.length)
    for (const { provider, grants } of principals) {
      for (const { client } of grants) expect(world.clients.find(({ code }) => code === client)?.provider).toBe(provider)
    }
  })
})

describe('createRandom', () => {
  it('repeats itself, stays within its bounds and reaches both ends', () => {
    const [one, other] = [createRandom('a'), createRandom('a')]
    const drawn = Array.from({ length: 2_000 }, () => one.between(3, 6))
    expect(Array.from({ length: 2_000 }, () => other.between(3, 6))).toEqual(drawn)
    expect(new Set(drawn)).toEqual(new Set([3, 4, 5, 6]))
    expect(
      Array.from({ length: 200 }, () =>
        one.weighted([
          ['never', 0],
          ['always', 1],
        ]),
      ),
    ).not.toContain('never')
    expect(one.shuffled([1, 2, 3, 4]).toSorted()).toEqual([1, 2, 3, 4])
    expect(() => one.pick([])).toThrow(RangeError)
  })
})
