import { builder, refusalType } from '../../platform/graphql/builder.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import type { ContactLimit } from './frequency.ts'
import { activitiesById } from './reads.ts'
import {
  type ActivityField,
  type ActivityProblem,
  ContactLimitReached,
  IncompleteActivity,
  InQuietHours,
  type ProblemKind,
} from './rules.ts'
import { Activity, ActivityKindType } from './types.ts'

const ActivityFieldType = builder.enumType('ActivityField', {
  description: 'A part of an activity that a client may have rules about.',
  values: {
    DISPOSITION: { description: 'How it ended.' },
    CONTACT: { description: 'Whom it was with.' },
    RIGHT_PARTY: { description: 'Whether it was the right party: yes or no.' },
    NON_PAYMENT_REASON: { description: 'Why the customer does not pay.' },
    OPEN_ITEMS: { description: 'The open items it was about, one at least.' },
    SUMMARY: { description: 'The note.' },
  } satisfies Record<ActivityField, object>,
})

const ProblemKindType = builder.enumType('ActivityProblemKind', {
  description: 'In what way a part of an activity falls short.',
  values: {
    MISSING: { description: 'It was not told.' },
    NOT_ALLOWED: { description: 'The code is none of the client’s for this kind of activity.' },
    TOO_SHORT: { description: 'The note has too few characters.' },
    WRONG_FORMAT: { description: 'The note does not look as the client wants it.' },
  } satisfies Record<ProblemKind, object>,
})

const ActivityProblemType = builder.objectRef<ActivityProblem>('ActivityProblem').implement({
  description: 'One thing that the client’s rules want otherwise.',
  fields: (t) => ({
    field: t.field({ type: ActivityFieldType, description: 'What it is about.', resolve: ({ field }) => field }),
    problem: t.field({ type: ProblemKindType, description: 'In what way it falls short.', resolve: ({ problem }) => problem }),
    rule: t.exposeString('rule', { description: 'What the client’s rules say, for people.' }),
  }),
})

builder.objectType(IncompleteActivity, {
  name: 'IncompleteActivity',
  description:
    'The client’s rules want to be told more of such an activity, or otherwise. Everything that is wrong is named at once.',
  interfaces: [refusalType],
  fields: (t) => ({
    policyVersion: t.exposeInt('policyVersion', {
      description: 'The version of the client’s rules of kind ACTIVITY that say so; 0 stands for the defaults.',
    }),
    problems: t.field({
      type: [ActivityProblemType],
      description: 'Everything that is missing or wrong.',
      resolve: ({ problems }) => [...problems],
    }),
  }),
})

const ContactLimitType = builder.objectRef<ContactLimit>('ContactLimit').implement({
  description: 'How often one customer may be contacted, by the client’s rules.',
  fields: (t) => ({
    kinds: t.field({ type: [ActivityKindType], description: 'Outbound activities that count.', resolve: ({ kinds }) => kinds }),
    contactsMax: t.exposeInt('contactsMax', { description: 'The most of them.' }),
    days: t.exposeInt('days', { description: 'In any so many times 24 hours.' }),
  }),
})

type Counted = RowKey & { readonly happenedAt: Date }

const CountedContact = builder.objectRef<Counted>('CountedContact').implement({
  description: 'A contact that counts towards a limit.',
  fields: (t) => ({
    activity: t.field({
      type: Activity,
      nullable: true,
      description: 'The activity; null to whoever may not read it.',
      resolve: ({ clientId, id }, _args, context) => activitiesById(context).load({ clientId, id }),
    }),
    happenedAt: t.expose('happenedAt', { type: 'DateTime', description: 'When it happened.' }),
  }),
})

builder.objectType(ContactLimitReached, {
  name: 'ContactLimitReached',
  description: 'The customer was contacted as often as the client’s rules let anybody. Whoever may override them gives a reason.',
  interfaces: [refusalType],
  fields: (t) => ({
    limit: t.field({ type: ContactLimitType, description: 'The limit.', resolve: ({ breach }) => breach.limit }),
    counted: t.field({
      type: [CountedContact],
      description: 'The contacts that fill it, in the order they happened.',
      resolve: ({ clientId, breach }) => breach.counted.map(({ id, happenedAt }) => ({ clientId, id, happenedAt })),
    }),
    nextAllowedAt: t.expose('nextAllowedAt', {
      type: 'DateTime',
      description: 'From when on the rules let the next one through.',
    }),
  }),
})

builder.objectType(InQuietHours, {
  name: 'InQuietHours',
  description: 'Customers are left alone at that time of the day. Whoever may override the client’s rules gives a reason.',
  interfaces: [refusalType],
  fields: (t) => ({
    from: t.exposeString('from', { description: 'When quiet hours begin, as 20:30.' }),
    to: t.exposeString('to', { description: 'When they end, as 08:00.' }),
    timeZone: t.exposeString('timeZone', { description: 'The IANA zone of these times: where the customer is taken to be.' }),
    nextAllowedAt: t.expose('nextAllowedAt', {
      type: 'DateTime',
      description: 'From when on the rules let the next one through.',
    }),
  }),
})
