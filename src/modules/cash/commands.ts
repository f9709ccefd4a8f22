import { type Day, dayIn } from '../../kernel/day.ts'
import { parseAmount } from '../../kernel/money.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import { command, isKey } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { limits } from '../../platform/limits.ts'
import { IdempotencyMismatch, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { clientFacts } from '../client/index.ts'
import { customerExists } from '../customer/index.ts'
import { lockOpenItem, settle } from '../receivable/index.ts'
import { apply, CurrencyMismatch, OverApplied, WrongCustomer } from './rules.ts'
import { identify, insertApplication, insertReceipt, lockReceipt } from './store.ts'

type Amount = { readonly amount: string; readonly currency: string }

/** A positive amount with no more digits than its currency has. */
const readAmount = ({ amount, currency }: Amount): bigint | InvalidInput => {
  const parsed = parseAmount(amount, currency)
  if (parsed === 'TOO_PRECISE') return new InvalidInput(`${amount} has more digits than ${currency} has`, ['input', 'amount'])
  if (typeof parsed === 'string') return new InvalidInput(`${amount} is not an amount`, ['input', 'amount'])
  if (parsed.minor <= 0n) return new InvalidInput('the amount must be above zero', ['input', 'amount'])
  return parsed.minor
}

const badKey = (key: string): InvalidInput | null =>
  !isKey(key)
    ? new InvalidInput(`an idempotency key has 1 to ${limits.command.idempotencyKeyChars} characters`, [
        'input',
        'idempotencyKey',
      ])
    : null

export type RecordReceipt = {
  readonly clientId: string
  readonly customer: RowKey | null
  readonly amount: Amount
  readonly valueOn: Day
  readonly reference: string
  readonly payerName: string | null
  readonly idempotencyKey: string
}

export const recordReceipt = command({
  name: 'cash.recordReceipt',
  permission: 'cash:record',
  refusals: [NotFound, InvalidInput, IdempotencyMismatch],
  scope: ({ clientId }: RecordReceipt) => ({ clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  async run(write, { customer, amount, valueOn, reference, payerName, idempotencyKey }) {
    const wrongKey = badKey(idempotencyKey)
    if (wrongKey !== null) return wrongKey
    const amountMinor = readAmount(amount)
    if (isRefusal(amountMinor)) return amountMinor
    if (reference.trim() === '' || reference.length > 140)
      return new InvalidInput('a reference has 1 to 140 characters', ['input', 'reference'])
    if (payerName !== null && payerName.length > 300)
      return new InvalidInput('a payer’s name has at most 300 characters', ['input', 'payerName'])
    const isOurs = customer === null || (customer.clientId === write.clientId && (await customerExists(write, customer.id)))
    if (!isOurs) return new NotFound('customer', ['input', 'customer'])

    const customerId = customer?.id ?? null
    const id = await insertReceipt(write, { customerId, currency: amount.currency, amountMinor, valueOn, reference, payerName })
    write.emit({ area: 'cash', name: 'receipt.recorded', payload: { receiptId: id, customerId } })
    return { clientId: write.clientId, receiptId: id }
  },
})

export type IdentifyReceipt = { readonly receipt: RowKey; readonly customer: RowKey; readonly expectedVersion: number }

export const identifyReceipt = command({
  name: 'cash.identifyReceipt',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, VersionConflict],
  scope: ({ receipt }: IdentifyReceipt) => ({ clientId: receipt.clientId }),
  async run(write, { receipt: { id }, customer, expectedVersion }) {
    const receipt = await lockReceipt(write, id)
    if (receipt === null) return new NotFound('receipt', ['input', 'receipt'])
    if (receipt.version !== expectedVersion) return new VersionConflict(receipt.version)
    if (receipt.customerId !== null)
      return new InvalidInput('the customer of this receipt is known already', ['input', 'receipt'])
    if (customer.clientId !== write.clientId || !(await customerExists(write, customer.id)))
      return new NotFound('customer', ['input', 'customer'])
    await identify(write, receipt, customer.id)
    write.emit({ area: 'cash', name: 'receipt.identified', payload: { receiptId: id, customerId: customer.id } })
    return { clientId: write.clientId, receiptId: id }
  },
})

export type ApplyReceipt = {
  readonly receipt: RowKey
  readonly openItem: RowKey
  readonly amount: Amount
  readonly expectedVersion: number
  readonly idempotencyKey: string
}

export const applyReceipt = command({
  name: 'cash.applyReceipt',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, CurrencyMismatch, OverApplied, WrongCustomer, VersionConflict, IdempotencyMismatch],
  scope: ({ receipt }: ApplyReceipt) => ({ clientId: receipt.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  async run(write, { receipt: { id }, openItem, amount, expectedVersion, idempotencyKey }) {
    const wrongKey = badKey(idempotencyKey)
    if (wrongKey !== null) return wrongKey
    const amountMinor = readAmount(amount)
    if (isRefusal(amountMinor)) return amountMinor

    const receipt = await lockReceipt(write, id)
    if (receipt === null) return new NotFound('receipt', ['input', 'receipt'])
    const item = openItem.clientId === write.clientId ? await lockOpenItem(write, openItem.id) : null
    if (item === null) return new NotFound('open item', ['input', 'openItem'])
    if (receipt.version !== expectedVersion) return new VersionConflict(receipt.version)
    if (amount.currency !== receipt.currency) return new CurrencyMismatch(receipt.currency, amount.currency)
    const moved = apply(amountMinor, receipt, item)
    if (isRefusal(moved)) return moved

    const { timeZone } = await clientFacts(write)
    const appliedOn = dayIn(timeZone, write.now)
    const applicationId = await insertApplication(write, { receipt, openItemId: item.id, amountMinor, appliedOn })
    await settle(write, item, amountMinor, appliedOn)
    const customerIds = [item.customerId]
    write.emit({ area: 'cash', name: 'receipt.applied', payload: { receiptId: id, openItemId: item.id, applicationId } })
    write.emit({ area: 'receivable', name: 'openItems.changed', payload: { customerIds, cause: 'cash' } })
    return { clientId: write.clientId, receiptId: id, openItemId: item.id, openItemKind: item.kind, applicationId }
  },
})
