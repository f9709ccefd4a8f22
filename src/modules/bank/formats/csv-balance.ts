import { formatAmount } from '../../../kernel/money.ts'
import type { BankCsvProfile } from './csv-profile.ts'
import { BadBankFile, type Balance } from './model.ts'

/** The balances of one account in one currency: that behind each line, and those that stand on lines of their own. */

export type Told = { readonly minor: bigint; readonly line: number; readonly field: string }

export type RunningBalance = {
  /** Throws where the balance behind a line is not what the lines lead to. `signedMinor` is above zero for money that came. */
  readonly add: (signedMinor: bigint, after: Told | null) => void
  /** What it began and ended with, where that is told or follows; throws where what is told does not lead from one to the other. */
  readonly close: (told: { readonly opening: Told | null; readonly closing: Told | null }) => Balance[]
}

export const runningBalance = (order: BankCsvProfile['order'], currency: string): RunningBalance => {
  const isDownwards = order === 'NEWEST_FIRST'
  let sum = 0n
  /** Oldest first: the balance behind the last line. Newest first: that before it, which is behind the next. */
  let carried: bigint | null = null

  const mismatch = (expected: bigint, { minor, line, field }: Told): BadBankFile => {
    const [found, said] = [expected, minor].map((one) => formatAmount({ minor: one, currency }))
    return new BadBankFile('CONTROL_TOTAL', line, field, `the lines lead to ${found}, the balance is ${said}`)
  }

  return {
    add: (signedMinor, after) => {
      sum += signedMinor
      const behind: bigint | null = carried === null || isDownwards ? carried : carried + signedMinor
      if (after !== null && behind !== null && behind !== after.minor) throw mismatch(behind, after)
      const known = after?.minor ?? behind
      carried = known === null || !isDownwards ? known : known - signedMinor
    },

    close: ({ opening, closing }) => {
      const began = carried === null ? null : isDownwards ? carried : carried - sum
      const ended = began === null ? null : began + sum
      if (opening !== null && began !== null && opening.minor !== began) throw mismatch(began, opening)
      if (closing !== null && ended !== null && closing.minor !== ended) throw mismatch(ended, closing)
      if (opening !== null && closing !== null && opening.minor + sum !== closing.minor) {
        throw mismatch(opening.minor + sum, closing)
      }
      const balance = (kind: 'OPENING' | 'CLOSING', told: Told | null, follows: bigint | null): Balance[] => {
        const minor = told?.minor ?? follows
        return minor === null ? [] : [{ kind, code: told?.field ?? 'RUNNING', amountMinor: minor, currency, on: null }]
      }
      return [...balance('OPENING', opening, began), ...balance('CLOSING', closing, ended)]
    },
  }
}
