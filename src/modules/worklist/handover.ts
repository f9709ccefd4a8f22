import { Refusal } from '../../kernel/refusal.ts'

// What one shift tells the next. Decision 0029.

/** Customers and work items that one handover speaks of. */
export const subjectsMost = 200

export const handoverNoteMax = 4_000

/** A handover is for the next shifts: what is to be known for longer is an activity. */
export const handoverLongestMs = 14 * 86_400_000

export type Takeover = { readonly by: string; readonly at: Date }

/** Somebody took it over already. */
export class HandoverTaken extends Refusal {
  readonly code = 'HANDOVER_TAKEN'
  readonly by: string
  readonly at: Date
  constructor({ by, at }: Takeover) {
    super(`${by} took this over at ${at.toISOString()}`, ['input', 'handover'])
    this.by = by
    this.at = at
  }
}
