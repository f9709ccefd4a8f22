import type { BadBankFile, Balance, BankEvent, BankReader, Bytes } from './model.ts'
import { type SwiftField, type SwiftPart, swiftPartsOf } from './mt940-fields.ts'
import { addNarrative, entryOf, type Movement, movementOf } from './mt940-movement.ts'
import { amountIn, bad, balanceOf, currencyIn, type SwiftBalance, textOf, timeOf } from './mt940-values.ts'
import { quoted } from './quoted.ts'

/** A forward balance for each day of two years, and some. */
const balancesMax = 1000

type Sum = { count: number; minor: bigint }
type Limits = { debit: bigint; credit: bigint }

type Message = {
  readonly line: number
  readonly reference: string
  readonly bank: string | null
  account: string | null
  number: string | null
  sequence: string | null
  createdAt: string | null
  opening: SwiftBalance | null
  /** Floor limits: smaller movements are not listed. Only MT942 has them. */
  limits: Limits | null
  currency: string | null
  isTold: boolean
  open: Movement | null
  entries: number
  readonly debits: Sum
  readonly credits: Sum
  readonly balances: Balance[]
  closing: SwiftBalance | null
  readonly sums: Set<string>
}

/** The page of a statement that was closed last, with more to follow: 62M, and then 60M on the next. */
type Page = { readonly number: string; readonly sequence: number | null; readonly closingMinor: bigint }

/**
 * Reads MT940 and MT942. Each message of the file is a message of its own to the reader as well, with a FILE event before
 * it: banks put many into one file, and the same one into the file of the next day.
 */
export const readMt940: BankReader = async function* (source: Bytes): AsyncGenerator<BankEvent> {
  const pages = new Map<string, Page>()
  let message: Message | null = null
  let bank: string | null = null

  for await (const part of swiftPartsOf(source)) {
    if (part.kind === 'ENVELOPE') {
      bank = part.sender ?? bank
    } else if (part.kind === 'END') {
      if (message !== null) yield* closed(message, pages, part)
      message = null
      bank = null
    } else if (message === null) {
      if (part.field.tag !== '20') throw bad('MISSING', part.field.line, '20', 'a message begins with its reference, in field 20')
      message = opened(part.field, bank)
    } else {
      yield* taken(message, part.field, pages)
    }
  }
}

const opened = (field: SwiftField, bank: string | null): Message => ({
  line: field.line,
  reference: textOf(field),
  bank,
  account: null,
  number: null,
  sequence: null,
  createdAt: null,
  opening: null,
  limits: null,
  currency: null,
  isTold: false,
  open: null,
  entries: 0,
  debits: { count: 0, minor: 0n },
  credits: { count: 0, minor: 0n },
  balances: [],
  closing: null,
  sums: new Set(),
})

function* taken(message: Message, field: SwiftField, pages: Map<string, Page>): Generator<BankEvent> {
  const { tag, line } = field
  switch (tag) {
    case '21':
      return inHead(message, field)
    case '25':
    case '25P':
      inHead(message, field)
      message.account = once(message.account, field, field.tag === '25P' ? (field.lines[0] ?? '').trim() : textOf(field))
      return
    case '28':
    case '28C':
      inHead(message, field)
      takeNumber(message, field)
      return
    case '13':
    case '13D':
      inHead(message, field)
      message.createdAt = timeOf(field)
      return
    case '60F':
    case '60M':
      inHead(message, field)
      message.opening = once(message.opening, field, balanceOf(field, tag === '60F' ? 'OPENING' : 'INTERIM'))
      message.currency = message.opening.currency
      if (message.limits !== null) throw bad('BAD_STRUCTURE', line, tag, 'a message is either a statement or an intraday report')
      return
    case '34F':
      inHead(message, field)
      takeLimit(message, field)
      return
    case '61': {
      const { account, currency } = yield* inBody(message, field, pages)
      yield* movementEnded(message)
      message.open = movementOf(field, { account, currency, isStatement: message.opening !== null })
      return
    }
    case '86':
    case 'NS':
      takeNarrative(message, field)
      return
    case '62F':
    case '62M': {
      const { account, currency } = yield* inBody(message, field, pages)
      yield* movementEnded(message)
      takeClosing(message, field, currency)
      turnPage(message, account, pages)
      return
    }
    case '64':
    case '65':
      if (message.closing === null) throw bad('BAD_STRUCTURE', line, tag, `field ${tag} stands before the closing balance`)
      if (message.balances.length === balancesMax) {
        throw bad('TOO_LONG', line, tag, `a statement has at most ${balancesMax} balances`)
      }
      message.balances.push(balanceOf(field, tag === '64' ? 'AVAILABLE' : 'FORWARD', message.currency))
      return
    case '90C':
    case '90D': {
      const { currency } = yield* inBody(message, field, pages)
      yield* movementEnded(message)
      takeSum(message, field, currency)
      return
    }
    default:
      throw bad('BAD_STRUCTURE', line, tag, `a message MT940 or MT942 has no field ${tag}`)
  }
}

const once = <T>(known: T | null, { tag, line }: SwiftField, value: T): T => {
  if (known !== null) throw bad('BAD_STRUCTURE', line, tag, `field ${tag} is there twice`)
  return value
}

const inHead = ({ isTold }: Message, { tag, line }: SwiftField): void => {
  if (isTold) throw bad('BAD_STRUCTURE', line, tag, `field ${tag} does not belong behind the entries of a message`)
}

/** The head is complete once the first field behind it comes: only then is it known what the message is. */
function* inBody(message: Message, field: SwiftField, pages: Map<string, Page>): Generator<BankEvent, Head> {
  const { tag, line } = field
  const isSum = tag.startsWith('90')
  if (message.closing !== null || (message.sums.size > 0 && !isSum)) {
    throw bad('BAD_STRUCTURE', line, tag, `field ${tag} does not belong behind the end of the entries`)
  }
  const head = yield* headTold(message, pages)
  if (tag !== '61' && isSum === (message.opening !== null)) {
    throw bad('BAD_STRUCTURE', line, tag, 'a statement ends with a balance, an intraday report with sums')
  }
  return head
}

/** What every message must have before its first entry. */
type Head = { readonly account: string; readonly number: string; readonly currency: string }

const missing = ({ line }: Message, tag: string): BadBankFile => bad('MISSING', line, tag, `the message has no field ${tag}`)

const headOf = (message: Message): Head => {
  const { account, number, currency, createdAt } = message
  if (account === null) throw missing(message, '25')
  if (number === null) throw missing(message, '28C')
  // The opening balance or the floor limit told the currency; a time alone makes an intraday report of it.
  if (currency === null) throw missing(message, createdAt === null ? '60F' : '34F')
  return { account, number, currency }
}

function* headTold(message: Message, pages: Map<string, Page>): Generator<BankEvent, Head> {
  const head = headOf(message)
  if (message.isTold) return head
  const { line, reference, bank, sequence, opening, createdAt } = message
  const { account, number, currency } = head
  if (opening !== null) {
    checkChain(message, head, opening, pages)
    message.balances.push(opening)
  }
  message.isTold = true

  const page = sequence === null ? number : `${number}/${sequence}`
  yield {
    kind: 'FILE',
    file: {
      format: opening === null ? 'MT942' : 'MT940',
      messageId: [reference, account, page, opening?.on ?? createdAt ?? ''].join(' ').trim(),
      sender: bank,
      receiver: null,
      createdAt,
      isTest: false,
    },
  }
  yield { kind: 'STATEMENT', statement: { line, account, currency, statementId: number, sequence, bank, createdAt } }
  return head
}

const checkChain = (message: Message, { account, number }: Head, opening: SwiftBalance, pages: Map<string, Page>): void => {
  const page = pages.get(account)
  if (page === undefined) return
  const broken = (what: string): BadBankFile => bad('SEQUENCE', message.line, opening.code, what)
  if (opening.amountMinor !== page.closingMinor) {
    throw broken(`statement ${number} opens with ${opening.amountMinor}, but the page before closed with ${page.closingMinor}`)
  }
  if (opening.code === '60F') return
  if (number !== page.number) throw broken(`the page continues statement ${page.number}, but is numbered ${number}`)
  // Some banks number every page 1.
  const step = message.sequence === null || page.sequence === null ? 0 : Number(message.sequence) - page.sequence
  if (step !== 0 && step !== 1) throw broken(`page ${message.sequence} follows page ${page.sequence} of statement ${number}`)
}

const takeNumber = (message: Message, field: SwiftField): void => {
  const match = /^(\d{1,10})(?:\/(\d{1,5}))?$/.exec(textOf(field))
  if (match === null) throw bad('BAD_VALUE', field.line, field.tag, `${quoted(textOf(field))} is no number of a statement`)
  message.number = once(message.number, field, match[1] ?? '')
  message.sequence = match[2] ?? null
}

const takeLimit = (message: Message, field: SwiftField): void => {
  const text = textOf(field)
  const match = /^(.{3})([CD ]?)(\d.*)$/.exec(text)
  if (match === null) throw bad('BAD_STRUCTURE', field.line, field.tag, `${quoted(text)} is no floor limit`)
  if (message.opening !== null) {
    throw bad('BAD_STRUCTURE', field.line, field.tag, 'a message is either a statement or an intraday report')
  }
  const [, code = '', mark, amount = ''] = match
  message.currency = currencyIn(code, field, message.currency)
  // No money moves by it: here a whole number without its comma is what it says.
  const minor = amountIn(amount.includes(',') ? amount : `${amount},`, message.currency, field)
  const known = message.limits ?? { debit: 0n, credit: 0n }
  message.limits = { debit: mark === 'C' ? known.debit : minor, credit: mark === 'D' ? known.credit : minor }
}

/** Behind the last balance or sum the field tells of the whole message, which no entry takes in. */
const takeNarrative = ({ open, closing, sums, isTold }: Message, { tag, line, lines }: SwiftField): void => {
  if (open !== null) {
    addNarrative(open, { tag, line, lines })
  } else if (tag === '86' && closing === null && sums.size === 0) {
    throw bad('BAD_STRUCTURE', line, tag, isTold ? 'the information has no entry' : 'the information stands before the entries')
  }
}

function* movementEnded(message: Message): Generator<BankEvent> {
  if (message.open === null) return
  const entry = entryOf(message.open)
  message.open = null
  message.entries += 1
  const sum = entry.direction === 'CREDIT' ? message.credits : message.debits
  sum.count += 1
  sum.minor += entry.amountMinor
  yield { kind: 'ENTRY', entry }
}

const takeClosing = (message: Message, field: SwiftField, currency: string): void => {
  const closing = balanceOf(field, field.tag === '62F' ? 'CLOSING' : 'INTERIM', currency)
  const { opening, credits, debits } = message
  const sum = (opening?.amountMinor ?? 0n) + credits.minor - debits.minor
  if (sum !== closing.amountMinor) {
    throw bad(
      'CONTROL_TOTAL',
      field.line,
      field.tag,
      `opening balance and entries add up to ${sum}, not to ${closing.amountMinor}`,
    )
  }
  message.closing = closing
  message.balances.push(closing)
}

const turnPage = ({ closing, number, sequence }: Message, account: string, pages: Map<string, Page>): void => {
  if (closing === null || closing.code === '62F') pages.delete(account)
  else {
    const page = sequence === null ? null : Number(sequence)
    pages.set(account, { number: number ?? '', sequence: page, closingMinor: closing.amountMinor })
  }
}

const takeSum = (message: Message, field: SwiftField, currency: string): void => {
  const { tag, line } = field
  const text = textOf(field)
  const match = /^(\d{1,9})(.{3})(.+)$/.exec(text)
  if (match === null) throw bad('BAD_STRUCTURE', line, tag, `${quoted(text)} is no sum of entries`)
  if (message.sums.has(tag)) throw bad('BAD_STRUCTURE', line, tag, `field ${tag} is there twice`)
  message.sums.add(tag)
  const [, count, code = '', amount = ''] = match
  const minor = amountIn(amount, currencyIn(code, field, currency), field)
  const listed = tag === '90D' ? message.debits : message.credits
  const floor = tag === '90D' ? message.limits?.debit : message.limits?.credit
  // What lies below a floor limit is summed, but not listed.
  const isAll = floor === 0n
  const told = Number(count)
  if (told < listed.count || (isAll && told > listed.count)) {
    throw bad('CONTROL_COUNT', line, tag, `there are ${listed.count} such entries, not ${told}`)
  }
  if (minor < listed.minor || (isAll && minor > listed.minor)) {
    throw bad('CONTROL_TOTAL', line, tag, `such entries add up to ${listed.minor}, not to ${minor}`)
  }
}

function* closed(message: Message, pages: Map<string, Page>, end: SwiftPart & { kind: 'END' }): Generator<BankEvent> {
  yield* headTold(message, pages)
  const { opening, closing, sums } = message
  if (opening !== null && closing === null && end.by !== 'END_OF_FILE') throw missing(message, '62F')
  // An intraday report may do without sums, but then nothing but its dash says that it is whole.
  const isWhole = opening === null ? sums.size > 0 || end.by !== 'END_OF_FILE' : closing !== null
  if (!isWhole) throw bad('TRUNCATED', end.line, opening === null ? '90C' : '62F', 'the file ends inside of a message')
  yield* movementEnded(message)
  yield { kind: 'STATEMENT_END', balances: message.balances, entries: message.entries }
}
