/** What an open item can be. Amounts of credit memos are negative. */
export const itemKinds = ['INVOICE', 'DEBIT_MEMO', 'CREDIT_MEMO'] as const
export type ItemKind = (typeof itemKinds)[number]
