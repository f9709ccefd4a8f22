import type { Balance } from './model.ts'

/** What a type code of BAI2 tells of: where an account stands, money that came or went, or nothing but a text. */
export type BaiMeaning = 'STATUS' | 'CREDIT' | 'DEBIT' | 'INFORMATION'

/** Last code of each range, with what the range means; 700 to 799 are loans, from 900 on banks have codes of their own. */
const ranges: readonly (readonly [number, BaiMeaning | null])[] = [
  [0, null],
  [99, 'STATUS'],
  [399, 'CREDIT'],
  [699, 'DEBIT'],
  [719, 'STATUS'],
  [759, 'CREDIT'],
  [799, 'DEBIT'],
  [889, null],
  [890, 'INFORMATION'],
  [899, null],
  [919, 'STATUS'],
  [959, 'CREDIT'],
  [999, 'DEBIT'],
]

export const baiCodeMeaning = (code: string): BaiMeaning | null => {
  if (!/^\d{3}$/.test(code)) return null
  return ranges.find(([last]) => Number(code) <= last)?.[1] ?? null
}

/** Returned checks and ACH items, rejected and reversed entries. Corrections and adjustments are movements of their own. */
const reversals: ReadonlySet<string> = new Set([
  '252',
  '255',
  '257',
  '258',
  '261',
  '266',
  '552',
  '555',
  '557',
  '558',
  '561',
  '566',
  '694',
])

export const isBaiReversal = (code: string): boolean => reversals.has(code)

const balanceKinds: ReadonlyMap<string, Balance['kind']> = new Map([
  ['010', 'OPENING'],
  ['015', 'CLOSING'],
  ['030', 'INTERIM'],
  ['040', 'AVAILABLE'],
  ['045', 'AVAILABLE'],
  ['060', 'AVAILABLE'],
])

export const baiBalanceKind = (code: string): Balance['kind'] => balanceKinds.get(code) ?? 'OTHER'
