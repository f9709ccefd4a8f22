/**
 * Reasons that a client starts with for codes of X12 code list 426. Codes that are not here stay visible and mean UNKNOWN:
 * a wrong reason costs more than none.
 */
const reasons: Readonly<Record<string, readonly string[]>> = {
  PRICE: ['01', '02', '03', '09', '24', '78'],
  SHORT: ['06', '22', '59', '75', '87'],
  DAMAGE: ['04', '82'],
  RETURN: ['05', '07', '08', '11', '12', '15', '72'],
  FREIGHT: ['10', '30', '54'],
  PROMO: ['56', '71', '77', '79', '85', '89'],
  REBATE: ['57'],
  DISCOUNT: ['76', '90'],
  TAX: ['55', '88'],
  DOCS: ['17', '44', '45', '70', '73'],
  DUPLICATE: ['19', '86'],
  NO_ITEM: ['18', '26', '60', '61'],
  FX: ['33'],
  LATE_CHARGE: ['50', '51'],
  EARLIER: ['52', '53', '63', '74'],
}

const byCode: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, codes]) => codes.map((code) => [code, reason] as const)),
)

/** The list that these codes are of, as remittances name it. */
export const x12List = 'X12_426'

/** A code as the list writes it: with its zero. */
export const x12Code = (code: string): string => code.trim().toUpperCase().padStart(2, '0')

/** The reason that a code of the list has by default; null where none is sure. */
export const x12Reason = (code: string): string | null => byCode.get(x12Code(code)) ?? null
