import { isRefusal, type Refusal } from '../../kernel/refusal.ts'
import type { AdjustmentKind, Book, BookItem, WriteOffs } from '../cash/index.ts'
import type { StatedDeduction } from './rules.ts'

/** A part of a match as money: what it puts against one item. Whether the engine or a person said so makes no difference. */
export type MatchStep = {
  readonly openItemId: string
  /** In the receipt's currency; below zero where a credit memo is taken off. */
  readonly cashMinor: bigint
  /** The same in the item's currency, where that is another one. */
  readonly itemMinor: bigint | null
  readonly adjustments: readonly { readonly kind: AdjustmentKind; readonly amountMinor: bigint }[]
  readonly deductions: readonly (StatedDeduction & { readonly text?: string | null })[]
}

export type ShortPaid = {
  readonly receiptId: string
  readonly settlementId: string
  readonly openItemId: string
  readonly customerId: string
  readonly currency: string
  readonly deductions: readonly { amountMinor: string; code: string | null; codeList: string | null; text: string | null }[]
}

export type PostMatch = {
  readonly receiptId: string
  readonly matchId: string
  /** Who paid, where the receipt does not say so yet. */
  readonly customerId: string | null
  readonly steps: readonly MatchStep[]
}

const size = (amount: bigint) => (amount < 0n ? -amount : amount)

/**
 * Posts a match into a book: all of it or, with a refusal, nothing. Credit memos come first, since they make room for what
 * is paid with them.
 */
export const postMatch = (
  book: Book,
  { receiptId, matchId, customerId, steps }: PostMatch,
  writeOffs: WriteOffs,
  notThere: (openItemId: string) => Refusal,
): readonly ShortPaid[] | Refusal => {
  const shortPaid: ShortPaid[] = []
  const written: [BookItem, bigint][] = []
  const inOrder = steps.toSorted((a, b) => Number(a.cashMinor >= 0n) - Number(b.cashMinor >= 0n))
  const outcome = book.attempt((): Refusal | null => {
    const receipt = book.receipt(receiptId)
    if (receipt !== null && receipt.customerId === null && customerId !== null) book.identify(receiptId, customerId)
    for (const { openItemId, cashMinor, itemMinor, adjustments, deductions } of inOrder) {
      const item = book.item(openItemId)
      if (item === null) return notThere(openItemId)
      for (const { kind, amountMinor } of adjustments) {
        const refused = kind === 'WRITE_OFF' ? writeOffs.refuses(item, amountMinor) : null
        if (refused !== null) return refused
        if (kind === 'WRITE_OFF') written.push([item, amountMinor])
      }
      const money = itemMinor === null ? { cashMinor } : { cashMinor: itemMinor, receiptMinor: cashMinor }
      const rows = book.settle({ receiptId, openItemId, ...money, adjustments, matchId })
      if (isRefusal(rows)) return rows
      const settlementId = rows[0]?.settlementId
      const left = size(book.item(openItemId)?.openMinor ?? 0n)
      const deducted = deductions.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
      if (deducted > left) return notThere(openItemId)
      if (deductions.length === 0 || settlementId === undefined) continue
      const told = deductions.map(({ amountMinor, code, codeList, text = null }) => ({
        amountMinor: amountMinor.toString(),
        code,
        codeList,
        text,
      }))
      const { customerId: owner, currency } = item
      shortPaid.push({ receiptId, settlementId, openItemId, customerId: owner, currency, deductions: told })
    }
    return book.isShort(receiptId) ? notThere(steps[0]?.openItemId ?? '') : null
  })
  if (isRefusal(outcome)) return outcome
  for (const [item, amountMinor] of written) writeOffs.noted(item, amountMinor)
  return shortPaid
}
