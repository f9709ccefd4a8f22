import { builder } from '../../platform/graphql/builder.ts'
import { commandField } from '../../platform/graphql/command-field.ts'
import { keyOf } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { addContact, recordBounce, retireContact, verifyContact } from './contact-commands.ts'
import { Contact } from './contact-types.ts'

const contactPayload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      contact: t.prismaField({
        type: Contact,
        description: 'The contact as it is now.',
        resolve: (query, { clientId, id }, _args, { tx }) =>
          tx.prisma.contact.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const AddContactInput = builder.inputType('AddContactInput', {
  description: 'A person at a customer.',
  fields: (t) => ({
    customer: t.id({ required: true, description: 'Where they work.' }),
    name: t.string({ required: true, description: 'Name of the person, at most 200 characters.' }),
    role: t.string({ description: 'What they do there, at most 100 characters.' }),
    email: t.string({ description: 'Where to write, at most 320 characters.' }),
    phone: t.string({ description: 'Where to call, at most 60 characters.' }),
    postalAddress: t.string({
      description: 'Where letters go: the lines below the name, 1 to 5 of them of at most 80 characters each.',
    }),
    validFrom: t.field({ type: 'Date', description: 'First day it holds; it holds already without it.' }),
    validUntil: t.field({ type: 'Date', description: 'Last day it holds, not before the first; without it no end is known.' }),
  }),
})

commandField(addContact, {
  description: 'Adds a person to talk to at a customer.',
  input: AddContactInput,
  payload: contactPayload('AddContactPayload', 'The contact was added.'),
  read: ({ customer, name, role, email, phone, postalAddress, validFrom, validUntil }) => ({
    customer: keyOf('Customer', customer),
    name,
    role: role ?? null,
    email: email ?? null,
    phone: phone ?? null,
    postalAddress: postalAddress ?? null,
    validFrom: validFrom ?? null,
    validUntil: validUntil ?? null,
  }),
})

const VerifyContactInput = builder.inputType('VerifyContactInput', {
  description: 'That somebody made sure of a contact.',
  fields: (t) => ({
    contact: t.id({ required: true, description: 'The contact.' }),
    source: t.string({ required: true, description: 'How they know, such as the switchboard; at most 200 characters.' }),
    verifiedAt: t.field({
      type: 'DateTime',
      description: 'When they did: now without it, never later, and not before it was verified last.',
    }),
    expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
  }),
})

commandField(verifyContact, {
  description: 'Keeps that somebody made sure of a contact. Mails that came back before do not count any more.',
  input: VerifyContactInput,
  payload: contactPayload('VerifyContactPayload', 'The contact is verified.'),
  read: ({ contact, verifiedAt, ...rest }) => ({ ...rest, contact: keyOf('Contact', contact), verifiedAt: verifiedAt ?? null }),
})

const RecordBounceInput = builder.inputType('RecordBounceInput', {
  description: 'A mail to a contact that came back.',
  fields: (t) => ({
    contact: t.id({ required: true, description: 'The contact, which has an address.' }),
    bouncedAt: t.field({
      type: 'DateTime',
      description: 'When it came back: now without it, never later, and not before the contact was verified last.',
    }),
    expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
  }),
})

commandField(recordBounce, {
  description: 'Counts a mail that came back: the contact is not usable until it is verified again.',
  input: RecordBounceInput,
  payload: contactPayload('RecordBouncePayload', 'The mail is counted.'),
  read: ({ contact, bouncedAt, ...rest }) => ({ ...rest, contact: keyOf('Contact', contact), bouncedAt: bouncedAt ?? null }),
})

const RetireContactInput = builder.inputType('RetireContactInput', {
  description: 'A contact that is not to be used any more.',
  fields: (t) => ({
    contact: t.id({ required: true, description: 'The contact.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters.' }),
    expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
  }),
})

commandField(retireContact, {
  description: 'Takes a contact out of use for good. It stays readable; add another for whoever takes its place.',
  input: RetireContactInput,
  payload: contactPayload('RetireContactPayload', 'The contact is retired.'),
  read: ({ contact, ...rest }) => ({ ...rest, contact: keyOf('Contact', contact) }),
})
