import type { Write } from '../../platform/command.ts'
import { clientFacts } from '../client/index.ts'
import { policyInForce } from '../policy/index.ts'
import { approvalPolicy } from './policy.ts'
import { type Counted, daysFrom, isMoved, type Ruled, rulingOf, type Worth, worthOf } from './rules.ts'
import { type HeldRequest, lockCounted, type RoundCause, startRound } from './store.ts'
import { tellRound } from './tell.ts'

type Asked = Counted & Pick<HeldRequest, 'action' | 'reasonCode' | 'customerId'>

/** Who decides a request by the rules and rates of now, and what it was counted together with. */
export type RuledNow = {
  readonly ruled: Ruled
  readonly worth: Worth
  readonly baseCurrency: string
  readonly expiresAt: Date
  /** What is counted together with it, or with what that is counted with. */
  readonly others: readonly HeldRequest[]
  /** The same for one of the others. */
  readonly ofOther: (other: Asked, beside: readonly Counted[]) => { readonly ruled: Ruled; readonly worth: Worth }
}

/** Asked behind `holdApprovals`, so that nobody asks for more meanwhile. */
export const ruleNow = async (write: Write, asked: Asked): Promise<RuledNow> => {
  const [{ rules, version }, facts] = await Promise.all([policyInForce(write, approvalPolicy), clientFacts(write)])
  const { baseCurrency } = facts
  const days = rules.cumulativeDays
  // Twice as far back: what is counted with this one is counted with what was before it.
  const found = await lockCounted(write, { ...asked, from: daysFrom(asked.requestedAt, -2 * days) })
  const others = found.filter(({ id }) => id !== asked.id)
  const ruledBy = (one: Asked, beside: readonly Counted[]) => {
    const worth = worthOf(one, beside, { days, rates: facts })
    return { worth, ruled: { ...rulingOf(rules, { ...one, baseCurrency }, worth), policyVersion: version } }
  }
  return {
    ...ruledBy(asked, others),
    ...{ baseCurrency, others, ofOther: ruledBy },
    expiresAt: daysFrom(write.now, rules.expiresAfterDays),
  }
}

/** The request goes to the row that rules it now, and is decided there from the first step on. */
export const beginRound = async (
  write: Write,
  request: HeldRequest,
  round: { readonly ruled: Ruled; readonly worth: Worth; readonly cause: RoundCause; readonly expiresAt: Date },
  subject?: Parameters<typeof startRound>[1]['subject'],
) => {
  const { ruled, worth, cause, expiresAt } = round
  await startRound(write, { id: request.id, ...ruled, ...worth, cause, expiresAt, ...(subject === undefined ? {} : { subject }) })
  tellRound(write, request, { round: request.round + 1, cause, expiresAt, isApproved: ruled.steps.length === 0 })
}

/** What was asked for in parts is decided as a whole: pending parts that the sum lifts into another row begin anew there. */
export const liftOthers = async (write: Write, asked: Counted, { others, ofOther, expiresAt }: RuledNow) => {
  for (const other of others.filter(({ state }) => state === 'PENDING')) {
    const { ruled, worth } = ofOther(other, [...others, asked])
    if (isMoved(other, ruled)) await beginRound(write, other, { ruled, worth, cause: 'SPLIT', expiresAt })
  }
}
