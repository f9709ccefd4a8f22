import { describe, expect, it } from 'vitest'
import { aLine, anItem, aReceipt, bookOf, type Case, heldBackBy, matchOf } from '../../../test/matching/facts.ts'
import { defaultMatchingPolicy, type Effects, type MatchItem, matchReceipt, rules, takeMatch } from './rules.ts'

const fullCash: Partial<Effects> = { cashMinor: 100_000n, settledMinor: 100_000n, deductions: [] }

/** The one line of a match. */
const lineOf = (items: readonly MatchItem[], given: Case) => {
  const match = matchOf(items, given)
  const [line] = match.lines
  if (line === undefined || match.lines.length > 1) throw new Error(`${match.lines.length} lines`)
  return { match, line, heldBack: heldBackBy(match) }
}

describe('a reference', () => {
  it.each<[string, string, string, string]>([
    ['as the ledger has it', 'INV-2026-0042', 'INV-2026-0042', 'REFERENCE_EXACT'],
    ['in small letters', 'INV-2026-0042', 'inv-2026-0042', 'REFERENCE_NORMALISED'],
    ['without separators', 'INV-2026-0042', 'INV20260042', 'REFERENCE_NORMALISED'],
    ['with leading zeros', '4711815', '0004711815', 'REFERENCE_NORMALISED'],
    ['without its leading zeros', '0004711815', '4711815', 'REFERENCE_NORMALISED'],
    ['behind a label', '4711815', 'RECHNUNG NR. 4711815', 'REFERENCE_EXACT'],
    ['behind an attached label', '4711815', 'RE-4711815', 'REFERENCE_NORMALISED'],
    ['with spaces and a full stop', '4711815', ' 4711 815.', 'REFERENCE_NORMALISED'],
    ['without its letters', 'INV-4711815', '4711815', 'REFERENCE_DIGITS'],
    ['inside a longer number', '4711815', '2026/4711815', 'REFERENCE_EMBEDDED'],
    ['behind unknown letters', '4711815', 'XY4711815', 'REFERENCE_EMBEDDED'],
  ])('%s finds the item by itself', (_case, number, reference, rule) => {
    const { match, line } = lineOf([anItem(number), anItem('9999999')], { receipt: { lines: [aLine(reference, 100_000n)] } })
    expect(match).toMatchObject({ outcome: 'AUTOMATIC', restMinor: 0n, restUse: 'NONE', notes: [] })
    expect(line).toMatchObject({ itemId: number, outcome: 'EXACT', rule: { id: rule, version: 1 }, effects: fullCash })
    expect(line.found).toMatchObject({ field: 'LINE', index: 0, distance: 0 })
    expect(line.candidates[0]).toMatchObject({ itemId: number, isSettled: false })
  })

  it('in free text finds items too, and amounts that are not told must add up', () => {
    const items = [anItem('4711815'), anItem('4711816', { openMinor: 50_000n }), anItem('4711817')]
    const texts = ['SVWZ+RECHNUNG 4711815 VOM 10.01.2026', 'u. 4711816 DANKE']
    const match = matchOf(items, { receipt: { amountMinor: 150_000n, texts } })
    expect(match.outcome).toBe('AUTOMATIC')
    expect(match.lines.map(({ itemId, found }) => [itemId, found?.field, found?.index])).toEqual([
      ['4711815', 'TEXT', 0],
      ['4711816', 'TEXT', 1],
    ])
  })

  it('of a number with letters is not that of another with the same digits', () => {
    expect(lineOf([anItem('A-4711815')], { receipt: { lines: [aLine('B-4711815', 100_000n)] } }).line).toMatchObject({
      rule: { id: 'REFERENCE_FUZZY' },
    })
  })

  it.each([
    ['an order', 'PO 4711815'],
    ['a check', 'CHECK NO 4711815'],
    ['a customer', 'Kd.-Nr. 4711815'],
    ['a credit note', 'Credit note 4711815'],
  ])('to %s is none to an invoice', (_case, text) => {
    const match = matchOf([anItem('4711815')], { receipt: { texts: [text], amountMinor: 5n } })
    expect(match).toMatchObject({ outcome: 'NONE', lines: [], restMinor: 5n })
  })

  it('to a credit note is one to a credit memo', () => {
    const items = [anItem('4711815', { openMinor: -20_000n }), anItem('4711900')]
    const match = matchOf(items, { receipt: { amountMinor: 80_000n, texts: ['INV 4711900 LESS CREDIT NOTE 4711815'] } })
    expect(match).toMatchObject({ outcome: 'AUTOMATIC', restMinor: 0n })
    expect(match.lines.map(({ outcome, effects }) => [outcome, effects.cashMinor])).toEqual([
      ['EXACT', 100_000n],
      ['NETTING', -20_000n],
    ])
  })

  it('of few digits is a suggestion where letters are missing', () => {
    const { match, heldBack } = lineOf([anItem('INV-1042')], { receipt: { lines: [aLine('1042', 100_000n)] } })
    expect(match.outcome).toBe('SUGGESTED')
    expect(heldBack).toEqual(['REFERENCE_SHORT'])
  })

  it('of few digits in free text is nothing, unless a word says that it is a document', () => {
    expect(matchOf([anItem('1042')], { receipt: { texts: ['1042'], amountMinor: 5n } }).outcome).toBe('NONE')
    expect(matchOf([anItem('1042')], { receipt: { texts: ['INVOICE 1042'] } }).outcome).toBe('AUTOMATIC')
  })

  it('inside a longer number that is known as well means the longer one', () => {
    const items = [anItem('4711'), anItem('4711-815', { customerId: 'bolt' }), anItem('47118')]
    const match = matchOf(items, { receipt: { lines: [aLine('4711-815', 100_000n)], payerName: null } })
    expect(match.lines.map(({ itemId }) => itemId)).toEqual(['4711-815'])
  })

  it('that two numbers fit across one another is ambiguous', () => {
    const items = [anItem('12345-678'), anItem('678-90123')]
    const match = matchOf(items, { receipt: { texts: ['12345-678-90123'] } })
    expect(match.lines.map(({ itemId, outcome }) => [itemId, outcome])).toEqual([
      [null, 'AMBIGUOUS'],
      [null, 'AMBIGUOUS'],
    ])
  })

  it('to a number of two customers means the payer’s', () => {
    const items = [anItem('4711815'), anItem('04711815', { customerId: 'bolt' })]
    const { match, line } = lineOf(items, { receipt: { lines: [aLine('INV 4711815', 100_000n)] } })
    expect(match.outcome).toBe('AUTOMATIC')
    expect(line.candidates.map(({ itemId }) => itemId)).toEqual(['4711815', '04711815'])
  })

  it('to a number of two customers means nobody’s while the payer is not known', () => {
    const items = [anItem('a', { number: '4711815' }), anItem('b', { number: '4711815', customerId: 'bolt' })]
    const { match, line, heldBack } = lineOf(items, { receipt: { payerName: null, lines: [aLine('4711815', 100_000n)] } })
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 100_000n, payer: { customerId: null } })
    expect(line).toMatchObject({ itemId: null, outcome: 'AMBIGUOUS', rule: null })
    expect(line.candidates.map(({ itemId }) => itemId)).toEqual(['a', 'b'])
    expect(heldBack).toEqual(['PAYER_UNKNOWN', 'REFERENCE_AMBIGUOUS', 'REST_LEFT'])
  })

  it('to a number of two legal entities means that which was paid', () => {
    const items = [anItem('a', { number: '4711815' }), anItem('b', { number: '4711815', legalEntityId: 'FR01' })]
    expect(lineOf(items, { receipt: { lines: [aLine('4711815', 100_000n)] } })).toMatchObject({
      match: { outcome: 'AUTOMATIC' },
      line: { itemId: 'a' },
    })
  })

  it('that differs from another in leading zeros alone is not trusted', () => {
    const items = [anItem('04711815'), anItem('4711815')]
    const { match, line, heldBack } = lineOf(items, { receipt: { lines: [aLine('4711815', 100_000n)] } })
    expect(match.outcome).toBe('SUGGESTED')
    expect(line.itemId).toBe('4711815')
    expect(heldBack).toEqual(['REFERENCE_AMBIGUOUS'])
  })

  it('in free text to an item of somebody else is left aside where the payer has one too', () => {
    const items = [anItem('4711815'), anItem('5550199', { customerId: 'bolt' })]
    const match = matchOf(items, { receipt: { texts: ['4711815 call 5550199'] } })
    expect(match).toMatchObject({ outcome: 'AUTOMATIC', restMinor: 0n })
    expect(match.notes).toMatchObject([{ code: 'REFERENCE_IGNORED', isBlocking: false }])
  })

  it('named twice in text counts once; in lines it is a question', () => {
    expect(matchOf([anItem('4711815')], { receipt: { texts: ['4711815', 'INV 4711815'] } }).lines).toHaveLength(1)
    const lines = [aLine('4711815', 60_000n), aLine('4711815', 40_000n)]
    const match = matchOf([anItem('4711815')], { receipt: { lines } })
    expect(match.outcome).toBe('SUGGESTED')
    expect(heldBackBy(match)).toContain('ITEM_TWICE')
  })

  it('of several numbers in one line shares its amount where it adds up', () => {
    const items = [anItem('4711815'), anItem('4711816', { openMinor: 50_000n })]
    const given = (paidMinor: bigint) => ({ receipt: { amountMinor: paidMinor, lines: [aLine('4711815, 4711816', paidMinor)] } })
    expect(matchOf(items, given(150_000n))).toMatchObject({ outcome: 'AUTOMATIC', lines: [{ lineIndex: 0 }, { lineIndex: 0 }] })
    const { match, heldBack, line } = lineOf(items, given(149_000n))
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 149_000n })
    expect(heldBack).toContain('SPLIT_UNKNOWN')
    expect(line.candidates).toHaveLength(2)
  })
})

describe('a similar number', () => {
  const typo = { lines: [aLine('4711851', 100_000n)] }

  it('of the payer is a suggestion with its distance', () => {
    const { match, line, heldBack } = lineOf([anItem('4711815')], { receipt: typo })
    expect(match.outcome).toBe('SUGGESTED')
    expect(line).toMatchObject({ rule: { id: 'REFERENCE_FUZZY' }, found: { text: '4711851', distance: 1 }, effects: fullCash })
    expect(line.candidates[0]?.why).toBe('1 edit away from 4711851')
    expect(heldBack).toEqual(['REFERENCE_FUZZY'])
  })

  it('is automatic where the policy says so, the payer is known without it and the amount is exact', () => {
    const policy = { fuzzy: { isAutomatic: true } }
    expect(matchOf([anItem('4711815')], { receipt: typo, policy }).outcome).toBe('AUTOMATIC')
    const less = { amountMinor: 99_990n, lines: [aLine('4711851', 99_990n)] }
    expect(matchOf([anItem('4711815')], { receipt: less, policy }).outcome).toBe('SUGGESTED')
    const byItem = { lines: [aLine('4711851', 100_000n), aLine('4800000', 100_000n)], payerName: null, amountMinor: 200_000n }
    const match = matchOf([anItem('4711815'), anItem('4800000')], { receipt: byItem, policy })
    expect(match).toMatchObject({ outcome: 'SUGGESTED', payer: { level: 'ITEMS' } })
  })

  it('is looked for in the payer’s family alone', () => {
    expect(matchOf([anItem('4711815', { customerId: 'bolt' })], { receipt: typo }).lines[0]).toMatchObject({ itemId: null })
    expect(matchOf([anItem('4711815')], { receipt: { ...typo, payerName: null } }).lines[0]).toMatchObject({ itemId: null })
  })

  it('is none where two are as similar', () => {
    const { line } = lineOf([anItem('4711815'), anItem('4711852')], { receipt: typo })
    expect(line).toMatchObject({ itemId: null, outcome: 'AMBIGUOUS' })
    expect(line.candidates.map(({ itemId }) => itemId)).toEqual(['4711815', '4711852'])
  })

  it('is none where it is off, too far or too short', () => {
    expect(matchOf([anItem('4711815')], { receipt: typo, policy: { fuzzy: { distanceMax: 0 } } }).lines[0]?.itemId).toBeNull()
    expect(matchOf([anItem('4711815')], { receipt: { lines: [aLine('4711999', 1n)] } }).lines[0]?.itemId).toBeNull()
    expect(matchOf([anItem('4715')], { receipt: { lines: [aLine('4751', 1n)] } }).lines[0]?.itemId).toBeNull()
  })
})

describe('the payer', () => {
  const paid = { lines: [aLine('4711815', 100_000n)] }
  const nameless = { ...paid, payerName: null }
  const account = [{ customerId: 'acme', kind: 'ACCOUNT', value: 'DE89370400440532013000' }] as const

  it.each<[string, Case, string, string, string]>([
    ['is given', { receipt: { ...nameless, customerId: 'acme' } }, 'acme', 'GIVEN', 'PAYER_GIVEN'],
    [
      'has a known account',
      { receipt: { ...nameless, payerAccount: 'DE89 3704 0044 0532 0130 00' }, facts: { aliases: account } },
      'acme',
      'ACCOUNT',
      'PAYER_ACCOUNT_ALIAS',
    ],
    ['has its number in the text', { receipt: { ...nameless, texts: ['KDNR 70001'] } }, 'acme', 'NUMBER', 'PAYER_NUMBER'],
    [
      'has a name that somebody remembered',
      {
        receipt: { ...paid, payerName: 'Zahlstelle Acme' },
        facts: { aliases: [{ customerId: 'acme', kind: 'NAME', value: 'ZAHLSTELLE ACME' }] },
      },
      'acme',
      'NAME',
      'PAYER_NAME_ALIAS',
    ],
    ['has its name', { receipt: paid }, 'acme', 'NAME', 'PAYER_NAME'],
    ['is known by the items alone', { receipt: nameless }, 'acme', 'ITEMS', 'PAYER_BY_ITEMS'],
  ])('%s', (_case, given, customerId, level, rule) => {
    const match = matchOf([anItem('4711815')], given)
    expect(match).toMatchObject({ outcome: 'AUTOMATIC', payer: { customerId, level, rule: { id: rule, version: 1 } } })
    expect(match.payer.data).not.toBeNull()
  })

  it('by items alone may need a person, by policy', () => {
    const match = matchOf([anItem('4711815')], { receipt: nameless, policy: { payer: { byItemsIsAutomatic: false } } })
    expect(match.outcome).toBe('SUGGESTED')
    expect(heldBackBy(match)).toEqual(['PAYER_BY_ITEMS'])
  })

  it('of a name that two families have is the one whose items are meant', () => {
    const twin = { id: 'twin', number: null, name: 'ACME FOODS LTD', parentId: null, billToId: null }
    const facts = { customers: [twin, { id: 'acme', number: null, name: 'Acme Foods Inc', parentId: null, billToId: null }] }
    const match = matchOf([anItem('4711815')], { receipt: paid, facts })
    expect(match).toMatchObject({ outcome: 'AUTOMATIC', payer: { customerId: 'acme', level: 'ITEMS' } })
    expect(match.payer.candidates.map(({ customerId }) => customerId)).toEqual(['acme', 'twin', 'acme'])
    expect(matchOf([], { receipt: { payerName: 'Acme Foods' }, facts }).payer.customerId).toBeNull()
  })

  it('is nobody where its account and its name are different customers’', () => {
    const receipt = { ...paid, payerName: 'Bolt and Sons', payerAccount: 'DE89370400440532013000' }
    const match = matchOf([anItem('4711815')], { receipt, facts: { aliases: account } })
    expect(match).toMatchObject({ outcome: 'SUGGESTED', payer: { customerId: null, level: 'NONE' } })
    expect(heldBackBy(match)).toEqual(['PAYER_CONFLICT'])
  })

  it('outside the family of the item’s customer is told, and looked at', () => {
    const match = matchOf([anItem('4711815')], { receipt: { ...paid, payerName: 'Bolt & Sons' } })
    expect(match).toMatchObject({ outcome: 'SUGGESTED', payer: { customerId: 'bolt' } })
    expect(heldBackBy(match)).toEqual(['PAYER_DIFFERS'])
  })

  it('may be the parent; a sister is looked at', () => {
    const byParent = matchOf([anItem('4711815')], { receipt: { ...paid, payerName: 'Acme Holding' } })
    expect(byParent.outcome).toBe('AUTOMATIC')
    expect(byParent.lines[0]?.further).toContainEqual({ id: 'PARENT_PAYS', version: 1 })
    const bySister = matchOf([anItem('4711815')], { receipt: { ...paid, payerName: 'Acme North' } })
    expect(bySister.outcome).toBe('SUGGESTED')
    expect(heldBackBy(bySister)).toEqual(['FAMILY_PAYS'])
    const policy = { payer: { familyIsAutomatic: true, parentIsAutomatic: false } }
    expect(matchOf([anItem('4711815')], { receipt: { ...paid, payerName: 'Acme North' }, policy }).outcome).toBe('AUTOMATIC')
    expect(matchOf([anItem('4711815')], { receipt: { ...paid, payerName: 'Acme Holding' }, policy }).outcome).toBe('SUGGESTED')
  })

  it('of items of several customers of a family is its head', () => {
    const items = [anItem('4711815'), anItem('4711900', { customerId: 'north' })]
    const lines = [aLine('4711815', 100_000n), aLine('4711900', 100_000n)]
    const match = matchOf(items, { receipt: { lines, payerName: null, amountMinor: 200_000n } })
    expect(match).toMatchObject({ outcome: 'AUTOMATIC', payer: { customerId: 'holding', level: 'ITEMS' } })
  })

  it('of items of two families is nobody', () => {
    const items = [anItem('4711815'), anItem('4711900', { customerId: 'bolt' })]
    const lines = [aLine('4711815', 100_000n), aLine('4711900', 100_000n)]
    const match = matchOf(items, { receipt: { lines, payerName: null, amountMinor: 200_000n } })
    expect(match).toMatchObject({ outcome: 'SUGGESTED', payer: { customerId: null } })
    expect(heldBackBy(match)).toEqual(['PAYER_UNKNOWN'])
  })
})

describe('an item that is paid', () => {
  const settled = [
    { id: 's', customerId: 'acme', number: '4711815', currency: 'EUR', originalMinor: 100_000n, closedOn: '2026-01-20' },
  ] as const

  it('and paid again is a duplicate, and the money stays unapplied', () => {
    const { match, line } = lineOf([], { receipt: { lines: [aLine('INV 4711815', 100_000n)] }, facts: { settled } })
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 100_000n, restUse: 'UNAPPLIED' })
    expect(line).toMatchObject({ itemId: null, outcome: 'DUPLICATE', rule: { id: 'REFERENCE_SETTLED' } })
    expect(line.candidates).toMatchObject([{ itemId: 's', isSettled: true, why: 'paid by 2026-01-20' }])
  })

  it.each<[string, Case]>([
    ['with another amount', { receipt: { lines: [aLine('4711815', 90_000n)] }, facts: { settled } }],
    ['long ago', { receipt: { lines: [aLine('4711815', 100_000n)], valueOn: '2027-02-01' }, facts: { settled } }],
  ])('and named again %s is only told', (_case, given) => {
    expect(lineOf([], given).line).toMatchObject({ itemId: null, outcome: 'NO_OPEN_ITEM' })
  })

  it('by an earlier receipt of the same run is a duplicate for the next', () => {
    const book = bookOf([anItem('4711815')])
    const receipt = aReceipt({ lines: [aLine('4711815', 100_000n)] })
    const first = matchReceipt(book, receipt, defaultMatchingPolicy)
    takeMatch(book, first)
    const second = matchReceipt(book, { ...receipt, id: 'again' }, defaultMatchingPolicy)
    expect([first.outcome, second.outcome]).toEqual(['AUTOMATIC', 'SUGGESTED'])
    expect(second.lines).toMatchObject([
      { outcome: 'DUPLICATE', candidates: [{ why: 'paid by an earlier receipt of this run' }] },
    ])
  })

  it('is not meant while an open item has the number', () => {
    const match = matchOf([anItem('4711815')], { receipt: { lines: [aLine('4711815', 100_000n)] }, facts: { settled } })
    expect(match).toMatchObject({ outcome: 'AUTOMATIC', lines: [{ outcome: 'EXACT' }] })
  })
})

describe('another legal entity, another currency', () => {
  it('is told where the item is owed to another entity of the client', () => {
    const { match, line, heldBack } = lineOf([anItem('4711815', { legalEntityId: 'FR01' })], {
      receipt: { lines: [aLine('4711815', 100_000n)] },
    })
    expect(match.outcome).toBe('SUGGESTED')
    expect(line).toMatchObject({ outcome: 'PAID_WRONG_ENTITY', effects: fullCash })
    expect(heldBack).toEqual(['ENTITY_DIFFERS'])
  })

  it('proposes nothing for an item in another currency', () => {
    const { match, line, heldBack } = lineOf([anItem('4711815', { currency: 'USD' })], { receipt: { lines: [aLine('4711815')] } })
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 100_000n })
    expect(line).toMatchObject({ outcome: 'FX_DIFFERENCE', itemCurrency: 'USD', effects: { cashMinor: 0n, settledMinor: 0n } })
    expect(heldBack).toContain('CURRENCY_DIFFERS')
  })

  it('suggests the whole receipt where the payer ordered what is open', () => {
    const items = [anItem('4711815', { currency: 'USD' }), anItem('4711816', { currency: 'USD', openMinor: 8_000n })]
    const lines = [aLine('4711815'), aLine('4711816')]
    const receipt = { amountMinor: 99_990n, instructed: { minor: 108_000n, currency: 'USD' }, lines }
    const match = matchOf(items, { receipt })
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 0n })
    expect(match.lines.map(({ outcome, effects }) => [outcome, effects.cashMinor, effects.settledMinor])).toEqual([
      ['FX_DIFFERENCE', 92_583n, 100_000n],
      ['FX_DIFFERENCE', 7_407n, 8_000n],
    ])
    expect(matchOf(items, { receipt: { ...receipt, receivedMinor: 120_000n } }).restMinor).toBe(99_990n)
  })

  it('suggests a difference of exchange where the payer ordered another currency', () => {
    const receipt = { amountMinor: 98_500n, instructed: { minor: 108_000n, currency: 'USD' }, lines: [aLine('4711815')] }
    const { match, line } = lineOf([anItem('4711815')], { receipt })
    expect(match.outcome).toBe('SUGGESTED')
    expect(line).toMatchObject({
      outcome: 'FX_DIFFERENCE',
      effects: { cashMinor: 98_500n, fxMinor: 1_500n, settledMinor: 100_000n },
    })
  })
})

describe('the amount alone', () => {
  it('of one item is a suggestion, however well it fits', () => {
    const { match, line, heldBack } = lineOf([anItem('1'), anItem('2', { openMinor: 5n })], {})
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 0n })
    expect(line).toMatchObject({ itemId: '1', outcome: 'EXACT', rule: { id: 'AMOUNT_SINGLE' } })
    expect(heldBack).toEqual(['AMOUNT_ONLY'])
  })

  it('less a discount that is earned is one too', () => {
    const discount = { percentMilli: 2_000, until: '2026-02-09' } as const
    const { line } = lineOf([anItem('1', { discount }), anItem('2', { openMinor: 5n })], { receipt: { amountMinor: 98_000n } })
    expect(line).toMatchObject({
      itemId: '1',
      outcome: 'DISCOUNT_EARNED',
      effects: { cashMinor: 98_000n, discountEarnedMinor: 2_000n },
    })
  })

  it('of several items is ambiguous', () => {
    const { match, line, heldBack } = lineOf([anItem('1'), anItem('2')], {})
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 100_000n })
    expect(line.candidates.map(({ itemId }) => itemId)).toEqual(['1', '2'])
    expect(heldBack).toContain('AMOUNT_AMBIGUOUS')
  })

  it.each<[string, MatchItem[], bigint, string[], string]>([
    ['all that is open', [anItem('1'), anItem('2', { openMinor: -30_000n })], 70_000n, ['1', '2'], 'AMOUNT_BALANCE'],
    [
      'all but what is disputed',
      [anItem('1'), anItem('2'), anItem('3', { isDisputed: true })],
      200_000n,
      ['1', '2'],
      'AMOUNT_BALANCE',
    ],
    [
      'some items',
      [anItem('1'), anItem('2', { openMinor: 7n }), anItem('3', { openMinor: 50n })],
      100_050n,
      ['1', '3'],
      'AMOUNT_SUBSET',
    ],
  ])('of %s', (_case, items, amountMinor, ids, rule) => {
    const match = matchOf(items, { receipt: { amountMinor } })
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 0n })
    expect(match.lines.map(({ itemId }) => itemId)).toEqual(ids)
    expect(new Set(match.lines.map((line) => line.rule?.id))).toEqual(new Set([rule]))
  })

  it('of more than one sum is ambiguous', () => {
    const items = ['1', '2', '3', '4'].map((number, at) => anItem(number, { openMinor: BigInt(10 * (at + 1)) }))
    const { line, heldBack } = lineOf(items, { receipt: { amountMinor: 50n } })
    expect(line).toMatchObject({ itemId: null, outcome: 'AMBIGUOUS' })
    expect(heldBack).toEqual(['AMOUNT_ONLY', 'AMOUNT_AMBIGUOUS', 'REST_LEFT'])
  })

  it('says when it gave up', () => {
    const items = Array.from({ length: 12 }, (_, at) => anItem(`${at}`, { openMinor: BigInt(1_000 + at * 2) }))
    const match = matchOf(items, { receipt: { amountMinor: 4_041n }, policy: { subset: { nodesMax: 20 } } })
    expect(match.outcome).toBe('NONE')
    expect(heldBackBy(match)).toEqual(['SUBSET_GAVE_UP', 'AMOUNT_UNKNOWN', 'REST_LEFT'])
    expect(match.notes[0]?.text).toMatch(/2\d steps among 12 items/)
  })

  it('reaches to the payer’s children, and never to others', () => {
    const items = [anItem('1', { customerId: 'north' }), anItem('2', { customerId: 'bolt' })]
    expect(lineOf(items, { receipt: { payerName: 'Acme Holding' } }).line).toMatchObject({ itemId: '1' })
    expect(matchOf(items, {})).toMatchObject({ outcome: 'NONE', lines: [] })
    expect(matchOf(items, { receipt: { payerName: null } })).toMatchObject({ outcome: 'NONE', lines: [] })
  })

  it('of a line without a reference is a suggestion', () => {
    const lines = [aLine('4711815', 100_000n), aLine(null, 70n)]
    const match = matchOf([anItem('4711815'), anItem('2', { openMinor: 70n })], { receipt: { amountMinor: 100_070n, lines } })
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 0n })
    expect(match.lines.map(({ itemId, rule }) => [itemId, rule?.id])).toEqual([
      ['4711815', 'REFERENCE_EXACT'],
      ['2', 'AMOUNT_SINGLE'],
    ])
  })

  it('is tried where the references lead nowhere', () => {
    const match = matchOf([anItem('4711815')], { receipt: { lines: [aLine('ORDER-77', 100_000n)] } })
    expect(match).toMatchObject({ outcome: 'SUGGESTED', restMinor: 0n })
    expect(match.lines.map(({ itemId, outcome }) => [itemId, outcome])).toEqual([
      [null, 'NO_OPEN_ITEM'],
      ['4711815', 'EXACT'],
    ])
  })
})

describe('a receipt', () => {
  it('that has nothing left is nobody’s business', () => {
    const match = matchOf([anItem('4711815')], { receipt: { amountMinor: 0n, texts: ['4711815'] } })
    expect(match).toMatchObject({ outcome: 'NONE', lines: [], restMinor: 0n })
    expect(heldBackBy(match)).toEqual(['NOTHING_LEFT'])
  })

  it('with more text than is read is never automatic', () => {
    const texts = [`4711815 ${'A1B2C3 '.repeat(500)}`]
    const match = matchOf([anItem('4711815')], { receipt: { texts } })
    expect(match.outcome).toBe('SUGGESTED')
    expect(heldBackBy(match)).toEqual(['REFERENCES_CUT'])
  })

  it('goes on account for what is left, where the policy says so and all else is clear', () => {
    const lines = [aLine('4711815', 100_000n)]
    const policy = { overPaid: { use: 'ON_ACCOUNT', isAutomatic: true } }
    const clear = matchOf([anItem('4711815')], { receipt: { amountMinor: 100_500n, lines }, policy })
    expect(clear).toMatchObject({ outcome: 'AUTOMATIC', restMinor: 500n, restUse: 'ON_ACCOUNT' })
    const unclear = matchOf([anItem('4711815')], {
      receipt: { amountMinor: 100_500n, lines: [...lines, aLine('99', 500n)] },
      policy,
    })
    expect(unclear).toMatchObject({ outcome: 'SUGGESTED', restMinor: 500n, restUse: 'UNAPPLIED' })
  })
})

it('every rule has a version and a sentence', () => {
  for (const { version, description } of Object.values(rules)) {
    expect(version).toBeGreaterThan(0)
    expect(description).toMatch(/^[A-Z].*\.$/)
  }
})
