import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDigits, numberDigits, numberKey, readReference, readText } from './references.ts'

const options = { own: new Set<string>(), mentionsMax: 400 }
const keysIn = (text: string) => new Set(readText(text, options).mentions.map(({ key }) => key))
const mention = (text: string, key: string, own: readonly string[] = []) =>
  readText(text, { ...options, own: new Set(own) }).mentions.find((each) => each.key === key)

describe('a key', () => {
  it.each([
    ['1930438491', '1930438491', '1930438491'],
    ['0000611365', '611365', '611365'],
    ['inv-2024/0042', 'INV20240042', '20240042'],
    ['RE 0042', 'RE0042', '42'],
    [' #12.345 ', '12345', '12345'],
    ['ÄB-7', 'B7', '7'],
    ['straße 9', 'STRAE9', '9'],
    ['000', '', ''],
    ['', '', ''],
  ])('of %j is %j, its digits %j', (number, key, digits) => {
    expect(numberKey(number)).toBe(key)
    expect(numberDigits(number)).toBe(digits)
  })

  it('is what the column of the database says, and its own key', () => {
    // ltrim(regexp_replace(upper(number), '[^A-Z0-9]', '', 'g'), '0') of text that is ASCII.
    const column = (number: string) =>
      number
        .toUpperCase()
        .replaceAll(/[^A-Z0-9]/g, '')
        .replace(/^0*/, '')
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (number) => {
        expect(numberKey(number)).toBe(column(number))
        expect(numberKey(numberKey(number))).toBe(numberKey(number))
      }),
    )
  })
})

describe('a text', () => {
  it.each([
    ['the number alone', '1930438491'],
    ['words before it', 'Payment for invoice 1930438491 thank you'],
    ['a word attached', 'INV1930438491'],
    ['a label of two words', 'Rg.-Nr. 1930438491'],
    ['a number sign', '#1930438491,'],
    ['the sign for number', '№1930438491'],
    ['hyphens inside', '1930-438-491.'],
    ['full stops inside', '1930.438.491'],
    ['spaces inside', 'Re 1930 438 491;'],
    ['zeros before it', '0001930438491'],
    ['zeros, a label and spaces', 'INV0001930 438 491'],
    ['full-width digits', '１９３０４３８４９１'],
    ['another number behind a slash', '1930438491/1930438492'],
    ['an ISO 20022 tag', '/RFB/1930438491'],
    ['a date and an amount around it', '2020-02-11 1930438491 54,273.28'],
  ])('with %s', (_case, text) => {
    expect(keysIn(text)).toContain('1930438491')
  })

  it.each([
    ['an amount', 'EUR 54,273.28', '5427328'],
    ['a continental amount', 'EUR 54.273,28', '5427328'],
    ['an amount without thousands', '12345.67', '1234567'],
    ['an ISO date', '2020-02-11', '20200211'],
    ['an American date', '02/11/2020', '02112020'],
    ['a German date', '11.02.2020', '11022020'],
  ])('takes %s for no number', (_case, text, key) => {
    expect([...keysIn(text)].filter((each) => each === key || each === numberKey(key))).toEqual([])
  })

  it('reads neighbours as one number only where both are short', () => {
    expect(keysIn('1930438491 1930438492')).toEqual(new Set(['1930438491', '1930438492']))
    expect(keysIn('4711 0815')).toContain('47110815')
    expect(keysIn('4711, 0815')).not.toContain('47110815')
  })

  it('says what stands before a number', () => {
    expect(mention('Invoice no.: 4711', '4711')?.label).toBe('DOCUMENT')
    expect(mention('RECHNUNGSNR4711', '4711')).toMatchObject({ label: 'DOCUMENT', stand: 'LABELLED' })
    expect(mention('Credit note 4711', '4711')?.label).toBe('CREDIT')
    expect(mention('PO number 4711', '4711')?.label).toBe('OTHER')
    expect(mention('Kd-Nr 4711', '4711')?.label).toBe('CUSTOMER')
    expect(mention('paid, 4711', '4711')?.label).toBeNull()
    expect(mention('invoice today; 4711', '4711')?.label).toBeNull()
  })

  it('says whether a number stands by itself, and what is attached', () => {
    expect(mention('4711', '4711')?.stand).toBe('WORD')
    expect(mention('INV-4711', '4711')?.stand).toBe('LABELLED')
    expect(mention('XY4711', '4711')).toMatchObject({ stand: 'INSIDE', prefix: 'XY' })
    expect(mention('XY4711', '4711', ['XY'])).toMatchObject({ stand: 'LABELLED', label: 'DOCUMENT' })
    expect(mention('2024/4711', '4711')).toMatchObject({ stand: 'INSIDE', prefix: null })
    expect(mention('4711-X', '4711')).toMatchObject({ stand: 'INSIDE', prefix: null })
  })

  it('is read up to a bound, and says so', () => {
    const text = Array.from({ length: 1_000 }, (_, at) => 1_000_000_000 + at).join(' ')
    const { mentions, isCut } = readText(text, options)
    expect(mentions).toHaveLength(400)
    expect(isCut).toBe(true)
    expect(readText('1 22 333', options).isCut).toBe(false)
  })

  it('takes time in proportion to its length, whatever it is', () => {
    const hostile = ['1'.repeat(100_000), '1-'.repeat(50_000), 'a1'.repeat(50_000), '1.111'.repeat(20_000), ' '.repeat(100_000)]
    for (const text of hostile) expect(readText(text, options).mentions.length).toBeLessThanOrEqual(400)
  })

  it('has the same pieces whatever labels are known', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'XYINVRE 0123-./:,') }), (text) => {
        const keys = (own: string[]) => readText(text, { ...options, own: new Set(own) }).mentions.map(({ key }) => key)
        expect(keys(['X', 'Y', 'XY'])).toEqual(keys([]))
      }),
    )
  })

  it('has pieces of digits and letters that stand where they say', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AbZ019 -/.,:#') }), (text) => {
        for (const each of readText(text, options).mentions) {
          expect(numberKey(each.text)).toBe(each.key)
          expect(/[0-9]/.test(each.key)).toBe(true)
        }
      }),
    )
  })
})

describe('a reference', () => {
  it('is tried as a whole first, whatever it looks like', () => {
    expect(readReference(' 2020-02-11 ', options).mentions[0]).toMatchObject({ key: '20200211', stand: 'WORD' })
    expect(readReference('7', options).mentions[0]).toMatchObject({ key: '7' })
    expect(readReference('INV 4711', options).mentions.map(({ key }) => key)).toEqual(['INV4711', '4711'])
  })
})

it.each([
  ['123', true],
  ['A123', false],
  ['', false],
])('%j is all digits: %s', (key, answer) => expect(isDigits(key)).toBe(answer))
