import { minuteIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { can } from '../../platform/policy.ts'
import { InvalidInput } from '../../platform/refusals.ts'
import { clientFacts } from '../client/index.ts'
import { lockCustomers } from '../customer/index.ts'
import { daysCounted, isQuiet, limitReached, nextAllowed } from './frequency.ts'
import { ContactLimitReached, InQuietHours } from './rules.ts'
import { outboundSince } from './store.ts'
import type { ActivityKind, ActivityRules } from './templates.ts'

export type Contacting = {
  readonly customerId: string
  readonly kind: ActivityKind
  readonly happenedAt: Date
  /** The activity itself, where it is told anew: it does not count against itself. */
  readonly exceptId: string | null
}

/**
 * What the client's rules have against contacting a customer then. The customer is held until the unit ends where contacts
 * are counted, so that of two at once the second counts the first.
 */
export const stopOf = async (
  write: Write,
  rules: ActivityRules,
  contacting: Contacting,
): Promise<ContactLimitReached | InQuietHours | null> => {
  const { customerId, kind, happenedAt, exceptId } = contacting
  const days = daysCounted(rules, kind)
  const { quietHours } = rules
  if (days === 0 && quietHours === undefined) return null
  const customer = (await lockCustomers(write, [customerId])).get(customerId)
  const had = days === 0 ? [] : await outboundSince(write, customerId, { from: happenedAt, days, exceptId })
  const { timeZone } = await clientFacts(write)
  const zone = quietHours?.zoneByCountry[customer?.countryCode ?? ''] ?? timeZone
  const minuteAt = (at: Date) => minuteIn(zone, at)

  const breach = limitReached(rules, kind, had, happenedAt)
  const next = () => nextAllowed(rules, kind, had, happenedAt, minuteAt)
  if (breach !== null) return new ContactLimitReached(write.clientId, breach, next())
  if (quietHours !== undefined && isQuiet(rules, kind, happenedAt, minuteAt)) return new InQuietHours(quietHours, zone, next())
  return null
}

/**
 * The reason for which a contact goes beyond the client's rules; null where it keeps to them. A reason is kept only where
 * it was needed, and only of those who may give one.
 */
export const overrideFor = async (
  write: Write,
  rules: ActivityRules,
  contacting: Contacting,
  reason: string | null,
): Promise<{ readonly overrideReason: string | null } | ContactLimitReached | InQuietHours | InvalidInput> => {
  if (reason !== null && (reason.trim() === '' || reason.length > 500))
    return new InvalidInput('a reason has 1 to 500 characters', ['input', 'overrideReason'])
  const stop = await stopOf(write, rules, contacting)
  if (stop === null) return { overrideReason: null }
  return reason !== null && can(write.viewer, 'activity:override', write.clientId) ? { overrideReason: reason } : stop
}
