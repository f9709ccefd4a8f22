import { addDays, type Day, dayIn } from '../kernel/day.ts'
import { formatAmount } from '../kernel/money.ts'
import { applyReceipt, recordReceipt } from '../modules/cash/index.ts'
import { matchReceipts } from '../modules/matching/index.ts'
import { recordPromise } from '../modules/promise/index.ts'
import { type PostedResult, postCashResults } from '../modules/remittance/index.ts'
import type { Tx } from '../platform/database/unit.ts'
import { must } from './load-directory.ts'
import type { DemoLine, DemoReceipt, DemoTold } from './plan-cash.ts'
import { demoMark, keysOf } from './store.ts'
import type { DemoClient } from './world.ts'

/** What came in and what was promised, by the commands that people use; in the caller's unit, so all of it or nothing. */
export const loadCash = async (tx: Tx, clientId: string, client: DemoClient): Promise<void> => {
  const { items, customers } = await keysOf(tx, clientId)
  const keyOf = (ids: ReadonlyMap<string, string>, number: string) => {
    const id = ids.get(number)
    if (id === undefined) throw new Error(`the ledger of ${client.code} has no ${number}`)
    return { clientId, id }
  }

  const record = async ({ customerNumber, ...receipt }: DemoReceipt, place: number) => {
    const { currency, amountMinor, valueOn, reference, payerName, applications } = receipt
    const customer = customerNumber === null ? null : keyOf(customers, customerNumber)
    const idempotencyKey = `${demoMark}receipt-${place}`
    const { receiptId } = await must(tx, recordReceipt, {
      ...{ clientId, customer, valueOn, reference, payerName, idempotencyKey },
      amount: { amount: formatAmount({ minor: amountMinor, currency }), currency },
    })
    for (const [index, application] of applications.entries()) {
      await must(tx, applyReceipt, {
        receipt: { clientId, id: receiptId },
        openItem: keyOf(items, application.itemNumber),
        amount: { amount: formatAmount({ minor: application.amountMinor, currency }), currency },
        expectedVersion: index + 1,
        idempotencyKey: `${idempotencyKey}-${index + 1}`,
      })
    }
  }
  for (const [index, receipt] of client.receipts.entries()) await record(receipt, index + 1)

  await tell(tx, clientId, client.told)

  // A load that was killed may be finished on a later day than the world was made for.
  const soonest = addDays(dayIn(client.timeZone, tx.now), 2)
  const later = (day: Day) => (day < soonest ? soonest : day)
  for (const { itemNumber, currency, amountMinor, promisedOn } of client.promises) {
    await must(tx, recordPromise, {
      openItem: keyOf(items, itemNumber),
      amount: { amount: formatAmount({ minor: amountMinor, currency }), currency },
      promisedOn: later(promisedOn),
      supersede: false,
    })
  }
}

/** What a bank and its payers tell, by the door of integrations, and what the engine makes of it. */
const tell = async (tx: Tx, clientId: string, payments: readonly DemoTold[]) => {
  const results = payments.map(({ currency, amountMinor, lines, ...payment }, place): PostedResult => {
    const text = (minor: bigint) => formatAmount({ minor, currency })
    const key = `${demoMark}told-${place + 1}`
    return {
      key,
      receiptKey: key,
      currency,
      payment: { ...payment, amount: text(amountMinor), payerAccount: null, legalEntity: null },
      remittance: lines.length === 0 ? null : { payerName: payment.payerName, lines: lines.map((line) => posted(line, text)) },
      applications: [],
      onAccount: null,
      refunded: null,
      charges: null,
      reversal: null,
    }
  })
  await must(tx, postCashResults, { clientId, source: 'BANKHUB', results, allOrNothing: true })
  await must(tx, matchReceipts, { clientId, receipts: null, first: 1_000 })
}

const posted = ({ reference, paidMinor, deduction }: DemoLine, text: (minor: bigint) => string) => ({
  reference,
  paid: text(paidMinor),
  discount: null,
  deductions:
    deduction === null
      ? []
      : [{ amount: text(deduction.amountMinor), code: deduction.code, codeList: 'X12_426', text: deduction.text }],
})
