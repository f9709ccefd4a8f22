import { builder, heldFor, RefusalType } from '../../platform/graphql/builder.ts'
import { commandField } from '../../platform/graphql/command-field.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { clientIdOf } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { Client } from '../client/index.ts'
import { publishPolicy } from './commands.ts'
import { WrongRules } from './refusals.ts'
import { policyNamed } from './registry.ts'
import type { PolicyKind } from './rules.ts'

const PolicyKindType = builder.enumType('PolicyKind', {
  description: 'What a client can have rules about.',
  values: {
    WRITE_OFF: { description: 'How much of a small difference may be written off without an approval.' },
    MATCHING: { description: 'How boldly receipts are matched with open items.' },
    STRATEGY: {
      description:
        'What the queues of the worklist are scored by, and what they leave out. One published for a later instant holds from the client’s day that begins behind it.',
    },
    PROMISE: { description: 'What may be promised, and when a promise counts as kept.' },
    PAYMENT_PLAN: { description: 'How long payment plans may be, and when one is in default.' },
    ACTIVITY: { description: 'What has to be told of calls, mails, letters and notes, and by which codes.' },
    ALLOCATION: { description: 'Which team, and perhaps which person, owns which customers.' },
    ESCALATION: { description: 'Up which paths escalations go, and how long requests may take.' },
    STAGING: { description: 'By which steps an unpaid invoice is followed up, when each is due, and what stops them.' },
    NOTICE: { description: 'What is written to customers about their open items, from whom, and which of it needs an approval.' },
    EVIDENCE: { description: 'What documents can stand for, which files are taken, and how long they are kept.' },
    DISPUTE: { description: 'For which reasons customers dispute what, who works it, and by when.' },
    APPROVAL: { description: 'What needs whose approval: the matrix of authority.' },
    DEDUCTION: {
      description: 'What codes of payers mean, the reasons there are, how long each may be disputed, and what is small.',
    },
  } satisfies Record<PolicyKind, object>,
})

builder.objectType(WrongRules, {
  name: 'WrongRules',
  description: 'The rules cannot be taken. `policyForm` says how they are written.',
  interfaces: [RefusalType],
  fields: (t) => ({
    problems: t.stringList({ description: 'Every problem, with its place.', resolve: ({ problems }) => [...problems] }),
  }),
})

const PolicyVersion = builder.prismaNode('PolicyVersion', {
  description: 'Rules of a client as they were published. Never changed afterwards: other rules are another version.',
  id: { field: 'clientId_id', description: 'Opaque id of the version.' },
  nullable: true,
  fields: (t) => ({
    kind: t.field({ type: PolicyKindType, description: 'What they are about.', resolve: ({ kind }) => kind as PolicyKind }),
    version: t.exposeInt('version', { description: 'Its number, from 1 within the kind. 0 stands for the defaults.' }),
    rules: t.string({ description: 'The rules as JSON, defaults filled in.', resolve: ({ rules }) => JSON.stringify(rules) }),
    reason: t.exposeString('reason', { description: 'Why they were published.' }),
    effectiveFrom: t.expose('effectiveFrom', { type: 'DateTime', description: 'The instant from which they hold.' }),
    publishedAt: t.expose('publishedAt', { type: 'DateTime', description: 'When they were published.' }),
  }),
})

const PolicyVersionConnection = connectionOf(PolicyVersion, 'PolicyVersion', 'versions of a policy')

builder.prismaObjectField(Client, 'policies', (t) =>
  t.field({
    type: PolicyVersionConnection,
    nullable: true,
    authScopes: heldFor('client:read'),
    description:
      'Versions of one kind of the client’s rules, latest first. None was published where the list is empty: the defaults hold.',
    args: { kind: t.arg({ type: PolicyKindType, description: 'Only rules of this kind.' }), ...pageArgs },
    resolve: ({ id }, { kind, ...args }, { tx }) =>
      keyset('policies', args, [{ field: 'id', as: 'uuid', descending: true }], ({ where, orderBy, take }) =>
        tx.prisma.policyVersion.findMany({
          where: { clientId: id, ...(kind === null || kind === undefined ? {} : { kind }), ...where },
          orderBy,
          take,
        }),
      ),
  }),
)

const PolicyForm = builder.objectRef<PolicyKind>('PolicyForm').implement({
  description: 'What rules of one kind look like.',
  fields: (t) => ({
    kind: t.field({ type: PolicyKindType, description: 'The kind.', resolve: (kind) => kind }),
    description: t.string({ description: 'What the rules are about.', resolve: (kind) => policyNamed(kind).description }),
    defaults: t.string({
      description: 'The rules that hold while a client has published none, as JSON.',
      resolve: (kind) => JSON.stringify(policyNamed(kind).defaults),
    }),
    jsonSchema: t.string({
      description: 'Every field with its bounds and meaning, as JSON Schema.',
      resolve: (kind) => JSON.stringify(policyNamed(kind).jsonSchema()),
    }),
  }),
})

builder.queryField('policyForm', (t) =>
  t.field({
    type: PolicyForm,
    nullable: true,
    description: 'How rules of one kind are written: for whoever publishes some with `publishPolicy`.',
    authScopes: { isKnown: true },
    args: { kind: t.arg({ type: PolicyKindType, required: true, description: 'Which rules.' }) },
    resolve: (_root, { kind }) => kind,
  }),
)

const PublishPolicyInput = builder.inputType('PublishPolicyInput', {
  description: 'Rules to publish.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'Whose rules.' }),
    kind: t.field({ type: PolicyKindType, required: true, description: 'What they are about.' }),
    rules: t.string({ required: true, description: 'The rules as JSON; what is left out takes its default. See `policyForm`.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters.' }),
    effectiveFrom: t.field({ type: 'DateTime', description: 'From when they hold; from now on without it. Never earlier.' }),
    expectedVersion: t.int({ required: true, description: 'The latest version as you know it; 0 where none was published.' }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: 'Say what is wrong with them, and publish nothing.' }),
  }),
})

const PublishPolicyPayload = builder.objectRef<RowKey>('PublishPolicyPayload').implement({
  description: 'The rules were published.',
  fields: (t) => ({
    policy: t.prismaField({
      type: PolicyVersion,
      description: 'The new version.',
      resolve: (query, { clientId, id }, _args, { tx }) =>
        tx.prisma.policyVersion.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
  }),
})

commandField(publishPolicy, {
  description:
    'Publishes rules of a client as the next version of their kind. To go back, publish an earlier version’s rules again.',
  input: PublishPolicyInput,
  payload: PublishPolicyPayload,
  read: ({ client, effectiveFrom, dryRun: _dryRun, ...rest }) => ({
    ...rest,
    clientId: clientIdOf(client),
    effectiveFrom: effectiveFrom ?? null,
  }),
})
