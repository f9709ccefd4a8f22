/** What becomes of a file: it is read, or refused by a rule at a line. */
export type FileOutcome = {
  /** Below `data/bank`. */
  readonly file: string
  readonly outcome: string
  /** Where it was refused. */
  readonly line?: number
  readonly field?: string | null
  /** Read from it; of a refused file nothing is used. */
  readonly statements?: number
  readonly entries?: number
  readonly why?: string
}

const read = (file: string, statements: number, entries: number): FileOutcome => ({
  file,
  outcome: 'PARSED',
  statements,
  entries,
})
const refused = (file: string, outcome: string, line: number, field: string | null, why: string): FileOutcome => ({
  file,
  outcome,
  line,
  field,
  why,
})

const fragment = 'one field alone: no message'
const untrue = 'the balances do not go with the entries: a sample that was made or shortened by hand'

export const bai2Outcomes: readonly FileOutcome[] = [
  refused('bai2/moov_sample-parseError.txt', 'NOT_THIS_FORMAT', 1, '01', 'it begins with a record 00'),
  read('bai2/moov_sample1.txt', 2, 17),
  refused('bai2/moov_sample2.txt', 'UNSUPPORTED', 26, '02 group status', 'its last group corrects an earlier one'),
  read('bai2/moov_sample3.txt', 15, 26),
  refused('bai2/moov_sample4-continuations-newline-delimited.txt', 'CONTROL_TOTAL', 22, '49 control total', 'shortened by hand'),
  refused('bai2/moov_sample5-issue113.txt', 'CONTROL_TOTAL', 22, '49 control total', 'shortened by hand'),
]

export const mt940Outcomes: readonly FileOutcome[] = [
  refused('mt940-mt940js/abn-amro-1.STA', 'CONTROL_TOTAL', 11, ':62F:', untrue),
  refused('mt940-mt940js/base-1.mta', 'BAD_CURRENCY', 10, ':60F:', 'in German marks, which ended in 2001'),
  read('mt940-mt940js/base-2.mta', 1, 2),
  read('mt940-mt940js/base-3.mta', 2, 2),
  read('mt940-mt940js/ing-1.mta', 1, 3),
  read('mt940-mt940js/ing-2.mta', 1, 0),
  read('mt940-wolph/ASNB__mt940.txt', 31, 8),
  read('mt940-wolph/ASNB__mt940_with_spaces_for_entry_date.txt', 31, 8),
  refused('mt940-wolph/betterplace__amount_formats.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/betterplace__currency_in_25.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/betterplace__empty_86.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/betterplace__empty_entry_date.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/betterplace__empty_line.sta', 'MISSING', 2, ':25:', fragment),
  refused('mt940-wolph/betterplace__missing_crlf_at_end.sta', 'MISSING', 1, ':20:', fragment),
  read('mt940-wolph/betterplace__sepa_mt9401.sta', 26, 97),
  refused('mt940-wolph/betterplace__sepa_snippet.sta', 'CONTROL_TOTAL', 55, ':62F:', untrue),
  refused('mt940-wolph/betterplace__sepa_snippet_broken.sta', 'BAD_STRUCTURE', 6, ':25:', 'an account where information belongs'),
  read('mt940-wolph/betterplace__with_binary_character.sta', 2, 4),
  read('mt940-wolph/citi__mt940.txt', 1, 5),
  refused('mt940-wolph/cmxl__account_balance_credit.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/cmxl__account_balance_debit.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/cmxl__account_identification_iban.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/cmxl__account_identification_legacy.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/cmxl__available_balance.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/cmxl__closing_balance.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/cmxl__mt940.sta', 'BAD_CURRENCY', 4, ':60F:', 'in German marks, which ended in 2001'),
  refused('mt940-wolph/cmxl__reference.sta', 'MISSING', 1, ':25:', fragment),
  refused('mt940-wolph/cmxl__statement_details.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/cmxl__statement_line.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/cmxl__statement_number.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/jejik__abnamro.sta', 'CONTROL_TOTAL', 27, ':62F:', untrue),
  read('mt940-wolph/jejik__generic.sta', 2, 2),
  refused('mt940-wolph/jejik__ing.sta', 'CONTROL_TOTAL', 26, ':62F:', untrue),
  refused(
    'mt940-wolph/jejik__knab.sta',
    'BAD_AMOUNT',
    17,
    ':61:',
    'an amount without its comma, and balances that do not go with it',
  ),
  refused('mt940-wolph/jejik__postfinance.sta', 'CONTROL_TOTAL', 27, ':62F:', untrue),
  read('mt940-wolph/jejik__rabobank-iban.sta', 2, 4),
  refused('mt940-wolph/jejik__rabobank.sta', 'CONTROL_TOTAL', 11, ':62F:', untrue),
  read('mt940-wolph/jejik__sns.sta', 2, 2),
  refused('mt940-wolph/jejik__triodos.sta', 'CONTROL_TOTAL', 12, ':62F:', untrue),
  read('mt940-wolph/mBank__mt940.sta', 1, 3),
  read('mt940-wolph/mBank__mt942.sta', 1, 3),
  refused('mt940-wolph/mBank__with_newline_in_tnr.sta', 'CONTROL_TOTAL', 19, ':62F:', untrue),
  read('mt940-wolph/sberbank__171011_01234945.sta', 1, 3),
  refused('mt940-wolph/self-provided__account_identification.sta', 'MISSING', 1, ':28C:', 'two fields alone: no message'),
  refused('mt940-wolph/self-provided__details_60-63.sta', 'CONTROL_TOTAL', 12, ':62F:', untrue),
  refused('mt940-wolph/self-provided__empty_non_swift.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/self-provided__february_30.sta', 'BAD_DAY', 6, ':61:', 'valued on 30 February'),
  refused('mt940-wolph/self-provided__gv_codes.sta', 'TRUNCATED', 8, ':62F:', 'it has no closing balance'),
  refused('mt940-wolph/self-provided__invalid_statement.sta', 'NOT_THIS_FORMAT', 1, ':20:', 'ten lines of numbers'),
  read('mt940-wolph/self-provided__long_statement_number.sta', 1, 0),
  refused('mt940-wolph/self-provided__malformed_details.sta', 'CONTROL_TOTAL', 15, ':62F:', untrue),
  refused('mt940-wolph/self-provided__mt942.sta', 'BAD_VALUE', 7, ':61:', 'a type of transaction that begins with M'),
  refused('mt940-wolph/self-provided__multiline.sta', 'MISSING', 38, ':20:', 'an entry behind the end of the message'),
  refused('mt940-wolph/self-provided__overly_long_details.sta', 'CONTROL_TOTAL', 15, ':62F:', untrue),
  refused('mt940-wolph/self-provided__raiffeisen-cmi.sta', 'CONTROL_TOTAL', 40, ':62F:', untrue),
  refused('mt940-wolph/self-provided__raphaelm.sta', 'BAD_CURRENCY', 13, ':60F:', 'in German marks, which ended in 2001'),
  refused('mt940-wolph/self-provided__sparkassen.sta', 'MISSING', 1, ':20:', fragment),
  refused('mt940-wolph/self-provided__transaction_details_wrapped.sta', 'BAD_DAY', 6, ':61:', 'valued on 30 February'),
  refused('mt940-wolph/self-provided__whitespace.sta', 'CONTROL_TOTAL', 9, ':62F:', untrue),
  refused('mt940-wolph/self-provided__wrapped_timestamp.sta', 'BAD_DAY', 5, ':61:', 'valued on 30 February'),
]
