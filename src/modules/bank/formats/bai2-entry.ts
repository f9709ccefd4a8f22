import type { Day } from '../../../kernel/day.ts'
import { baiCodeMeaning, isBaiReversal } from './bai2-codes.ts'
import { amountIn, bad, fieldsOf, fundsIn, required } from './bai2-fields.ts'
import type { BaiRecord } from './bai2-records.ts'
import type { BankEntry, Reference, ReferenceKind } from './model.ts'
import { quoted } from './quoted.ts'
import { rawOf } from './raw.ts'

/** What an entry takes from the account and the group that it stands in. */
export type EntryPlace = { readonly account: string; readonly currency: string; readonly asOf: Day; readonly isInterim: boolean }

/** A record 16. */
export const entryOf = (record: BaiRecord, { account, currency, asOf, isInterim }: EntryPlace): BankEntry => {
  const fields = fieldsOf(record)
  const code = required(record, 'type code', fields.next())
  const meaning = baiCodeMeaning(code)
  if (meaning === null || meaning === 'STATUS' || code === '100' || code === '400') {
    throw bad('BAD_VALUE', record, 'type code', `${quoted(code)} is no type code of a single transaction`)
  }
  const amount = fields.next()
  const amountMinor =
    meaning === 'INFORMATION' && amount === '' ? 0n : amountIn(record, 'amount', required(record, 'amount', amount))
  // The code tells the direction: with a sign of its own beside it, nobody knows which way the money went.
  if (amountMinor < 0n) {
    throw bad('BAD_AMOUNT', record, 'amount', `${quoted(amount)} is below zero: the type code tells the direction`)
  }

  const funds = fundsIn(record, fields)
  const bankReference = fields.next()
  const customerReference = fields.next()
  const text = fields.text()
  const labelled = labelsIn(text)
  const isCredit = meaning !== 'DEBIT'
  return {
    line: record.line,
    account,
    currency,
    amountMinor,
    direction: isCredit ? 'CREDIT' : 'DEBIT',
    isReversal: isBaiReversal(code),
    status: meaning === 'INFORMATION' ? 'INFORMATION' : isInterim ? 'PENDING' : 'BOOKED',
    bookedOn: asOf,
    valueOn: funds.type === '0' ? asOf : funds.valueOn,
    typeCode: code,
    bankReference: bankReference === '' ? null : bankReference,
    details: [
      {
        amountMinor,
        references: [
          ...referenceOf('BANK', bankReference),
          ...referenceOf('CUSTOMER', customerReference),
          ...labelledReferences.flatMap(([label, kind]) => referenceOf(kind, labelled.get(label) ?? '')),
        ],
        payerName: labelled.get(isCredit ? 'DBNM' : 'CRNM') ?? null,
        payerAccount: labelled.get(isCredit ? 'DACT' : 'CACT') ?? null,
        text,
        remittance: [],
        instructed: null,
        chargesMinor: null,
      },
    ],
    raw: rawOf(record.raw),
  }
}

const referenceOf = (kind: ReferenceKind, value: string): Reference[] => (value === '' ? [] : [{ kind, value }])

const labelledReferences: readonly (readonly [string, ReferenceKind])[] = [
  ['EREF', 'END_TO_END'],
  ['CREF', 'TRANSACTION'],
  ['CHKN', 'CHECK'],
]

/** BAI2 leaves the text free; some banks label its lines: "EREF: 1111", the debtor's name DBNM, the creditor's CRNM. */
const labelsIn = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^([A-Z]{4}): *(\S.*)$/gm)].map(([, label = '', value = '']) => [label, value.trim()]))
