import { createHash } from 'node:crypto'
import { canonical } from '../../kernel/canonical.ts'
import { exponentOf } from '../../kernel/money.ts'
import { baseWorth, type RatedMoney } from '../client/rules.ts'

/** Roles that a step can ask for: two of the provider, and the client's own approver. */
export const approvalRoles = ['LEAD', 'MANAGER', 'APPROVER'] as const
export type ApprovalRole = (typeof approvalRoles)[number]

/**
 * What can need an approval, and whose it needs where a client's matrix says nothing of it. The module that asks for it
 * brings the check of the table along.
 */
export const approvalActions = {
  PAYMENT_PLAN: { description: 'A payment plan that the customer accepted.', steps: ['LEAD'] },
  DISPUTE_RESOLUTION: { description: 'How a dispute is to end.', steps: ['LEAD'] },
  DEDUCTION_CREDIT: {
    description: 'A deduction that was found valid and is to be credited, or settled from an accrual.',
    steps: ['LEAD'],
  },
  DEDUCTION_WRITE_OFF: { description: 'A deduction that is to be written off.', steps: ['MANAGER'] },
} as const satisfies Record<string, { readonly description: string; readonly steps: readonly ApprovalRole[] }>

export type ApprovalAction = keyof typeof approvalActions
export const actionNames = Object.keys(approvalActions) as [ApprovalAction, ...ApprovalAction[]]

/** A row of the matrix of authority. Amounts are decimals of the client's base currency. */
export type MatrixRow = {
  readonly action: ApprovalAction
  /** Reasons that it is for; any where it names none. */
  readonly reasons: readonly string[]
  readonly upTo: string | null
  readonly cumulativeUpTo: string | null
  /** Whose approval is needed, in this order; nobody's where it is empty. */
  readonly steps: readonly ApprovalRole[]
}

export type ApprovalRules = {
  readonly expiresAfterDays: number
  readonly cumulativeDays: number
  readonly matrix: readonly MatrixRow[]
}

const isUnbounded = ({ upTo, cumulativeUpTo, reasons }: MatrixRow) =>
  upTo === null && cumulativeUpTo === null && reasons.length === 0

const rowsOf = (matrix: readonly MatrixRow[], action: ApprovalAction) => matrix.filter((row) => row.action === action)

/** Why nobody could say who decides: an action whose last row does not take everything that is left. */
export const matrixProblems = (matrix: readonly MatrixRow[]): string[] =>
  actionNames.flatMap((action) => {
    const last = rowsOf(matrix, action).at(-1)
    return last === undefined || isUnbounded(last)
      ? []
      : [`matrix.${matrix.indexOf(last)}: the last row of ${action} takes what no other does, so it has no bound and no reasons`]
  })

/** With a row for each action: one that a matrix leaves out goes by the default. */
export const completed = (matrix: readonly MatrixRow[]): MatrixRow[] => [
  ...matrix,
  ...actionNames
    .filter((action) => rowsOf(matrix, action).length === 0)
    .map((action) => ({ action, reasons: [], upTo: null, cumulativeUpTo: null, steps: approvalActions[action].steps })),
]

/** A decimal bound in minor units. An amount is whole minor units, so what is beyond them changes nothing. */
const boundMinor = (bound: string, currency: string): bigint => {
  const [whole = '0', digits = ''] = bound.split('.')
  const exponent = exponentOf(currency)
  return BigInt(whole + digits.slice(0, exponent).padEnd(exponent, '0'))
}

/** What an amount, and the sum that it belongs to, are worth in the base currency; null where a rate is missing. */
export type Worth = { readonly baseMinor: bigint | null; readonly cumulativeMinor: bigint | null }

export type Ruling = { readonly place: number; readonly steps: readonly ApprovalRole[] }

/** The first row of the action that the reason, the amount and the sum fit. What has no rate could be anything: the last one. */
export const rulingOf = (
  { matrix }: ApprovalRules,
  { action, reasonCode, baseCurrency }: { action: ApprovalAction; reasonCode: string | null; baseCurrency: string },
  { baseMinor, cumulativeMinor }: Worth,
): Ruling => {
  const fits = (minor: bigint | null, bound: string | null) =>
    bound === null || (minor !== null && minor <= boundMinor(bound, baseCurrency))
  const rows = rowsOf(matrix, action)
  const isRated = baseMinor !== null && cumulativeMinor !== null
  const found = rows.findIndex(
    ({ reasons, upTo, cumulativeUpTo }) =>
      (reasons.length === 0 || (reasonCode !== null && reasons.includes(reasonCode))) &&
      fits(baseMinor, upTo) &&
      fits(cumulativeMinor, cumulativeUpTo),
  )
  const place = isRated ? found : rows.length - 1
  const row = rows[place]
  if (row === undefined) throw new Error(`no row of the matrix takes ${action}`)
  return { place, steps: row.steps }
}

/** A request as far as sums go. */
export type Counted = {
  readonly id: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly requestedAt: Date
}

const dayMs = 86_400_000

/** What one of some requests is worth, with all of its customer and action that were asked for around the same time. */
export const worthOf = (
  one: Counted,
  others: readonly Counted[],
  { days, rates }: { readonly days: number; readonly rates: RatedMoney },
): Worth => {
  const isNear = ({ requestedAt }: Counted) => Math.abs(requestedAt.getTime() - one.requestedAt.getTime()) <= days * dayMs
  const sums = new Map([[one.currency, one.amountMinor]])
  for (const other of others)
    if (other.id !== one.id && isNear(other)) sums.set(other.currency, (sums.get(other.currency) ?? 0n) + other.amountMinor)
  const worths = [...sums].map(([currency, minor]) => baseWorth(minor, currency, rates))
  return {
    baseMinor: baseWorth(one.amountMinor, one.currency, rates),
    cumulativeMinor: worths.reduce((sum, worth) => (sum === null || worth === null ? null : sum + worth), 0n),
  }
}

/** Who decides by which rules: a row of a version. */
export type Ruled = Ruling & { readonly policyVersion: number }

const isSame = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((step, index) => step === b[index])

/**
 * Whether a request has to go to another row, and begin there anew: by the same rules upwards alone, by other rules to
 * whatever they say. What was asked for stays asked for, though nobody would have to be asked now.
 */
export const isMoved = (request: Ruled, ruling: Ruled): boolean =>
  ruling.steps.length > 0 &&
  !isSame(request.steps, ruling.steps) &&
  (ruling.policyVersion !== request.policyVersion || ruling.place > request.place)

/** The row to remember of two that ask for the same: the one of now. */
export const keptRow = (request: Ruled, ruling: Ruled): Ruled => (isSame(request.steps, ruling.steps) ? ruling : request)

/** SHA-256 of what is decided about: equal only where nothing of it differs. */
export const evidenceHash = (evidence: object): string => createHash('sha256').update(canonical(evidence)).digest('hex')

export const approvalBlocks = ['NOT_PENDING', 'EXPIRED', 'MAKER', 'DECIDED', 'NO_ROLE'] as const
/** Why somebody does not decide the next step. */
export type ApprovalBlock = (typeof approvalBlocks)[number]

/** Somebody else's authority that is lent for a while, as it is now. */
export type Lent = {
  readonly delegationId: string
  readonly fromId: string
  readonly fromName: string
  /** What the lender holds at this instant: nothing where their own right is gone. */
  readonly roles: readonly string[]
}

/** Who would decide, with what they hold themselves and what is lent to them. */
export type Decider = { readonly id: string; readonly roles: readonly string[]; readonly lent: readonly Lent[] }

export type Open = {
  readonly state: string
  readonly nextRole: ApprovalRole | null
  readonly makers: readonly string[]
  readonly expiresAt: Date
}

/** A step of the round that somebody decided, perhaps on behalf of somebody. */
export type Taken = { readonly principalId: string; readonly onBehalfOfId: string | null }

/** What a manager may, a lead may not; what the client decides, nobody of the provider does. */
const acting: Readonly<Record<ApprovalRole, readonly string[]>> = {
  LEAD: ['LEAD', 'MANAGER'],
  MANAGER: ['MANAGER'],
  APPROVER: ['APPROVER'],
}
const holds = (roles: readonly string[], role: ApprovalRole) => acting[role].some((each) => roles.includes(each))

/** Authority is lent within a side: the client's to no one of the provider, and the other way round. */
const isOfSide = (roles: readonly string[], role: ApprovalRole) => holds(roles, role === 'APPROVER' ? 'APPROVER' : 'LEAD')

/** Roles whose steps somebody with these may decide. */
export const stepsOf = (roles: readonly string[]): ApprovalRole[] => approvalRoles.filter((role) => holds(roles, role))

/** Roles whose steps somebody may decide by what is lent to them. */
export const lentSteps = (decider: Decider, { roles }: Lent): ApprovalRole[] =>
  stepsOf(roles).filter((role) => isOfSide(decider.roles, role))

/** Null where a decider may take the next step: by their own right, or by what is lent. */
export const blockOf = (
  { state, nextRole, makers, expiresAt }: Open,
  taken: readonly Taken[],
  { decider, lent, now }: { readonly decider: Decider; readonly lent: Lent | null; readonly now: Date },
): ApprovalBlock | null => {
  if (state !== 'PENDING' || nextRole === null) return 'NOT_PENDING'
  if (expiresAt <= now) return 'EXPIRED'
  // Whoever lends and whoever borrows are one here: neither a maker nor who decided before comes back as the other.
  const persons = lent === null ? [decider.id] : [decider.id, lent.fromId]
  if (persons.some((id) => makers.includes(id))) return 'MAKER'
  if (taken.some(({ principalId, onBehalfOfId }) => persons.some((id) => id === principalId || id === onBehalfOfId)))
    return 'DECIDED'
  const steps = lent === null ? stepsOf(decider.roles) : lentSteps(decider, lent)
  return steps.includes(nextRole) ? null : 'NO_ROLE'
}

/** The way by which a decider may take the next step, their own first, or why there is none. */
export const wayOf = (
  open: Open,
  taken: readonly Taken[],
  { decider, now }: { readonly decider: Decider; readonly now: Date },
): { readonly lent: Lent | null } | ApprovalBlock => {
  const own = blockOf(open, taken, { decider, lent: null, now })
  if (own === null) return { lent: null }
  const lent = decider.lent.find((each) => blockOf(open, taken, { decider, lent: each, now }) === null)
  return lent === undefined ? own : { lent }
}

/** The longest that authority is lent for at once. */
export const delegationDaysMax = 92

/** Days until something ends, from an instant on. */
export const daysFrom = (from: Date, days: number): Date => new Date(from.getTime() + days * dayMs)
