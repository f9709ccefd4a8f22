import type { Reachable } from '../customer/index.ts'
import type { Channel } from './notice-states.ts'

export type Recipient = { readonly contact: Reachable; readonly channel: Channel }

/** The place of a contact's role among those that are written to first; behind all of them where it is none. */
const placeOf = ({ role }: Reachable, roles: readonly string[]): number => {
  const place = roles.findIndex((one) => one.toLowerCase() === role?.trim().toLowerCase())
  return place < 0 ? roles.length : place
}

const first = (contacts: readonly Reachable[], roles: readonly string[]): Reachable | undefined =>
  // Of equal ones the first stays first: they come in the order in which somebody made sure of them.
  contacts.toSorted((a, b) => placeOf(a, roles) - placeOf(b, roles))[0]

/** Who is written to, and how: by mail where anybody has one that is usable, and by letter where nobody has. */
export const recipientOf = (
  contacts: readonly Reachable[],
  { roles, channel }: { readonly roles: readonly string[]; readonly channel: Channel | null },
): Recipient | null => {
  const byMail =
    channel === 'LETTER'
      ? undefined
      : first(
          contacts.filter(({ email }) => email !== null),
          roles,
        )
  if (byMail !== undefined) return { contact: byMail, channel: 'EMAIL' }
  const byLetter =
    channel === 'EMAIL'
      ? undefined
      : first(
          contacts.filter(({ postalLines }) => postalLines.length > 0),
          roles,
        )
  return byLetter === undefined ? null : { contact: byLetter, channel: 'LETTER' }
}

/** What somebody has to do before a customer can be written to. */
export const whyUnreachable = (contacts: readonly Reachable[], channel: Channel | null): string => {
  if (contacts.length === 0) return 'the customer has no contact that is in use today: add one with a mail or postal address'
  if (channel === 'EMAIL') return 'no contact of the customer has a mail address that mails arrive at: verify or add one'
  if (channel === 'LETTER') return 'no contact of the customer has a postal address: add one'
  return 'no contact of the customer has a usable mail address, and none a postal address: verify or add one'
}
