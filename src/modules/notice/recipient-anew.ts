import { dayIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { clientFacts } from '../client/index.ts'
import { type Reachable, reachableContacts } from '../customer/index.ts'
import { policyInForce } from '../policy/index.ts'
import { noticePolicy } from './notice-policy.ts'
import { recipientOf, whyUnreachable } from './recipients.ts'
import { Undeliverable } from './refusals.ts'
import type { HeldNotice, To } from './store.ts'

/** The contact of a notice as it can be reached by the notice's channel today; null where it cannot. */
export const contactToday = async (
  write: Write,
  { customerId, contactId, channel }: Pick<HeldNotice, 'customerId' | 'contactId' | 'channel'>,
): Promise<Reachable | null> => {
  const { timeZone } = await clientFacts(write)
  const contacts = await reachableContacts(write, customerId, dayIn(timeZone, write.now))
  const contact = contacts.find(({ id }) => id === contactId)
  const isReached = channel === 'EMAIL' ? contact?.email !== null : (contact?.postalLines.length ?? 0) > 0
  return contact !== undefined && isReached ? contact : null
}

/** Whom a notice that did not arrive goes to: the same person if that is possible, or whoever comes first today. */
export const recipientAnew = async (write: Write, notice: HeldNotice): Promise<To | Undeliverable> => {
  if ((await contactToday(write, notice)) !== null) return notice
  const [{ timeZone }, { rules }] = await Promise.all([clientFacts(write), policyInForce(write, noticePolicy)])
  const contacts = await reachableContacts(write, notice.customerId, dayIn(timeZone, write.now))
  const recipient = recipientOf(contacts, { roles: rules.contactRoles, channel: null })
  if (recipient === null) return new Undeliverable(whyUnreachable(contacts, null), ['input', 'notice'])
  return { contactId: recipient.contact.id, channel: recipient.channel }
}
