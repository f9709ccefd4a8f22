import { type Day, dayOfDate } from '../../kernel/day.ts'
import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { pageOf, readText, readUuid } from '../../platform/graphql/page.ts'
import { contactsByCustomer } from './reads.ts'
import { type ContactState, contactState } from './rules.ts'
import { Customer } from './schema.ts'

const ContactStateType = builder.enumType('ContactState', {
  description: 'Whether somebody can be spoken or written to there.',
  values: {
    USABLE: { description: 'Nothing stands against it.' },
    NOT_YET_VALID: { description: 'It holds from a later day at the client.' },
    EXPIRED: { description: 'Its last day at the client is over.' },
    BOUNCED: { description: 'A mail came back since it was verified last.' },
    RETIRED: { description: 'It was taken out of use.' },
  } satisfies Record<ContactState, object>,
})

/** A `date` comes as text from our own SQL and as midnight UTC through Prisma. */
const dayOrNull = (value: Date | string | null): Day | null => (value instanceof Date ? dayOfDate(value) : (value as Day | null))

type Verification = { readonly at: Date; readonly by: string; readonly source: string }

type Verified = { readonly verifiedAt: Date | null; readonly verifiedBy: string | null; readonly verifiedSource: string | null }

const verificationOf = ({ verifiedAt: at, verifiedBy: by, verifiedSource: source }: Verified): Verification | null =>
  at === null || by === null || source === null ? null : { at, by, source }

const ContactVerification = builder.objectRef<Verification>('ContactVerification').implement({
  description: 'That somebody made sure of a contact.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When they did.' }),
    by: t.exposeString('by', { description: 'Name of who said so.' }),
    source: t.exposeString('source', { description: 'How they know, in words.' }),
  }),
})

export const Contact = builder.prismaNode('Contact', {
  description: 'A person at a customer. It stays readable with its state when it is not usable any more.',
  id: { field: 'clientId_id', description: 'Opaque id of the contact.' },
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the person.' }),
    role: t.exposeString('role', { nullable: true, description: 'What they do there, such as accounts payable.' }),
    email: t.exposeString('email', { nullable: true, description: 'Where to write.' }),
    phone: t.exposeString('phone', { nullable: true, description: 'Where to call, in the form it was given.' }),
    postalAddress: t.exposeString('postalAddress', {
      nullable: true,
      description: 'Where letters go: the lines below the name.',
    }),
    state: t.field({
      type: ContactStateType,
      description: 'Whether they can be spoken or written to there today at the client, and what stands against it first.',
      resolve: ({ clientId, retiredAt, bounceCount, validFrom, validUntil }, _args, { today }) =>
        contactState(
          { isRetired: retiredAt !== null, bounceCount, validFrom: dayOrNull(validFrom), validUntil: dayOrNull(validUntil) },
          today(clientId),
        ),
    }),
    validFrom: t.expose('validFrom', {
      type: 'Date',
      nullable: true,
      description: 'First day it holds; null where it always did.',
    }),
    validUntil: t.expose('validUntil', {
      type: 'Date',
      nullable: true,
      description: 'Last day it holds; null where no end is known.',
    }),
    verification: t.field({
      type: ContactVerification,
      nullable: true,
      description: 'Who made sure of it last, and how; null where nobody did.',
      resolve: verificationOf,
    }),
    bounceCount: t.exposeInt('bounceCount', { description: 'Mails that came back since it was verified last.' }),
    lastBouncedAt: t.expose('lastBouncedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a mail came back last; null where none ever did.',
    }),
    retiredAt: t.expose('retiredAt', { type: 'DateTime', nullable: true, description: 'When it was taken out of use.' }),
    retiredReason: t.exposeString('retiredReason', { nullable: true, description: 'Why it was taken out of use.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
  }),
})

const ContactConnection = connectionOf(Contact, 'Contact', 'contacts')

builder.prismaObjectField(Customer, 'contacts', (t) =>
  t.field({
    type: ContactConnection,
    description: 'The people to talk to, by name, whatever their state.',
    args: {
      ...pageArgs,
      role: t.arg.string({ description: 'Only those of exactly this role.' }),
      isUsable: t.arg.boolean({ description: 'Only those that are usable today, or only those that are not; all without it.' }),
    },
    resolve: async ({ clientId, id }, { role, isUsable, ...args }, context) => {
      const page = pageOf('contacts', 2, args)
      const after = page.after === null ? null : { name: readText(page.after[0]), id: readUuid(page.after[1]) }
      const which = { role: role ?? null, isUsable: isUsable ?? null }
      const rows = await contactsByCustomer(context, { ...which, take: page.first + 1, after }).load({ clientId, id })
      return toConnection(rows, page, (row) => encodeCursor('contacts', [row.name, row.id])) as never
    },
  }),
)
