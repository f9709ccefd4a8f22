import { isZone } from '../../kernel/day.ts'
import { exponentOf, isCurrency } from '../../kernel/money.ts'
import { InvalidInput } from '../../platform/refusals.ts'

export type PlanningRate = { readonly currency: string; readonly rate: string }

export type NewClient = {
  readonly code: string
  readonly name: string
  readonly timeZone: string
  readonly baseCurrency: string
  readonly calendarCode: string
  readonly planningRates: readonly PlanningRate[]
}

/** The id is chosen by the caller's edge, so that the fence can be narrowed to the client before it exists. */
export type CreateClient = NewClient & { readonly id: string }

const codeShape = /^[A-Z0-9][A-Z0-9_-]{1,31}$/
const calendarShape = /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/
const rateShape = /^\d{1,12}(\.\d{1,9})?$/

/** Null when a client can be made of this. */
export const checkClient = (client: NewClient): InvalidInput | null => {
  const wrong = (field: string, message: string) => new InvalidInput(message, ['input', field])
  if (!codeShape.test(client.code)) return wrong('code', 'a code is 2 to 32 capital letters, digits, - or _')
  if (client.name.trim() === '' || client.name.length > 200) return wrong('name', 'a name has 1 to 200 characters')
  if (!isZone(client.timeZone)) return wrong('timeZone', 'a time zone is an IANA name, such as America/Chicago')
  if (!isCurrency(client.baseCurrency)) return wrong('baseCurrency', 'a currency is an ISO 4217 code')
  if (!calendarShape.test(client.calendarCode))
    return wrong('calendarCode', 'a calendar is an ISO 3166 code, such as US or DE-BY')
  for (const { currency, rate } of client.planningRates) {
    if (!isCurrency(currency) || !rateShape.test(rate) || Number(rate) === 0) {
      return wrong('planningRates', `the planning rate of ${currency} must be a positive decimal for an ISO 4217 currency`)
    }
  }
  return null
}

/** The currency that amounts are weighed in, and what one unit of others is worth in it. */
export type RatedMoney = { readonly baseCurrency: string; readonly planningRates: Readonly<Record<string, string>> }

/** A decimal rate as an exact fraction: floats could order two nodes differently. */
export const rateFraction = (rate: string): { readonly over: bigint; readonly under: bigint } => {
  const [whole = '0', digits = ''] = rate.split('.')
  return { over: BigInt(whole + digits), under: 10n ** BigInt(digits.length) }
}

/** What an amount is worth in the base currency, rounded up so that no limit is passed by rounding; null without a rate. */
export const baseWorth = (minor: bigint, currency: string, { baseCurrency, planningRates }: RatedMoney): bigint | null => {
  const rate = currency === baseCurrency ? '1' : planningRates[currency]
  if (rate === undefined) return null
  const { over, under } = rateFraction(rate)
  const whole = minor * over * 10n ** BigInt(exponentOf(baseCurrency))
  const parts = under * 10n ** BigInt(exponentOf(currency))
  return (whole + parts - 1n) / parts
}
