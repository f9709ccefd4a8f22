import type { Write } from '../../platform/command.ts'
import { policyInForce } from '../policy/index.ts'
import { activityPolicy } from './activity-policy.ts'
import { stopOf } from './contact-stops.ts'
import { insertActivity } from './store.ts'

// What the service itself sends keeps to the client's rules about contacts, and is an activity like any other.

type Sending = { readonly customerId: string; readonly kind: 'MAIL' | 'LETTER' }

/** What stands against writing to a customer now, and from when on it does not any more; null where nothing does. */
export const contactStop = async (
  write: Write,
  { customerId, kind }: Sending,
): Promise<{ readonly message: string; readonly nextAllowedAt: Date } | null> => {
  const { rules } = await policyInForce(write, activityPolicy)
  return stopOf(write, rules, { customerId, kind, happenedAt: write.now, exceptId: null })
}

type Sent = Sending & { readonly contactId: string; readonly openItemIds: readonly string[]; readonly summary: string }

/** Keeps that something was sent to a customer: limits and figures count it. */
export const logSent = async (write: Write, { customerId, kind, ...told }: Sent): Promise<string> => {
  const { version: policyVersion } = await policyInForce(write, activityPolicy)
  const id = await insertActivity(write, {
    ...told,
    ...{ customerId, kind, direction: 'OUTBOUND', happenedAt: write.now, policyVersion, overrideReason: null },
    ...{ disposition: null, nonPaymentReason: null, rightParty: 'UNKNOWN', isReached: null },
  })
  write.emit({ area: 'work', name: 'activity.logged', payload: { activityId: id, customerIds: [customerId] } })
  return id
}
