import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCamt } from '../../src/modules/bank/formats/camt.ts'
import { bankCsvReader } from '../../src/modules/bank/formats/csv.ts'
import { bankCsvProfileNamed } from '../../src/modules/bank/formats/csv-profile.ts'
import { detectFormat } from '../../src/modules/bank/formats/detect.ts'
import { BadBankFile, type BankEvent, type BankReader } from '../../src/modules/bank/formats/model.ts'
import { type ExpectedMessage, messageOfDump } from './expected-camt.ts'
import { type CamtCsvOutcome, camtCsvOutcomes, type Swap } from './outcomes-camt-csv.ts'

// Every camt file and every CSV that others publish: read to what stands in it, or refused for the fault it has. What another
// library reads in a camt file is held against what we read, also where the file is refused: then with its fault mended.

const folder = join(import.meta.dirname, '../../../shared/data/bank')
const isThere = existsSync(folder)
if (!isThere) it.skip(`the sample files are absent: ${folder}`, () => undefined)

const readerOf = ({ profile: name }: CamtCsvOutcome): BankReader => {
  if (name === undefined) return readCamt
  const profile = bankCsvProfileNamed(name)
  if (profile === null) throw new Error(`there is no profile ${name}`)
  return bankCsvReader(profile, { account: 'US-1', currency: 'USD' })
}

type Reading = { readonly events: readonly BankEvent[]; readonly refusal: BadBankFile | null }

const readingOf = async (outcome: CamtCsvOutcome, source: AsyncIterable<Buffer>): Promise<Reading> => {
  const events: BankEvent[] = []
  try {
    for await (const event of readerOf(outcome)(source)) events.push(event)
  } catch (thrown) {
    if (thrown instanceof BadBankFile) return { events, refusal: thrown }
    throw thrown
  }
  return { events, refusal: null }
}

/** In pieces that are cut anywhere. */
const streamOf = ({ file }: CamtCsvOutcome) => createReadStream(join(folder, file), { highWaterMark: 61 })

/** Each swap is of one place; `@` stands for the blanks before a tag. */
const swapped = (text: string, swaps: readonly Swap[]): string =>
  swaps.reduce((before, [from, to]) => {
    const [found, ...others] = before.matchAll(
      new RegExp(from.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace('@', '([ \\t]*)'), 'g'),
    )
    if (found === undefined || others.length > 0) throw new Error(`${from} stands in ${others.length + 1} places, or in none`)
    const after = to.replace('@', found[1] ?? '')
    return before.slice(0, found.index) + after + before.slice(found.index + found[0].length)
  }, text)

const whole = async (outcome: CamtCsvOutcome): Promise<readonly BankEvent[]> => {
  const text = swapped(readFileSync(join(folder, outcome.file), 'utf8'), outcome.mend?.file ?? [])
  const bytes = async function* () {
    yield Buffer.from(text)
  }
  const { events, refusal } = await readingOf(outcome, bytes())
  if (refusal !== null) throw refusal
  return events
}

const count = (events: readonly BankEvent[], kind: BankEvent['kind']): number =>
  events.filter((event) => event.kind === kind).length

describe.runIf(isThere)('the files of camt052, camt053, camt054 and statement-csv', () => {
  it('are each in the table', () => {
    const folders = ['camt052', 'camt053', 'camt054', 'statement-csv']
    const files = folders.flatMap((name) => readdirSync(join(folder, name)).map((file) => `${name}/${file}`))
    expect(camtCsvOutcomes.map(({ file }) => file).toSorted()).toEqual(files.toSorted())
  })

  it.each(camtCsvOutcomes.map((outcome) => [outcome.file, outcome] as const))('%s', async (_file, outcome) => {
    const { events, refusal } = await readingOf(outcome, streamOf(outcome))
    const found =
      refusal === null
        ? { outcome: 'PARSED', statements: count(events, 'STATEMENT'), entries: count(events, 'ENTRY') }
        : { outcome: refusal.rule, line: refusal.line, field: refusal.field }
    expect(outcome).toMatchObject(found)
  })

  it('are known by how they begin, but for CSV', () => {
    for (const { file } of camtCsvOutcomes) {
      const kind = /^camt(\d{3})\//.exec(file)?.[1]
      const start = readFileSync(join(folder, file)).subarray(0, 1024)
      expect(detectFormat(start), file).toBe(kind === undefined ? null : `CAMT_${kind}`)
    }
  })

  it('are refused when they break off anywhere', async () => {
    for (const outcome of camtCsvOutcomes.filter(({ file, outcome }) => file.startsWith('camt') && outcome === 'PARSED')) {
      const bytes = readFileSync(join(folder, outcome.file))
      const end = bytes.toString('latin1').trimEnd().length
      for (let part = 0; part < 40; part += 1) {
        const cut = async function* () {
          yield bytes.subarray(0, Math.floor((end * part) / 40))
        }
        const { refusal } = await readingOf(outcome, cut())
        expect(['TRUNCATED', 'EMPTY', 'BAD_ENCODING', 'BAD_STRUCTURE'], outcome.file).toContain(refusal?.rule)
      }
    }
  })
})

const balanceTypes: Readonly<Record<string, string>> = {
  OPBD: 'opening',
  // That library takes the balance before for an opening one.
  PRCD: 'opening',
  OPAV: 'opening_available',
  CLBD: 'closing',
  CLAV: 'closing_available',
  FWAV: 'forward_available',
  INFO: 'information',
  ITAV: 'interim_available',
  ITBD: 'interim',
  XPCD: 'expected_credit',
}

const isSameMoment = (ours: string | null, theirs: string | null): boolean =>
  // Without an offset the other library takes a moment for UTC.
  ours !== null && theirs !== null && Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(ours) ? ours : `${ours}Z`) === Date.parse(theirs)

/** The last statement of the events, with its entries and its end. */
const lastStatement = (events: readonly BankEvent[]) => {
  const from = events.findLastIndex(({ kind }) => kind === 'STATEMENT')
  const own = events.slice(from)
  const head = own.flatMap((event) => (event.kind === 'STATEMENT' ? [event.statement] : []))[0]
  const end = own.flatMap((event) => (event.kind === 'STATEMENT_END' ? [event] : []))[0]
  if (head === undefined || end === undefined) throw new Error('a file has a statement')
  return { head, end, entries: own.flatMap((event) => (event.kind === 'ENTRY' ? [event.entry] : [])) }
}

const expectedOf = ({ oracle = '', mend }: CamtCsvOutcome): ExpectedMessage =>
  messageOfDump(swapped(readFileSync(join(folder, 'expected/genkgo_camt_json', oracle), 'utf8'), mend?.oracle ?? []))

describe.runIf(isThere)('another library reads the same', () => {
  const outcomes = camtCsvOutcomes.filter(({ oracle }) => oracle !== undefined)

  it('and each of its readings is held against ours', () => {
    const dumps = isThere ? readdirSync(join(folder, 'expected/genkgo_camt_json')) : []
    expect(outcomes.map(({ oracle }) => oracle).toSorted()).toEqual(dumps.toSorted())
  })

  it.each(outcomes.map((outcome) => [outcome.file, outcome] as const))(
    'in the head and balances of %s',
    async (_file, outcome) => {
      const events = await whole(outcome)
      const expected = expectedOf(outcome)
      const [file] = events
      if (file?.kind !== 'FILE') throw new Error('a file begins with its head')
      expect(file.file).toMatchObject({ messageId: expected.messageId, receiver: expected.recipient })
      expect(isSameMoment(file.file.createdAt, expected.createdAt)).toBe(true)

      const { head, end } = lastStatement(events)
      const { id, account, sequence, page, balances, createdAt } = expected.statement
      expect(head).toMatchObject({ statementId: id, account })
      expect(head.sequence).toBe(page === null ? sequence : `${sequence}/${page}`)
      expect(isSameMoment(head.createdAt, createdAt)).toBe(true)
      expect(end.entries).toBe(expected.statement.entries.length)
      expect(
        end.balances.map(({ amountMinor, currency, on, code }) => ({
          amount: { minor: amountMinor, currency },
          on,
          type: balanceTypes[code],
        })),
      ).toEqual(balances)
    },
  )

  it.each(outcomes.map((outcome) => [outcome.file, outcome] as const))('in the entries of %s', async (_file, outcome) => {
    const { entries } = lastStatement(await whole(outcome))
    const expected = expectedOf(outcome).statement.entries
    expect(entries).toHaveLength(expected.length)
    entries.forEach((entry, index) => {
      const theirs = expected[index]
      if (theirs === undefined) throw new Error('there is one for each')
      const signed = entry.direction === 'CREDIT' ? entry.amountMinor : -entry.amountMinor
      expect({ minor: signed, currency: entry.currency }).toEqual(theirs.amount)
      expect(entry).toMatchObject({
        status: theirs.status === 'PDNG' ? 'PENDING' : 'BOOKED',
        isReversal: theirs.isReversal,
        bookedOn: theirs.bookedOn,
        valueOn: theirs.valueOn,
        bankReference: theirs.bankReference,
        typeCode: theirs.typeCode,
      })
      if (theirs.payments.length > 0) expect(entry.details).toHaveLength(theirs.payments.length)

      theirs.payments.forEach((payment, at) => {
        const detail = entry.details[at]
        if (detail === undefined) throw new Error('there is one for each')
        const values = detail.references.map(({ value }) => value)
        const creditor = detail.references.flatMap(({ kind, value }) => (kind === 'CREDITOR' ? [value] : []))
        expect(values.filter((value) => !creditor.includes(value)).toSorted()).toEqual(payment.references.toSorted())
        expect(creditor).toEqual(payment.creditorReferences)
        expect(detail.payerName).toBe(payment.debtorName ?? payment.ultimateDebtorName)
        expect(detail.payerAccount).toBe(payment.debtorAccount)
        expect(detail.text.split('\n').filter((line) => line !== '')).toEqual(
          [...payment.text, theirs.text].filter((line) => line !== null),
        )
        if (payment.amount === null) return
        const minor = payment.amount.minor < 0n ? -payment.amount.minor : payment.amount.minor
        if (payment.amount.currency === entry.currency) expect(detail.amountMinor).toBe(minor)
        else expect(detail.instructed).toEqual({ minor, currency: payment.amount.currency })
      })
    })
  })
})

describe.runIf(isThere)('the CSV files', () => {
  /** What a person reads in each of them: money that came above zero. */
  const expected: Readonly<Record<string, readonly (readonly [minor: bigint, currency: string, ...more: (string | null)[]])[]>> =
    {
      balance: [
        [-3350n, 'USD', null, 'Your best supplier\nJohn Doe'],
        [153350n, 'USD', 'Azure Interior', 'Your payment'],
      ],
      debit_credit: [
        [-3350n, 'USD', null, 'Your best supplier\nJohn Doe'],
        [153350n, 'USD', 'Azure Interior', 'Your payment'],
      ],
      debit_credit_amount: [
        [-2000n, 'USD', null, 'Credit 20.00\nJohn Doe'],
        [-1350n, 'USD', null, 'Credit 13.50\nJohn Doe'],
        [3350n, 'USD', 'Azure Interior', 'Debit 33.50'],
        [150000n, 'USD', 'Azure Interior', 'Debit 1500'],
      ],
      empty_statement_en: [],
      meta_data_separated_credit_debit: [
        [-5000n, 'EUR', null, 'LABEL 1\nDETAILS 1'],
        [-10000n, 'EUR', null, 'LABEL 2\nCLIENTS X'],
        [-8068n, 'EUR', null, 'LABEL 3\nDETAILS 2'],
        [130000n, 'EUR', null, 'LABEL 4\nDETAILS 3'],
      ],
      multi_currency: [
        [-3350n, 'USD', null, 'Your best supplier\nJohn Doe'],
        [152500n, 'EUR', 'Azure Interior', 'Your payment'],
      ],
      original_currency: [[152500n, 'USD', 'Azure Interior', 'Your payment']],
      original_currency_empty: [[152500n, 'USD', 'Azure Interior', 'Your payment']],
      original_currency_no_header: [[152500n, 'USD', 'Azure Interior', 'Your payment']],
      sample_statement_credit_card_inverse_sign_en: [
        [-3350n, 'USD', null, 'LABEL 1\nJohn Doe'],
        [152500n, 'USD', 'Azure Interior', 'LABEL 2'],
      ],
      sample_statement_en: [
        [-3350n, 'USD', null, 'Your best supplier on 12/15/2018\nJohn Doe'],
        [152500n, 'USD', 'Azure Interior', 'Your payment on 12/15/2018'],
      ],
    }
  const outcomes = camtCsvOutcomes.filter(({ profile }) => profile !== undefined)
  const nameOf = (file: string): string => /oca_(.+)\.csv$/.exec(file)?.[1] ?? ''

  it.each(outcomes.map((outcome) => [nameOf(outcome.file), outcome] as const))('%s says what it says', async (name, outcome) => {
    const { entries } = lastStatement(await whole(outcome))
    expect(
      entries.map(({ amountMinor, direction, currency, details: [detail] }) => [
        direction === 'CREDIT' ? amountMinor : -amountMinor,
        currency,
        detail?.payerName,
        detail?.text,
      ]),
    ).toEqual(expected[name])
    const days = new Set(entries.map(({ bookedOn }) => bookedOn))
    if (!name.startsWith('meta_data')) expect([...days]).toEqual(entries.length === 0 ? [] : ['2018-12-15'])
    else expect([...days]).toEqual(['2020-04-01', '2020-04-02'])
  })

  it('tell the account and the balances where they have them', async () => {
    const framed = outcomes.find(({ file }) => file.includes('meta_data'))
    const balanced = outcomes.find(({ file }) => file.endsWith('oca_balance.csv'))
    if (framed === undefined || balanced === undefined) throw new Error('both are in the table')
    const { head, end } = lastStatement(await whole(framed))
    expect(head).toMatchObject({ account: '08088804068', currency: 'EUR' })
    expect(end.balances.map(({ kind, amountMinor }) => [kind, amountMinor])).toEqual([
      ['OPENING', 3_000_077n],
      ['CLOSING', 3_107_009n],
    ])
    expect(lastStatement(await whole(balanced)).end.balances.map(({ amountMinor }) => amountMinor)).toEqual([1000n, 151_000n])
  })

  it('keep what was ordered in another currency, and the reference where there is one', async () => {
    const detailOf = async (name: string, at = 0) => {
      const outcome = outcomes.find(({ file }) => nameOf(file) === name)
      if (outcome === undefined) throw new Error(`${name} is in the table`)
      return lastStatement(await whole(outcome)).entries[at]?.details[0]
    }
    const euros = { instructed: { minor: 100_000n, currency: 'EUR' } }
    expect(await detailOf('original_currency')).toMatchObject(euros)
    expect(await detailOf('original_currency_no_header')).toMatchObject({
      ...euros,
      references: [{ kind: 'OTHER', value: 'INV0001' }],
    })
    expect(await detailOf('sample_statement_en', 1)).toMatchObject(euros)
    expect(await detailOf('original_currency_empty')).toMatchObject({ instructed: null })
    expect(await detailOf('sample_statement_en')).toMatchObject({ instructed: null })
  })
})
