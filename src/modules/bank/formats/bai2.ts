import type { Day } from '../../../kernel/day.ts'
import { baiBalanceKind, baiCodeMeaning } from './bai2-codes.ts'
import { entryOf } from './bai2-entry.ts'
import { amountIn, bad, countIn, currencyIn, dayIn, fieldsOf, fundsIn, required, timeIn, totalIn } from './bai2-fields.ts'
import { type BaiRecord, recordsOf } from './bai2-records.ts'
import { BadBankFile, type Balance, type BankEvent, type BankFileHead, type BankReader, type Bytes } from './model.ts'
import { quoted } from './quoted.ts'

type Totals = { minor: bigint; records: number }
type BaiFile = Totals & { readonly head: Omit<BankFileHead, 'isTest'>; isTest: boolean | null; groups: number }
type Group = Totals & {
  readonly originator: string
  readonly asOf: Day
  readonly asOfTime: string | null
  readonly currency: string
  readonly isInterim: boolean
  accounts: number
}
type Account = Totals & {
  readonly number: string
  readonly currency: string
  readonly balances: readonly Balance[]
  entries: number
}

/** Reads BAI2, several files one behind the other as well. Every total and count of its trailers must be right. */
export const readBai2: BankReader = async function* (source: Bytes): AsyncGenerator<BankEvent> {
  let file: BaiFile | null = null
  let group: Group | null = null
  let account: Account | null = null
  let line = 0
  let hasRecords = false

  for await (const record of recordsOf(source)) {
    hasRecords = true
    line = record.line
    const misplaced = (): BadBankFile =>
      new BadBankFile('BAD_STRUCTURE', record.line, record.code, `a record ${record.code} does not belong here`)
    if ((file === null) !== (record.code === '01')) throw misplaced()

    if (file === null) {
      file = fileOf(record)
      continue
    }
    switch (record.code) {
      case '02': {
        if (group !== null) throw misplaced()
        const opened = groupOf(record)
        if (file.isTest === null) yield { kind: 'FILE', file: { ...file.head, isTest: opened.isTest } }
        else if (file.isTest !== opened.isTest) {
          throw bad('UNSUPPORTED', record, 'group status', 'one file holds groups that are to be posted and groups for test')
        }
        file.isTest = opened.isTest
        group = opened.group
        break
      }
      case '03': {
        if (group === null || account !== null) throw misplaced()
        account = accountOf(record, group)
        yield {
          kind: 'STATEMENT',
          statement: {
            line,
            account: account.number,
            currency: account.currency,
            statementId: group.asOfTime === null ? group.asOf : `${group.asOf}T${group.asOfTime}`,
            sequence: null,
            bank: group.originator,
            createdAt: file.head.createdAt,
          },
        }
        break
      }
      case '16': {
        if (group === null || account === null) throw misplaced()
        const entry = entryOf(record, { ...group, account: account.number, currency: account.currency })
        account.minor += entry.amountMinor
        account.records += record.count
        account.entries += 1
        yield { kind: 'ENTRY', entry }
        break
      }
      case '49': {
        if (group === null || account === null) throw misplaced()
        endsWith(record, account, null)
        add(group, account)
        group.accounts += 1
        yield { kind: 'STATEMENT_END', balances: account.balances, entries: account.entries }
        account = null
        break
      }
      case '98': {
        if (group === null || account !== null) throw misplaced()
        endsWith(record, group, { name: 'accounts', number: group.accounts })
        add(file, group)
        file.groups += 1
        group = null
        break
      }
      case '99': {
        if (group !== null) throw misplaced()
        endsWith(record, file, { name: 'groups', number: file.groups })
        if (file.isTest === null) yield { kind: 'FILE', file: { ...file.head, isTest: false } }
        file = null
        break
      }
    }
  }
  if (!hasRecords) throw new BadBankFile('EMPTY', 1, null, 'the file is empty')
  if (file !== null) throw new BadBankFile('TRUNCATED', line, '99', 'the file ends before its record 99')
}

const add = (above: Totals, below: Totals): void => {
  above.minor += below.minor
  above.records += below.records
}

const fileOf = (record: BaiRecord): BaiFile => {
  const { next } = fieldsOf(record)
  const sender = required(record, 'sender', next())
  const receiver = next()
  const createdOn = dayIn(record, 'creation date', next())
  const createdTime = timeIn(record, 'creation time', next())
  const fileId = required(record, 'file id', next())
  next() // physical record length
  next() // block size
  const version = next()
  if (version !== '2') throw bad('UNSUPPORTED', record, 'version', `the file is of version ${quoted(version)}, not 2`)
  return {
    minor: 0n,
    records: record.count,
    groups: 0,
    isTest: null,
    head: {
      format: 'BAI2',
      messageId: `${sender}/${createdOn}/${fileId}`,
      sender,
      receiver: receiver === '' ? null : receiver,
      createdAt: createdTime === null ? createdOn : `${createdOn}T${createdTime}`,
    },
  }
}

/** What other senders mean by deleting and correcting differs, and neither is a statement: a person must look. */
const refusedStatuses: ReadonlyMap<string, string> = new Map([
  ['2', 'the group takes back what was sent before (status 2, deletion)'],
  ['3', 'the group corrects what was sent before (status 3, correction)'],
])

const groupOf = (record: BaiRecord): { readonly group: Group; readonly isTest: boolean } => {
  const { next } = fieldsOf(record)
  next() // ultimate receiver
  const originator = required(record, 'originator', next())
  const status = required(record, 'group status', next())
  const refused = refusedStatuses.get(status)
  if (refused !== undefined) throw bad('UNSUPPORTED', record, 'group status', refused)
  if (status !== '1' && status !== '4') throw bad('BAD_VALUE', record, 'group status', `${quoted(status)} is no group status`)

  const asOf = dayIn(record, 'as-of date', next())
  const asOfTime = timeIn(record, 'as-of time', next())
  const currency = currencyIn(record, next(), 'USD')
  const modifier = next()
  if (!/^[1-4]?$/.test(modifier)) throw bad('BAD_VALUE', record, 'as-of-date modifier', `${quoted(modifier)} is none of 1 to 4`)
  return {
    isTest: status === '4',
    group: {
      minor: 0n,
      records: record.count,
      accounts: 0,
      originator,
      asOf,
      asOfTime,
      currency,
      isInterim: modifier === '1' || modifier === '3',
    },
  }
}

const accountOf = (record: BaiRecord, group: Group): Account => {
  const fields = fieldsOf(record)
  const number = required(record, 'account', fields.next())
  const currency = currencyIn(record, fields.next(), group.currency)
  const balances: Balance[] = []
  let minor = 0n
  while (fields.hasMore()) {
    const code = fields.next()
    // An account without summaries has them blank, and some banks write one comma too many.
    if (code === '') continue
    const meaning = baiCodeMeaning(code)
    if (meaning === null) throw bad('BAD_VALUE', record, 'type code', `${quoted(code)} is no type code of BAI2`)
    const amount = fields.next()
    const items = fields.next()
    if (items !== '') countIn(record, 'item count', items)
    fundsIn(record, fields)
    if (amount === '') continue
    const amountMinor = amountIn(record, `${code} amount`, amount)
    minor += amountMinor
    if (meaning === 'STATUS') balances.push({ kind: baiBalanceKind(code), code, amountMinor, currency, on: group.asOf })
  }
  return { number, currency, balances, minor, records: record.count, entries: 0 }
}

/** A trailer against what was read; the trailer itself counts as a record. */
const endsWith = (record: BaiRecord, read: Totals, parts: { readonly name: string; readonly number: number } | null): void => {
  const { next } = fieldsOf(record)
  read.records += record.count
  const total = totalIn(record, 'control total', required(record, 'control total', next()))
  if (total !== read.minor) {
    throw bad('CONTROL_TOTAL', record, 'control total', `the amounts add up to ${read.minor}, not to ${total}`)
  }
  if (parts !== null) {
    const told = countIn(record, `number of ${parts.name}`, next())
    if (told !== parts.number) {
      throw bad('CONTROL_COUNT', record, `number of ${parts.name}`, `there are ${parts.number} ${parts.name}, not ${told}`)
    }
  }
  const records = countIn(record, 'record count', next())
  if (records !== read.records) {
    throw bad('CONTROL_COUNT', record, 'record count', `there are ${read.records} records, not ${records}`)
  }
}
