/** Who owes or paid, as far as a strategy may leave somebody out. */
export type Payer = {
  /** Null for a customer that is known by a name alone, and for money that nobody is known to have paid. */
  readonly number: string | null
  readonly countryCode: string | null
  readonly hasParent: boolean
}

export const nobodyKnown: Payer = { number: null, countryCode: null, hasParent: false }

type Out = {
  readonly countriesOut: readonly { readonly country: string; readonly reason: string }[]
  readonly customersOut: readonly { readonly number: string; readonly reason: string }[]
}

// Each says why work is left out of its queue, for people; null where it is not.

export const customerOut = ({ number, countryCode }: Payer, { countriesOut, customersOut }: Out): string | null => {
  const named = customersOut.find((one) => one.number === number)
  if (named !== undefined) return `customer ${named.number}: ${named.reason}`
  const country = countriesOut.find((one) => one.country === countryCode)
  return country === undefined ? null : `country ${country.country}: ${country.reason}`
}

export const tooLittle = (worth: bigint, least: number, of: string): string | null =>
  worth < BigInt(least) ? `${worth} ${of}; the strategy takes ${least} or more` : null

export const tooYoung = (days: number, least: number, of: string): string | null =>
  days < least ? `${days} ${of}; the strategy takes ${least} or more` : null
