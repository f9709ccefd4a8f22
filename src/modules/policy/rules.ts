import type { Problems } from '../../platform/shaped.ts'
import type { Write } from '../../platform/write.ts'

/** What a client can have rules about. A kind belongs to the module that obeys it, which says what its rules look like. */
export const policyKinds = [
  'WRITE_OFF',
  'MATCHING',
  'STRATEGY',
  'PROMISE',
  'PAYMENT_PLAN',
  'ACTIVITY',
  'ALLOCATION',
  'ESCALATION',
  'STAGING',
  'NOTICE',
  'EVIDENCE',
  'APPROVAL',
  'DISPUTE',
  'DEDUCTION',
] as const
export type PolicyKind = (typeof policyKinds)[number]

export type PolicyProblems = Problems

/** How the rules of one kind are read. Written down by the module that obeys them, see `definePolicy`. */
export type PolicyDefinition<Rules extends object> = {
  readonly kind: PolicyKind
  readonly description: string
  /** What holds while a client has published nothing: version 0. */
  readonly defaults: Rules
  readonly parse: (json: unknown) => Rules | PolicyProblems
  /** What is wrong with rules as of the instant from which they are to hold, where that takes more than reading them. */
  check?(write: Write, rules: Rules, at: Date): Promise<readonly string[]>
  /** For whoever writes rules: every field with its bounds and meaning, as JSON Schema. */
  readonly jsonSchema: () => object
}

export const hasProblems = (parsed: object): parsed is PolicyProblems => 'problems' in parsed

/** Rules are a page of settings, not a file. */
const rulesChars = 50_000

const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Rules as a caller wrote them, or everything that is wrong with them. */
export const rulesFrom = <Rules extends object>(
  { parse }: Pick<PolicyDefinition<Rules>, 'parse'>,
  text: string,
): Rules | PolicyProblems => {
  const json = text.length > rulesChars ? undefined : asJson(text)
  return json === undefined ? { problems: [`rules are JSON of at most ${rulesChars} characters`] } : parse(json)
}

/** Rules in force, and the version that they came with; 0 stands for the defaults. */
export type PolicyInForce<Rules> = {
  readonly version: number
  readonly rules: Rules
  /** Since when that version holds; null for the defaults. */
  readonly effectiveFrom: Date | null
}
