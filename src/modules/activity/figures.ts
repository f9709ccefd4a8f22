import type { Day } from '../../kernel/day.ts'
import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { coded } from '../../platform/graphql/errors.ts'
import { Client } from '../client/index.ts'
import { policyInForce } from '../policy/index.ts'
import { activityPolicy } from './activity-policy.ts'
import { type ContactCounts, contactCounts, type KindCounts, type ReasonCount, reasonCounts } from './reads.ts'
import { activityKinds } from './templates.ts'
import { ActivityKindType } from './types.ts'

type Figures = ContactCounts & {
  readonly clientId: string
  readonly from: Day
  readonly to: Day
  readonly byKind: readonly KindCounts[]
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

const sumOf = (rows: readonly KindCounts[], count: keyof ContactCounts): number => rows.reduce((sum, row) => sum + row[count], 0)

const texts = {
  attempts: 'Outbound calls, mails and letters. What the service sent by itself is left out.',
  reached: 'Those whose disposition says that somebody was reached.',
  rightParty: 'Those with somebody who can do something about the debt.',
  automated: 'What the service sent by itself, and what is therefore no attempt.',
} as const

const KindFigures = builder.objectRef<KindCounts>('ContactKindFigures').implement({
  description: 'Attempts of one kind.',
  fields: (t) => ({
    kind: t.field({ type: ActivityKindType, description: 'The kind.', resolve: ({ kind }) => kind }),
    attempts: t.exposeInt('attempts', { description: texts.attempts }),
    reached: t.exposeInt('reached', { description: texts.reached }),
    rightParty: t.exposeInt('rightParty', { description: texts.rightParty }),
    automated: t.exposeInt('automated', { description: texts.automated }),
  }),
})

type Reason = ReasonCount & { readonly label: string | null }

const NonPaymentReasonFigures = builder.objectRef<Reason>('NonPaymentReasonFigures').implement({
  description: 'How often one reason for not paying was heard.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'The client’s code.' }),
    label: t.exposeString('label', {
      nullable: true,
      description: 'What it means by the rules of today; null where they do not know it.',
    }),
    activities: t.exposeInt('activities', { description: 'Activities in which it was heard.' }),
    customers: t.exposeInt('customers', { description: 'Customers of whom it was heard.' }),
    share: t.exposeFloat('share', { description: 'Of all activities with a reason, from 0 to 1.' }),
    cumulativeShare: t.exposeFloat('cumulativeShare', { description: 'The same of this reason and all that are more frequent.' }),
  }),
})

const reasonsMax = 100

const ContactFigures = builder.objectRef<Figures>('ContactFigures').implement({
  description:
    'Who was reached in some days at the client, by when it happened and as it reads now. Each activity counts once; a quotient is null where nothing is to be divided by.',
  fields: (t) => ({
    from: t.expose('from', { type: 'Date', description: 'First day.' }),
    to: t.expose('to', { type: 'Date', description: 'Last day.' }),
    attempts: t.exposeInt('attempts', { description: texts.attempts }),
    reached: t.exposeInt('reached', { description: texts.reached }),
    rightParty: t.exposeInt('rightParty', { description: texts.rightParty }),
    rightPartyRate: t.float({
      nullable: true,
      description: 'rightParty ÷ attempts: the right-party contact rate.',
      resolve: ({ rightParty, attempts }) => share(rightParty, attempts),
    }),
    automated: t.exposeInt('automated', { description: texts.automated }),
    byKind: t.field({
      type: [KindFigures],
      description: 'The same of each kind that there was, in the order of the kinds.',
      resolve: ({ byKind }) => [...byKind],
    }),
    nonPaymentReasons: t.field({
      type: [NonPaymentReasonFigures],
      description: 'Why customers did not pay, the most frequent first: of all activities, inbound ones and notes too.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: 20,
          description: `The most frequent so many, from 1 to ${reasonsMax}.`,
        }),
      },
      resolve: async ({ clientId, from, to }, { first }, { tx, now }) => {
        if (first < 1 || first > reasonsMax) throw coded('BAD_USER_INPUT', `first is from 1 to ${reasonsMax}.`)
        const counts = await reasonCounts(tx, clientId, { from, to, first })
        const { rules } = await policyInForce({ tx, clientId, now }, activityPolicy)
        const labels = new Map(rules.nonPaymentReasons.map(({ code, label }) => [code, label]))
        return counts.map((count) => ({ ...count, label: labels.get(count.code) ?? null }))
      },
    }),
  }),
})

builder.prismaObjectField(Client, 'contactFigures', (t) =>
  t.field({
    type: ContactFigures,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'Who was reached in some days, and why customers did not pay.',
    args: {
      from: t.arg({ type: 'Date', required: true, description: 'First day at the client.' }),
      to: t.arg({ type: 'Date', required: true, description: 'Last day at the client; at most 366 days behind the first.' }),
    },
    resolve: async ({ id }, { from, to }, { tx }) => {
      if (to < from || Date.parse(to) - Date.parse(from) > 366 * 86_400_000)
        throw coded('BAD_USER_INPUT', 'to is from the day of from to 366 days behind it.')
      const rows = await contactCounts(tx, id, { from, to })
      const byKind = rows.toSorted((a, b) => activityKinds.indexOf(a.kind) - activityKinds.indexOf(b.kind))
      const [attempts, reached] = [sumOf(rows, 'attempts'), sumOf(rows, 'reached')]
      const [rightParty, automated] = [sumOf(rows, 'rightParty'), sumOf(rows, 'automated')]
      return { clientId: id, from, to, byKind, attempts, reached, rightParty, automated }
    },
  }),
)
