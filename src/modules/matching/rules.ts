import { guessByAmount, guessLine } from './amounts.ts'
import type { Book, Entry } from './book.ts'
import type { Paid } from './draft.ts'
import type { MatchReceipt } from './facts.ts'
import { payForeign } from './foreign.ts'
import { blocking, type LineMatch, type Match, type MatchOutcome, type Note, noEffects, type RestUse } from './match.ts'
import { identifyPayer, type Payer } from './payers.ts'
import type { MatchingPolicy } from './policy.ts'
import { type ReceiptReading, readReceipt, referringSources, type Source } from './reading.ts'
import { type Resolution, type Resolving, resolveLine, resolveTexts } from './resolve.ts'
import { type RuleId, referenceRules, scoreOf, used } from './rule-table.ts'
import { settle } from './settle.ts'
import { type Spot, spotsIn } from './spots.ts'

export { type Book, type BookFacts, createBook } from './book.ts'
export type { MatchCustomer, MatchItem, MatchLine, MatchReceipt, PayerAlias, SettledItem, StatedDeduction } from './facts.ts'
export { type Lesson, lessonsOf } from './lessons.ts'
export {
  type Effects,
  type Found,
  type ItemCandidate,
  type LineMatch,
  type LineOutcome,
  lineOutcomes,
  type Match,
  type MatchOutcome,
  matchOutcomes,
  type Note,
  type PayerCandidate,
  type PayerLevel,
  type PayerMatch,
  payerLevels,
  type ReferenceField,
  type RestUse,
  referenceFields,
  restUses,
} from './match.ts'
export { accountKey, nameKeys } from './names.ts'
export { defaultMatchingPolicy, type MatchingPolicy, matchingPolicyJsonSchema, parseMatchingPolicy } from './policy.ts'
export { type LookupKeys, lookupKeys } from './reading.ts'
export { numberDigits, numberKey } from './references.ts'
export { type NoteCode, noteCodes, noteTexts, type RuleId, type RuleUse, ruleIds, rules } from './rule-table.ts'

/**
 * What a receipt is for: who paid, which items, how much for each and what explains a difference. The same facts and
 * policy give the same answer in whatever order the facts come. Nothing is automatic by its amount alone.
 */
export const matchReceipt = (book: Book, receipt: MatchReceipt, policy: MatchingPolicy): Match => {
  const reading = readReceipt(receipt, new Set(policy.reference.labels))
  const spots = referringSources(reading).map((source) => ({ source, spots: spotsIn(book, source, policy) }))
  const payer = identifyPayer(book, { receipt, reading, spots: spots.flatMap(({ spots: each }) => each), policy })
  const to: Resolving = { book, receipt, policy, payer }

  const { resolutions, notes: guessed, isGuess } = resolve(to, reading, spots)
  const { lines, notes: paid } = payItems(to, resolutions, isGuess)
  const cashMinor = lines.reduce((sum, { effects }) => sum + effects.cashMinor, 0n)
  const restMinor = receipt.amountMinor - cashMinor
  const notes = [
    ...payer.notes,
    ...(reading.isCut ? [blocking('REFERENCES_CUT')] : []),
    ...guessed,
    ...resolutions.flatMap((resolution) => resolution.notes),
    ...paid,
    ...(restMinor > 0n && !mayLeaveRest(lines, policy) ? [blocking('REST_LEFT')] : []),
  ]
  return {
    receiptId: receipt.id,
    policyVersion: policy.version,
    outcome: outcomeOf(lines, notes),
    payer: payer.match,
    lines,
    restMinor,
    restUse: restUseOf(restMinor, payer, lines, policy),
    notes,
  }
}

/** Spends what an automatic match takes, so that the next receipt of a batch does not find it again. */
export const takeMatch = (book: Book, { lines }: Match): void => {
  for (const { itemId, effects } of lines)
    if (itemId !== null && effects.settledMinor !== 0n) book.take(itemId, effects.settledMinor)
}

type Resolved = {
  readonly resolutions: readonly Resolution[]
  readonly notes: readonly Note[]
  /** The amount of the whole receipt led to the items, whatever its lines say. */
  readonly isGuess: boolean
}

const nothingLeft: Resolved = { resolutions: [], notes: [blocking('NOTHING_LEFT')], isGuess: false }

type Spotted = { readonly source: Source; readonly spots: readonly Spot[] }

/** By references where there are any, and by the amount where they lead nowhere. */
const resolve = (to: Resolving, reading: ReceiptReading, spotted: readonly Spotted[]): Resolved => {
  const { book, receipt, policy, payer } = to
  const hasLines = receipt.lines.length > 0
  if (receipt.amountMinor < 0n || (receipt.amountMinor === 0n && !hasLines)) return nothingLeft

  const seeking = payer.match.customerId === null ? null : { book, receipt, policy, payerId: payer.match.customerId }
  const isReferring = reading.lines.some((source) => source !== null)
  const referred = isReferring ? resolveLines(to, spotted) : resolveTexts(to, spotted)
  // Where the texts say which items, amounts in lines without references are of the same items.
  if (!isReferring && referred.some(({ lack }) => lack !== 'UNKNOWN')) return { resolutions: referred, notes: [], isGuess: false }

  const spoken = new Set(referred.flatMap(({ entry }) => entry ?? []))
  const byLine = Map.groupBy(referred, ({ lineIndex }) => lineIndex)
  const inOrder = receipt.lines.flatMap((told, lineIndex) => {
    if (reading.lines[lineIndex] !== null) return byLine.get(lineIndex) ?? []
    const guess = guessLine(seeking, told, lineIndex, spoken)
    if (guess.entry !== null) spoken.add(guess.entry)
    return guess
  })
  const resolutions = [...(byLine.get(null) ?? []), ...inOrder]
  const isLost = inOrder.every(({ entry, candidates }) => entry === null && candidates.length === 0)
  if (!isLost || seeking === null || receipt.amountMinor === 0n) return { resolutions, notes: [], isGuess: false }
  const guess = guessByAmount(seeking)
  return { resolutions: [...resolutions, ...guess.resolutions], notes: guess.notes, isGuess: true }
}

const resolveLines = (to: Resolving, spotted: readonly Spotted[]): Resolution[] => {
  const seen = new Set<Entry>()
  return spotted
    .flatMap(({ source, spots }) => {
      const told = source.index === null ? undefined : to.receipt.lines[source.index]
      return told === undefined ? [] : resolveLine(to, source, spots, told)
    })
    .map((one) => {
      if (one.entry === null) return one
      if (!seen.has(one.entry)) {
        seen.add(one.entry)
        return one
      }
      const note = blocking('ITEM_TWICE', { lineIndex: one.lineIndex, detail: one.entry.item.number })
      return { ...one, entry: null, rule: null, lack: 'AMBIGUOUS', notes: [note] }
    })
}

/** What a line claims of the receipt although no item was found for it. */
const claimOf = ({ told }: Resolution): bigint =>
  told === null ? 0n : (told.paidMinor ?? -told.deductions.reduce((sum, { amountMinor }) => sum + amountMinor, 0n))

const payItems = (to: Resolving, resolutions: readonly Resolution[], isGuess: boolean) => {
  const { receipt, policy } = to
  const dues = resolutions.flatMap((of) =>
    of.entry === null ? [] : { of, lineIndex: of.lineIndex, told: of.told, entry: of.entry },
  )
  const [own, foreign] = [dues.filter(isIn(receipt.currency)), dues.filter((due) => !isIn(receipt.currency)(due))]
  const lacking = isGuess ? [] : resolutions.filter(({ entry }) => entry === null)
  const loose = lacking
    .filter((one) => one.found === null && claimOf(one) < 0n)
    .flatMap((one) => {
      const stated = one.told?.deductions ?? []
      return stated.length > 0 ? stated : [{ amountMinor: -claimOf(one), code: null, codeList: null }]
    })
  const elsewhereMinor = lacking.reduce((sum, one) => sum + claimOf(one), 0n)
  const settled = settle(own, { receipt, policy, elsewhereMinor, loose })
  const abroad = payForeign(foreign, { receipt, isAlone: own.length === 0 })

  const paidFor = new Map<Resolution, Paid>()
  own.forEach(({ of }, at) => {
    const paid = settled.paid[at]
    if (paid !== undefined) paidFor.set(of, paid)
  })
  foreign.forEach(({ of }, at) => {
    const paid = abroad[at]
    if (paid !== undefined) paidFor.set(of, paid)
  })
  const answered = resolutions.map((one) => lineOf(to, one, paidFor.get(one) ?? null))
  return { lines: answered.map(({ line }) => line), notes: [...settled.notes, ...answered.flatMap(({ notes }) => notes)] }
}

const isIn =
  (currency: string) =>
  ({ entry }: { readonly entry: Entry }): boolean =>
    entry.item.currency === currency

const lackOutcomes = { UNKNOWN: 'NO_OPEN_ITEM', AMBIGUOUS: 'AMBIGUOUS', DUPLICATE: 'DUPLICATE' } as const

const lineOf = (to: Resolving, resolution: Resolution, paid: Paid | null): { line: LineMatch; notes: readonly Note[] } => {
  const { lineIndex, entry, rule, lack, found, candidates } = resolution
  const base = { lineIndex, candidates, found, rule: rule === null ? null : used(rule) }
  if (entry === null || paid === null) {
    const score = rule === null ? 0 : scoreOf([rule])
    const outcome = lackOutcomes[lack ?? 'UNKNOWN']
    return { line: { ...base, itemId: null, itemCurrency: null, outcome, further: [], score, effects: noEffects }, notes: [] }
  }
  const { item } = entry
  const kinship = kinshipOf(to, item.customerId, lineIndex)
  const isElsewhere = to.receipt.legalEntityId !== null && item.legalEntityId !== to.receipt.legalEntityId
  const shaping: RuleId[] = [...paid.rules, ...kinship.rules]
  if (isElsewhere) shaping.push('ENTITY_DIFFERS')
  // Where the amount led to the item, nobody had referred to it.
  const isReferred = rule !== null && referenceRules.has(rule)
  const further = [...new Set(shaping)].filter((id) => isReferred || id !== 'REFERENCED_TOTAL')
  const notes = [...paid.notes, ...kinship.notes]
  if (isElsewhere) notes.push(blocking('ENTITY_DIFFERS', { lineIndex }))
  if (rule === 'REFERENCE_FUZZY' && !mayBeFuzzy(to, paid)) notes.push(blocking('REFERENCE_FUZZY', { lineIndex }))
  if (isPart(rule) && !to.payer.isIndependent && paid.outcome !== 'EXACT') notes.push(blocking('REFERENCE_PART', { lineIndex }))
  const line: LineMatch = {
    ...base,
    itemId: item.id,
    itemCurrency: item.currency,
    outcome: isElsewhere ? 'PAID_WRONG_ENTITY' : paid.outcome,
    further: further.map(used),
    score: scoreOf(rule === null ? further : [rule, ...further]),
    effects: paid.effects,
  }
  return { line, notes }
}

const mayBeFuzzy = ({ policy, payer }: Resolving, { outcome }: Paid): boolean =>
  policy.fuzzy.isAutomatic && payer.isIndependent && outcome === 'EXACT'

const isPart = (rule: RuleId | null): boolean => rule === 'REFERENCE_EMBEDDED' || rule === 'REFERENCE_DIGITS'

/** How the payer is related to an item's customer, and whether that may pass. */
const kinshipOf = (
  { book, payer, policy }: Resolving,
  customerId: string,
  lineIndex: number | null,
): { readonly rules: readonly RuleId[]; readonly notes: readonly Note[] } => {
  const payerId = payer.match.customerId
  if (payerId === null || payerId === customerId) return { rules: [], notes: [] }
  const passes = (rule: 'PARENT_PAYS' | 'FAMILY_PAYS', isAutomatic: boolean) => ({
    rules: [rule],
    notes: isAutomatic ? [] : [blocking(rule, { lineIndex })],
  })
  if (book.isAbove(payerId, customerId)) return passes('PARENT_PAYS', policy.payer.parentIsAutomatic)
  if (book.headOf(customerId) === payer.family) return passes('FAMILY_PAYS', policy.payer.familyIsAutomatic)
  return { rules: [], notes: [blocking('PAYER_DIFFERS', { lineIndex })] }
}

const isByReference = ({ itemId, rule }: LineMatch): boolean => itemId !== null && rule !== null && referenceRules.has(rule.id)

const outcomeOf = (lines: readonly LineMatch[], notes: readonly Note[]): MatchOutcome => {
  if (lines.every(({ itemId, candidates }) => itemId === null && candidates.length === 0)) return 'NONE'
  return lines.every(isByReference) && !notes.some(({ isBlocking }) => isBlocking) ? 'AUTOMATIC' : 'SUGGESTED'
}

const mayLeaveRest = (lines: readonly LineMatch[], { overPaid }: MatchingPolicy): boolean =>
  overPaid.isAutomatic && lines.every(isByReference)

/** A rest goes on account only where all else is clear; until then its use is not decided. */
const restUseOf = (restMinor: bigint, payer: Payer, lines: readonly LineMatch[], { overPaid }: MatchingPolicy): RestUse => {
  if (restMinor === 0n) return 'NONE'
  const isClear = payer.match.customerId !== null && lines.length > 0 && lines.every(isByReference)
  return isClear ? overPaid.use : 'UNAPPLIED'
}
