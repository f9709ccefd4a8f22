import type { Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import { customerOfContact, familyOf } from '../customer/index.ts'
import type { PolicyInForce } from '../policy/index.ts'
import { customersOfItems } from '../receivable/index.ts'
import { type Direction, IncompleteActivity, itemsMax, problemsOf, type RightParty, reachedBy, summaryChars } from './rules.ts'
import type { Wording } from './store.ts'
import { type ActivityKind, type ActivityRules, codeShape } from './templates.ts'

/** What whoever did it says of it. */
export type ActivityFacts = {
  readonly happenedAt: Date | null
  readonly contact: RowKey | null
  readonly openItems: readonly RowKey[]
  readonly disposition: string | null
  readonly nonPaymentReason: string | null
  readonly rightParty: RightParty
  readonly summary: string
}

/** What is fixed about an activity, and what holds where nothing else is said. */
export type About = {
  readonly customerId: string
  readonly kind: ActivityKind
  readonly direction: Direction | null
  readonly happenedAt: Date
  /** The contact that the activity has already: it stays good, whatever became of its customer since. */
  readonly knownContactId: string | null
}

const isOwnContact = async (write: Write, { customerId, knownContactId }: About, { clientId, id }: RowKey): Promise<boolean> => {
  if (clientId !== write.clientId) return false
  return id === knownContactId || (await customerOfContact(write, id)) === customerId
}

/** Items of the customer itself, or of those it may pay for: a parent is called about what its children owe. */
const areItsItems = async (write: Write, customerId: string, keys: readonly RowKey[]): Promise<boolean> => {
  if (keys.some(({ clientId }) => clientId !== write.clientId)) return false
  const owners = await customersOfItems(
    write,
    keys.map(({ id }) => id),
  )
  if (!keys.every(({ id }) => owners.has(id))) return false
  const others = [...new Set(owners.values())].filter((owner) => owner !== customerId)
  if (others.length === 0) return true
  const family = await familyOf(write, others)
  return others.every((owner) => family.get(owner)?.has(customerId) === true)
}

const badCode = (code: string | null, field: 'disposition' | 'nonPaymentReason'): InvalidInput | null =>
  code === null || codeShape.test(code)
    ? null
    : new InvalidInput('a code begins with a capital and has capitals, digits and _, at most 40', ['input', field])

/** What was told, checked, and judged by the rules that hold for the client now. */
export const wordingOf = async (
  write: Write,
  about: About,
  facts: ActivityFacts,
  { version: policyVersion, rules }: PolicyInForce<ActivityRules>,
): Promise<Wording | NotFound | InvalidInput | IncompleteActivity> => {
  const { contact, openItems, disposition, nonPaymentReason, rightParty, summary } = facts
  if (contact !== null && !(await isOwnContact(write, about, contact))) return new NotFound('contact', ['input', 'contact'])
  if (openItems.length > itemsMax)
    return new InvalidInput(`an activity is about at most ${itemsMax} open items`, ['input', 'openItems'])
  if (!(await areItsItems(write, about.customerId, openItems))) return new NotFound('open item', ['input', 'openItems'])

  const happenedAt = facts.happenedAt ?? about.happenedAt
  if (happenedAt > write.now)
    return new InvalidInput('it has not happened yet: an activity is logged when it is done', ['input', 'happenedAt'])
  if (summary.length > summaryChars)
    return new InvalidInput(`a summary has at most ${summaryChars} characters`, ['input', 'summary'])
  const wrongCode = badCode(disposition, 'disposition') ?? badCode(nonPaymentReason, 'nonPaymentReason')
  if (wrongCode !== null) return wrongCode

  const told = { kind: about.kind, hasContact: contact !== null, itemCount: openItems.length, ...facts }
  const problems = problemsOf(rules, told)
  if (problems.length > 0) return new IncompleteActivity(policyVersion, problems)
  return {
    happenedAt,
    contactId: contact?.id ?? null,
    openItemIds: [...new Set(openItems.map(({ id }) => id))],
    disposition,
    nonPaymentReason,
    rightParty,
    isReached: reachedBy(rules, disposition),
    summary,
    policyVersion,
  }
}
