import type { Day } from '../../../kernel/day.ts'
import { formatAmount } from '../../../kernel/money.ts'
import { BadBankFile, type BankEvent, type BankFileHead, type Bytes } from './model.ts'
import { takeAddendum } from './nacha-addenda.ts'
import { closeEntry } from './nacha-booking.ts'
import { type EntryContext, type OpenEntry, readEntry, returnedClasses } from './nacha-entry.ts'
import { batchControl, batchHeader, fileControl, fileHeader } from './nacha-layout.ts'
import {
  type AchRecord,
  blockingFactor,
  cut,
  dayIn,
  dayOfYearIn,
  digitsIn,
  expectIn,
  type Field,
  isPadding,
  minorIn,
  numberIn,
  recordFault,
  recordsOf,
  textIn,
} from './nacha-records.ts'

/**
 * ACH files of the Nacha rules, as the one who receives them sees the money: one statement for each batch.
 *
 * A batch of payments tells the account of the receiver in each entry, and the statement bears the first one's; a batch
 * that comes back bears the company that had sent it.
 */
export async function* readNacha(source: Bytes): AsyncGenerator<BankEvent> {
  const file = fileReader()
  for await (const record of recordsOf(source)) yield* file.take(record)
  file.end()
}

/** What the controls of batch and file sum up. */
type Tally = { count: number; hash: number; debitMinor: bigint; creditMinor: bigint }
const noTally = (): Tally => ({ count: 0, hash: 0, debitMinor: 0n, creditMinor: 0n })

const hashModulus = 10_000_000_000

type Head = { readonly file: BankFileHead; readonly bank: string | null; readonly createdOn: Day }
type Batch = EntryContext & {
  readonly record: AchRecord
  readonly number: string
  readonly tally: Tally
  entries: number
  lastTrace: string
}

const fileReader = () => {
  const tally = noTally()
  let head: Head | null = null
  let batch: Batch | null = null
  let entry: OpenEntry | null = null
  let control: AchRecord | null = null
  let records = 0
  let batches = 0
  let lastBatch = ''
  let lastLine = 1

  function* take(record: AchRecord): Generator<BankEvent> {
    records += 1
    lastLine = record.line
    if (head === null) {
      head = headOf(record)
      yield { kind: 'FILE', file: head.file }
    } else if (control !== null) {
      if (!isPadding(record)) throw recordFault('BAD_STRUCTURE', record, null, 'a record follows the end of the file')
    } else yield* takeInside(record, head)
  }

  function* takeInside(record: AchRecord, { file, bank, createdOn }: Head): Generator<BankEvent> {
    const type = record.text.charAt(0)
    if (type === '7') return addAddendum(record)
    yield* endEntry(file, bank)
    if (type === '5') beginBatch(record, createdOn)
    else if (type === '6') beginEntry(record)
    else if (type === '8') yield* endBatch(record)
    else if (type === '9') endFile(record)
    else throw recordFault('BAD_STRUCTURE', record, null, `${JSON.stringify(type)} does not begin a record here`)
  }

  const beginBatch = (record: AchRecord, createdOn: Day): void => {
    if (batch !== null) throw recordFault('BAD_STRUCTURE', record, null, 'a batch begins before the one before it ended')
    batch = batchOf(record, createdOn)
    if (batch.number <= lastBatch)
      throw recordFault('SEQUENCE', record, batchHeader.number, `${batch.number} comes after ${lastBatch}`)
    lastBatch = batch.number
    batches += 1
  }

  const beginEntry = (record: AchRecord): void => {
    if (batch === null) throw recordFault('BAD_STRUCTURE', record, null, 'an entry stands outside a batch')
    entry = readEntry(record, batch)
    if (entry.trace <= batch.lastTrace)
      throw recordFault('SEQUENCE', record, entry.layout.trace, `${entry.trace} comes after ${batch.lastTrace}`)
    batch.lastTrace = entry.trace
  }

  const addAddendum = (record: AchRecord): void => {
    if (entry === null || batch === null) throw recordFault('BAD_STRUCTURE', record, null, 'an addendum stands without an entry')
    takeAddendum(entry, record, batch)
  }

  function* endEntry(file: BankFileHead, bank: string | null): Generator<BankEvent> {
    if (entry === null || batch === null) return
    const booked = closeEntry(entry, batch)
    for (const each of [batch.tally, tally]) addTo(each, entry)
    if (batch.entries === 0) {
      const { account, currency } = booked
      const { messageId: statementId, createdAt } = file
      const { line } = batch.record
      const statement = { line, account, currency, statementId, sequence: batch.number, bank, createdAt }
      yield { kind: 'STATEMENT', statement }
    }
    batch.entries += 1
    entry = null
    yield { kind: 'ENTRY', entry: booked }
  }

  function* endBatch(record: AchRecord): Generator<BankEvent> {
    if (batch === null) throw recordFault('BAD_STRUCTURE', record, null, 'the end of a batch that did not begin')
    holdSame(record, batch.record)
    if (batch.entries === 0) throw recordFault('MISSING', record, null, 'the batch has no entries')
    holdTally(record, batchControl, batch.tally)
    yield { kind: 'STATEMENT_END', balances: [], entries: batch.entries }
    batch = null
  }

  const endFile = (record: AchRecord): void => {
    if (isPadding(record)) throw recordFault('BAD_STRUCTURE', record, null, 'lines of nines stand before the end of the file')
    if (batch !== null) throw recordFault('BAD_STRUCTURE', record, null, 'the file ends inside a batch')
    const told = numberIn(record, fileControl.batches)
    if (told !== batches)
      throw recordFault('CONTROL_COUNT', record, fileControl.batches, `${told} are told, and there are ${batches}`)
    holdTally(record, fileControl, tally)
    control = record
  }

  /** Nothing follows. The blocks are counted now, since lines of nines may have filled up the last one, or may not. */
  const end = (): void => {
    if (head === null) throw new BadBankFile('EMPTY', lastLine, null, 'the file is empty')
    if (control === null) throw new BadBankFile('TRUNCATED', lastLine, '9', 'the file ends without its control record')
    const told = numberIn(control, fileControl.blocks)
    const blocks = Math.ceil(records / blockingFactor)
    if (told !== blocks)
      throw recordFault('CONTROL_COUNT', control, fileControl.blocks, `${told} are told, and ${records} records make ${blocks}`)
    if (batches === 0) throw recordFault('EMPTY', control, null, 'there is no batch')
  }

  return { take, end }
}

const headOf = (record: AchRecord): Head => {
  if (!record.text.startsWith('1')) {
    if (/^[5-9]\d/.test(record.text)) throw recordFault('MISSING', record, '1', 'the file begins without its header')
    throw recordFault('NOT_THIS_FORMAT', record, null, 'the file does not begin with the header of an ACH file')
  }
  expectIn(record, fileHeader.priority, ['01'])
  expectIn(record, fileHeader.recordSize, ['094'])
  expectIn(record, fileHeader.blockingFactor, [String(blockingFactor)])
  expectIn(record, fileHeader.format, ['1'])
  const [origin, destination] = [textIn(record, fileHeader.origin), textIn(record, fileHeader.destination)]
  const [createdOn, time] = [dayIn(record, fileHeader.createdOn), textIn(record, fileHeader.createdAt)]
  if (origin === null) throw recordFault('MISSING', record, fileHeader.origin, 'it is blank')
  if (createdOn === null) throw recordFault('BAD_DAY', record, fileHeader.createdOn, 'it is blank')
  if (time !== null && !/^([01]\d|2[0-3])[0-5]\d$/.test(time))
    throw recordFault('BAD_VALUE', record, fileHeader.createdAt, `${JSON.stringify(time)} is no time of a day`)
  const createdAt = time === null ? createdOn : `${createdOn}T${time.slice(0, 2)}:${time.slice(2)}`
  return {
    bank: textIn(record, fileHeader.originName),
    createdOn,
    file: {
      format: 'NACHA',
      messageId: [origin, createdAt, cut(record, fileHeader.modifier).trim()].join('/'),
      sender: origin,
      receiver: destination,
      createdAt,
      isTest: false,
    },
  }
}

const entryClasses = ['CTX', 'CCD', 'PPD', 'WEB', 'TEL', 'COR', 'IAT', ...returnedClasses]

/** In place of a company's name: changes of international entries have the layout of these. */
const internationalChange = 'IATCOR'

const batchOf = (record: AchRecord, createdOn: Day): Batch => {
  const entryClass = cut(record, batchHeader.entryClass)
  if (!entryClasses.includes(entryClass))
    throw recordFault('UNSUPPORTED', record, batchHeader.entryClass, `batches of ${JSON.stringify(entryClass)} are not read`)
  const name = textIn(record, batchHeader.companyName)
  const isInternational = entryClass === 'IAT' || (entryClass === 'COR' && name === internationalChange)
  const currency = cut(record, batchHeader.destinationCurrency)
  if (isInternational && currency !== 'USD')
    throw recordFault('UNSUPPORTED', record, batchHeader.destinationCurrency, `money in ${JSON.stringify(currency)} is not read`)
  digitsIn(record, batchHeader.odfi)
  return {
    record,
    number: digitsIn(record, batchHeader.number),
    tally: noTally(),
    entries: 0,
    lastTrace: '',
    entryClass,
    isInternational,
    serviceClass: expectIn(record, batchHeader.serviceClass, ['200', '220', '225']),
    companyName: isInternational ? null : name,
    companyId: textIn(record, batchHeader.companyId),
    effectiveOn: dayIn(record, batchHeader.effectiveOn),
    settledOn: dayOfYearIn(record, batchHeader.settledOn, createdOn),
  }
}

const addTo = (tally: Tally, { addenda, rdfi, direction, amountMinor }: OpenEntry): void => {
  tally.count += 1 + addenda.length
  tally.hash = (tally.hash + rdfi) % hashModulus
  if (direction === 'DEBIT') tally.debitMinor += amountMinor
  else tally.creditMinor += amountMinor
}

type Control = typeof batchControl | typeof fileControl

const holdTally = (record: AchRecord, at: Control, { count, hash, debitMinor, creditMinor }: Tally): void => {
  const told = numberIn(record, at.count)
  if (told !== count) throw recordFault('CONTROL_COUNT', record, at.count, `${told} are told, and there are ${count}`)
  const toldHash = numberIn(record, at.hash)
  if (toldHash !== hash) throw recordFault('CONTROL_TOTAL', record, at.hash, `${toldHash} is told, and the entries make ${hash}`)
  holdTotal(record, at.debit, debitMinor)
  holdTotal(record, at.credit, creditMinor)
}

const holdTotal = (record: AchRecord, field: Field, sumMinor: bigint): void => {
  const toldMinor = minorIn(record, field)
  if (toldMinor === sumMinor) return
  const [told, sum] = [toldMinor, sumMinor].map((minor) => formatAmount({ minor, currency: 'USD' }))
  throw recordFault('CONTROL_TOTAL', record, field, `${told} is told, and the entries make ${sum}`)
}

/** The end of a batch repeats what its beginning said. Only the company may be blank there, and stand at either side. */
const holdSame = (control: AchRecord, header: AchRecord): void => {
  for (const [ended, begun] of [
    [batchControl.number, batchHeader.number],
    [batchControl.serviceClass, batchHeader.serviceClass],
    [batchControl.odfi, batchHeader.odfi],
    [batchControl.companyId, batchHeader.companyId],
  ] as const) {
    const [end, begin] = [textIn(control, ended), textIn(header, begun)]
    const isLeftOut = ended === batchControl.companyId && end === null
    if (end !== begin && !isLeftOut)
      throw recordFault('CONTROL_NUMBER', control, ended, `${JSON.stringify(end)} ends the batch ${JSON.stringify(begin)}`)
  }
}
