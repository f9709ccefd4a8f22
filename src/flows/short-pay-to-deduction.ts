import { recordDeductions, voidDeductions } from '../modules/deduction/index.ts'
import { react } from '../platform/events/reactions.ts'

/** What a settlement tells of its item that was paid short; amounts as text, as events carry them. */
type ShortPaid = {
  readonly receiptId: string
  readonly settlementId: string
  readonly openItemId: string
  readonly customerId: string
  readonly currency: string
  readonly deductions: readonly {
    readonly amountMinor: string
    readonly code: string | null
    readonly codeList: string | null
    readonly text: string | null
  }[]
}

/** A short pay is a deduction the moment it is booked, and none the moment it is undone. */
react({
  name: 'short-pay-to-deduction',
  to: ['item.shortPaid', 'settlements.undone'],
  run: async (write, events) => {
    const found = events
      .filter(({ name }) => name === 'item.shortPaid')
      .flatMap(({ payload }) => {
        const { deductions, ...place } = payload as unknown as ShortPaid
        return deductions.map(({ amountMinor, code: customerCode, ...told }) => ({
          ...{ ...place, ...told, customerCode },
          amountMinor: BigInt(amountMinor),
        }))
      })
    await recordDeductions(write, found)
    const undone = events
      .filter(({ name }) => name === 'settlements.undone')
      .flatMap(({ payload }) => (payload as { settlementIds: string[] }).settlementIds)
    if (undone.length > 0) await voidDeductions(write, undone)
  },
})
