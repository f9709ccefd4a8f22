import { createHash } from 'node:crypto'
import type { BankEntry, BankFileHead, RemittanceAdvice } from './formats/model.ts'

/**
 * What makes an entry the same in whichever file it comes: a notification and then the statement, or one file twice.
 *
 * Account, currency, amount, direction, day and status, and the bank's reference. Without one, the reference that the
 * payment carries from end to end; without any, what was written. Pending and booked are two entries of one movement:
 * only the second is money.
 */

type Name = { readonly by: 'BANK' | 'UETR' | 'END_TO_END' | 'CONTENT'; readonly value: unknown }

const tidy = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** Formats part the digits of an account in their own ways. */
export const accountKey = (account: string): string => account.toUpperCase().replace(/[^0-9A-Z]/g, '')

const nameOf = ({ bankReference, details }: BankEntry): Name => {
  if (bankReference !== null && tidy(bankReference) !== '') return { by: 'BANK', value: tidy(bankReference) }
  const [only, ...others] = details
  for (const by of ['UETR', 'END_TO_END'] as const) {
    const found = others.length > 0 ? undefined : only?.references.find(({ kind }) => kind === by)
    if (found !== undefined) return { by, value: tidy(found.value) }
  }
  const value = details.map(({ references, payerName, payerAccount, text }) => [
    ...references.map((reference) => tidy(reference.value)),
    tidy(payerName ?? ''),
    tidy(payerAccount ?? ''),
    tidy(text),
  ])
  return { by: 'CONTENT', value }
}

const hashOf = (facts: readonly unknown[]): Buffer => createHash('sha256').update(JSON.stringify(facts)).digest()

/** As much of a hash as tells the entries of one file apart: a file of a million is counted in little memory. */
const countedBytes = 12

/** Format, sender and name of a message: sent again, it has the same. Null for a file that has no name. */
export const messageName = ({ format, sender, messageId }: BankFileHead): string | null =>
  messageId === '' ? null : tidy(`${format} ${sender ?? ''} ${messageId}`).slice(0, messageCharsMax)

const messageCharsMax = 500

/**
 * Names the entries of one file in the order they stand there. Entries with equal names are counted, so that two equal
 * movements are two, and the same file again adds none: those with a reference within their statement, since banks send
 * a statement twice, and those without within the whole file, a message that stands there again left out.
 */
export const createNamer = () => {
  const messages = new Set<string>()
  const inStatement = new Map<string, number>()
  let inFile = new Map<string, number>()
  const firstTime = inFile
  const occurrence = (counts: Map<string, number>, hash: Buffer): number => {
    const name = hash.toString('latin1', 0, countedBytes)
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return count
  }

  return {
    message: (head: BankFileHead) => {
      const name = messageName(head)
      inFile = name !== null && messages.has(name) ? new Map() : firstTime
      if (name !== null) messages.add(name)
    },
    statement: () => inStatement.clear(),
    /** In hex. */
    entryKey: (entry: BankEntry): string => {
      const { account, currency, amountMinor, direction, bookedOn, valueOn, status } = entry
      const name = nameOf(entry)
      const day = bookedOn ?? valueOn
      const facts = [accountKey(account), currency, amountMinor.toString(), direction, day, status, name.by, name.value]
      const hash = hashOf(facts)
      const count = occurrence(name.by === 'CONTENT' ? inFile : inStatement, hash)
      return (count === 1 ? hash : hashOf([...facts, count])).toString('hex')
    },
  }
}

const plain = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)

/** An advice is what it says; said again, in whichever interchange, it is the same. A corrected one is another. */
export const adviceKey = (advice: RemittanceAdvice): string => {
  const { reference, currency, amountMinor, payerName, payerId, effectiveOn, lines, adjustments } = advice
  const said = lines.map(({ line: _line, ...rest }) => rest)
  const facts = ['ADVICE', tidy(reference), currency, amountMinor, payerName, payerId, effectiveOn, said, adjustments]
  return createHash('sha256').update(JSON.stringify(facts, plain)).digest('hex')
}
