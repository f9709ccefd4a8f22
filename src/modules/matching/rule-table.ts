/** Each rule with a number that grows when its meaning changes: a match of last year still says what it was made by. */
type Rule = {
  readonly version: number
  /** What a line's score is made of: the rule that found the item gives points, those that explain take some away. */
  readonly points: number
  readonly description: string
}

export const rules = {
  PAYER_GIVEN: { version: 1, points: 1000, description: 'The receipt already says which customer paid it.' },
  PAYER_ACCOUNT_ALIAS: {
    version: 1,
    points: 950,
    description: 'The account paid from is remembered as an account of the customer.',
  },
  PAYER_NUMBER: { version: 1, points: 900, description: 'The customer’s number stands in the text of the payment.' },
  PAYER_NAME_ALIAS: { version: 1, points: 850, description: 'The payer’s name is remembered as a spelling of the customer’s.' },
  PAYER_NAME: {
    version: 1,
    points: 800,
    description: 'The payer’s name is the customer’s, but for case, punctuation and legal form.',
  },
  PAYER_BY_ITEMS: { version: 1, points: 700, description: 'Every item referred to belongs to customers of one family.' },

  REFERENCE_EXACT: { version: 1, points: 1000, description: 'The item’s number was written as the ledger has it.' },
  REFERENCE_NORMALISED: {
    version: 1,
    points: 950,
    description:
      'The item’s number was written with other case, separators or leading zeros, or behind a word such as “Invoice”.',
  },
  REFERENCE_EMBEDDED: { version: 1, points: 850, description: 'The item’s number stands inside a longer one.' },
  REFERENCE_DIGITS: { version: 1, points: 850, description: 'The digits of the item’s number were written without its letters.' },
  REFERENCE_FUZZY: {
    version: 1,
    points: 500,
    description:
      'One item of the payer’s family has a number this few edits away (one exchanged, missing, added or swapped character each).',
  },
  REFERENCE_SETTLED: { version: 1, points: 900, description: 'The number is that of an item that is settled already.' },

  AMOUNT_SINGLE: { version: 1, points: 400, description: 'One open item of the payer has exactly this amount.' },
  AMOUNT_BALANCE: { version: 1, points: 400, description: 'Everything the payer has open adds up to exactly this amount.' },
  AMOUNT_SUBSET: { version: 1, points: 300, description: 'Some of the payer’s open items add up to exactly this amount.' },

  REMITTANCE_LINE: { version: 1, points: 0, description: 'The payer’s remittance says how much of the payment is for the item.' },
  REFERENCED_TOTAL: {
    version: 1,
    points: 0,
    description: 'The payer says which items, not how much for each: what they have open is compared with the payment.',
  },
  CREDIT_NETTED: {
    version: 1,
    points: 0,
    description: 'A credit memo that was referred to lowers what is paid for the other items.',
  },
  DISCOUNT_EARNED: { version: 1, points: -10, description: 'What is missing is the cash discount, taken in time.' },
  DISCOUNT_UNEARNED: { version: 1, points: -100, description: 'What is missing is the cash discount, taken too late.' },
  DEDUCTION_STATED: { version: 1, points: -20, description: 'The remittance says what was deducted.' },
  DEDUCTION_UNSTATED: { version: 1, points: -200, description: 'Less was paid than is open, and nothing says why.' },
  TOLERANCE: { version: 1, points: -30, description: 'What is missing is small, both absolutely and as a share of the item.' },
  BANK_FEE_STATED: { version: 1, points: -20, description: 'What is missing is what the banks say they kept.' },
  BANK_FEE_LIMIT: { version: 1, points: -150, description: 'What is missing is no more than banks usually keep.' },
  WITHHOLDING_RATE: { version: 1, points: -50, description: 'What is missing is a rate of withholding tax of what is open.' },
  FX_INSTRUCTED: {
    version: 1,
    points: -200,
    description: 'The payer ordered what is open, in the items’ currency; another one arrived.',
  },
  FX_LIMIT: {
    version: 1,
    points: -150,
    description: 'What is missing can come from the exchange: the payer ordered another currency.',
  },
  OVER_PAID: { version: 1, points: -100, description: 'More was paid than the item has open.' },
  PARENT_PAYS: { version: 1, points: -20, description: 'The payer is the parent of the item’s customer, or gets its bills.' },
  FAMILY_PAYS: {
    version: 1,
    points: -150,
    description: 'The payer belongs to the family of the item’s customer, but not above it.',
  },
  ENTITY_DIFFERS: {
    version: 1,
    points: -300,
    description: 'The item is owed to another legal entity of the client than was paid.',
  },
} as const satisfies Readonly<Record<string, Rule>>

export type RuleId = keyof typeof rules
export const ruleIds = Object.keys(rules) as [RuleId, ...RuleId[]]

/** A rule that had a say, as it was then. */
export type RuleUse = { readonly id: RuleId; readonly version: number }

export const used = (id: RuleId): RuleUse => ({ id, version: rules[id].version })

export const pointsOf = (id: RuleId): number => rules[id].points

/** Between 0 and 1000. */
export const scoreOf = (ids: readonly RuleId[]): number =>
  Math.max(
    0,
    Math.min(
      1000,
      ids.reduce((sum, id) => sum + pointsOf(id), 0),
    ),
  )

/** Rules that find an item by what the payer wrote: nothing is posted by itself without one of them. */
export const referenceRules: ReadonlySet<RuleId> = new Set<RuleId>([
  'REFERENCE_EXACT',
  'REFERENCE_NORMALISED',
  'REFERENCE_EMBEDDED',
  'REFERENCE_DIGITS',
  'REFERENCE_FUZZY',
])

/** What is told about a match beside its lines. A note that holds the match back says why a person must look. */
export const noteTexts = {
  NOTHING_LEFT: 'Nothing of the receipt is left to be decided.',
  PAYER_UNKNOWN: 'Nobody is known to have paid.',
  PAYER_CONFLICT: 'What is known of the payer points to different customers.',
  PAYER_BY_ITEMS: 'Only the items referred to say who paid.',
  PAYER_DIFFERS: 'The item belongs to a customer outside the payer’s family.',
  PARENT_PAYS: 'The payer is the parent of the item’s customer, or gets its bills.',
  FAMILY_PAYS: 'The payer is related to the item’s customer, but not above it.',
  REFERENCES_CUT: 'There is more text than is read for references.',
  REFERENCE_IGNORED: 'A number in the text is that of an item of somebody else, and was left aside.',
  REFERENCE_UNKNOWN: 'No open item is known by this reference.',
  REFERENCE_AMBIGUOUS: 'Several items are known by this reference.',
  REFERENCE_SHORT: 'So few digits do not name an item safely.',
  REFERENCE_PART: 'Only a part of a number was written, and nothing else says who paid.',
  REFERENCE_FUZZY: 'The reference is only similar to the item’s number.',
  ITEM_TWICE: 'The item was referred to before.',
  ITEM_SETTLED: 'The item is settled already.',
  ENTITY_DIFFERS: 'The item is owed to another legal entity than was paid.',
  CURRENCY_DIFFERS: 'The item is open in another currency than was paid.',
  AMOUNT_ONLY: 'Nothing but the amount speaks for the item.',
  AMOUNT_AMBIGUOUS: 'The amount fits in more than one way.',
  AMOUNT_UNKNOWN: 'No open item, and no sum of them that was tried, has this amount.',
  SUBSET_GAVE_UP: 'The search for items that add up to the amount ended before all sums were tried.',
  SPLIT_UNKNOWN: 'It is not known how the payment is shared among the items.',
  LINES_EXCEED_RECEIPT: 'The remittance tells of more than arrived.',
  CREDITS_EXCEED_ITEMS: 'The credit memos are more than the items they would lower.',
  NOT_PAID: 'The remittance names the item and pays nothing for it.',
  AMOUNT_SIGN: 'The amount has the wrong sign for the item.',
  ADJUSTMENTS_EXCEED_ITEM: 'What was paid and deducted is together more than the item has open.',
  DEDUCTION_UNSTATED: 'Less was paid than is open, and nothing says why.',
  DEDUCTION_OVER_LIMIT: 'The stated deductions are more than may pass by themselves.',
  DEDUCTION_HELD: 'Stated deductions are looked at by a person.',
  DISCOUNT_UNEARNED: 'A cash discount was taken that was not earned.',
  WITHHOLDING_TAX: 'Withheld tax is looked at by a person.',
  BANK_FEE: 'A bank fee is looked at by a person.',
  FX_DIFFERENCE: 'A difference of exchange is looked at by a person.',
  OVER_PAID: 'More was paid than is open.',
  REST_LEFT: 'A part of the receipt stays undecided.',
} as const satisfies Readonly<Record<string, string>>

export type NoteCode = keyof typeof noteTexts
export const noteCodes = Object.keys(noteTexts) as [NoteCode, ...NoteCode[]]
