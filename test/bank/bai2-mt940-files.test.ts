import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exponentOf, formatAmount } from '../../src/kernel/money.ts'
import { readBai2 } from '../../src/modules/bank/formats/bai2.ts'
import { BadBankFile, type BankEntry, type BankEvent, type BankReader } from '../../src/modules/bank/formats/model.ts'
import { readMt940 } from '../../src/modules/bank/formats/mt940.ts'
import { balanceOfDump, type ExpectedEntry, entriesOfDump, textOfDump } from './expected-mt940.ts'
import { bai2Outcomes, type FileOutcome, mt940Outcomes } from './outcomes-bai2-mt940.ts'

const folder = join(import.meta.dirname, '../../../shared/data/bank')
const isThere = existsSync(folder)
if (!isThere) it.skip(`the sample files are absent: ${folder}`, () => undefined)

type Reading = { readonly events: readonly BankEvent[]; readonly refusal: BadBankFile | null }

/** All that was told until the end or until the refusal. */
const readingOf = async (reader: BankReader, file: string, highWaterMark = 64): Promise<Reading> => {
  const events: BankEvent[] = []
  try {
    for await (const event of reader(createReadStream(join(folder, file), { highWaterMark }))) events.push(event)
  } catch (thrown) {
    if (thrown instanceof BadBankFile) return { events, refusal: thrown }
    throw thrown
  }
  return { events, refusal: null }
}
const entriesOf = ({ events }: Reading): BankEntry[] => events.flatMap((event) => (event.kind === 'ENTRY' ? [event.entry] : []))

const outcomeOf = (file: string, { events, refusal }: Reading): FileOutcome => {
  if (refusal !== null) return { file, outcome: refusal.rule, line: refusal.line, field: refusal.field }
  const count = (kind: BankEvent['kind']) => events.filter((event) => event.kind === kind).length
  return { file, outcome: 'PARSED', statements: count('STATEMENT'), entries: count('ENTRY') }
}

describe.runIf(isThere).each([
  ['bai2', readBai2, bai2Outcomes],
  ['mt940-mt940js', readMt940, mt940Outcomes],
  ['mt940-wolph', readMt940, mt940Outcomes],
] as const)('the files of %s', (name, reader, all) => {
  const outcomes = all.filter(({ file }) => file.startsWith(`${name}/`))

  it('are each in the table', () => {
    expect(outcomes.map(({ file }) => file)).toEqual(
      readdirSync(join(folder, name))
        .toSorted()
        .map((file) => `${name}/${file}`),
    )
  })

  it.each(outcomes.map((outcome) => [outcome.file, outcome] as const))('%s', async (file, { why: _why, ...expected }) => {
    expect(outcomeOf(file, await readingOf(reader, file))).toEqual(expected)
  })

  it.each(outcomes.filter(({ outcome }) => outcome === 'PARSED').map(({ file }) => [file]))(
    '%s is whole: cut off anywhere, it is refused or has fewer statements',
    async (file) => {
      const bytes = readFileSync(join(folder, file))
      const whole = await readingOf(reader, file, 65_536)
      const end = bytes.toString('latin1').trimEnd().length
      const places = Array.from({ length: 60 }, (_, at) => Math.floor((end * at) / 60))
      for (const place of places) {
        const cut = async function* () {
          yield bytes.subarray(0, place)
        }
        const entries: BankEntry[] = []
        let ends = 0
        try {
          for await (const event of reader(cut())) {
            if (event.kind === 'ENTRY') entries.push(event.entry)
            if (event.kind === 'STATEMENT_END') ends += 1
          }
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(BadBankFile)
          continue
        }
        expect(ends).toBeLessThanOrEqual(whole.events.filter(({ kind }) => kind === 'STATEMENT_END').length)
        expect(entries).toEqual(entriesOf(whole).slice(0, entries.length))
      }
    },
  )
})

/** Printable characters without blanks: readers join folded lines in different ways, and decode old code pages or do not. */
const squeezed = (text: string): string => text.replace(/[^!-~]/g, '')

const signed = ({ direction, amountMinor, currency }: BankEntry): string =>
  formatAmount({ minor: direction === 'DEBIT' ? -amountMinor : amountMinor, currency })
const decimal = (text: string, currency: string): string => {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  const exponent = exponentOf(currency)
  return whole + (exponent === 0 ? '' : `.${fraction.padEnd(exponent, '0')}`)
}
const none: ReadonlySet<string> = new Set(['', 'NONREF', 'NOTPROVIDED', 'EREF', 'KREF+'])

/** All that is told in words about an entry. */
const toldOf = ({ details, bankReference }: BankEntry): string =>
  details
    .flatMap(({ text, payerName, payerAccount, references }) => [
      text,
      payerName,
      payerAccount,
      ...references.map(({ value }) => value),
    ])
    .concat(bankReference)
    .map((each) => squeezed(each ?? ''))
    .join('|')

const compare = (entry: BankEntry, { decimal: amount, mark, valueOn, bookedOn, type, values }: ExpectedEntry): void => {
  const value = (name: string): string => values.get(name) ?? ''
  const isCredit = mark === 'C' || mark === 'RD'
  expect(signed(entry)).toBe((isCredit ? '' : '-') + decimal(amount, entry.currency))
  expect([entry.currency, entry.valueOn, entry.bookedOn]).toEqual([value('currency'), valueOn, bookedOn])
  expect([entry.typeCode, entry.isReversal]).toEqual([type.trim(), mark.startsWith('R')])

  const [detail] = entry.details
  const told = toldOf(entry)
  // The other reader takes the remarks of the bank, labelled MTLG, for a part of what stands before them.
  const references = [
    ...value('customer_reference')
      .replace(/^KREF\+/, '')
      .split('MTLG:'),
    value('bank_reference'),
  ]
  for (const reference of references) if (!none.has(reference.trim())) expect(told).toContain(squeezed(reference))
  const endToEnd = value('end_to_end_reference').split('MTLG:')[0] ?? ''
  if (!none.has(endToEnd)) {
    const known = detail?.references.filter(({ kind }) => kind === 'END_TO_END').map((each) => squeezed(each.value))
    expect(known).toEqual([squeezed(endToEnd)])
  }
  const name = value('applicant_name') || value('non_swift_15') + value('non_swift_16')
  if (values.has('applicant_name') || name !== '') expect(squeezed(detail?.payerName ?? '')).toBe(squeezed(name))
  // Of two accounts of the other side ours takes the IBAN, in the subfield 38.
  if (value('applicant_iban') !== '' && !entry.raw.includes('?38'))
    expect(detail?.payerAccount).toBe(value('applicant_iban').replaceAll(' ', ''))
  const purpose = value('purpose') + value('additional_purpose')
  const texts = [...purpose.split(/MTLG:|ABWA\+/), value('posting_text'), value('extra_details'), value('non_swift_01')]
  for (const text of texts) expect(told).toContain(squeezed(text))
}

/** What the ING says of the whole statement, which the other reader takes for a part of the last entry. */
const ofStatement = /D\d{6}C\d{6}D[\d,]+C[\d,]+[\s\S]*$/

/** Words of the free and of the slashed information; the structured one is compared field by field. BICs are not kept. */
const compareInformation = (entry: BankEntry, { values }: ExpectedEntry): void => {
  const information = (values.get('transaction_details') ?? '').replace(ofStatement, '')
  const told = toldOf(entry)
  const slashed = information.replace(/\/BIC\/[^/]*/, '').split(/\/(?:[A-Z]{3,4}\/)?/)
  const parts = information.startsWith('/') ? slashed : [information]
  for (const part of parts) if (!none.has(part)) expect(told).toContain(squeezed(part))
}

describe.runIf(isThere)('MT940 files beside what the Python package mt940 reads', () => {
  const dumps = isThere ? readdirSync(join(folder, 'expected/wolph_yml')).toSorted() : []
  const files = mt940Outcomes.flatMap(({ file }) => {
    const dump = file.replace('mt940-wolph/', '').replace(/\.\w+$/, '.yml')
    return dumps.includes(dump) ? [[file, dump] as const] : []
  })

  it('covers the files that have a dump and can be read at all', () => {
    const lone = dumps.filter((dump) => !files.some(([, other]) => other === dump))
    expect(lone).toEqual(['self-provided__transaction_details.yml'])
  })

  it.each(files)('%s', async (file, dump) => {
    const yaml = readFileSync(join(folder, 'expected/wolph_yml', dump), 'utf8')
    const reading = await readingOf(readMt940, file)
    const entries = entriesOf(reading)
    const expected = entriesOfDump(yaml)
    // Of a refused file, what stands before the place of the refusal must be right as well.
    if (reading.refusal === null) expect(entries).toHaveLength(expected.length)
    for (const [at, entry] of entries.entries()) {
      const other = expected[at]
      if (other === undefined) throw new Error(`${file}: entry ${at} is not in the dump`)
      compare(entry, other)
      // What Triodos parts by ">" is free text to the other reader.
      const isFreeText = (other.values.get('purpose') ?? '') === '' && !file.includes('triodos')
      if (isFreeText) compareInformation(entry, other)
    }
    if (reading.refusal !== null) return

    const head = reading.events.findLast(({ kind }) => kind === 'STATEMENT')
    if (head?.kind !== 'STATEMENT') throw new Error(`${file}: no statement was read`)
    expect(head.statement.account).toBe(textOfDump(yaml, 'account_identification'))
    // A number of ten digits is two numbers of five to the other reader.
    const numbers = [textOfDump(yaml, 'statement_number'), textOfDump(yaml, 'sequence_number')]
    if (numbers[0] !== '18101') expect([head.statement.statementId, head.statement.sequence ?? '']).toEqual(numbers)

    const last = reading.events.findLast(({ kind }) => kind === 'STATEMENT_END')
    const balances = last?.kind === 'STATEMENT_END' ? last.balances : []
    for (const [name, code] of [
      ['final_opening_balance', '60F'],
      ['final_closing_balance', '62F'],
      ['available_balance', '64'],
    ] as const) {
      const other = balanceOfDump(yaml, name)
      const balance = balances.find((each) => each.code === code)
      if (other === null || balance === undefined) continue
      expect(formatAmount({ minor: balance.amountMinor, currency: balance.currency })).toBe(
        (other.decimal.startsWith('-') ? '-' : '') + decimal(other.decimal, other.currency),
      )
      expect([balance.currency, balance.on]).toEqual([other.currency, other.on])
    }
  })
})

type JsStatement = {
  readonly referenceNumber: string
  readonly accountId: string
  readonly number: string
  readonly openingBalance: JsBalance
  readonly closingBalance: JsBalance
  readonly closingAvailableBalance?: JsBalance
  readonly forwardAvailableBalance?: JsBalance
  readonly transactions: readonly {
    readonly code: string
    readonly isCredit: boolean
    readonly amount: number
    readonly currency: string
    readonly valueDate: string
    readonly entryDate: string
    readonly customerReference: string
    readonly bankReference: string
    readonly description: string
  }[]
}
type JsBalance = { readonly isCredit: boolean; readonly date: string; readonly currency: string; readonly value: number }

describe.runIf(isThere)('MT940 files beside what mt940-js reads', () => {
  const files = mt940Outcomes.filter(({ file }) => file.startsWith('mt940-mt940js/')).map(({ file }) => [file])

  it.each(files)('%s', async (file = '') => {
    const name = file.replace('mt940-mt940js/', '').replace(/\.\w+$/, '.json')
    const expected = JSON.parse(readFileSync(join(folder, 'expected/mt940js_json', name), 'utf8')) as JsStatement[]
    const reading = await readingOf(readMt940, file)
    const transactions = expected.flatMap((statement) => statement.transactions)
    for (const [at, entry] of entriesOf(reading).entries()) {
      const other = transactions[at]
      if (other === undefined) throw new Error(`${file}: entry ${at} is not expected`)
      expect(signed(entry)).toBe((other.isCredit ? '' : '-') + other.amount.toFixed(2))
      expect([entry.currency, entry.typeCode, entry.valueOn, entry.bookedOn ?? '', entry.bankReference ?? '']).toEqual([
        other.currency,
        other.code,
        other.valueDate,
        other.entryDate,
        other.bankReference,
      ])
      const customer = entry.details[0]?.references.find(({ kind }) => kind === 'CUSTOMER')?.value ?? ''
      expect(customer).toBe(other.customerReference)
      compareInformation(entry, { ...nothing, values: new Map([['transaction_details', other.description]]) })
    }
    if (reading.refusal !== null) return

    expect(entriesOf(reading)).toHaveLength(transactions.length)
    const balances = reading.events.flatMap((event) => (event.kind === 'STATEMENT_END' ? [event.balances] : []))
    const heads = reading.events.flatMap((event) => (event.kind === 'STATEMENT' ? [event.statement] : []))
    const told = reading.events.flatMap((event) => (event.kind === 'FILE' ? [event.file] : []))
    expect(heads.map(({ account, statementId }) => [account, statementId])).toEqual(
      expected.map(({ accountId, number }) => [accountId, number]),
    )
    for (const [at, other] of expected.entries()) {
      expect(told[at]?.messageId.startsWith(`${other.referenceNumber} ${other.accountId} `)).toBe(true)
      for (const [code, balance] of [
        ['60F', other.openingBalance],
        ['62F', other.closingBalance],
        ['64', other.closingAvailableBalance],
        ['65', other.forwardAvailableBalance],
      ] as const) {
        if (balance === undefined) continue
        const ours = balances[at]?.findLast((each) => each.code === code)
        if (ours === undefined) throw new Error(`${file}: no balance ${code}`)
        expect(formatAmount({ minor: ours.amountMinor, currency: ours.currency })).toBe(
          (balance.isCredit ? '' : '-') + balance.value.toFixed(2),
        )
        expect([ours.currency, ours.on]).toEqual([balance.currency, balance.date])
      }
    }
  })

  const nothing: ExpectedEntry = { decimal: '0', mark: 'C', valueOn: '', bookedOn: null, type: '', values: new Map() }
})
