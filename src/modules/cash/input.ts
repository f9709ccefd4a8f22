import { parseAmount } from '../../kernel/money.ts'
import { isKey } from '../../platform/command.ts'
import { limits } from '../../platform/limits.ts'
import { InvalidInput } from '../../platform/refusals.ts'

export type Amount = { readonly amount: string; readonly currency: string }

/** An amount above zero with no more digits than its currency has. */
export const readAmount = (
  { amount, currency }: Amount,
  path: readonly string[] = ['input', 'amount'],
): bigint | InvalidInput => {
  const parsed = parseAmount(amount, currency)
  if (parsed === 'TOO_PRECISE') return new InvalidInput(`${amount} has more digits than ${currency} has`, path)
  if (typeof parsed === 'string') return new InvalidInput(`${amount} is not an amount`, path)
  if (parsed.minor <= 0n) return new InvalidInput('the amount must be above zero', path)
  return parsed.minor
}

export const badKey = (key: string): InvalidInput | null =>
  isKey(key)
    ? null
    : new InvalidInput(`an idempotency key has 1 to ${limits.command.idempotencyKeyChars} characters`, [
        'input',
        'idempotencyKey',
      ])

export const badReason = (reason: string): InvalidInput | null =>
  reason.trim() === '' || reason.length > 500 ? new InvalidInput('a reason has 1 to 500 characters', ['input', 'reason']) : null
