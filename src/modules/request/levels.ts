import { decodeGlobalId } from '../../kernel/ids.ts'
import type { Write } from '../../platform/command.ts'
import { clientFacts } from '../client/index.ts'
import { policyInForce } from '../policy/index.ts'
import { entitledAt } from './owner-reads.ts'
import { type EscalationRules, escalationPolicy, type Level, type Within } from './policy.ts'
import { type Deadlines, deadlineAfter, type Entitled, type OwnerAsked, ownerFor } from './rules.ts'
import { liveByOwner } from './store.ts'

/** The rules in force, and what deadlines they give. */
export const rulesOf = async (write: Write) => {
  const [{ timeZone }, { rules, version }] = await Promise.all([clientFacts(write), policyInForce(write, escalationPolicy)])
  const deadlines = ({ acknowledgeWithin, answerWithin }: Within): Deadlines => {
    const by = (minutes: number) => deadlineAfter(write.now, minutes, { timeZone, countWeekends: rules.countWeekends })
    return { acknowledgeBy: by(acknowledgeWithin), answerBy: by(answerWithin) }
  }
  return { rules, version, deadlines }
}

const idIn = (text: string): string => decodeGlobalId(text)?.id ?? ''

const askedBy = ({ owner }: Level): OwnerAsked => {
  if ('role' in owner) return owner
  return { id: idIn('person' in owner ? owner.person : owner.team) }
}

export type Found = { readonly level: number; readonly rules: Level; readonly owner: Entitled }

/** The first level from one on that somebody can own; null where there is none up to the top. */
export const levelFrom = async (
  write: Write,
  path: EscalationRules['paths'][number] | undefined,
  { from, to = Number.POSITIVE_INFINITY, leftOut }: { from: number; to?: number; leftOut: readonly string[] },
): Promise<Found | null> => {
  const entitled = await entitledAt(write.tx, [write.clientId])
  const live = await liveByOwner(write)
  for (const [index, rules] of (path?.levels ?? []).entries()) {
    const level = index + 1
    const owner = level < from || level > to ? null : ownerFor(askedBy(rules), entitled, { leftOut, live })
    if (owner !== null) return { level, rules, owner }
  }
  return null
}
