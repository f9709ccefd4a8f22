import { builder } from '../../platform/graphql/builder.ts'
import { commandField, idempotencyKeyText } from '../../platform/graphql/command-field.ts'
import { keyOf } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { openItemKeyOf } from '../receivable/index.ts'
import { correctActivity, logActivity } from './commands.ts'
import './refusals.ts'
import { itemsMax, type RightParty, summaryChars } from './rules.ts'
import { Activity, ActivityKindType, DirectionType, RightPartyType } from './types.ts'
import type { ActivityFacts } from './wording.ts'

const factsOf = (given: {
  readonly happenedAt?: Date | null | undefined
  readonly contact?: string | null | undefined
  readonly openItems?: readonly string[] | null | undefined
  readonly disposition?: string | null | undefined
  readonly nonPaymentReason?: string | null | undefined
  readonly rightParty: RightParty
  readonly summary: string
}): ActivityFacts => ({
  happenedAt: given.happenedAt ?? null,
  contact: typeof given.contact === 'string' ? keyOf('Contact', given.contact) : null,
  openItems: (given.openItems ?? []).map(openItemKeyOf),
  disposition: given.disposition ?? null,
  nonPaymentReason: given.nonPaymentReason ?? null,
  rightParty: given.rightParty,
  summary: given.summary,
})

const activityPayload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      activity: t.prismaField({
        type: Activity,
        description: 'The activity as it is now.',
        resolve: (query, { clientId, id }, _args, { tx }) =>
          tx.prisma.activity.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const texts = {
  contact: 'Whom it was with: a contact of the customer.',
  openItems: `What it was about: at most ${itemsMax} items of the customer, or of customers it may pay for.`,
  disposition: 'How it ended: a code of the client’s rules, in capitals, at most 40 characters.',
  nonPaymentReason: 'Why the customer does not pay: a code of the client’s rules, in capitals, at most 40 characters.',
  rightParty: 'Whether it was somebody who can do something about the debt.',
  summary: `What was said, at most ${summaryChars} characters.`,
  overrideReason:
    'Why the customer was contacted beyond the client’s limits, at most 500 characters; kept where it was needed, of those who may override them.',
} as const

const LogActivityInput = builder.inputType('LogActivityInput', {
  description: 'Something that was done about a customer.',
  fields: (t) => ({
    customer: t.id({ required: true, description: 'Whose account was worked.' }),
    kind: t.field({ type: ActivityKindType, required: true, description: 'What was done.' }),
    direction: t.field({ type: DirectionType, description: 'Who began it; left out of a note, and of nothing else.' }),
    happenedAt: t.field({ type: 'DateTime', description: 'When it happened, never later than now; now without it.' }),
    contact: t.id({ description: texts.contact }),
    openItems: t.idList({ description: texts.openItems }),
    disposition: t.string({ description: texts.disposition }),
    nonPaymentReason: t.string({ description: texts.nonPaymentReason }),
    rightParty: t.field({ type: RightPartyType, required: true, defaultValue: 'UNKNOWN', description: texts.rightParty }),
    summary: t.string({ required: true, defaultValue: '', description: texts.summary }),
    overrideReason: t.string({ description: texts.overrideReason }),
    idempotencyKey: t.string({ required: true, description: idempotencyKeyText }),
  }),
})

commandField(logActivity, {
  description: 'Writes down a call, mail, letter or note, as far as the client’s rules find it complete.',
  input: LogActivityInput,
  payload: activityPayload('LogActivityPayload', 'The activity was logged.'),
  read: ({ customer, kind, direction, overrideReason, idempotencyKey, ...facts }) => ({
    ...factsOf(facts),
    customer: keyOf('Customer', customer),
    kind,
    direction: direction ?? null,
    overrideReason: overrideReason ?? null,
    idempotencyKey,
  }),
})

const CorrectActivityInput = builder.inputType('CorrectActivityInput', {
  description: 'An activity as it is to read from now on, whole: what is not given is taken away.',
  fields: (t) => ({
    activity: t.id({ required: true, description: 'The activity.' }),
    expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
    reason: t.string({ required: true, description: 'Why it is corrected, at most 500 characters.' }),
    happenedAt: t.field({ type: 'DateTime', description: 'When it happened, never later than now; as before without it.' }),
    contact: t.id({ description: texts.contact }),
    openItems: t.idList({ description: texts.openItems }),
    disposition: t.string({ description: texts.disposition }),
    nonPaymentReason: t.string({ description: texts.nonPaymentReason }),
    rightParty: t.field({ type: RightPartyType, required: true, defaultValue: 'UNKNOWN', description: texts.rightParty }),
    summary: t.string({ required: true, defaultValue: '', description: texts.summary }),
    overrideReason: t.string({ description: `${texts.overrideReason} Asked for only where \`happenedAt\` changes.` }),
  }),
})

commandField(correctActivity, {
  description:
    'Writes another wording beside what was told of an activity. Customer, kind and direction stay; the client’s rules of today judge it.',
  input: CorrectActivityInput,
  payload: activityPayload('CorrectActivityPayload', 'The activity was corrected.'),
  read: ({ activity, expectedVersion, overrideReason, reason, ...facts }) => ({
    ...factsOf(facts),
    activity: keyOf('Activity', activity),
    expectedVersion,
    overrideReason: overrideReason ?? null,
    reason,
  }),
})
