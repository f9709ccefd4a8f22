import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { isPostalAddress } from './rules.ts'
import {
  insertContact,
  type LockedContact,
  lockContact,
  lockCustomers,
  type NewContact,
  saveBounce,
  saveRetirement,
  saveVerification,
} from './store.ts'

export type AddContact = NewContact & { readonly customer: RowKey }

const wrongIn = (contact: NewContact): string | null => {
  const { name, role, email, phone, postalAddress, validFrom, validUntil } = contact
  if (name.trim() === '' || name.length > 200) return 'name'
  if ((role?.length ?? 0) > 100) return 'role'
  if (email !== null && (email.length > 320 || !/^[^\s@]+@[^\s@]+$/.test(email))) return 'email'
  if ((phone?.length ?? 0) > 60) return 'phone'
  if (postalAddress !== null && !isPostalAddress(postalAddress)) return 'postalAddress'
  return validFrom !== null && validUntil !== null && validUntil < validFrom ? 'validUntil' : null
}

export const addContact = command({
  name: 'customer.addContact',
  permission: 'contact:edit',
  refusals: [NotFound, InvalidInput],
  scope: ({ customer }: AddContact) => ({ clientId: customer.clientId }),
  async run(write, { customer, ...contact }) {
    const wrong = wrongIn(contact)
    if (wrong !== null) return new InvalidInput(`${wrong} is missing, too long, too early, or not one`, ['input', wrong])
    if ((await lockCustomers(write, [customer.id])).size === 0) return new NotFound('customer', ['input', 'customer'])
    const id = await insertContact(write, customer.id, contact)
    write.emit({ area: 'customer', name: 'contact.added', payload: { contactId: id, customerId: customer.id } })
    return { clientId: write.clientId, id }
  },
})

export type OnContact = { readonly contact: RowKey; readonly expectedVersion: number }

/** The contact as its version was read, held; what was retired is not worked on any more. */
const held = async (
  write: Write,
  { contact, expectedVersion }: OnContact,
): Promise<LockedContact | NotFound | VersionConflict | InvalidInput> => {
  const found = await lockContact(write, contact.id)
  if (found === null) return new NotFound('contact', ['input', 'contact'])
  if (found.version !== expectedVersion) return new VersionConflict(found.version)
  if (found.retiredAt !== null) return new InvalidInput('the contact was retired: add another', ['input', 'contact'])
  return found
}

const tell = (
  write: Write,
  name: 'contact.verified' | 'contact.bounced' | 'contact.retired',
  { id, customerId }: LockedContact,
  facts: { readonly bouncedAt?: string } = {},
) => {
  write.emit({ area: 'customer', name, payload: { contactId: id, customerId, ...facts } })
  return { clientId: write.clientId, id }
}

const isToCome = (at: Date | null, { now }: Write) => at !== null && at > now

export type VerifyContact = OnContact & { readonly verifiedAt: Date | null; readonly source: string }

export const verifyContact = command({
  name: 'customer.verifyContact',
  permission: 'contact:edit',
  refusals: [NotFound, InvalidInput, VersionConflict],
  scope: ({ contact }: VerifyContact) => ({ clientId: contact.clientId }),
  async run(write, { verifiedAt, source, ...on }) {
    if (source.trim() === '' || source.length > 200)
      return new InvalidInput('a source has 1 to 200 characters', ['input', 'source'])
    if (isToCome(verifiedAt, write)) return new InvalidInput('nobody has verified it yet', ['input', 'verifiedAt'])
    const contact = await held(write, on)
    if (isRefusal(contact)) return contact
    const at = verifiedAt ?? write.now
    if (contact.verifiedAt !== null && at < contact.verifiedAt)
      return new InvalidInput(`it was verified later than that: at ${contact.verifiedAt.toISOString()}`, ['input', 'verifiedAt'])
    await saveVerification(write, contact.id, { at, source })
    return tell(write, 'contact.verified', contact)
  },
})

export type RecordBounce = OnContact & { readonly bouncedAt: Date | null }

export const recordBounce = command({
  name: 'customer.recordBounce',
  permission: 'contact:edit',
  refusals: [NotFound, InvalidInput, VersionConflict],
  scope: ({ contact }: RecordBounce) => ({ clientId: contact.clientId }),
  async run(write, { bouncedAt, ...on }) {
    if (isToCome(bouncedAt, write)) return new InvalidInput('the mail has not come back yet', ['input', 'bouncedAt'])
    const contact = await held(write, on)
    if (isRefusal(contact)) return contact
    if (contact.email === null)
      return new InvalidInput('the contact has no address that a mail could come back from', ['input', 'contact'])
    const at = bouncedAt ?? write.now
    if (contact.verifiedAt !== null && at < contact.verifiedAt)
      return new InvalidInput(`it was verified since: at ${contact.verifiedAt.toISOString()}`, ['input', 'bouncedAt'])
    await saveBounce(write, contact.id, at)
    return tell(write, 'contact.bounced', contact, { bouncedAt: at.toISOString() })
  },
})

export type RetireContact = OnContact & { readonly reason: string }

export const retireContact = command({
  name: 'customer.retireContact',
  permission: 'contact:edit',
  refusals: [NotFound, InvalidInput, VersionConflict],
  scope: ({ contact }: RetireContact) => ({ clientId: contact.clientId }),
  reason: ({ reason }) => reason,
  async run(write, { reason, ...on }) {
    if (reason.trim() === '' || reason.length > 500)
      return new InvalidInput('a reason has 1 to 500 characters', ['input', 'reason'])
    const contact = await held(write, on)
    if (isRefusal(contact)) return contact
    await saveRetirement(write, contact.id, reason)
    return tell(write, 'contact.retired', contact)
  },
})
