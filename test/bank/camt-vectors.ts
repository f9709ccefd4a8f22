// Statements of a bank that does not exist, each part of which a test may replace.

export type CamtParts = {
  readonly message?: string
  readonly namespace?: string
  readonly header?: string
  readonly head?: string
  readonly balances?: string
  readonly summary?: string
  readonly entries?: string
}

export const money = (amount: string, currency = 'EUR'): string => `<Amt Ccy="${currency}">${amount}</Amt>`

export const balance = (code: string, amount: string, { direction = 'CRDT', currency = 'EUR' } = {}): string =>
  `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp>${money(amount, currency)}<CdtDbtInd>${direction}</CdtDbtInd>` +
  '<Dt><Dt>2026-03-02</Dt></Dt></Bal>'

export type EntryParts = {
  readonly amount?: string
  readonly currency?: string
  readonly direction?: string
  readonly status?: string
  /** What stands before the details. */
  readonly more?: string
  /** Payments, each as what stands inside its `TxDtls`. */
  readonly payments?: readonly string[]
  readonly batch?: string
}

export const entry = ({
  amount = '10.00',
  currency = 'EUR',
  direction = 'CRDT',
  status = 'BOOK',
  more = '',
  payments = [],
  batch = '',
}: EntryParts = {}): string => {
  const details = payments.map((inside) => `<TxDtls>${inside}</TxDtls>`).join('')
  return (
    `<Ntry>${money(amount, currency)}<CdtDbtInd>${direction}</CdtDbtInd><Sts>${status}</Sts>${more}` +
    `${batch === '' && details === '' ? '' : `<NtryDtls>${batch === '' ? '' : `<Btch>${batch}</Btch>`}${details}</NtryDtls>`}</Ntry>`
  )
}

const statementName: Readonly<Record<string, string>> = {
  BkToCstmrStmt: 'Stmt',
  BkToCstmrAcctRpt: 'Rpt',
  BkToCstmrDbtCdtNtfctn: 'Ntfctn',
}

export const account = '<Acct><Id><IBAN>DE02 1203 0000 0000 2020 51</IBAN></Id><Ccy>EUR</Ccy></Acct>'

/** One statement, its parts in the order of the schema. */
export const statement = ({
  message = 'BkToCstmrStmt',
  head = `<Id>S-1</Id><ElctrncSeqNb>7</ElctrncSeqNb><CreDtTm>2026-03-03T06:00:00</CreDtTm>${account}`,
  balances = '',
  summary = '',
  entries = '',
}: CamtParts = {}): string => {
  const name = statementName[message.replace(/V\d\d$/, '')] ?? 'Stmt'
  return `<${name}>${head}${balances}${summary}${entries}</${name}>`
}

export const header = '<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-03-03T06:00:00+01:00</CreDtTm></GrpHdr>'

export const camt = (parts: CamtParts = {}, statements: readonly string[] = [statement(parts)]): string => {
  const { message = 'BkToCstmrStmt', namespace = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.08' } = parts
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<Document${namespace === '' ? '' : ` xmlns="${namespace}"`}><${message}>` +
    `${parts.header ?? header}\n${statements.join('\n')}\n</${message}></Document>`
  )
}
