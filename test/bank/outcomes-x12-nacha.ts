import type { BankRule } from '../../src/modules/bank/formats/model.ts'

/** What becomes of a real file: found by reading it, before any parser did. */
export type Outcome = {
  /** Below `../shared/data/bank`. */
  readonly file: string
  readonly outcome: 'PARSED' | BankRule
  /** Entries, or advices where the format has those. */
  readonly entries?: number
  /** Where it is refused, and why. */
  readonly line?: number
  readonly field?: string | null
  readonly why?: string
}

const hix = (name: string): string => `x12-820/stupidedi_005010_${name}.edi`
const malformed = (name: string): string => `x12-malformed/stupidedi_${name}.edi`
const ach = (name: string): string => `nacha/${name}.ach`

const parsed = (file: string, entries: number): Outcome => ({ file, outcome: 'PARSED', entries })

type Place = readonly [outcome: BankRule, line: number, field: string | null]
const refused = (file: string, [outcome, line, field]: Place, why: string): Outcome => ({ file, outcome, line, field, why })

const squeezed: Place = ['BAD_STRUCTURE', 1, 'ISA02']
const squeezedWhy = 'the blanks of ISA are squeezed: its fields have not their fixed widths'
const wrongClass: Place = ['BAD_VALUE', 3, '6 transaction code']
const wrongClassWhy = 'a credit in a batch of debits only (225); further down a control character'

export const outcomes: readonly Outcome[] = [
  refused('x12-820/stupidedi_003010_1.edi', squeezed, squeezedWhy),
  parsed(hix('different-types-of-payment-made-by-the-hix'), 1),
  parsed(hix('final-hix-820-aptc-adjustments'), 1),
  parsed(hix('final-hix-820-charges-exceed-payments'), 1),
  parsed(hix('final-hix-820-current-month-debt-amount-covered-by-affiliate'), 1),
  parsed(hix('final-hix-820-outstanding-debt-owed-by-payee'), 1),
  parsed(hix('final-hix-820-payments-exceed-charges'), 1),
  parsed(hix('final-hix-820-replace-csr-manual-adjustment-with-retroactive'), 1),
  parsed(hix('hix-820-final-csr-manual-adjustment'), 1),
  parsed(hix('hix-820-optional-csr-manual-adjustment'), 1),
  parsed(hix('initial-hix-820-optional-aptc-adjustments'), 1),
  parsed(hix('initial-hix-820-optional-charges-exceed-payments'), 1),
  parsed(hix('initial-hix-820-optional-debt-amount-covered-by-affiliate'), 1),
  refused(
    hix('initial-hix-820-optional-outstanding-debt-owed-by-payee'),
    ['CONTROL_TOTAL', 1, 'BPR02'],
    'nothing is paid, and its lines make 10.00: 1,110.00 of dues against a balance of -1,100.00',
  ),
  parsed(hix('initial-hix-820-optional-payments-exceed-charges'), 1),
  parsed(hix('initial-hix-820-optional-replace-csr-manual-adjustment-with-retroactive'), 1),
  parsed(hix('list-bill'), 1),
  parsed(hix('list-bill-payment'), 1),
  parsed(hix('sbm-hix-820-cms-sends-hix-820-to-state-based-marketplace'), 1),
  parsed(hix('summary-bill'), 1),
  refused(
    hix('summary-bill-payment'),
    ['CONTROL_TOTAL', 1, 'BPR02'],
    '19,000.00 is paid, and its lines make 16,750.00; read where a partner has the formula NONE',
  ),

  parsed('x12-823/x12types_823_full_transmission.edi', 1),
  refused('x12-823/x12types_823_st_only.edi', ['MISSING', 1, 'ISA'], 'a set without an interchange'),

  refused('x12-810/stupidedi_basic-invoice.edi', ['UNSUPPORTED', 3, 'ST01'], 'an invoice'),
  refused('x12-810/stupidedi_credit-card-invoice.edi', ['UNSUPPORTED', 3, 'ST01'], 'an invoice'),

  refused('x12-malformed/databricks_CC_837I_EDI.txt', ['MISSING', 1, 'ISA'], 'a group without its interchange'),
  refused(malformed('002001_PO830_1'), squeezed, squeezedWhy),
  refused(malformed('002001_SH856_1'), squeezed, squeezedWhy),
  refused(malformed('003010_PC860_1'), squeezed, squeezedWhy),
  refused(malformed('003010_PO850_1'), squeezed, squeezedWhy),
  refused(malformed('003050_PO850_1'), squeezed, `${squeezedWhy}, and it is broken over two lines`),
  refused(malformed('004010_PR855_2'), squeezed, `${squeezedWhy}, and it is broken over two lines`),
  refused(malformed('004010_SC832_1'), squeezed, 'ISA02 has twelve characters, and ISA is broken over two lines'),
  refused(malformed('004010_SC832_2'), ['BAD_STRUCTURE', 1, 'ISA06'], 'the sender has seventeen characters'),
  refused(malformed('004010_SH856_2'), ['UNSUPPORTED', 3, 'ST01'], 'a ship notice'),
  refused(malformed('004010_SS862_1'), squeezed, `${squeezedWhy}, and it is broken over two lines`),

  parsed(ach('examples__testdata__ccd-debit'), 2),
  refused(
    ach('examples__testdata__contested-return'),
    ['BAD_STRUCTURE', 5, '7 addenda type code'],
    'a return, its refusal and the answer to that behind one entry: which of the three it is, nothing tells',
  ),
  parsed(ach('examples__testdata__cor-read'), 1),
  parsed(ach('examples__testdata__ctx-debit'), 1),
  parsed(ach('examples__testdata__dishonored-return'), 2),
  parsed(ach('test__ach-ccd-read__ccd-debit'), 2),
  parsed(ach('test__ach-cor-read__cor-read'), 1),
  parsed(ach('test__ach-ctx-read__ctx-debit'), 1),
  parsed(ach('test__issues__testdata__issue1620_return'), 1),
  refused(ach('test__testdata__Iat-invalidAddenda13'), wrongClass, wrongClassWhy),
  parsed(ach('test__testdata__cor-example'), 1),
  refused(ach('test__testdata__iat-addenda98'), ['BAD_AMOUNT', 3, '6 amount'], 'a notice of change with 1,000.00'),
  parsed(ach('test__testdata__iat-addenda99'), 1),
  refused(
    ach('test__testdata__iat-invalidAddenda10'),
    ['BAD_VALUE', 13, '6 transaction code'],
    'a debit in the second batch, which is of credits only (220)',
  ),
  refused(ach('test__testdata__iat-invalidAddenda11'), wrongClass, wrongClassWhy),
  refused(ach('test__testdata__iat-invalidAddenda12'), wrongClass, wrongClassWhy),
  refused(ach('test__testdata__iat-invalidAddenda14'), wrongClass, wrongClassWhy),
  refused(ach('test__testdata__iat-invalidAddenda15'), wrongClass, wrongClassWhy),
  refused(ach('test__testdata__iat-invalidAddenda16'), wrongClass, wrongClassWhy),
  refused(ach('test__testdata__iat-invalidAddenda17'), wrongClass, wrongClassWhy),
  refused(ach('test__testdata__iat-invalidAddenda18'), wrongClass, wrongClassWhy),
  refused(
    ach('test__testdata__iat-invalidAddenda98'),
    ['BAD_AMOUNT', 3, '6 amount'],
    'a notice of change with 1,000.00; its reason C78 does not exist either',
  ),
  refused(ach('test__testdata__iat-invalidAddenda99'), ['BAD_VALUE', 11, '7 reason code'], 'R96 is no reason of a return'),
  refused(
    ach('test__testdata__iat-invalidAddendaRecordIndicator'),
    ['BAD_VALUE', 3, '6 addenda record indicator'],
    'the indicator is 5',
  ),
  refused(ach('test__testdata__pos-invalidReturnFile'), ['BAD_VALUE', 4, '7 reason code'], 'R96 is no reason of a return'),
  refused(
    ach('test__testdata__return-PPD-custom-reason-code'),
    ['BAD_VALUE', 4, '7 reason code'],
    'R97 is a reason of its bank alone',
  ),
  parsed(ach('test__testdata__return-WEB'), 2),
  refused(ach('test__testdata__return-no-batch-controls'), ['MISSING', 1, '1'], 'no header of the file'),
  refused(ach('test__testdata__return-no-batch-header'), ['MISSING', 1, '1'], 'no header of the file'),
  refused(ach('test__testdata__return-no-file-header-control'), ['MISSING', 1, '1'], 'no header of the file'),
]
