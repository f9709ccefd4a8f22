import { describe, expect, it } from 'vitest'
import { reasonOf } from './rules.ts'

describe('the reason of a deduction', () => {
  it.each([
    ['a pricing error', '01', 'X12_426', 'PRICE'],
    ['the same without its zero', '1', 'X12_426', 'PRICE'],
    ['a shipment that was short', '06', 'X12_426', 'SHORT'],
    ['a cash discount', '76', 'X12_426', 'DISCOUNT'],
    ['a code of the list that means nothing here', '80', 'X12_426', 'UNKNOWN'],
    ['a code that is on no list', 'ZZ', 'X12_426', 'UNKNOWN'],
    ['a payer’s own code, until somebody says what it means', '01', 'PAYER', 'UNKNOWN'],
    ['no code at all', null, null, 'UNKNOWN'],
  ])('%s', (_case, code, codeList, reason) => expect(reasonOf({ code, codeList })).toBe(reason))
})
