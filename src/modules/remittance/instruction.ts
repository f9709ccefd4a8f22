import type { AdjustmentKind, ReversalReason } from '../cash/index.ts'

/** What a step of a result waits for before it can be done. */
export const waits = ['RECEIPT', 'CUSTOMER', 'OPEN_ITEM', 'ROOM', 'RESULT', 'TOLERANCE', 'CURRENCY'] as const
export type WaitsFor = (typeof waits)[number]

export type InstructionState = 'WAITING' | 'DONE' | 'CANCELLED'

// Bodies are kept as JSON: amounts are minor units as text.

export type DeductionBody = {
  readonly amountMinor: string
  readonly code: string | null
  readonly codeList: string | null
  readonly text: string | null
}

export type SettleBody = {
  /** What the result says the receipt is in. */
  readonly currency: string
  /** In the item's currency; below zero takes a credit memo off. */
  readonly cashMinor: string
  /** The item's currency, where it is not the receipt's, and what the cash is in the receipt's. */
  readonly itemCurrency: string | null
  readonly receiptMinor: string | null
  readonly adjustments: readonly { readonly kind: AdjustmentKind; readonly amountMinor: string }[]
  readonly deductions: readonly DeductionBody[]
}

export type MoveBody = {
  readonly currency: string
  readonly to: 'ON_ACCOUNT' | 'REFUNDED' | 'CHARGES'
  readonly amountMinor: string
  readonly reason: string
}

type Of<Kind extends string, Body> = { readonly kind: Kind; readonly body: Body }

/** One step of a result, as it is kept. */
export type Step =
  | (Of<'IDENTIFY', object> & { readonly customerNumber: string })
  | (Of<'SETTLE', SettleBody> & { readonly itemNumber: string; readonly legalEntityCode: string | null })
  | Of<'MOVE', MoveBody>
  | (Of<'UNDO', { readonly reason: string }> & { readonly targetKey: string })
  | Of<'REVERSE', { readonly reason: ReversalReason }>

export type Place = {
  readonly id: string
  readonly resultId: string
  readonly resultKey: string
  readonly place: number
  /** Steps of one group are done together or not yet: a credit memo with what it is taken off. */
  readonly groupNo: number
  readonly receiptKey: string
  readonly state: InstructionState
  readonly waitsFor: WaitsFor | null
  readonly settlementId: string | null
}

export type Instruction = Place & Step
export type InstructionOf<Kind extends Step['kind']> = Extract<Instruction, { readonly kind: Kind }>
