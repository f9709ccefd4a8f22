import { builder } from '../../platform/graphql/builder.ts'
import type { DeductionMove, DeductionState, Verdict } from './deduction-states.ts'
import type { CodedBy } from './rules.ts'

export const DeductionStateType = builder.enumType('DeductionState', {
  description: 'How far a deduction has come.',
  values: {
    IDENTIFIED: { description: 'It was found; its reason is not known.' },
    CODED: { description: 'Its reason is known.' },
    RESEARCH: { description: 'Somebody finds out whether the customer may keep it.' },
    AWAITING_BACKUP: { description: 'Somebody was asked for documents.' },
    VALIDATED: { description: 'It was decided whether it is valid: see `verdict`.' },
    SPLIT: { description: 'It is valid in part: its `children` go on in its place.' },
    CREDIT_REQUESTED: { description: 'It is valid, and an approval of its credit is asked for.' },
    ACCRUAL_SETTLEMENT: { description: 'It is valid, and an approval to settle it from an accrual is asked for.' },
    WRITE_OFF_REQUESTED: { description: 'An approval of its write-off is asked for.' },
    APPROVED: { description: 'Its credit, settlement or write-off was approved, or it is small enough to need no approval.' },
    POSTED: { description: 'The client’s ledger shows its credit or write-off.' },
    DENIED: { description: 'It is invalid, and the customer was denied it. It is asked for.' },
    REPAYMENT_CHASE: { description: 'The customer is asked to repay it.' },
    REPAID: { description: 'The customer repaid it.' },
    PLACED_LEGAL: { description: 'It was given to lawyers or an agency, who ask for it.' },
    CLOSED: { description: 'Nothing more becomes of it.' },
    VOIDED: { description: 'The payment that was short was undone, and the deduction with it.' },
  } satisfies Record<DeductionState, object>,
})

export const DeductionMoveType = builder.enumType('DeductionMove', {
  description: 'What can become of a deduction.',
  values: {
    identify: { description: 'It was found.' },
    split: { description: 'It was made of one that is valid in part.' },
    code: { description: 'It gets a reason: `codeDeductions`.' },
    startResearch: { description: '`startResearch`.' },
    requestBackup: { description: 'Documents are asked for, perhaps again: `requestBackup`.' },
    validate: { description: 'It is decided whether it is valid: `validateDeduction`.' },
    requestCredit: { description: '`requestCredit`.' },
    settleFromAccrual: { description: '`requestCredit` with an accrual; trade spending only.' },
    requestWriteOff: { description: '`requestWriteOff`.' },
    tolerate: { description: '`requestWriteOff`, where it is small by the policy `DEDUCTION`: nobody is asked.' },
    approve: { description: 'What was asked for is approved.' },
    turnDown: { description: 'It is rejected, or was not decided in time.' },
    confirmPosted: { description: 'The ledger shows it, or `confirmDeductionPosted`.' },
    deny: { description: 'The customer is denied it: `denyDeduction`.' },
    chaseRepayment: { description: 'The customer is asked to repay it, perhaps again: `chaseRepayment`.' },
    dispute: { description: 'The customer disputes the denial: `disputeDenial`.' },
    placeLegal: { description: '`placeDeductionLegal`.' },
    repay: { description: 'The customer repays it.' },
    reopen: { description: 'What repaid it is taken back.' },
    close: { description: '`closeDeduction`.' },
    void: { description: 'The payment that was short is undone.' },
  } satisfies Record<DeductionMove | 'identify' | 'split', object>,
})

export const VerdictType = builder.enumType('DeductionVerdict', {
  description: 'Whether a customer may keep what it deducted.',
  values: {
    VALID: { description: 'All of it.' },
    INVALID: { description: 'Nothing of it.' },
    PARTIAL: { description: 'A part of it.' },
  } satisfies Record<Verdict, object>,
})

export const KindType = builder.enumType('DeductionKind', {
  description: 'Whether a deduction is agreed trade spending.',
  values: {
    TRADE: { description: 'A promotion, rebate or the like.' },
    NON_TRADE: { description: 'Anything else: shortage, damage, price, freight.' },
  },
})

export const CodedByType = builder.enumType('DeductionCodedBy', {
  description: 'What gave a deduction its reason.',
  values: {
    CUSTOMER: { description: 'A row of the policy `DEDUCTION` for its customer.' },
    CLIENT: { description: 'A row of that policy for every customer.' },
    X12: { description: 'The default for X12 code list 426.' },
    MATCHING: { description: 'The matching of cash, which saw it itself.' },
    PERSON: { description: 'A person.' },
    NOBODY: { description: 'Nothing: the reason is UNKNOWN.' },
  } satisfies Record<CodedBy, object>,
})
