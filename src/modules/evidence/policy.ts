import { z } from 'zod'
import { limits } from '../../platform/limits.ts'
import { shaped } from '../../platform/shaped.ts'
import { definePolicy } from '../policy/index.ts'
import { mediaTypeNames } from './media-type.ts'

const code = z.string().regex(/^[A-Z][A-Z0-9_]{0,39}$/, 'a code begins with a capital and has capitals, digits and _, at most 40')

const usual = [
  { code: 'POD', label: 'Proof of delivery' },
  { code: 'BOL', label: 'Bill of lading' },
  { code: 'ASN', label: 'Advance ship notice' },
  { code: 'PURCHASE_ORDER', label: 'Purchase order' },
  { code: 'INVOICE', label: 'Invoice' },
  { code: 'PRICE_LIST', label: 'Price list' },
  { code: 'CONTRACT', label: 'Contract or deal sheet' },
  { code: 'RMA', label: 'Return authorization or receiving report' },
  { code: 'INSPECTION', label: 'Inspection of damaged goods' },
  { code: 'FREIGHT_BILL', label: 'Freight bill' },
  { code: 'TAX_CERTIFICATE', label: 'Tax exemption certificate' },
  { code: 'REMITTANCE', label: 'Copy of a remittance' },
  { code: 'CORRESPONDENCE', label: 'Letter or mail, an approval among them' },
  { code: 'OTHER', label: 'Anything else' },
]

/** What stands for the usual reasons of deductions, in the codes of `usual`. */
const usuallyRequired: Record<string, string[]> = {
  SHORT: ['POD', 'BOL', 'ASN'],
  DAMAGE: ['POD', 'INSPECTION'],
  PRICE: ['PURCHASE_ORDER', 'PRICE_LIST', 'INVOICE'],
  PROMO: ['CONTRACT'],
  RETURN: ['RMA'],
  FREIGHT: ['FREIGHT_BILL'],
  TAX: ['TAX_CERTIFICATE'],
}

const shape = z
  .strictObject({
    types: z
      .array(z.strictObject({ code, label: z.string().trim().min(1).max(100).describe('What people read.') }))
      .min(1)
      .max(100)
      .default(usual)
      .describe('What documents can stand for.'),
    mediaTypes: z
      .array(z.enum(mediaTypeNames))
      .min(1)
      .max(mediaTypeNames.length)
      .default([...mediaTypeNames])
      .describe('What kinds of file are taken, by what their bytes are.'),
    sizeMaxBytes: z.int().min(1).max(limits.evidence.bytes).default(20_971_520).describe('Most bytes of one document.'),
    retentionYears: z
      .int()
      .min(1)
      .max(100)
      .default(7)
      .describe(
        'Years after its upload through which the bytes of a document are kept. Documents keep the term under which they came.',
      ),
    required: z
      .record(code, z.array(code).min(1).max(20))
      .default(usuallyRequired)
      .describe('Which types stand for a deduction, by its reason. Each is one of `types`.'),
  })
  .refine(({ types }) => new Set(types.map((type) => type.code)).size === types.length, {
    error: 'a code stands twice',
    path: ['types'],
  })
  .refine(
    ({ types, required }) => {
      const known = new Set(types.map((type) => type.code))
      return Object.values(required).every((list) => list.every((one) => known.has(one)))
    },
    { error: 'a type that is required is none of `types`', path: ['required'] },
  )

export type EvidenceRules = Readonly<z.output<typeof shape>>

export const evidencePolicy = definePolicy<EvidenceRules>({
  kind: 'EVIDENCE',
  description: 'What documents can stand for, which files are taken, how long they are kept, and what a deduction needs.',
  ...shaped(shape),
})
