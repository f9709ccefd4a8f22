import { accountKey, type BankFileEntry, strictKeys } from '../modules/bank/index.ts'
import type { Reversal } from '../modules/remittance/index.ts'

/** Why the money went back, as far as the bank says: the codes of Nacha, and those of ISO 20022 in the text. */
const reasons: readonly (readonly [code: RegExp, reason: Reversal['reason']])[] = [
  [/^R0[19]$/, 'NSF'],
  [/^R08$/, 'STOP'],
  [/^AM04$/, 'NSF'],
  [/^AM05$/, 'DUPLICATE'],
]

const reasonOf = ({ typeCode, details }: BankFileEntry): Reversal['reason'] => {
  const words = [typeCode ?? '', ...details.flatMap(({ text }) => text.split(/\s+/))]
  return reasons.find(([code]) => words.some((word) => code.test(word)))?.[1] ?? 'BANK_RECALL'
}

/** What an entry takes back, by every reference that it bears and that payments are given only once. */
export const reversalOf = (entry: BankFileEntry, key: string): Reversal => {
  const { account, currency, amountMinor, bankReference, details } = entry
  const own = bankReference === null ? [] : [{ kind: 'BANK' as const, value: bankReference }]
  const keys = strictKeys([...own, ...details.flatMap(({ references }) => references)])
  return { key, account: accountKey(account), currency, amountMinor, keys, reason: reasonOf(entry) }
}
