import { batchCount, checkBatch, groupsOf, type Movement, minorsOf } from './camt-payments.ts'
import { noRemittance, type Remittance, readRemittance } from './camt-remittance.ts'
import { accountOf, amountOf, chargesOf, codeOf, dayOf, directionOf, flagOf, nameOf } from './camt-values.ts'
import type { BankEntry, EntryDetail, Reference, ReferenceKind } from './model.ts'
import { quoted } from './quoted.ts'
import { rawOf } from './raw.ts'
import { child, children, lineOf, needed, refusal, text, textOf, type XmlElement } from './xml-tree.ts'

/** One `Ntry` of a camt message: a movement of the account, and the payments inside it. */

const statuses: ReadonlyMap<string, BankEntry['status']> = new Map([
  ['BOOK', 'BOOKED'],
  ['PDNG', 'PENDING'],
  ['FUTR', 'PENDING'],
  ['INFO', 'INFORMATION'],
])

/** A status that is not known could mean that the money never came. */
const statusOf = (entry: XmlElement): BankEntry['status'] => {
  const element = needed(entry, 'Sts')
  const said = textOf(element, 'Cd') ?? text(element) ?? textOf(element, 'Prtry')
  if (said === null) throw refusal(element, 'MISSING', `${element.path} is empty`)
  const status = statuses.get(said)
  if (status === undefined) throw refusal(element, 'BAD_VALUE', `${quoted(said)} is no status that is known`)
  return status
}

/** `PMNT/RCDT/ESCT`, or the bank's own code where that is all it tells. */
const typeCodeOf = (entry: XmlElement): string | null => {
  const code = child(entry, 'BkTxCd')
  const domain = code === null ? null : child(code, 'Domn')
  if (domain === null) return codeOf(code)
  const parts = [textOf(domain, 'Cd'), textOf(domain, 'Fmly', 'Cd'), textOf(domain, 'Fmly', 'SubFmlyCd')]
  return parts.filter((part) => part !== null).join('/') || codeOf(code)
}

const referenceKinds: readonly (readonly [name: string, kind: ReferenceKind])[] = [
  ['EndToEndId', 'END_TO_END'],
  ['UETR', 'UETR'],
  ['TxId', 'TRANSACTION'],
  ['InstrId', 'INSTRUCTION'],
  ['MndtId', 'MANDATE'],
  ['ChqNb', 'CHECK'],
  ['ClrSysRef', 'TRACE'],
  ['AcctSvcrRef', 'BANK'],
  ['AcctSvcrTxId', 'BANK'],
  ['AcctOwnrTxId', 'CUSTOMER'],
  ['MktInfrstrctrTxId', 'TRACE'],
  ['PrcgId', 'OTHER'],
  ['PmtInfId', 'OTHER'],
  ['MsgId', 'OTHER'],
]

/** The scheme demands a reference of payers who have none, and this is what their banks write then. */
const isNoReference = (value: string): boolean => value.replace(/\s/g, '').toUpperCase() === 'NOTPROVIDED'

const referencesIn = (holder: XmlElement | null): Reference[] => {
  if (holder === null) return []
  const named = referenceKinds.map(([name, kind]) => ({ kind, value: textOf(holder, name) }))
  const own = children(holder, 'Prtry').map((one) => ({ kind: 'OTHER' as const, value: textOf(one, 'Ref') }))
  return [...named, ...own].flatMap(({ kind, value }) => (value === null || isNoReference(value) ? [] : [{ kind, value }]))
}

const each = (references: readonly Reference[]): Reference[] => {
  const seen = new Set<string>()
  return references.filter(({ kind, value }) => !seen.has(`${kind} ${value}`) && seen.add(`${kind} ${value}`))
}

/** Lines, each once: banks repeat themselves from level to level. */
const linesOfText = (lines: readonly (string | null)[]): string =>
  [...new Set(lines.filter((line) => line !== null).flatMap((line) => line.split('\n').map((part) => part.trim())))]
    .filter((line) => line !== '')
    .join('\n')

/** A return tells why it came back, which is what the next call to the customer is about. */
const returnText = (payment: XmlElement): (string | null)[] => {
  const returned = child(payment, 'RtrInf')
  if (returned === null) return []
  return [codeOf(child(returned, 'Rsn')), ...children(returned, 'AddtlInf').map(text)]
}

const chargesMinor = (holder: XmlElement, currency: string): bigint | null => {
  const { minor } = chargesOf(holder, currency)
  return minor !== null && minor > 0n ? minor : null
}

/** What was ordered, where told; or what the payment itself is, where that is not in the currency of the account. */
const instructedOf = (holder: XmlElement, currency: string): EntryDetail['instructed'] => {
  const ordered = child(holder, 'AmtDtls', 'InstdAmt', 'Amt')
  if (ordered !== null) return amountOf(ordered)
  const own = child(holder, 'Amt')
  const amount = own === null ? null : amountOf(own)
  return amount === null || amount.currency === currency ? null : amount
}

const detailOf = (
  entry: XmlElement,
  payment: XmlElement,
  currency: string,
  isAlone: boolean,
): Omit<EntryDetail, 'amountMinor'> => {
  const information = child(payment, 'RmtInf')
  const remittance: Remittance = information === null ? noRemittance : readRemittance(information, currency)
  const parties = child(payment, 'RltdPties')
  const party = (name: string) => (parties === null ? null : nameOf(child(parties, name)))
  const payer = party('Dbtr')
  const ultimate = party('UltmtDbtr')
  const located = children(payment, 'RltdRmtInf').map((one) => textOf(one, 'RmtId'))
  return {
    references: each([
      ...referencesIn(child(payment, 'Refs')),
      ...remittance.references,
      ...located.flatMap((value) => (value === null ? [] : [{ kind: 'OTHER' as const, value }])),
      ...(isAlone ? entryReference(entry) : []),
    ]),
    payerName: payer ?? ultimate,
    payerAccount: parties === null ? null : accountOf(child(parties, 'DbtrAcct')),
    text: linesOfText([
      ...remittance.text,
      // Who owes it in the end, where somebody else paid: often the only name that the ledger knows.
      payer === null ? null : ultimate,
      ...returnText(payment),
      textOf(payment, 'AddtlTxInf'),
      textOf(entry, 'AddtlNtryInf'),
    ]),
    remittance: remittance.lines,
    instructed: instructedOf(payment, currency) ?? (isAlone ? instructedOf(entry, currency) : null),
    chargesMinor: chargesMinor(payment, currency) ?? (isAlone ? chargesMinor(entry, currency) : null),
  }
}

const entryReference = (entry: XmlElement): Reference[] => {
  const value = textOf(entry, 'NtryRef')
  return value === null || isNoReference(value) ? [] : [{ kind: 'OTHER', value }]
}

/** A batch that is not taken apart, or an entry of which nothing more is told. */
const wholeDetail = (entry: XmlElement, batch: XmlElement | null, currency: string): Omit<EntryDetail, 'amountMinor'> => ({
  references: each([...referencesIn(batch), ...entryReference(entry)]),
  payerName: null,
  payerAccount: null,
  text: linesOfText([textOf(entry, 'AddtlNtryInf')]),
  remittance: [],
  instructed: instructedOf(entry, currency),
  chargesMinor: chargesMinor(entry, currency),
})

const detailsOf = (element: XmlElement, entry: Movement): EntryDetail[] => {
  const groups = groupsOf(element)
  for (const group of groups) checkBatch(group, entry)
  const payments = groups.flatMap((group) => group.payments)
  const minors = minorsOf(element, payments, entry)
  const isAlone = groups.length <= 1 && payments.length <= 1
  // One entry is one movement: what is alone in it moves the whole of it, unless it stands for a batch of many.
  const whole = isAlone && (batchCount(groups[0]?.batch ?? null) ?? 1n) <= 1n ? entry.minor : null

  const told = payments.map((payment, index) => ({
    amountMinor: minors[index] ?? whole,
    ...detailOf(element, payment, entry.currency, isAlone),
  }))
  const untold = groups
    .filter((group) => group.payments.length === 0)
    .map(({ batch }) => ({ amountMinor: whole, ...wholeDetail(element, batch, entry.currency) }))
  const details = [...told, ...untold]
  return details.length > 0 ? details : [{ amountMinor: entry.minor, ...wholeDetail(element, null, entry.currency) }]
}

/** The bank's reference: of the entry, or of the only payment in it where banks tell it there. */
const bankReferenceOf = (element: XmlElement): string | null => {
  const own = textOf(element, 'AcctSvcrRef')
  if (own !== null) return own
  const [payment, second] = groupsOf(element).flatMap(({ payments }) => payments)
  return payment === undefined || second !== undefined ? null : textOf(payment, 'Refs', 'AcctSvcrRef')
}

export const readEntry = (element: XmlElement, xml: string, account: string): BankEntry => {
  const { minor, currency } = amountOf(needed(element, 'Amt'))
  const direction = directionOf(needed(element, 'CdtDbtInd'))
  return {
    line: lineOf(element),
    account,
    currency,
    amountMinor: minor,
    direction,
    isReversal: flagOf(child(element, 'RvslInd')),
    status: statusOf(element),
    bookedOn: dayOf(child(element, 'BookgDt')),
    valueOn: dayOf(child(element, 'ValDt')),
    typeCode: typeCodeOf(element),
    bankReference: bankReferenceOf(element),
    details: detailsOf(element, { minor, currency, direction }),
    raw: rawOf(xml),
  }
}
