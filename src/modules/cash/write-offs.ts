import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { policyInForce } from '../policy/index.ts'
import type { BookItem } from './book.ts'
import type { BeyondTolerance } from './rules.ts'
import { writtenOffInMonth } from './store.ts'
import { beyondTolerance, writeOffPolicy } from './tolerance.ts'

/** What a command may write off, counted along as it does. */
export type WriteOffs = {
  readonly refuses: (item: BookItem, amountMinor: bigint) => BeyondTolerance | null
  readonly noted: (item: BookItem, amountMinor: bigint) => void
}

const none: WriteOffs = { refuses: () => null, noted: () => {} }

/** The client's limits and what its month has seen; read, and held against others, only where something is to be written off. */
export const writeOffsOf = async (write: Write, day: Day, isAsked: boolean): Promise<WriteOffs> => {
  if (!isAsked) return none
  const spent = new Map(await writtenOffInMonth(write, day))
  const { rules } = await policyInForce(write, writeOffPolicy)
  return {
    refuses: ({ currency, originalMinor }, amountMinor) =>
      beyondTolerance(rules, { amountMinor, currency, originalMinor, monthMinor: spent.get(currency) ?? 0n }),
    noted: ({ currency }, amountMinor) => void spent.set(currency, (spent.get(currency) ?? 0n) + amountMinor),
  }
}
