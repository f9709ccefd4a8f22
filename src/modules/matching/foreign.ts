import type { Entry } from './book.ts'
import type { Paid } from './draft.ts'
import type { MatchReceipt } from './facts.ts'
import { blocking, noEffects } from './match.ts'

/**
 * Items in another currency than the receipt's. Where the payer ordered just what they have open, in their currency, the
 * receipt is what an exchange made of it, and is shared among them as they are open; else nothing is proposed for them.
 * Either way a person looks: what is booked depends on the rates of the client.
 */
export const payForeign = (
  dues: readonly { readonly lineIndex: number | null; readonly entry: Entry }[],
  { receipt, isAlone }: { readonly receipt: MatchReceipt; readonly isAlone: boolean },
): readonly Paid[] => {
  const { instructed, amountMinor, receivedMinor } = receipt
  const openMinor = dues.reduce((sum, { entry }) => sum + entry.leftMinor, 0n)
  const isOrdered =
    isAlone &&
    instructed !== null &&
    amountMinor === receivedMinor &&
    openMinor === instructed.minor &&
    dues.every(({ entry }) => entry.item.currency === instructed.currency && entry.leftMinor > 0n)

  let spentMinor = 0n
  return dues.map(({ lineIndex, entry }, at) => {
    const notes = [blocking('CURRENCY_DIFFERS', { lineIndex, detail: `${entry.item.currency}, not ${receipt.currency}.` })]
    if (!isOrdered) return { effects: noEffects, outcome: 'FX_DIFFERENCE', rules: [], notes }
    const isLast = at === dues.length - 1
    const cashMinor = isLast ? amountMinor - spentMinor : (amountMinor * entry.leftMinor) / openMinor
    spentMinor += cashMinor
    const effects = { ...noEffects, cashMinor, settledMinor: entry.leftMinor }
    return { effects, outcome: 'FX_DIFFERENCE', rules: ['FX_INSTRUCTED'], notes }
  })
}
