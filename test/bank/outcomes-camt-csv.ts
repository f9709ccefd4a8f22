import type { BankRule } from '../../src/modules/bank/formats/model.ts'

/** What becomes of a real file. */
export type CamtCsvOutcome = {
  /** Below `../shared/data/bank`. */
  readonly file: string
  readonly outcome: 'PARSED' | BankRule
  readonly statements?: number
  readonly entries?: number
  /** Where it is refused, and why. */
  readonly line?: number
  readonly field?: string | null
  readonly why?: string
  /** Of a camt file: the independent reading of it, below `expected/genkgo_camt_json`. */
  readonly oracle?: string
  /** Of a CSV: the profile of its layout. */
  readonly profile?: string
  /** What makes a refused file true, in the file and in its independent reading: everything else of it must be read right. */
  readonly mend?: { readonly file: readonly Swap[]; readonly oracle?: readonly Swap[] }
}
export type Swap = readonly [from: string, to: string]

const oracleOf = (name: string): string => `${name}.json`

const parsed = (folder: string, name: string, [statements, entries]: readonly [number, number]): CamtCsvOutcome => ({
  file: `${folder}/genkgo_${name}.xml`,
  outcome: 'PARSED',
  statements,
  entries,
  oracle: oracleOf(name),
})

type Place = readonly [outcome: BankRule, line: number, field: string]
const refused = (
  folder: string,
  name: string,
  [outcome, line, field]: Place,
  more: Pick<CamtCsvOutcome, 'why' | 'mend' | 'oracle'>,
): CamtCsvOutcome => ({ file: `${folder}/genkgo_${name}.xml`, outcome, line, field, ...more })

/** Its batch of two, 6.30 of debits, is described by three credits of 9.50 together. */
const thirdPayment: Pick<CamtCsvOutcome, 'why' | 'mend'> = {
  why: 'a third payment was added to a batch of two by hand',
  mend: {
    file: [
      ['<NbOfTxs>2</NbOfTxs>', '<NbOfTxs>3</NbOfTxs>'],
      ['<TtlAmt Ccy="CHF">6.3</TtlAmt>', '<TtlAmt Ccy="CHF">9.5</TtlAmt>'],
      ['<CdtDbtInd>DBIT</CdtDbtInd>\n@</Btch>', '<CdtDbtInd>CRDT</CdtDbtInd>\n@</Btch>'],
    ],
  },
}

const csv = (name: string, profile: string, entries: number): CamtCsvOutcome => ({
  file: `statement-csv/oca_${name}.csv`,
  outcome: 'PARSED',
  statements: 1,
  entries,
  profile,
})

export const camtCsvOutcomes: readonly CamtCsvOutcome[] = [
  parsed('camt052', 'camt052.v1', [1, 1]),
  parsed('camt052', 'camt052.v2', [1, 1]),
  parsed('camt052', 'camt052.v2.other-account', [1, 1]),
  parsed('camt052', 'camt052.v2.with-account-name', [1, 1]),
  parsed('camt052', 'camt052.v4', [1, 1]),
  parsed('camt052', 'camt052.v6', [1, 1]),
  parsed('camt052', 'camt052.v6.Amt-zero', [1, 1]),
  parsed('camt052', 'camt052.v8', [1, 1]),
  refused('camt053', 'camt053.v2.all-balance-types', ['CONTROL_TOTAL', 74, 'Bal/Amt'], {
    why: 'its balances were invented: from 1.01, by 8.85, to 4.04',
    oracle: oracleOf('camt053.v2.all-balance-types'),
    mend: {
      file: [['<Amt Ccy="EUR">4.04</Amt>', '<Amt Ccy="EUR">9.86</Amt>']],
      oracle: [['"getAmount": "404"', '"getAmount": "986"']],
    },
  }),
  refused('camt053', 'camt053.v2.five.decimals', ['CONTROL_TOTAL', 55, 'Bal/Amt'], {
    why: 'from 18.150, by 8.850, to 27.050: its closing balance is off by 5 cents',
    oracle: oracleOf('camt053.v2.five.decimals'),
    mend: {
      file: [['<Amt Ccy="EUR">27.050</Amt>', '<Amt Ccy="EUR">27.000</Amt>']],
      oracle: [['"getAmount": "2705"', '"getAmount": "2700"']],
    },
  }),
  parsed('camt053', 'camt053.v2.minimal', [1, 1]),
  parsed('camt053', 'camt053.v2.minimal.ultimate', [1, 1]),
  parsed('camt053', 'camt053.v2.multi.statement', [2, 2]),
  parsed('camt053', 'camt053.v2.with-account-name', [1, 1]),
  parsed('camt053', 'camt053.v2.with-party-ids', [1, 1]),
  refused('camt053', 'camt053.v2.wrong', ['MISSING', 8, 'Stmt'], { why: 'not of the schema: a message without a statement' }),
  refused('camt053', 'camt053.v3', ['CONTROL_TOTAL', 110, 'Ntry'], {
    why: 'the only payment of an entry of 8.85 says that it is 105.750',
    oracle: oracleOf('camt053.v3'),
    mend: {
      file: [['<Amt Ccy="EUR">105.750</Amt>', '<Amt Ccy="EUR">8.850</Amt>']],
      oracle: [['"getAmount": "10575"', '"getAmount": "885"']],
    },
  }),
  parsed('camt053', 'camt053.v4', [1, 1]),
  parsed('camt053', 'camt053.v8', [1, 1]),
  parsed('camt053', 'camt53.only-Dt-with-DtTm', [1, 0]),
  parsed('camt054', 'camt054.v2', [1, 1]),
  parsed('camt054', 'camt054.v2.with-account-name', [1, 1]),
  refused('camt054', 'camt054.v4', ['CONTROL_COUNT', 87, 'Ntry/NtryDtls/Btch'], {
    ...thirdPayment,
    oracle: oracleOf('camt054.v4'),
  }),
  refused('camt054', 'camt054.v8', ['CONTROL_COUNT', 89, 'Ntry/NtryDtls/Btch'], {
    ...thirdPayment,
    oracle: oracleOf('camt054.v8'),
  }),
  parsed('camt054', 'camt054.v8-with-UETR', [1, 1]),
  parsed('camt054', 'camt054.v8-with-financial-institution', [1, 1]),
  csv('balance', 'us-signed-balance', 2),
  csv('debit_credit', 'us-flagged-balance', 2),
  csv('debit_credit_amount', 'us-ledger-debit-credit-balance', 4),
  csv('empty_statement_en', 'us-original-currency', 0),
  {
    file: 'statement-csv/oca_meta_data_separated_credit_debit.csv',
    outcome: 'CONTROL_TOTAL',
    line: 4,
    field: 'CLOSING',
    why: 'from 30000.77 its lines lead to 31070.09, its closing balance is 31070.11',
    profile: 'framed-debit-credit',
    mend: { file: [['"+31070,11"', '"+31070,09"']] },
  },
  csv('multi_currency', 'us-row-currency', 2),
  csv('original_currency', 'us-original-currency', 1),
  csv('original_currency_empty', 'us-original-currency', 1),
  csv('original_currency_no_header', 'us-original-currency-headless', 1),
  csv('sample_statement_credit_card_inverse_sign_en', 'us-original-currency-inverse', 2),
  csv('sample_statement_en', 'us-original-currency', 2),
]
