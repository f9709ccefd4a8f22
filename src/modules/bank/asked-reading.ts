import { isCurrency } from '../../kernel/money.ts'
import { type BankCsvProfile, bankCsvProfileNamed, bankCsvProfileNames } from './formats/csv-profile.ts'
import { type BankFormat, bankFormats } from './formats/model.ts'
import type { AskedReading } from './read-bank-file.ts'

/** How to read a file, in the words of whoever sends it; all of them may be left out but for a CSV, which needs a profile. */
export type AskedWords = {
  readonly format: string | null
  readonly profile: string | null
  /** Whose account a CSV is of, where it does not say so itself. */
  readonly account: string | null
  readonly currency: string | null
}

export type Problem = { readonly field: keyof AskedWords; readonly message: string }

const accountCharsMax = 100

/** What was asked for, or what is wrong with it. `profileOf` finds more profiles than those that are built in. */
export const askedReadingOf = (
  { format, profile, account, currency }: AskedWords,
  profileOf: (name: string) => BankCsvProfile | null = bankCsvProfileNamed,
): AskedReading | Problem => {
  if (format !== null && !isFormat(format)) return { field: 'format', message: `a format is one of ${bankFormats.join(', ')}` }
  if (profile === null) {
    if (format === 'CSV') return { field: 'profile', message: `a CSV needs a profile: ${bankCsvProfileNames.join(', ')}` }
    if (account !== null) return { field: 'account', message: 'only a CSV is told its account' }
    if (currency !== null) return { field: 'currency', message: 'only a CSV is told its currency' }
    return { format, csv: null }
  }
  if (format !== null && format !== 'CSV') return { field: 'profile', message: 'only a CSV has a profile' }
  const found = profileOf(profile)
  if (found === null)
    return { field: 'profile', message: `there is no such profile; there are ${bankCsvProfileNames.join(', ')}` }
  if (account !== null && (account.trim() === '' || account.length > accountCharsMax))
    return { field: 'account', message: `an account has 1 to ${accountCharsMax} characters` }
  if (currency !== null && !isCurrency(currency)) return { field: 'currency', message: 'not a currency of ISO 4217' }
  const fixed = { ...(account === null ? {} : { account: account.trim() }), ...(currency === null ? {} : { currency }) }
  return { format: 'CSV', csv: { profile: found, ...fixed } }
}

const isFormat = (text: string): text is BankFormat => (bankFormats as readonly string[]).includes(text)
