import { machine, type StateOf } from '../../kernel/state-machine.ts'

/** A deduction as far as it goes here: found, coded, and gone with the payment that was short. */
export const deductionMachine = machine({
  name: 'deduction',
  initial: 'IDENTIFIED',
  moves: {
    code: { from: ['IDENTIFIED', 'CODED'], to: ['CODED'] },
    void: { from: ['IDENTIFIED', 'CODED'], to: ['VOIDED'] },
  },
})
export type DeductionState = StateOf<typeof deductionMachine>

/** Nobody knows the reason yet. */
export const unknownReason = 'UNKNOWN'

/**
 * Reasons that a client starts with for codes of X12 code list 426. Codes that are not here stay visible and mean
 * UNKNOWN: a wrong reason costs more than none.
 */
const reasonsOfX12: Readonly<Record<string, readonly string[]>> = {
  PRICE: ['01', '03', '09', '24', '78'],
  SHORT: ['06', '59', '75', '87'],
  DAMAGE: ['04', '82'],
  RETURN: ['05', '07', '08', '11', '12', '15', '72'],
  FREIGHT: ['10', '22', '30', '54'],
  PROMO: ['56', '71', '79', '85', '89'],
  REBATE: ['57'],
  DISCOUNT: ['76', '90'],
  TAX: ['55', '88'],
  DOCS: ['17', '44', '70', '73'],
  DUPLICATE: ['19', '86'],
  NO_ITEM: ['18', '60', '61'],
}

const byX12 = new Map(Object.entries(reasonsOfX12).flatMap(([reason, codes]) => codes.map((code) => [code, reason] as const)))

/** The reason behind a payer's code; UNKNOWN where none is known, never a guess. */
export const reasonOf = ({ code, codeList }: { readonly code: string | null; readonly codeList: string | null }): string => {
  if (code === null) return unknownReason
  if (codeList === 'X12_426') return byX12.get(code.padStart(2, '0')) ?? unknownReason
  if (codeList === 'DISCOUNT_UNEARNED') return 'DISCOUNT_UNEARNED'
  return unknownReason
}
