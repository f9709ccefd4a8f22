import { isCurrency, parseAmount } from '../../../kernel/money.ts'
import type { EntryDetail, Reference, ReferenceKind } from './model.ts'

/** What a bank says about one entry, in the fields 61, 86 and NS. */
export type SwiftNarrative = {
  readonly amountMinor: bigint
  readonly currency: string
  readonly direction: 'CREDIT' | 'DEBIT'
  readonly customerReference: string
  readonly bankReference: string
  /** The lines of field 61 below its first. */
  readonly supplementary: readonly string[]
  readonly information: readonly string[]
  /** Field NS, which German and Hungarian banks write instead of 86: each line begins with two digits that say what it is. */
  readonly nonSwift: readonly string[]
}

type Told = {
  readonly references: readonly Reference[]
  readonly payerName: string | null
  readonly payerAccount: string | null
  readonly text: readonly string[]
}

export const detailOf = (narrative: SwiftNarrative): EntryDetail => {
  const { amountMinor, currency, customerReference, bankReference, supplementary, information, nonSwift } = narrative
  const told = nonSwift.length > 0 ? nonSwiftTold(nonSwift) : informationTold(narrative)
  const isAccountBelow = supplementary.length === 1 && isIban(supplementary[0]?.trim() ?? '')
  const otherAccounts = [...(isAccountBelow ? supplementary : []), customerReference].map((each) => each.trim())
  const marks = [...supplementary, ...information].join('')
  return {
    amountMinor,
    references: distinct([
      ...referencesOf('CUSTOMER', customerReference),
      ...referencesOf('BANK', bankReference),
      ...told.references,
    ]),
    payerName: told.payerName,
    payerAccount: told.payerAccount ?? otherAccounts.find(isIban) ?? null,
    text: [...(isAccountBelow ? [] : supplementary), ...told.text]
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join('\n'),
    remittance: [],
    instructed: instructedIn(marks),
    chargesMinor: chargesIn(marks, currency),
  }
}

/** Banks fill the place of a reference that they do not have. */
const noReferences: ReadonlySet<string> = new Set([
  '',
  'NONREF',
  'NOREF',
  'EREF',
  'EREF+',
  'KREF',
  'KREF+',
  'PREF',
  'NOTPROVIDED',
])

export const isNoReference = (value: string): boolean => noReferences.has(value.trim().toUpperCase())

const referencesOf = (kind: ReferenceKind, value: string): Reference[] =>
  isNoReference(value) ? [] : [{ kind, value: value.trim() }]

const distinct = (references: readonly Reference[]): Reference[] => [
  ...new Map(references.map((reference) => [`${reference.kind} ${reference.value}`, reference])).values(),
]

const informationTold = ({ information, direction }: SwiftNarrative): Told => {
  const first = (information[0] ?? '').trimStart()
  const separator = /^(?:\d{3})?([?<>~@^])\d{2}/.exec(first)?.[1]
  if (separator !== undefined) return structuredTold(unwrapped(information), separator)
  if (slashed.test(first) && slashCode.test(first)) return slashTold(unfolded(information), direction)
  return { references: [], payerName: null, payerAccount: null, text: freeText(information) }
}

/**
 * One line of lines that a bank folded at 64 or 65 characters, in the middle of words. A line one shorter than the widest
 * has lost a blank at its end. Where nothing is that wide, lines end where the bank meant them to.
 */
const unfolded = (lines: readonly string[]): string => {
  const width = lines.slice(0, -1).reduce((widest, { length }) => Math.max(widest, length), 0)
  const isFolded = ({ length }: string, next: string): boolean => (width < 64 ? next.startsWith('/') : length === width)
  return lines.flatMap((line, at) => (at === 0 ? [line] : [isFolded(lines[at - 1] ?? '', line) ? '' : ' ', line])).join('')
}

/**
 * The same for subfields, which no line end may part: "?2" and "2SVWZ+" are one. Beside lines of 65 characters one of 64
 * has lost a blank, unless it ends inside of a code, where none can have been.
 */
const unwrapped = ([first = '', ...more]: readonly string[]): string => {
  const lines = [first.trimStart(), ...more]
  const isFull = lines.slice(0, -1).some(({ length }) => length === 65)
  return lines.map((line) => (isFull && line.length === 64 && !/[?<>~@^]\d?$/.test(line) ? `${line} ` : line)).join('')
}

/** A line of SWIFT's full width is folded and goes on in the next; others stand as they are. */
const freeText = (lines: readonly string[]): string[] =>
  lines
    .flatMap((line, at) => (at === 0 ? [line] : [lines[at - 1]?.length === 65 ? '' : '\n', line]))
    .join('')
    .split('\n')

/** 166?00GUTSCHRIFT?20EREF+...?32NAME: the code of the transaction, then subfields of two digits each. */
const structuredTold = (information: string, separator: string): Told => {
  const subfields = new Map<string, string>()
  const [, ...parts] = information.split(separator)
  let last = ''
  for (const part of parts) {
    const code = /^\d{2}/.exec(part)?.[0]
    if (code === undefined) subfields.set(last, `${subfields.get(last) ?? ''}${separator}${part}`)
    else subfields.set(code, (subfields.get(code) ?? '') + part.slice(2))
    last = code ?? last
  }
  const of = (codes: readonly string[]): string[] => codes.flatMap((code) => subfields.get(code) ?? [])
  // Subfields 60 to 63 go on where 29 was not enough; without it they are remarks of their own.
  const isLong = subfields.has('29')
  const purpose = purposeTold(of(isLong ? [...purposeCodes, ...overflowCodes] : purposeCodes))
  const account = of(['38', '31'])
    .map((each) => each.replaceAll(' ', ''))
    .find((each) => each !== '')
  return {
    references: purpose.references,
    payerName: nameOf(of(['32', '33'])),
    payerAccount: account ?? purpose.payerAccount,
    text: [...of(['00']), ...purpose.text, ...of(isLong ? furtherCodes : [...overflowCodes, ...furtherCodes])],
  }
}

const purposeCodes = Array.from({ length: 10 }, (_, digit) => `2${digit}`)
const overflowCodes = ['60', '61', '62', '63']
const furtherCodes = ['64', '65', '66', '67', '68', '69', '70', '71']

/** A subfield holds 27 characters: one that is full goes on in the next. Banks that write more in one end it on purpose. */
const subfieldChars = 27

const nameOf = (parts: readonly string[]): string | null => {
  const name = parts.map((part) => (part.length === subfieldChars ? part : `${part} `)).join('')
  const tidy = name.replace(/ +/g, ' ').trim()
  return tidy === '' ? null : tidy
}

/** The labels that SEPA payments have in the purpose, anywhere in it, even across two subfields. */
const sepaLabel = /(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|COAM|OAMT|PURP)\+|(MTLG):/g

const sepaReferences: ReadonlyMap<string, ReferenceKind> = new Map([
  ['EREF', 'END_TO_END'],
  ['KREF', 'INSTRUCTION'],
  ['MREF', 'MANDATE'],
  ['CRED', 'CREDITOR'],
  ['DEBT', 'OTHER'],
])

const purposeTold = (subfields: readonly string[]): Told => {
  let isLabelled = false
  const pieces = subfields.flatMap((piece, at) => {
    const before = subfields[at - 1]
    const joint = before === undefined || isLabelled || before.length === subfieldChars ? '' : '\n'
    isLabelled ||= piece.search(sepaLabel) !== -1
    return [joint, piece]
  })
  const [unlabelled = '', ...labelled] = pieces.join('').split(sepaLabel)
  const references: Reference[] = []
  const text = unlabelled.split('\n')
  let payerAccount: string | null = null
  // Two groups to a label, one of them empty, and then its value.
  for (let at = 0; at + 2 < labelled.length; at += 3) {
    const label = labelled[at] ?? labelled[at + 1] ?? ''
    const value = labelled[at + 2]?.trim() ?? ''
    const kind = sepaReferences.get(label)
    if (kind !== undefined) references.push(...referencesOf(kind, value))
    else if (label === 'IBAN') payerAccount = value === '' ? payerAccount : value.replaceAll(' ', '')
    else if (label === 'SVWZ' || label === 'MTLG') text.push(value)
    else if (label !== 'BIC' && value !== '') text.push(`${label} ${value}`)
  }
  return { references, payerName: null, payerAccount, text }
}

/** Code words of banks that write /EREF/.../REMI/...; only these part the text, since a remittance may hold slashes. */
const slashWords =
  'ADDR|BBAN|BENM|BIC|CHGS|CNTP|CREF|CSID|EREF|EXCH|FEES|IBAN|INIT|IREF|ISDT|KREF|MARF|NAME|OCMT|ORCR|ORDP|PREF|PURP|REMI|RTRN|SUM|TRCD|TRTP|UCRD|UDTR|ULTB|ULTC|ULTD'
const slashed = /^\/[A-Z]{2,8}\//
const slashCode = new RegExp(`/(?:${slashWords})/`)
const slashCodes = new RegExp(`/(${slashWords})(?=/)`, 'g')

const slashReferences: ReadonlyMap<string, ReferenceKind> = new Map([
  ['EREF', 'END_TO_END'],
  ['PREF', 'INSTRUCTION'],
  ['KREF', 'INSTRUCTION'],
  ['IREF', 'TRANSACTION'],
  ['CREF', 'OTHER'],
  ['MARF', 'MANDATE'],
  ['CSID', 'CREDITOR'],
])

const slashTold = (information: string, direction: SwiftNarrative['direction']): Told => {
  const [unlabelled = '', ...labelled] = information.split(slashCodes)
  const references: Reference[] = []
  const text = [unlabelled]
  const names: Party[] = []
  const accounts: Party[] = []
  let role: Party['role'] = null
  for (let at = 0; at + 1 < labelled.length; at += 2) {
    const label = labelled[at] ?? ''
    const value = withoutSlashes(labelled[at + 1] ?? '')
    const kind = slashReferences.get(label)
    if (label === 'ORDP' || label === 'BENM') {
      role = label
      if (value !== '') names.push({ role, value })
    } else if (value === '') continue
    else if (kind !== undefined) references.push(...referencesOf(kind, value))
    else if (label === 'NAME') names.push({ role, value })
    else if (label === 'IBAN' || label === 'BBAN') accounts.push({ role, value })
    else if (label === 'CNTP') {
      const [account = '', , name = ''] = value.split('/')
      if (account !== '') accounts.push({ role, value: account })
      if (name !== '') names.push({ role, value: name })
    } else if (label === 'REMI') text.push(value.replace(/^(?:USTD|STRD)\/+/, ''))
    else if (label !== 'BIC') text.push(`${label} ${value}`)
  }
  const wanted = direction === 'CREDIT' ? 'ORDP' : 'BENM'
  return { references, payerName: partyOf(names, wanted), payerAccount: partyOf(accounts, wanted), text }
}

/** Between ORDP and BENM: who ordered the payment, or who receives it. Many banks tell the other side without either. */
type Party = { readonly role: 'ORDP' | 'BENM' | null; readonly value: string }

const partyOf = (parties: readonly Party[], wanted: Party['role']): string | null =>
  (parties.find(({ role }) => role === wanted) ?? parties.find(({ role }) => role === null) ?? parties[0])?.value ?? null

/** By hand, since an expression that looks for the end tries it at each slash of the value. */
const withoutSlashes = (value: string): string => {
  let from = 0
  let to = value.length
  while (from < to && isPadding(value[from])) from += 1
  while (to > from && isPadding(value[to - 1])) to -= 1
  return value.slice(from, to)
}

const isPadding = (character: string | undefined): boolean => character === '/' || character === ' '

const nonSwiftTold = (lines: readonly string[]): Told => {
  const of = (from: number, to = from): string[] =>
    lines.filter((line) => Number(line.slice(0, 2)) >= from && Number(line.slice(0, 2)) <= to).map((line) => line.slice(2).trim())
  return {
    references: [],
    payerName: nameOf(of(15, 16)),
    payerAccount: of(34).find((account) => account !== '') ?? null,
    text: [...of(17), ...of(1, 14)],
  }
}

/** What the payer instructed, before exchange. It is told, not booked: one that cannot be read does no harm. */
const instructedIn = (marks: string): EntryDetail['instructed'] =>
  amountOf(/\/OCMT\/([A-Z]{3})(\d{1,15}),(\d{0,4})(?!\d)/.exec(marks))

const chargesIn = (marks: string, currency: string): bigint | null => {
  const charges = amountOf(/\/CHGS\/([A-Z]{3})(\d{1,15}),(\d{0,4})(?!\d)/.exec(marks))
  return charges?.currency === currency && charges.minor > 0n ? charges.minor : null
}

const amountOf = (match: RegExpExecArray | null): EntryDetail['instructed'] => {
  if (match === null) return null
  const [, currency = '', whole = '', fraction = ''] = match
  if (!isCurrency(currency)) return null
  const parsed = parseAmount(fraction === '' ? whole : `${whole}.${fraction}`, currency)
  return typeof parsed === 'string' ? null : { minor: parsed.minor, currency }
}

/** By its check digits, so that a reference of two letters and some digits is not taken for an account. */
const isIban = (text: string): boolean => {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false
  const digits = [...text.slice(4), ...text.slice(0, 4)].map((each) => Number.parseInt(each, 36)).join('')
  return BigInt(digits) % 97n === 1n
}
