import { hash } from 'node:crypto'
import type { Day } from '../../kernel/day.ts'
import type { ItemKind } from '../../kernel/item-kind.ts'
import { isCurrency, parseAmount } from '../../kernel/money.ts'
import { dueOnBy, type TermsRule } from '../customer/rules.ts'
import { dayReader, decimalReader, exactOf, isBadText, tidyName } from './cells.ts'
import type { Profile, Source, Target } from './profile.ts'

/** An open item as a ledger tells it, every doubt removed. Amounts of credits are negative. */
export type LedgerItem = {
  readonly legalEntity: string
  /** Null where the ledger names the customer only. */
  readonly customerNumber: string | null
  readonly customerName: string | null
  readonly countryCode: string | null
  readonly kind: ItemKind
  readonly number: string
  readonly sourceKey: string
  readonly currency: string
  readonly originalMinor: bigint
  readonly ledgerOpenMinor: bigint
  readonly isDisputed: boolean
  readonly documentOn: Day
  readonly dueOn: Day
  /** When the ledger closed it; null while it is open, and where the ledger does not say. */
  readonly closedOn: Day | null
  readonly paymentTerms: string | null
  /** SHA-256 of what is kept of the row: equal hashes, equal items. */
  readonly hash: string
}

export type FaultCode =
  | 'AFTER_AS_OF'
  | 'BAD_TEXT'
  | 'BLANK'
  | 'CLOSED_BEFORE_DOCUMENT'
  | 'COLUMN_COUNT'
  | 'CONTRADICTION'
  | 'DUE_BEFORE_DOCUMENT'
  | 'DUPLICATE_KEY'
  | 'DUPLICATE_ROW'
  | 'NOT_A_COUNTRY'
  | 'NOT_A_DATE'
  | 'NOT_A_NUMBER'
  | 'NOT_A_YES_OR_NO'
  | 'SIGN'
  | 'TOO_LARGE'
  | 'TOO_LONG'
  | 'TOO_PRECISE'
  | 'UNKNOWN_CURRENCY'
  | 'UNKNOWN_KIND'

/** Why a row was not taken. Without a column the whole row is meant. */
export type Fault = { readonly column: string | null; readonly code: FaultCode; readonly message: string }

export type WarningCode = 'BLANK_IGNORED' | 'CLOSED_BEFORE_DOCUMENT' | 'DUE_BEFORE_DOCUMENT' | 'OPEN_ABOVE_AMOUNT' | 'ROUNDED'
export type Warning = { readonly column: string | null; readonly code: WarningCode; readonly message: string }

/** Where a row counts in the totals, taken or not. The amount is signed and exact; null when it cannot be read. */
export type Counted = { readonly legalEntity: string; readonly currency: string; readonly exact: bigint | null }

export type ReadRow =
  | { readonly outcome: 'ACCEPTED'; readonly item: LedgerItem; readonly counted: Counted; readonly warnings: readonly Warning[] }
  | { readonly outcome: 'REJECTED' | 'SKIPPED'; readonly faults: readonly Fault[]; readonly counted: Counted }

/** What is wrong with a file as a whole: none of its rows can be read. */
export type FileFault = { readonly code: 'AMBIGUOUS_COLUMN' | 'MISSING_COLUMN'; readonly message: string }

export type Reading = {
  /** The ledger as it stood at the end of this day: later documents are skipped, later settlements have not happened. */
  readonly asOf: Day | null
  readonly terms: ReadonlyMap<string, TermsRule>
}

export type RowReader = (cells: readonly string[], known?: readonly Fault[]) => ReadRow

const lengths: Partial<Record<Target, number>> = {
  legalEntity: 40,
  customerNumber: 60,
  customerName: 300,
  number: 60,
  paymentTerms: 40,
}
const sourceKeyMax = 200

type Column = { readonly label: string; readonly read: (cells: readonly string[]) => string }

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** A reader for rows under this header, or why there is none. */
export const rowReader = (profile: Profile, header: readonly string[], reading: Reading): RowReader | readonly FileFault[] => {
  const names = header.map((name) => name.trim())
  const missing = new Set<string>()
  const ambiguous = new Set<string>()
  const place = (name: string, isOptional: boolean): number => {
    const at = names.indexOf(name)
    if (at < 0 && !isOptional) missing.add(name)
    if (at >= 0 && names.includes(name, at + 1)) ambiguous.add(name)
    return at
  }
  const columnOf = (target: Target, source: Source | undefined): Column => {
    if (source === undefined) return { label: target, read: () => '' }
    if ('constant' in source) return { label: target, read: () => source.constant }
    const places = source.from.map((name) => place(name, source.isOptional)).filter((at) => at >= 0)
    const [first = -1] = places
    const read = (cells: readonly string[]) => cells[places.find((at) => (cells[at] ?? '').trim() !== '') ?? first]?.trim() ?? ''
    return { label: source.from.join(' or '), read }
  }
  const named = (name: string): Column => {
    const at = place(name, false)
    return { label: name, read: (cells) => cells[at]?.trim() ?? '' }
  }
  const column = (target: Target) => columnOf(target, profile.columns[target])
  const columns: Columns = {
    legalEntity: column('legalEntity'),
    customerNumber: column('customerNumber'),
    customerName: column('customerName'),
    countryCode: column('countryCode'),
    kind: column('kind'),
    number: column('number'),
    currency: column('currency'),
    amount: column('amount'),
    openAmount: column('openAmount'),
    documentOn: column('documentOn'),
    baselineOn: column('baselineOn'),
    dueOn: column('dueOn'),
    closedOn: column('closedOn'),
    paymentTerms: column('paymentTerms'),
    isDisputed: column('isDisputed'),
    sign: profile.sign.rule === 'BY_COLUMN' ? named(profile.sign.from) : null,
    key: profile.key.map(named),
    watched: profile.watched.filter((name) => names.includes(name)).map(named),
  }
  const list = (some: Set<string>) => [...some].map(shown).join(', ')
  const faults: FileFault[] = []
  if (missing.size > 0) {
    const found = names.length > 30 ? `${names.length} others` : list(new Set(names))
    faults.push({ code: 'MISSING_COLUMN', message: `the header lacks ${list(missing)}; it has ${found}` })
  }
  if (ambiguous.size > 0) {
    faults.push({ code: 'AMBIGUOUS_COLUMN', message: `the header has more than one ${list(ambiguous)}` })
  }
  return faults.length > 0 ? faults : readerOf(profile, names.length, columns, reading)
}

type Columns = Readonly<Record<Target, Column>> & {
  readonly sign: Column | null
  readonly key: readonly Column[]
  readonly watched: readonly Column[]
}

const readerOf = (profile: Profile, width: number, columns: Columns, { asOf, terms }: Reading): RowReader => {
  const readDay = dayReader(profile.dates)
  const readDecimal = decimalReader(profile.decimals)
  const blankDates = new Set(profile.blankDates)
  const mayBeBlank = new Set<Target>(profile.mayBeBlank)
  // What no column says cannot be blank in a row.
  const isNeeded = (target: Target) => profile.columns[target] !== undefined && !mayBeBlank.has(target)

  return (cells, known = []) => {
    const faults: Fault[] = [...known]
    const warnings: Warning[] = []
    const fault = (target: Target | Column, code: FaultCode, message: string) =>
      void faults.push({ column: (typeof target === 'string' ? columns[target] : target).label, code, message })
    const warn = ({ label }: Column, code: WarningCode, message: string) => void warnings.push({ column: label, code, message })

    if (cells.length < width || cells.slice(width).some((cell) => cell.trim() !== '')) {
      const message = `the row has ${cells.length} cells and the header ${width}`
      const counted = { legalEntity: '', currency: '', exact: null }
      return { outcome: 'REJECTED', faults: [...faults, { column: null, code: 'COLUMN_COUNT', message }], counted }
    }

    const text = (target: Target): string => {
      const found = columns[target].read(cells)
      const value = target === 'customerName' ? tidyName(found) : found
      const max = lengths[target] ?? Number.POSITIVE_INFINITY
      if (value === '' && isNeeded(target)) fault(target, 'BLANK', 'it is blank')
      else if (value.length > max) fault(target, 'TOO_LONG', `it has ${value.length} characters and may have ${max}`)
      else if (isBadText(value)) fault(target, 'BAD_TEXT', 'it has control characters or bytes that are not text')
      return value
    }

    const day = (target: Target): Day | null => {
      const value = columns[target].read(cells)
      if (value === '' || blankDates.has(value)) {
        // A blank due date is the payment terms' business.
        if (isNeeded(target) && target !== 'dueOn') fault(target, 'BLANK', 'it is blank')
        return null
      }
      const read = readDay(value)
      if (read === null) fault(target, 'NOT_A_DATE', `${shown(value)} is no date of the form ${profile.dates.join(' or ')}`)
      return read
    }

    const sign = ((): 'DEBIT' | 'CREDIT' | 'WRITTEN' => {
      if (profile.sign.rule === 'AS_IS' || columns.sign === null) return 'WRITTEN'
      const value = columns.sign.read(cells)
      if (value === profile.sign.debit) return 'DEBIT'
      if (value === profile.sign.credit) return 'CREDIT'
      const { debit, credit } = profile.sign
      fault(columns.sign, value === '' ? 'BLANK' : 'SIGN', `${shown(value)} is neither ${debit} (debit) nor ${credit} (credit)`)
      return 'WRITTEN'
    })()

    const decimal = (target: Target): string | null => {
      const value = columns[target].read(cells)
      if (value === '') {
        if (isNeeded(target)) fault(target, 'BLANK', 'it is blank')
        return null
      }
      const read = readDecimal(value)
      if (read === null) {
        fault(target, 'NOT_A_NUMBER', `${shown(value)} is no amount with ${shown(profile.decimals.point)} as its decimal point`)
        return null
      }
      if (sign !== 'WRITTEN' && read.startsWith('-')) {
        fault(target, 'SIGN', `${shown(value)} has a sign of its own beside the one in ${columns.sign?.label}`)
      }
      return sign === 'CREDIT' && !read.startsWith('-') ? `-${read}` : read
    }

    const minorOf = (target: Target, plain: string, currency: string): bigint => {
      const parsed = parseAmount(plain, currency, profile.rounding)
      if (typeof parsed === 'string') {
        const digits = {
          TOO_PRECISE: `more digits than ${currency} has`,
          TOO_LARGE: 'too many digits',
          NOT_A_NUMBER: 'too many digits',
        }
        fault(target, parsed === 'NOT_A_NUMBER' ? 'TOO_LARGE' : parsed, `${plain} has ${digits[parsed]}`)
        return 0n
      }
      if (parsed.isRounded) warn(columns[target], 'ROUNDED', `${plain} was rounded by ${profile.rounding}`)
      return parsed.minor
    }

    const legalEntity = text('legalEntity')
    const currency = text('currency')
    const amount = decimal('amount')
    const counted = { legalEntity, currency, exact: amount === null ? null : exactOf(amount) }
    const isKnownCurrency = isCurrency(currency)
    if (currency !== '' && !isKnownCurrency)
      fault('currency', 'UNKNOWN_CURRENCY', `${shown(currency)} is not an ISO 4217 currency`)
    const originalMinor = amount !== null && isKnownCurrency ? minorOf('amount', amount, currency) : 0n
    const isCredit = sign === 'CREDIT' || originalMinor < 0n

    const kind = ((): ItemKind => {
      const rule = profile.kind
      if (rule.rule === 'CONSTANT') return rule.kind
      if (rule.rule === 'BY_SIGN') return isCredit ? rule.credit : rule.debit
      const value = text('kind')
      const found = Object.hasOwn(rule.kinds, value) ? rule.kinds[value] : undefined
      if (found === undefined && value !== '') fault('kind', 'UNKNOWN_KIND', `the profile has no kind for ${shown(value)}`)
      return typeof found === 'object' ? (isCredit ? found.credit : found.debit) : (found ?? 'INVOICE')
    })()
    if (kind === 'CREDIT_MEMO' ? originalMinor > 0n : originalMinor < 0n) {
      fault('amount', 'SIGN', kind === 'CREDIT_MEMO' ? 'a credit cannot be above zero' : 'what is owed cannot be below zero')
    }

    const customerNumber = text('customerNumber')
    const customerName = text('customerName')
    if (customerNumber === '' && customerName === '' && !isNeeded('customerNumber') && !isNeeded('customerName')) {
      fault('customerNumber', 'BLANK', 'neither a number nor a name says whose it is')
    }
    const countryCode = text('countryCode')
    if (countryCode !== '' && !/^[A-Z]{2}$/.test(countryCode)) {
      fault('countryCode', 'NOT_A_COUNTRY', `${shown(countryCode)} is not an ISO 3166 code of two letters`)
    }

    const documentOn = day('documentOn')
    const baselineOn = day('baselineOn')
    const closedBy = day('closedOn')
    const paymentTerms = text('paymentTerms')
    const dueOn = ((): Day | null => {
      const told = day('dueOn')
      const base = baselineOn ?? documentOn
      const isBlank = ['', ...blankDates].includes(columns.dueOn.read(cells))
      if (told !== null || base === null || !isBlank) return told
      // A credit without a due date can be used from its base date on.
      if (kind === 'CREDIT_MEMO') return base
      const rule = terms.get(paymentTerms)
      if (rule !== undefined) return dueOnBy(rule, base)
      const why =
        paymentTerms === '' ? 'there are no payment terms' : `the rule of payment terms ${shown(paymentTerms)} is not known`
      fault('dueOn', 'BLANK', `it is blank, and ${why}`)
      return null
    })()

    const isSettled = closedBy !== null && (asOf === null || closedBy <= asOf)
    const openMinor = ((): bigint => {
      if (profile.open.rule === 'OPEN') return originalMinor
      const open = profile.open.rule === 'FROM_AMOUNT' ? decimal('openAmount') : null
      if (open === null || !isKnownCurrency) return isSettled ? 0n : originalMinor
      const minor = minorOf('openAmount', open, currency)
      if (kind === 'CREDIT_MEMO' ? minor > 0n : minor < 0n) {
        fault('openAmount', 'SIGN', 'what is open must have the sign of the amount')
      } else if (minor !== 0n && isSettled) {
        fault('openAmount', 'CONTRADICTION', `${open} is open, and yet it was closed on ${closedBy}`)
      } else if (kind === 'CREDIT_MEMO' ? minor < originalMinor : minor > originalMinor) {
        warn(columns.openAmount, 'OPEN_ABOVE_AMOUNT', `${open} is open of ${amount}`)
      }
      return minor
    })()
    const closedOn = openMinor === 0n && isSettled ? closedBy : null

    const disputed = text('isDisputed')
    const isDisputed = profile.disputed.yes.includes(disputed)
    if (disputed !== '' && !isDisputed && !profile.disputed.no.includes(disputed)) {
      const { yes, no } = profile.disputed
      fault('isDisputed', 'NOT_A_YES_OR_NO', `${shown(disputed)} is neither ${yes.join(' or ')} nor ${no.join(' or ')}`)
    }

    const number = text('number')
    const sourceKey = keyOf(columns.key.map((column) => column.read(cells)))
    for (const column of columns.key) {
      if (faults.some(({ column: told }) => told === column.label)) continue
      const value = column.read(cells)
      if (value === '') fault(column, 'BLANK', 'it is blank, and it names the item')
      else if (isBadText(value)) fault(column, 'BAD_TEXT', 'it has control characters or bytes that are not text')
    }
    if (sourceKey.length > sourceKeyMax) {
      faults.push({ column: null, code: 'TOO_LONG', message: `the key has more than ${sourceKeyMax} characters` })
    }

    const order = (target: 'closedOn' | 'dueOn', code: 'CLOSED_BEFORE_DOCUMENT' | 'DUE_BEFORE_DOCUMENT', on: Day | null) => {
      if (on === null || documentOn === null || on >= documentOn) return
      const rule = code === 'CLOSED_BEFORE_DOCUMENT' ? profile.checks.closedBeforeDocument : profile.checks.dueBeforeDocument
      const message = `${on} is before the document's date ${documentOn}`
      if (rule === 'REJECT') fault(target, code, message)
      else warn(columns[target], code, message)
    }
    order('dueOn', 'DUE_BEFORE_DOCUMENT', dueOn)
    order('closedOn', 'CLOSED_BEFORE_DOCUMENT', closedOn)

    if (faults.length > 0 || documentOn === null || dueOn === null) return { outcome: 'REJECTED', faults, counted }
    if (asOf !== null && documentOn > asOf) {
      const message = `its date ${documentOn} is after ${asOf}, as of which the ledger is read`
      return { outcome: 'SKIPPED', faults: [{ column: columns.documentOn.label, code: 'AFTER_AS_OF', message }], counted }
    }
    for (const column of columns.watched) {
      if (column.read(cells) === '') warn(column, 'BLANK_IGNORED', 'it is blank; the import does not use it')
    }

    const kept = {
      legalEntity,
      customerNumber: customerNumber === '' ? null : customerNumber,
      kind,
      number,
      sourceKey,
      currency,
      originalMinor,
      ledgerOpenMinor: openMinor,
      isDisputed,
      documentOn,
      dueOn,
      closedOn,
      paymentTerms: paymentTerms === '' ? null : paymentTerms,
    }
    const names = {
      customerName: customerName === '' ? null : customerName,
      countryCode: countryCode === '' ? null : countryCode,
    }
    return { outcome: 'ACCEPTED', item: { ...kept, ...names, hash: hashOf(kept, names.customerName) }, counted, warnings }
  }
}

/** Keys of several parts stay apart: "A/B" and "C" is not "A" and "B/C". */
const keyOf = (parts: readonly string[]): string => {
  const [first = '', ...rest] = parts
  return rest.length === 0 ? first : parts.map((each) => each.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')
}

/** A name counts only where it stands for the customer: another spelling beside the same number is the same item. */
const hashOf = (kept: Omit<LedgerItem, 'customerName' | 'countryCode' | 'hash'>, customerName: string | null): string =>
  hash(
    'sha256',
    JSON.stringify([
      kept.legalEntity,
      kept.customerNumber,
      kept.customerNumber === null ? customerName : null,
      kept.kind,
      kept.number,
      kept.sourceKey,
      kept.currency,
      String(kept.originalMinor),
      String(kept.ledgerOpenMinor),
      kept.isDisputed,
      kept.documentOn,
      kept.dueOn,
      kept.closedOn,
      kept.paymentTerms,
    ]),
    'hex',
  )

/**
 * Lets each item through once. An exact copy of an earlier row says nothing new and is skipped; the same key with other
 * content is rejected, because nobody can tell which of the two is true.
 */
export const createSieve = (): ((row: ReadRow) => ReadRow) => {
  const seen = new Map<string, string>()
  return (row) => {
    if (row.outcome !== 'ACCEPTED') return row
    const { sourceKey, hash: whole } = row.item
    const digest = whole.slice(0, 12)
    const earlier = seen.get(sourceKey)
    if (earlier === undefined) {
      seen.set(sourceKey, digest)
      return row
    }
    const fault: Fault =
      earlier === digest
        ? { column: null, code: 'DUPLICATE_ROW', message: `an earlier row is the same item ${shown(sourceKey)}` }
        : { column: null, code: 'DUPLICATE_KEY', message: `an earlier row says something else about ${shown(sourceKey)}` }
    return { outcome: earlier === digest ? 'SKIPPED' : 'REJECTED', faults: [fault], counted: row.counted }
  }
}
