import type { Day } from '../../../kernel/day.ts'

/** What every format of a bank or remittance file is read into: the common ground between a parser and the rest. */

export const bankFormats = [
  'BAI2',
  'MT940',
  'MT942',
  'CAMT_052',
  'CAMT_053',
  'CAMT_054',
  'X12_820',
  'X12_823',
  'NACHA',
  'CSV',
] as const
export type BankFormat = (typeof bankFormats)[number]

/** A piece of a file, as it comes. */
export type Bytes = AsyncIterable<Buffer | string>

/** A reference that the bank or the payer gave, by what it is. Matching reads the values and does not care who gave them. */
export type ReferenceKind =
  | 'BANK'
  | 'CUSTOMER'
  | 'END_TO_END'
  | 'INSTRUCTION'
  | 'TRANSACTION'
  | 'UETR'
  | 'MANDATE'
  | 'CREDITOR'
  | 'CHECK'
  | 'TRACE'
  | 'OTHER'
export type Reference = { readonly kind: ReferenceKind; readonly value: string }

/** What was taken off, or added to, what an item says: below zero lowers the payment. */
export type RemittanceAdjustment = {
  readonly amountMinor: bigint
  /** The payer's own code, or the code of the format: X12 code list 426, say. Null where none was told. */
  readonly code: string | null
  readonly codeList: 'X12_426' | 'ISO_20022' | 'PAYER' | null
  readonly reference: string | null
  readonly text: string | null
}

/** One document that a payment is for. */
export type RemittanceLine = {
  /** The line of the file, from 1. */
  readonly line: number
  /** What kind of document it is, in the format's own code: IV, CM, CINV, CREN. Null where none was told. */
  readonly qualifier: string | null
  /** The number of the document, as it was written. */
  readonly reference: string
  /** Paid for it; below zero for a credit memo that was taken off. Null where only the number was told. */
  readonly paidMinor: bigint | null
  readonly invoicedMinor: bigint | null
  /** A cash discount that the payer took; above zero. */
  readonly discountMinor: bigint | null
  readonly documentOn: Day | null
  readonly adjustments: readonly RemittanceAdjustment[]
}

/** One payment inside an entry: a batch entry holds several. */
export type EntryDetail = {
  /**
   * In the currency of the entry, below zero where it goes the other way than the entry; null where the file tells the sum of the
   * batch alone.
   */
  readonly amountMinor: bigint | null
  readonly references: readonly Reference[]
  readonly payerName: string | null
  /** IBAN or other number of the account it came from. */
  readonly payerAccount: string | null
  /** Unstructured remittance text and narrative, lines parted by \n. */
  readonly text: string
  readonly remittance: readonly RemittanceLine[]
  /** What the instructed amount was before charges or exchange, where told. */
  readonly instructed: { readonly minor: bigint; readonly currency: string } | null
  /** What banks kept on the way, in the currency of the entry; above zero. Null where not told. */
  readonly chargesMinor: bigint | null
}

/** One booked or announced movement of one account. */
export type BankEntry = {
  /** The first line of it in the file, from 1. */
  readonly line: number
  readonly account: string
  readonly currency: string
  /** Always above or at zero; `direction` says which way. */
  readonly amountMinor: bigint
  readonly direction: 'CREDIT' | 'DEBIT'
  /** It takes an earlier entry back: its direction is that of the reversal itself, as the money moved. */
  readonly isReversal: boolean
  readonly status: 'BOOKED' | 'PENDING' | 'INFORMATION'
  readonly bookedOn: Day | null
  readonly valueOn: Day | null
  /** The bank's code for the kind of transaction: BAI type code, SWIFT type, ISO domain/family/subfamily. */
  readonly typeCode: string | null
  /** The bank's own reference of the entry; with account, amount and day it names the entry across files. */
  readonly bankReference: string | null
  /** Never empty: a flat format has one. */
  readonly details: readonly EntryDetail[]
  /** The entry as it stood in the file, at most 16,384 characters of it. */
  readonly raw: string
}

export type Balance = {
  readonly kind: 'OPENING' | 'CLOSING' | 'AVAILABLE' | 'FORWARD' | 'INTERIM' | 'OTHER'
  /** The format's own code: OPBD, 015, 60F. */
  readonly code: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly on: Day | null
}

export type StatementHead = {
  readonly line: number
  readonly account: string
  readonly currency: string | null
  /** The bank's number or id of the statement; with `sequence` it names it. */
  readonly statementId: string
  readonly sequence: string | null
  /** Who sent it, where told. */
  readonly bank: string | null
  readonly createdAt: string | null
}

/** A remittance advice of its own: money is told, but no bank says that it came. */
export type RemittanceAdvice = {
  readonly line: number
  /** Names the payment: trace number, check number. */
  readonly reference: string
  readonly payerName: string | null
  readonly payerId: string | null
  readonly payeeName: string | null
  readonly amountMinor: bigint
  readonly currency: string
  /** ACH, CHK, FWT and so on, in the format's own code. */
  readonly method: string | null
  readonly effectiveOn: Day | null
  readonly lines: readonly RemittanceLine[]
  /** Not tied to one document. */
  readonly adjustments: readonly RemittanceAdjustment[]
  readonly raw: string
}

export type BankFileHead = {
  readonly format: BankFormat
  /** Names the message across files: camt MsgId, BAI sender+date+file id, ISA/GS/ST control numbers, ACH batch. */
  readonly messageId: string
  readonly sender: string | null
  readonly receiver: string | null
  readonly createdAt: string | null
  /** The sender says that nothing of it is to be posted: ISA15 = T, BAI2 group status 4. */
  readonly isTest: boolean
}

/** What a reader yields, in the order of the file. A statement's entries stand between its begin and its end. */
export type BankEvent =
  | { readonly kind: 'FILE'; readonly file: BankFileHead }
  | { readonly kind: 'STATEMENT'; readonly statement: StatementHead }
  | { readonly kind: 'ENTRY'; readonly entry: BankEntry }
  | { readonly kind: 'STATEMENT_END'; readonly balances: readonly Balance[]; readonly entries: number }
  | { readonly kind: 'REMITTANCE'; readonly advice: RemittanceAdvice }

export type BankReader = (source: Bytes) => AsyncGenerator<BankEvent>

/** Rules whose breach refuses a file, whatever its format. */
export type BankRule =
  | 'NOT_THIS_FORMAT'
  | 'EMPTY'
  | 'TOO_LONG'
  | 'BAD_ENCODING'
  | 'BAD_STRUCTURE'
  | 'MISSING'
  | 'BAD_VALUE'
  | 'BAD_DAY'
  | 'BAD_AMOUNT'
  | 'BAD_CURRENCY'
  | 'CONTROL_TOTAL'
  | 'CONTROL_COUNT'
  | 'CONTROL_NUMBER'
  | 'SEQUENCE'
  | 'TRUNCATED'
  | 'UNSUPPORTED'

/** The file cannot be taken, with the place and the rule. Thrown by readers: nothing of such a file is used. */
export class BadBankFile extends Error {
  override readonly name = 'BadBankFile'
  readonly line: number
  /** The field in the format's own words: `:61:`, `BPR02`, `49 record count`, `Ntry/Amt`. Null for the line as a whole. */
  readonly field: string | null
  readonly rule: BankRule
  constructor(rule: BankRule, line: number, field: string | null, message: string) {
    super(message)
    this.rule = rule
    this.line = line
    this.field = field
  }
}
