import { addDays, type Day } from '../../kernel/day.ts'
import { isRefusal, type Refusal } from '../../kernel/refusal.ts'
import type { Write } from '../../platform/command.ts'
import { closeBook, openBookOf, writeOffsOf } from '../cash/index.ts'
import { reasonOf, unknownReason } from '../deduction/index.ts'
import { policyInForce } from '../policy/index.ts'
import { matchingPolicy } from './match-policy.ts'
import { postMatch, type ShortPaid } from './post-match.ts'
import { ProposalOutdated, WrongBefore } from './refusals.ts'
import { createBook, lookupKeys, type Match, type MatchingPolicy, matchReceipt, takeMatch } from './rules.ts'
import {
  allAliases,
  allCustomers,
  type Candidate,
  candidatesFor,
  insertMatches,
  type NewMatch,
  openItems,
  remittanceLines,
  settledItems,
} from './store.ts'
import { stepsOf, traceOf } from './trace.ts'

export type Asked = { readonly ids: readonly string[] | null; readonly most: number }

export type Matched = {
  readonly matchId: string
  readonly receiptId: string
  readonly outcome: Match['outcome']
}

/**
 * Looks for what receipts are for, and posts what is certain. What the engine is told is read without holding anything; what
 * it decides is checked again under locks, and a receipt that somebody else changed meanwhile is left for the next time.
 */
export const runMatching = async (write: Write, asked: Asked): Promise<Matched[]> => {
  const { version, rules } = await policyInForce(write, matchingPolicy)
  const policy: MatchingPolicy = { ...rules, version }
  const candidates = await readCandidates(write, asked)
  if (candidates.length === 0) return []
  const found = await find(write, candidates, policy)
  return post(write, found, version)
}

const readCandidates = async (write: Write, asked: Asked): Promise<Candidate[]> => {
  const receipts = await candidatesFor(write, asked)
  const lines = await remittanceLines(
    write,
    receipts.map(({ id }) => id),
  )
  return receipts.map((receipt) => ({ ...receipt, lines: lines.get(receipt.id) ?? [] }))
}

type Found = { readonly candidate: Candidate; readonly match: Match }

const find = async (write: Write, candidates: readonly Candidate[], policy: MatchingPolicy): Promise<Found[]> => {
  const keys = candidates.map(lookupKeys).flatMap(({ keys: some }) => some)
  const earliest = candidates.reduce(
    (day: Day, { valueOn }) => (valueOn < day ? valueOn : day),
    candidates[0]?.valueOn ?? '9999-12-31',
  )
  const book = createBook({
    items: await openItems(write),
    customers: await allCustomers(write),
    aliases: await allAliases(write),
    settled: await settledItems(write, keys, addDays(earliest, -policy.duplicate.daysMax)),
  })
  return candidates.map((candidate) => {
    const match = matchReceipt(book, candidate, policy)
    if (match.outcome === 'AUTOMATIC') takeMatch(book, match)
    return { candidate, match }
  })
}

const outdated = () => new ProposalOutdated('an item of it was settled meanwhile')

const post = async (write: Write, found: readonly Found[], policyVersion: number): Promise<Matched[]> => {
  const automatic = found.filter(({ match }) => match.outcome === 'AUTOMATIC')
  const itemIds = automatic.flatMap(({ match }) => match.lines.flatMap(({ itemId }) => itemId ?? []))
  const receipts = found.map(({ candidate }) => candidate.id)
  const opened = await openBookOf(write, { receipts, items: itemIds, mayFree: automatic.length > 0 })
  const { book, today } = opened
  const isWrittenOff = automatic.some(({ match }) => match.lines.some(({ effects }) => effects.writeOffMinor !== 0n))
  const writeOffs = await writeOffsOf(write, today, isWrittenOff)

  const matches: NewMatch[] = []
  const shortPaid: ShortPaid[] = []
  for (const { candidate, match } of found) {
    // Somebody decided about it since it was read: it is left alone.
    if (book.receipt(candidate.id)?.version !== candidate.version) continue
    const matchId = write.newId()
    const posted = match.outcome === 'AUTOMATIC' ? tryPost({ candidate, match }, matchId) : null
    if (posted !== null && !isRefusal(posted)) shortPaid.push(...posted)
    matches.push(rowOf(matchId, { candidate, match }, { policyVersion, refused: isRefusal(posted) ? posted : null }))
  }
  function tryPost({ candidate, match }: Found, matchId: string): readonly ShortPaid[] | Refusal {
    if (candidate.wasWrong) return new WrongBefore()
    const steps = stepsOf(match.lines, candidate.currency)
    const { customerId } = match.payer
    const done = postMatch(book, { receiptId: candidate.id, matchId, customerId, steps }, writeOffs, outdated)
    if (isRefusal(done)) return done
    const rest = book.receipt(candidate.id)?.buckets.UNAPPLIED ?? 0n
    if (match.restUse === 'ON_ACCOUNT' && rest > 0n)
      book.move(candidate.id, { from: 'UNAPPLIED', to: 'ON_ACCOUNT', amountMinor: rest, reason: 'kept by the matching policy' })
    return done
  }

  await insertMatches(write, matches)
  await closeBook(write, opened, () => 'receipt.applied')
  for (const payload of shortPaid) write.emit({ area: 'cash', name: 'item.shortPaid', payload })
  const fruits = matches.map(({ id: matchId, receiptId, outcome }) => ({
    matchId,
    receiptId,
    outcome: outcome as Match['outcome'],
  }))
  if (fruits.length > 0) write.emit({ area: 'cash', name: 'receipts.matched', payload: { count: fruits.length } })
  return fruits
}

const rowOf = (
  id: string,
  { candidate, match }: Found,
  { policyVersion, refused }: { readonly policyVersion: number; readonly refused: Refusal | null },
): NewMatch => {
  const isPosted = match.outcome === 'AUTOMATIC' && refused === null
  const found = match.lines.filter(({ itemId }) => itemId !== null)
  const trace = traceOf(match)
  const notes =
    refused === null
      ? match.notes
      : [...match.notes, { code: refused.code, lineIndex: null, text: refused.message, isBlocking: true }]
  return {
    id,
    receiptId: candidate.id,
    policyVersion,
    outcome: isPosted ? 'AUTOMATIC' : match.outcome === 'NONE' ? 'NONE' : 'SUGGESTED',
    state: isPosted ? 'POSTED' : match.outcome === 'NONE' ? 'FRUITLESS' : 'PROPOSED',
    customerId: match.payer.customerId,
    payerLevel: match.payer.level,
    lineCount: Math.max(candidate.lines.length, match.lines.length),
    matchedLineCount: found.length,
    currency: candidate.currency,
    amountMinor: candidate.amountMinor,
    matchedMinor: candidate.amountMinor - match.restMinor,
    isStraightThrough: isPosted && match.restMinor === 0n && found.every(({ effects }) => isCoded(effects)),
    trace: { ...trace, notes },
  }
}

/** Nothing of the deductions waits for somebody to say why. */
const isCoded = ({ deductions, discountUnearnedMinor }: Match['lines'][number]['effects']): boolean =>
  discountUnearnedMinor === 0n && deductions.every((deduction) => reasonOf(deduction) !== unknownReason)
