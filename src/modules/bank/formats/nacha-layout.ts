import type { Field } from './nacha-records.ts'

/** Where the fields of the records stand, as the Nacha rules number the columns: from 1, both ends included. */

const field = (name: string, from: number, to: number): Field => ({ name, from, to })

export const fileHeader = {
  priority: field('1 priority code', 2, 3),
  destination: field('1 immediate destination', 4, 13),
  origin: field('1 immediate origin', 14, 23),
  createdOn: field('1 file creation date', 24, 29),
  createdAt: field('1 file creation time', 30, 33),
  modifier: field('1 file id modifier', 34, 34),
  recordSize: field('1 record size', 35, 37),
  blockingFactor: field('1 blocking factor', 38, 39),
  format: field('1 format code', 40, 40),
  originName: field('1 immediate origin name', 64, 86),
}

export const batchHeader = {
  serviceClass: field('5 service class code', 2, 4),
  companyName: field('5 company name', 5, 20),
  companyId: field('5 company identification', 41, 50),
  entryClass: field('5 standard entry class code', 51, 53),
  /** Of international batches only. */
  destinationCurrency: field('5 ISO destination currency code', 67, 69),
  effectiveOn: field('5 effective entry date', 70, 75),
  settledOn: field('5 settlement date', 76, 78),
  odfi: field('5 originating DFI identification', 80, 87),
  number: field('5 batch number', 88, 94),
}

const entry = {
  code: field('6 transaction code', 2, 3),
  rdfi: field('6 receiving DFI identification', 4, 11),
  checkDigit: field('6 check digit', 12, 12),
  amount: field('6 amount', 30, 39),
  hasAddenda: field('6 addenda record indicator', 79, 79),
  trace: field('6 trace number', 80, 94),
}

/** PPD, CCD and all that share their layout. */
export const plainEntry = {
  ...entry,
  account: field('6 DFI account number', 13, 29),
  addendaCount: null,
  identification: field('6 identification number', 40, 54),
  name: field('6 individual name', 55, 76),
}

export const ctxEntry = {
  ...entry,
  account: field('6 DFI account number', 13, 29),
  addendaCount: field('6 number of addenda records', 55, 58),
  identification: field('6 identification number', 40, 54),
  name: field('6 receiving company name', 59, 74),
}

export const internationalEntry = {
  ...entry,
  account: field('6 account number', 40, 74),
  addendaCount: field('6 number of addenda records', 13, 16),
  identification: null,
  name: null,
}

export type EntryLayout = typeof plainEntry | typeof ctxEntry | typeof internationalEntry

export const addendum = {
  type: field('7 addenda type code', 2, 3),
  /** 05 and 17: what is told in words or segments. */
  payload: field('7 payment related information', 4, 83),
  sequence: field('7 addenda sequence number', 84, 87),
  entrySequence: field('7 entry detail sequence number', 88, 94),
  /** 10 */
  receiverName: field('7 receiving company name', 47, 81),
  /** 11 */
  originatorName: field('7 originator name', 4, 38),
  /** 98 and 99 */
  reason: field('7 reason code', 4, 6),
  originalTrace: field('7 original entry trace number', 7, 21),
  /** 98 */
  correctedData: field('7 corrected data', 36, 64),
  /** 99 of a return */
  information: field('7 addenda information', 36, 79),
  /** 99 of an international return, which has the amount in front */
  internationalInformation: field('7 addenda information', 46, 79),
  /** 99 of a dishonored or contested return */
  returnTrace: field('7 return trace number', 39, 53),
  dishonoredInformation: field('7 addenda information', 59, 79),
  dishonoredTrace: field('7 dishonored return trace number', 59, 73),
}

export const batchControl = {
  serviceClass: field('8 service class code', 2, 4),
  count: field('8 entry/addenda count', 5, 10),
  hash: field('8 entry hash', 11, 20),
  debit: field('8 total debit', 21, 32),
  credit: field('8 total credit', 33, 44),
  companyId: field('8 company identification', 45, 54),
  odfi: field('8 originating DFI identification', 80, 87),
  number: field('8 batch number', 88, 94),
}

export const fileControl = {
  batches: field('9 batch count', 2, 7),
  blocks: field('9 block count', 8, 13),
  count: field('9 entry/addenda count', 14, 21),
  hash: field('9 entry hash', 22, 31),
  debit: field('9 total debit', 32, 43),
  credit: field('9 total credit', 44, 55),
}
