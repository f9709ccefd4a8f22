import type { Day } from '../../kernel/day.ts'
import type { ItemKind } from '../../kernel/item-kind.ts'
import { type Money, milliInBase } from '../worklist/rules.ts'

/** An item as it stands in the ledger when it is asked whether a notice may ask for it. */
export type ItemNow = {
  readonly customerId: string
  readonly kind: ItemKind
  readonly openMinor: bigint
  readonly isDisputed: boolean
  readonly closedOn: Day | null
  readonly dueOn: Day
}

/** What a notice may ask for: overdue items alone, unless its template is about everything that is open. */
export type Asking = { readonly customerId: string; readonly covers: 'OVERDUE' | 'ALL_OPEN'; readonly today: Day }

export type NotOwed = 'PAID' | 'DISPUTED' | 'MOVED' | 'CREDIT' | 'NOT_DUE'

/** Why an item is not asked for; null where it is. What others have against it comes on top. */
export const whyNotOwed = (item: ItemNow | undefined, { customerId, covers, today }: Asking): NotOwed | null => {
  if (item === undefined || item.customerId !== customerId) return 'MOVED'
  if (item.kind === 'CREDIT_MEMO') return 'CREDIT'
  if (item.closedOn !== null || item.openMinor <= 0n) return 'PAID'
  if (item.isDisputed) return 'DISPUTED'
  return covers === 'OVERDUE' && item.dueOn >= today ? 'NOT_DUE' : null
}

/** Where an item stands in the ladder, as far as a notice asks. */
type Standing = {
  readonly holds: readonly { readonly reason: string }[]
  readonly isDue: boolean
  readonly next: { readonly template: string | null } | null
}

/**
 * What stages have against asking for an item now, null where it is nothing: what holds it, whoever proposed the line; and of
 * what the ladder proposed, that another step is next by now, or none is due. An item that is not staged has no standing.
 */
export const whyHeldBack = (
  { templateCode, isAutomatic }: { readonly templateCode: string; readonly isAutomatic: boolean },
  stage: Standing | undefined,
): string | null => {
  const [hold] = stage?.holds ?? []
  if (hold !== undefined) return hold.reason
  if (!isAutomatic) return null
  if (stage?.isDue !== true) return 'NOT_DUE'
  return stage.next?.template === templateCode ? null : 'OVERTAKEN'
}

/** A decimal in thousandths, rounded up: what is asked for in full thousandths reaches it or does not. */
const milliOf = (decimal: string): bigint => {
  const [whole = '0', digits = ''] = decimal.split('.')
  const parts = BigInt(whole + digits.padEnd(4, '0'))
  return (parts + 9n) / 10n
}

/**
 * Whether somebody has to approve a notice over so much. A currency that the client has no planning rate for cannot be
 * weighed, so nothing of it goes out unseen.
 */
export const needsApproval = (
  { approvalFrom }: { readonly approvalFrom?: string | undefined },
  totals: ReadonlyMap<string, bigint>,
  money: Money,
): boolean => {
  if (approvalFrom === undefined) return false
  const isWeighable = (currency: string) => currency === money.baseCurrency || money.planningRates[currency] !== undefined
  if (![...totals.keys()].every(isWeighable)) return true
  const sum = [...totals].reduce((all, [currency, minor]) => all + milliInBase(minor, currency, money), 0n)
  return sum >= milliOf(approvalFrom)
}

/**
 * The template under which lines go together: the highest of theirs that the rules still have, so that a final demand for
 * what was paid does not go out as one for what is left. Undefined where they have none of them.
 */
export const templateFor = <T extends { readonly code: string; readonly level: number }>(
  { templates }: { readonly templates: readonly T[] },
  lines: readonly { readonly templateCode: string }[],
): T | undefined => {
  const codes = new Set(lines.map(({ templateCode }) => templateCode))
  return templates
    .filter(({ code }) => codes.has(code))
    .reduce<T | undefined>((best, one) => (best === undefined || one.level > best.level ? one : best), undefined)
}
