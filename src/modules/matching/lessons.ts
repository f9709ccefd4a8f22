import type { Book } from './book.ts'
import type { MatchReceipt } from './facts.ts'
import { accountKey, nameKeys } from './names.ts'
import { readReceipt, referringSources } from './reading.ts'
import { numberKey } from './references.ts'

/** Something to remember of a person's decision. An alias serves at once; a label is a proposal for the client's policy. */
export type Lesson =
  | { readonly kind: 'NAME_ALIAS' | 'ACCOUNT_ALIAS'; readonly customerId: string; readonly value: string }
  | { readonly kind: 'LABEL'; readonly value: string; readonly seenIn: string }

export type Decision = { readonly customerId: string; readonly itemNumbers: readonly string[] }

/**
 * What a decision teaches that the book does not know yet. Who pays from an account, or under a name, that is another
 * customer's already teaches nothing: it may have been an exception, and an alias of two families identifies nobody.
 */
export const lessonsOf = (book: Book, receipt: MatchReceipt, { customerId, itemNumbers }: Decision): readonly Lesson[] => {
  const lessons: Lesson[] = []
  const { payerAccount, payerName } = receipt
  const family = book.headOf(customerId)
  const isFree = (ids: readonly string[]) => ids.every((id) => book.headOf(id) === family && id !== customerId)
  if (payerAccount !== null && accountKey(payerAccount) !== '' && isFree(book.customersByAccount(payerAccount))) {
    lessons.push({ kind: 'ACCOUNT_ALIAS', customerId, value: accountKey(payerAccount) })
  }
  if (payerName !== null && nameKeys(payerName).full.length > 0 && isFree(book.customersByName(payerName).customerIds)) {
    lessons.push({ kind: 'NAME_ALIAS', customerId, value: payerName.replace(/\s+/g, ' ').trim() })
  }

  const keys = new Set(itemNumbers.map(numberKey))
  const labels = new Map<string, string>()
  for (const { mentions } of referringSources(readReceipt(receipt))) {
    for (const { key, prefix, text } of mentions) {
      if (prefix !== null && keys.has(key)) labels.set(prefix, `${prefix}${text}`)
    }
  }
  for (const [value, seenIn] of labels) lessons.push({ kind: 'LABEL', value, seenIn })
  return lessons
}
