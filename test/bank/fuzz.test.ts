import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BankEvent } from '../../src/modules/bank/formats/model.ts'
import { areThere, bankFolder, bytesOf, type KnownFile, knownFiles, readingOf } from './bank-files.ts'

// Ten thousand files that somebody broke: each is read whole or refused with a place, quickly, and never crashes anything.

const total = 10_000
const seed = 20_261_124

type Break =
  | { readonly how: 'byte'; readonly at: number; readonly byte: number }
  | { readonly how: 'cut'; readonly at: number }
  | { readonly how: 'remove'; readonly at: number; readonly length: number }
  | { readonly how: 'repeat'; readonly at: number; readonly length: number }
  | { readonly how: 'insert'; readonly at: number; readonly text: string }
  | { readonly how: 'digit'; readonly at: number }
  | { readonly how: 'line'; readonly at: number; readonly does: 'drop' | 'double' | 'swap' }

const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const garbage = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom(
    '\n',
    '\r\n',
    '/',
    '~',
    '*',
    ':61:',
    ':86:',
    '<Ntry>',
    '</Ntry>',
    '<!DOCTYPE a>',
    '&x;',
    ']]>',
    '88,',
    '\0',
    '9'.repeat(40),
  ),
)
const breaks: fc.Arbitrary<Break> = fc.oneof(
  fc.record({ how: fc.constant('byte' as const), at, byte: fc.nat(255) }),
  fc.record({ how: fc.constant('cut' as const), at }),
  fc.record({ how: fc.constant('remove' as const), at, length: fc.nat(200) }),
  fc.record({ how: fc.constant('repeat' as const), at, length: fc.nat(200) }),
  fc.record({ how: fc.constant('insert' as const), at, text: garbage }),
  fc.record({ how: fc.constant('digit' as const), at }),
  fc.record({
    how: fc.constant('line' as const),
    at,
    does: fc.constantFrom('drop' as const, 'double' as const, 'swap' as const),
  }),
)

const broken = (bytes: Buffer, one: Break): Buffer => {
  const place = Math.floor(one.at * bytes.length)
  const [before, behind] = [bytes.subarray(0, place), bytes.subarray(place)]
  switch (one.how) {
    case 'byte':
      return Buffer.concat([before, Buffer.from([one.byte]), behind.subarray(1)])
    case 'cut':
      return before
    case 'remove':
      return Buffer.concat([before, behind.subarray(one.length)])
    case 'repeat':
      return Buffer.concat([before, behind.subarray(0, one.length), behind])
    case 'insert':
      return Buffer.concat([before, Buffer.from(one.text), behind])
    case 'digit': {
      const found = bytes.findIndex((byte, index) => index >= place && byte >= 0x30 && byte <= 0x39)
      const copy = Buffer.from(bytes)
      if (found >= 0) copy[found] = 0x30 + (((copy[found] ?? 0x30) - 0x2f) % 10)
      return copy
    }
    case 'line': {
      const lines = bytes.toString('latin1').split('\n')
      const line = Math.floor(one.at * lines.length)
      if (one.does === 'drop') lines.splice(line, 1)
      if (one.does === 'double') lines.splice(line, 0, lines[line] ?? '')
      if (one.does === 'swap') lines.splice(line, 2, ...lines.slice(line, line + 2).reverse())
      return Buffer.from(lines.join('\n'), 'latin1')
    }
  }
}

/** What is taken is whole: files are announced, statements end, and each end has counted what stands before it. */
const isWhole = (events: readonly BankEvent[]): boolean => {
  let entries: number | null = null
  for (const [place, event] of events.entries()) {
    if (place === 0 && event.kind !== 'FILE') return false
    if (event.kind === 'STATEMENT') {
      if (entries !== null) return false
      entries = 0
    }
    if (event.kind === 'ENTRY') {
      if (entries === null) return false
      entries += 1
    }
    if (event.kind === 'STATEMENT_END') {
      if (entries !== event.entries) return false
      entries = null
    }
  }
  return events.length > 0 && entries === null
}

const json = (events: readonly BankEvent[]): string[] =>
  events.map((event) => JSON.stringify(event, (_name, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)))

/** A file that was cut is refused, or it ends where a message of the whole file ends. */
const isPrefix = (some: readonly BankEvent[], all: readonly BankEvent[]): boolean => {
  const whole = json(all)
  return json(some).every((event, place) => event === whole[place])
}

describe.skipIf(!areThere)(`${total} broken bank files`, () => {
  const files = areThere ? knownFiles.map((known) => ({ known, bytes: bytesOf(known) })) : []
  // Most of them break files that are good: a file that is refused anyway shows little.
  const runsOf = ({ outcome }: KnownFile) => (outcome === 'PARSED' ? 110 : 25)
  const tally = { taken: 0, refused: 0, slowestMs: 0 }

  const attempt = async (known: KnownFile, bytes: Buffer) => {
    const started = performance.now()
    const reading = await readingOf(known, bytes)
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - started)
    tally[reading.refusal === null ? 'taken' : 'refused'] += 1
    return reading
  }

  it.each(files)(
    '$known.file: never a crash, and never a part for the whole',
    async ({ known, bytes }) => {
      const original = await readingOf(known, bytes)
      await fc.assert(
        fc.asyncProperty(fc.array(breaks, { minLength: 1, maxLength: 3 }), async (some) => {
          const { events, refusal } = await attempt(known, some.reduce(broken, bytes))
          if (refusal !== null) {
            expect(refusal.line).toBeGreaterThanOrEqual(1)
            expect(refusal.message).not.toBe('')
            return
          }
          expect(isWhole(events)).toBe(true)
          const [only, ...others] = some
          if (only?.how === 'cut' && others.length === 0 && original.refusal === null)
            expect(isPrefix(events, original.events)).toBe(true)
        }),
        { seed, numRuns: runsOf(known) },
      )
    },
    20_000,
  )

  // One that hangs runs into the time limit of its test; how long the slowest took is told.
  it('are what was tried', () => {
    process.stdout.write(`${JSON.stringify({ ...tally, slowestMs: Math.round(tally.slowestMs) })}\n`)
    expect(tally.taken + tally.refused).toBeGreaterThanOrEqual(total)
  })
})

it.skipIf(areThere)('are absent: nothing was broken', (context) => context.skip(`there is no ${bankFolder}`))
