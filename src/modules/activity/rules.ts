import { Refusal } from '../../kernel/refusal.ts'
import type { Breach, QuietHours } from './frequency.ts'
import { fitsFormat } from './note-format.ts'
import type { ActivityKind, ActivityRules, ActivityTemplate } from './templates.ts'

export type Direction = 'INBOUND' | 'OUTBOUND'
export type RightParty = 'YES' | 'NO' | 'UNKNOWN'

/** Most characters of a note, and most open items that one activity is about. */
export const summaryChars = 4_000
export const itemsMax = 50

/** What was told of an activity, as far as a client's rules ask for it. */
export type Told = {
  readonly kind: ActivityKind
  readonly hasContact: boolean
  readonly itemCount: number
  readonly disposition: string | null
  readonly nonPaymentReason: string | null
  readonly rightParty: RightParty
  readonly summary: string
}

export type ActivityField = ActivityTemplate['required'][number] | 'SUMMARY'
export type ProblemKind = 'MISSING' | 'NOT_ALLOWED' | 'TOO_SHORT' | 'WRONG_FORMAT'

/** One thing that the client's rules want otherwise, and what they say of it. */
export type ActivityProblem = { readonly field: ActivityField; readonly problem: ProblemKind; readonly rule: string }

const fieldNames: Readonly<Record<ActivityField, string>> = {
  DISPOSITION: 'disposition',
  CONTACT: 'contact',
  RIGHT_PARTY: 'rightParty',
  NON_PAYMENT_REASON: 'nonPaymentReason',
  OPEN_ITEMS: 'openItems',
  SUMMARY: 'summary',
}

/** The client's rules want to be told more, or otherwise. */
export class IncompleteActivity extends Refusal {
  readonly code = 'INCOMPLETE_ACTIVITY'
  readonly policyVersion: number
  readonly problems: readonly ActivityProblem[]
  constructor(policyVersion: number, problems: readonly ActivityProblem[]) {
    const [only, ...others] = problems
    super(
      `the client’s rules ask for more: ${problems.map(({ field, rule }) => `${fieldNames[field]}: ${rule}`).join('; ')}`,
      only !== undefined && others.length === 0 ? ['input', fieldNames[only.field]] : ['input'],
    )
    this.policyVersion = policyVersion
    this.problems = problems
  }
}

const isTold: Readonly<Record<ActivityTemplate['required'][number], (told: Told) => boolean>> = {
  DISPOSITION: ({ disposition }) => disposition !== null,
  CONTACT: ({ hasContact }) => hasContact,
  RIGHT_PARTY: ({ rightParty }) => rightParty !== 'UNKNOWN',
  NON_PAYMENT_REASON: ({ nonPaymentReason }) => nonPaymentReason !== null,
  OPEN_ITEMS: ({ itemCount }) => itemCount > 0,
}

/** The first codes of a list with their labels: a refusal is read, and a hundred codes are not. */
const listed = (codes: readonly { readonly code: string; readonly label: string }[]): string => {
  const shown = codes.slice(0, 10).map(({ code, label }) => `${code} (${label})`)
  return codes.length > shown.length ? `${shown.join(', ')} and ${codes.length - shown.length} more` : shown.join(', ')
}

const choosing = (codes: readonly { readonly code: string; readonly label: string }[]): string =>
  codes.length === 0 ? '' : `; it is one of ${listed(codes)}`

/** Everything in which an activity falls short of the client's rules; empty where it is complete. */
export const problemsOf = (rules: ActivityRules, told: Told): ActivityProblem[] => {
  const { required, noteLengthMin, noteFormat } = rules.kinds[told.kind]
  const dispositions = rules.dispositions.filter(({ kinds }) => kinds.includes(told.kind))
  const choices = { DISPOSITION: dispositions, NON_PAYMENT_REASON: rules.nonPaymentReasons }
  const problems: ActivityProblem[] = [...new Set(required)]
    .filter((field) => !isTold[field](told))
    .map((field) => {
      const choice = field === 'DISPOSITION' || field === 'NON_PAYMENT_REASON' ? choosing(choices[field]) : ''
      return { field, problem: 'MISSING', rule: `a ${told.kind} is told with it${choice}` }
    })
  const { disposition, nonPaymentReason, summary } = told
  const disallowed = (field: 'DISPOSITION' | 'NON_PAYMENT_REASON', code: string | null, isListed: boolean) => {
    if (code === null || !isListed || choices[field].some((entry) => entry.code === code)) return
    problems.push({ field, problem: 'NOT_ALLOWED', rule: `${code} is none of a ${told.kind}${choosing(choices[field])}` })
  }
  disallowed('DISPOSITION', disposition, rules.dispositions.length > 0)
  disallowed('NON_PAYMENT_REASON', nonPaymentReason, rules.nonPaymentReasons.length > 0)
  const length = summary.trim().length
  if (length < noteLengthMin) {
    const problem = length === 0 ? 'MISSING' : 'TOO_SHORT'
    problems.push({ field: 'SUMMARY', problem, rule: `at least ${noteLengthMin} characters` })
  } else if (noteFormat !== undefined && !fitsFormat(noteFormat.pattern, summary.trim())) {
    problems.push({ field: 'SUMMARY', problem: 'WRONG_FORMAT', rule: noteFormat.description })
  }
  return problems
}

/** Whether a disposition says that somebody was reached; null where there is none, or the rules do not know it. */
export const reachedBy = ({ dispositions }: ActivityRules, disposition: string | null): boolean | null =>
  dispositions.find(({ code }) => code === disposition)?.isReached ?? null

const orOverride = 'a lead or a manager can give a reason to do it all the same'

/** The customer was contacted as often as the client's rules let anybody. */
export class ContactLimitReached extends Refusal {
  readonly code = 'CONTACT_LIMIT_REACHED'
  readonly clientId: string
  readonly breach: Breach
  readonly nextAllowedAt: Date
  constructor(clientId: string, breach: Breach, nextAllowedAt: Date) {
    const { contactsMax, days, kinds } = breach.limit
    super(
      `at most ${contactsMax} of ${kinds.join(', ')} in ${days} days; the next from ${nextAllowedAt.toISOString()} on, or ${orOverride}`,
      ['input', 'happenedAt'],
    )
    this.clientId = clientId
    this.breach = breach
    this.nextAllowedAt = nextAllowedAt
  }
}

/** It is too early or too late in the day where the customer is. */
export class InQuietHours extends Refusal {
  readonly code = 'IN_QUIET_HOURS'
  readonly from: string
  readonly to: string
  readonly timeZone: string
  readonly nextAllowedAt: Date
  constructor({ from, to }: QuietHours, timeZone: string, nextAllowedAt: Date) {
    super(
      `customers are left alone from ${from} to ${to} in ${timeZone}; the next from ${nextAllowedAt.toISOString()} on, or ${orOverride}`,
      ['input', 'happenedAt'],
    )
    this.from = from
    this.to = to
    this.timeZone = timeZone
    this.nextAllowedAt = nextAllowedAt
  }
}
