import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf } from '../../platform/graphql/connection.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { Client } from '../client/index.ts'
import type { OwnershipRow } from './reads.ts'
import type { DeliveryTeam, Owner, Source, Worker } from './rules.ts'
import type { Sum } from './sums.ts'
import { teamsAt } from './team-reads.ts'

export const WorkOwner = builder.objectRef<Owner>('WorkOwner').implement({
  description: 'Whose work is: a team that serves the client, and perhaps one person of it.',
  fields: (t) => ({
    teamId: t.id({
      description: 'Id of the team, as `Team` has it.',
      resolve: ({ teamId }, _args, { viewer }) => globalIdOf('Team', { clientId: viewer.providerId, id: teamId ?? '' }),
    }),
    teamName: t.string({ description: 'Its name when it came to own this.', resolve: ({ teamName }) => teamName ?? '' }),
    personId: t.id({
      nullable: true,
      description: 'Id of the person, as `User` has it; null where the team owns it together.',
      resolve: ({ personId }, _args, { viewer }) =>
        personId === null ? null : globalIdOf('User', { clientId: viewer.providerId, id: personId }),
    }),
    personName: t.exposeString('personName', {
      nullable: true,
      description: 'Their name when they came to own this; null where the team owns it together.',
    }),
    isMine: t.boolean({
      description: 'You are that person.',
      resolve: ({ personId }, _args, { viewer }) => personId === viewer.id,
    }),
  }),
})

export const OwnershipSource = builder.enumType('OwnershipSource', {
  description: 'Why a customer is somebody’s.',
  values: {
    RULE: { description: 'A rule of the client’s ALLOCATION policy.' },
    FALLBACK: { description: 'No rule holds of it: the policy’s fallback.' },
    HAND: { description: 'A lead gave it by hand.' },
    NOBODY: { description: 'No rule holds of it, and there is no fallback.' },
  } satisfies Record<Source, object>,
})

/** Null in place of an owner where nobody is one. */
export const ownerIn = (row: Owner): Owner | null => (row.teamId === null ? null : row)

export const Ownership = builder.objectRef<OwnershipRow>('Ownership').implement({
  description: 'A time that a customer was with one owner, or with nobody. Such times follow each other without a gap.',
  fields: (t) => ({
    owner: t.field({ type: WorkOwner, nullable: true, description: 'Who; null for nobody.', resolve: ownerIn }),
    since: t.expose('since', { type: 'DateTime', description: 'From when.' }),
    until: t.expose('until', { type: 'DateTime', nullable: true, description: 'Until when; null for whoever has it now.' }),
    source: t.field({ type: OwnershipSource, description: 'Why.', resolve: ({ source }) => source }),
    rule: t.exposeString('rule', { nullable: true, description: 'The name of the rule; null unless it was one.' }),
    policyVersion: t.exposeInt('policyVersion', {
      nullable: true,
      description: 'The version of the ALLOCATION policy that first said so; later ones may say the same. Null by hand.',
    }),
    by: t.string({ nullable: true, description: 'Who gave it by hand.', resolve: ({ setByName }) => setByName }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why it was given by hand.' }),
    note: t.exposeString('note', { nullable: true, description: 'What whoever gave it wants the new owner to know.' }),
    endsAt: t.expose('endsAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When what was given by hand goes back to the rules; null for until it is lifted, and by rules.',
    }),
  }),
})

export const OwnershipConnection = connectionOf(Ownership, 'Ownership', 'times with an owner')

export const AllocationSum = builder.objectRef<Sum>('AllocationSum').implement({
  description: 'Customers, and what they have open.',
  fields: (t) => ({
    customers: t.exposeInt('customers', { description: 'How many customers, whether or not they owe anything.' }),
    openItems: t.exposeInt('openItems', { description: 'How many open items they have, credits among them.' }),
    amounts: t.field({
      type: [MoneyType],
      description: 'What is open of them, credits taken off: one amount for each currency.',
      resolve: ({ amounts }) => [...amounts],
    }),
  }),
})

const DeliveryPerson = builder.objectRef<Worker>('DeliveryPerson').implement({
  description: 'Somebody of a delivery team, as those who work for the client with them see them.',
  fields: (t) => ({
    userId: t.id({
      description: 'Their id, as `User` has it.',
      resolve: ({ id }, _args, { viewer }) => globalIdOf('User', { clientId: viewer.providerId, id }),
    }),
    name: t.exposeString('name', { description: 'Their name.' }),
    email: t.exposeString('email', { nullable: true, description: 'Their email, by which allocation rules name them.' }),
    canWork: t.exposeBoolean('canWork', {
      description: 'They are of the team and have a right to work for the client, as of now.',
    }),
  }),
})

const DeliveryTeamType = builder.objectRef<DeliveryTeam>('DeliveryTeam').implement({
  description: 'A team that serves a client, or served it once.',
  fields: (t) => ({
    teamId: t.id({
      description: 'Its id, as `Team` has it.',
      resolve: ({ providerId, id }) => globalIdOf('Team', { clientId: providerId, id }),
    }),
    code: t.exposeString('code', { description: 'Its code, by which allocation rules name it.' }),
    name: t.exposeString('name', { description: 'Its name.' }),
    serves: t.exposeBoolean('serves', { description: 'It serves the client now.' }),
    people: t.field({
      type: [DeliveryPerson],
      description: 'Who is of it, or was, by name.',
      resolve: ({ people }) => [...people],
    }),
  }),
})

builder.prismaObjectField(Client, 'deliveryTeams', (t) =>
  t.field({
    type: [DeliveryTeamType],
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'The teams that serve the client and who of them can work for it: whom work can be given to.',
    resolve: ({ id }, _args, { tx }) => teamsAt({ tx, clientId: id }, tx.now),
  }),
)
