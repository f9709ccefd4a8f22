import type { BankEntry, Reference } from './model.ts'
import { addendumType, isContested, isDishonored } from './nacha-addenda.ts'
import { type EntryContext, type OpenEntry, returnedClasses } from './nacha-entry.ts'
import { addendum, ctxEntry, type EntryLayout, internationalEntry } from './nacha-layout.ts'
import { adviceIn, type Piece } from './nacha-payload.ts'
import { type AchRecord, cut, type Field, numberIn, recordFault, textIn } from './nacha-records.ts'
import { rawCharactersMax } from './x12-segments.ts'

/** What an entry and its addenda say together, once the last of them is there. */
export const closeEntry = (entry: OpenEntry, context: EntryContext): BankEntry => {
  const { record, layout, addenda } = entry
  const ending = addenda.at(-1)
  const reasoned = ending !== undefined && ['98', '99'].includes(addendumType(ending)) ? ending : null
  const isReturn = reasoned !== null && addendumType(reasoned) === '99'

  if (cut(record, layout.hasAddenda) === '1' && addenda.length === 0)
    throw recordFault('MISSING', record, layout.hasAddenda, 'addenda are told, and none follow')
  if (reasoned === null && (entry.isReturnCode || context.entryClass === 'COR'))
    throw recordFault('MISSING', record, layout.code, 'the entry comes back, and no addendum 98 or 99 tells why')
  if (!isReturn && returnedClasses.includes(context.entryClass))
    throw recordFault('UNSUPPORTED', record, null, `entries of class ${context.entryClass} are read as returns only`)
  holdAddendaCount(entry, reasoned)

  const isNone = entry.amountMinor === 0n
  return {
    line: record.line,
    currency: 'USD',
    amountMinor: entry.amountMinor,
    direction: entry.direction,
    isReversal: isReturn,
    // The operator writes the day of settlement when it settles: before that, money is announced.
    status: isNone ? 'INFORMATION' : context.settledOn === null ? 'PENDING' : 'BOOKED',
    bookedOn: context.settledOn,
    valueOn: context.effectiveOn,
    bankReference: entry.trace,
    raw: [record, ...addenda]
      .map(({ text }) => text)
      .join('\n')
      .slice(0, rawCharactersMax),
    ...(reasoned === null ? forwardOf(entry, context) : returnedOf(entry, { context, reasoned })),
  }
}

/**
 * The count of CTX is what its originator gave: a bank that sends an entry back adds an addendum and leaves the count.
 * International entries are held to their seven instead, since some count these alone and some count all.
 */
const holdAddendaCount = ({ record, layout, addenda }: OpenEntry, reasoned: AchRecord | null): void => {
  if (layout === internationalEntry && addenda.filter((each) => addendumType(each) <= '16').length < 7)
    throw recordFault('MISSING', record, null, 'addenda 10 to 16 must follow, each once')
  if (layout !== ctxEntry || reasoned !== null) return
  const told = numberIn(record, ctxEntry.addendaCount)
  if (told !== addenda.length)
    throw recordFault('CONTROL_COUNT', record, ctxEntry.addendaCount, `${told} addenda are told, and ${addenda.length} follow`)
}

type Shown = Pick<BankEntry, 'account' | 'typeCode' | 'details'>

const noAmounts = { instructed: null, chargesMinor: null } as const

/** Money from the company of the batch: the account is the receiver's, and the company's id stands for the payer's. */
const forwardOf = (entry: OpenEntry, { entryClass, companyName, companyId }: EntryContext): Shown => {
  const { record, layout, addenda, trace, amountMinor } = entry
  const pieces = addenda
    .filter((each) => ['05', '17'].includes(addendumType(each)))
    .map((each): Piece => ({ line: each.line, text: cut(each, addendum.payload) }))
  const advice = adviceIn(pieces, amountMinor)
  return {
    account: entry.account,
    typeCode: `${entryClass}/${cut(record, layout.code)}`,
    details: [
      {
        amountMinor,
        references: [{ kind: 'TRACE', value: trace }, ...identificationOf(entry), ...(advice?.references ?? [])],
        payerName: advice?.payerName ?? nameIn(entry, '11') ?? companyName,
        payerAccount: companyId,
        text: advice === null ? textOf(pieces) : '',
        remittance: advice?.lines ?? [],
        ...noAmounts,
      },
    ],
  }
}

const textOf = (pieces: readonly Piece[]): string =>
  pieces
    .map(({ text }) => text.trim())
    .filter((text) => text !== '')
    .join('\n')
    .slice(0, rawCharactersMax)

type Returned = { readonly context: EntryContext; readonly reasoned: AchRecord }

/** What the company of the batch sent, come back: the account is its own, and the entry's is that of its customer. */
const returnedOf = (entry: OpenEntry, { context, reasoned }: Returned): Shown => {
  const { record, layout } = entry
  const account = context.companyId ?? context.companyName
  if (account === null) throw recordFault('MISSING', record, null, 'the batch of a returned entry names no company')
  const reason = cut(reasoned, addendum.reason)
  const information = informationField(reason, layout)
  const name = layout.name === null ? nameIn(entry, '10') : textIn(record, layout.name)
  return {
    account,
    typeCode: reason,
    details: [
      {
        amountMinor: entry.amountMinor,
        references: [...tracesOf(reasoned, reason), ...identificationOf(entry)],
        payerName: name,
        payerAccount: entry.account,
        text: (information === null ? null : textIn(reasoned, information)) ?? '',
        remittance: [],
        ...noAmounts,
      },
    ],
  }
}

const informationField = (reason: string, layout: EntryLayout): Field | null => {
  if (reason.startsWith('C')) return addendum.correctedData
  if (isContested(reason)) return null
  if (isDishonored(reason)) return addendum.dishonoredInformation
  return layout === internationalEntry ? addendum.internationalInformation : addendum.information
}

/** The entry that came back first: it is what finds the payment again. */
const tracesOf = (reasoned: AchRecord, reason: string): Reference[] => {
  const fields = [
    addendum.originalTrace,
    ...(isDishonored(reason) || isContested(reason) ? [addendum.returnTrace] : []),
    ...(isContested(reason) ? [addendum.dishonoredTrace] : []),
  ]
  const values = fields.map((field) => textIn(reasoned, field)).filter((value) => value !== null)
  return values.map((value) => ({ kind: 'TRACE', value }))
}

const identificationOf = ({ record, layout }: OpenEntry): Reference[] => {
  const value = layout.identification === null ? null : textIn(record, layout.identification)
  return value === null ? [] : [{ kind: 'OTHER', value }]
}

/** Names of an international entry stand in addenda: 10 has the receiver's, and 11 the originator's. */
const nameIn = ({ layout, addenda }: OpenEntry, type: '10' | '11'): string | null => {
  const record = layout === internationalEntry ? addenda.find((each) => addendumType(each) === type) : undefined
  return record === undefined ? null : textIn(record, type === '10' ? addendum.receiverName : addendum.originatorName)
}
