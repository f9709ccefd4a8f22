import { createTally, readBalance } from './camt-controls.ts'
import { readEntry } from './camt-entry.ts'
import { accountOf, bankCodeOf, countOf, flagOf, momentOf } from './camt-values.ts'
import { BadBankFile, type Balance, type BankEvent, type BankFormat, type StatementHead } from './model.ts'
import type { XmlSlice } from './xml-slices.ts'
import { child, needed, parseSlice, refusal, text, textOf, type XmlElement } from './xml-tree.ts'

/** One statement, report or notification: its parts as they come, and what it must add up to at its end. */

/** What the three messages call the same things. */
export type CamtKind = {
  readonly format: BankFormat
  /** `Stmt`, `Rpt`, `Ntfctn`. */
  readonly record: string
  readonly pages: string
}

const headParts: ReadonlySet<string> = new Set(['Id', 'ElctrncSeqNb', 'LglSeqNb', 'CreDtTm', 'Acct'])
const otherParts: ReadonlySet<string> = new Set(['Bal', 'TxsSummry', 'Ntry'])

/** What is read of it; the rest is walked over. */
export const isRead = (kind: CamtKind, part: string): boolean =>
  headParts.has(part) || otherParts.has(part) || part === kind.pages

/** Some of each kind for each day of a long statement: more is no statement, and all of them are held until its end. */
const balancesMax = 4096

type Page = { readonly number: bigint; readonly isLast: boolean }

/** Null where the message or the statement is not split into pages. */
export const pageOf = (pagination: XmlElement | null): Page | null =>
  pagination === null ? null : { number: countOf(needed(pagination, 'PgNb')), isLast: flagOf(needed(pagination, 'LastPgInd')) }

/** Of several pages none adds up alone: nobody says whether its balances and sums are of the page or of the whole. */
const isWhole = (page: Page | null): boolean => page === null || (page.number <= 1n && page.isLast)

/** Statements of one account go up within a file: one that comes twice, or behind a later one, is a file put together wrongly. */
export type StatementOrder = (head: StatementHead) => void

export const createOrder = (): StatementOrder => {
  const last = new Map<string, readonly bigint[]>()
  return ({ account, currency, sequence, line }) => {
    if (sequence === null || !/^\d{1,18}(\/\d{1,15})?$/.test(sequence)) return
    const place = sequence.split('/').map(BigInt)
    const key = `${account} ${currency ?? ''}`
    const before = last.get(key)
    last.set(key, place)
    if (before === undefined) return
    const [number = 0n, page = 0n] = place
    const [numberBefore = 0n, pageBefore = 0n] = before
    // Banks that count by the year begin again.
    const isFollowing = number > numberBefore || (number === 1n && numberBefore > 1n)
    if (isFollowing || (number === numberBefore && page > pageBefore)) return
    throw new BadBankFile('SEQUENCE', line, 'ElctrncSeqNb', `statement ${sequence} of ${account} comes after ${before.join('/')}`)
  }
}

type Parts = ReadonlyMap<string, XmlElement>

const headOf = (parts: Parts, kind: CamtKind, line: number): StatementHead => {
  const part = (name: string): XmlElement => {
    const found = parts.get(name)
    if (found !== undefined) return found
    throw new BadBankFile(
      'MISSING',
      line,
      `${kind.record}/${name}`,
      `the ${kind.record} has no ${name}, or not before its entries`,
    )
  }
  const said = (name: string): string | null => {
    const found = parts.get(name)
    return found === undefined ? null : text(found)
  }
  const statementId = text(part('Id'))
  if (statementId === null) throw refusal(part('Id'), 'MISSING', `the ${kind.record} has an empty Id`)
  const account = accountOf(part('Acct'))
  if (account === null) throw refusal(part('Acct'), 'MISSING', `the ${kind.record} names no account`)
  const page = pageOf(parts.get(kind.pages) ?? null)
  const sequence = said('ElctrncSeqNb') ?? said('LglSeqNb')
  return {
    line,
    account,
    currency: textOf(part('Acct'), 'Ccy'),
    statementId,
    sequence: page === null || isWhole(page) ? sequence : [...(sequence === null ? [] : [sequence]), page.number].join('/'),
    bank: bankCodeOf(child(part('Acct'), 'Svcr')),
    createdAt: parts.has('CreDtTm') ? momentOf(part('CreDtTm')) : null,
  }
}

export type CamtStatement = {
  readonly take: (slice: XmlSlice) => BankEvent[]
  readonly close: () => BankEvent[]
}

export const openStatement = (
  kind: CamtKind,
  { line, page, inOrder }: { readonly line: number; readonly page: Page | null; readonly inOrder: StatementOrder },
): CamtStatement => {
  const parts = new Map<string, XmlElement>()
  const balances: [Balance, XmlElement][] = []
  const tally = createTally()
  let head: StatementHead | null = null

  /** Told once all of it is known, which the first entry is the sign of. */
  const tell = (): { readonly head: StatementHead; readonly events: BankEvent[] } => {
    if (head !== null) return { head, events: [] }
    head = headOf(parts, kind, line)
    inOrder(head)
    return { head, events: [{ kind: 'STATEMENT', statement: head }] }
  }

  const keep = (element: XmlElement): void => {
    const { name } = element
    if (name === 'Bal') {
      if (balances.length >= balancesMax) throw refusal(element, 'TOO_LONG', `more than ${balancesMax} balances`)
      balances.push([readBalance(element), element])
      return
    }
    if (parts.has(name)) throw refusal(element, 'BAD_STRUCTURE', `a second ${name} in one ${kind.record}`)
    if (head !== null && name !== 'TxsSummry') throw refusal(element, 'BAD_STRUCTURE', `${name} comes after the first entry`)
    parts.set(name, element)
  }

  return {
    take: (slice) => {
      const element = parseSlice(slice)
      if (element.name !== 'Ntry') {
        keep(element)
        return []
      }
      const told = tell()
      const entry = readEntry(element, slice.xml, told.head.account)
      tally.add(entry)
      return [...told.events, { kind: 'ENTRY', entry }]
    },

    close: () => {
      const { events } = tell()
      if (isWhole(page) && isWhole(pageOf(parts.get(kind.pages) ?? null))) {
        const summary = parts.get('TxsSummry')
        if (summary !== undefined) tally.checkSummary(summary)
        // What is told within a day or of single movements does not lead from one balance to the other.
        if (kind.format === 'CAMT_053') tally.checkBalances(balances)
      }
      return [...events, { kind: 'STATEMENT_END', balances: balances.map(([balance]) => balance), entries: tally.entries() }]
    },
  }
}
