import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { pageOf, readInt, readUuid } from '../../platform/graphql/page.ts'
import { OpenItemConnection } from '../receivable/index.ts'
import { type ItemPage, itemsBy, versionsByActivity } from './reads.ts'
import { type Direction, itemsMax, type RightParty, summaryChars } from './rules.ts'
import type { ActivityKind } from './templates.ts'

export const ActivityKindType = builder.enumType('ActivityKind', {
  description: 'What was done.',
  values: {
    CALL: { description: 'Somebody spoke on the telephone, or tried to.' },
    MAIL: { description: 'An e-mail was written.' },
    LETTER: { description: 'A letter was sent by post.' },
    NOTE: { description: 'Nobody was contacted: something worth knowing was written down.' },
  } satisfies Record<ActivityKind, object>,
})

export const DirectionType = builder.enumType('ActivityDirection', {
  description: 'Who began it.',
  values: {
    INBOUND: { description: 'The customer did.' },
    OUTBOUND: { description: 'The customer was contacted: it counts as an attempt.' },
  } satisfies Record<Direction, object>,
})

export const RightPartyType = builder.enumType('RightParty', {
  description: 'Whether it was somebody who can do something about the debt.',
  values: {
    YES: { description: 'It was: a right-party contact.' },
    NO: { description: 'It was somebody else.' },
    UNKNOWN: { description: 'Nobody can tell, or nobody was there.' },
  } satisfies Record<RightParty, object>,
})

type PageArgs = { readonly first: number; readonly after?: string | null | undefined }

const itemsPage = async (of: ItemPage['of'], key: RowKey, args: PageArgs, context: Context) => {
  const page = pageOf('activityItems', 1, args)
  const after = page.after === null ? null : readUuid(page.after[0])
  const rows = await itemsBy(context, { of, take: page.first + 1, after }).load(key)
  return toConnection(rows, page, ({ id }) => encodeCursor('activityItems', [id])) as never
}

const texts = {
  happenedAt: 'When it happened.',
  contact: 'Whom it was with, where that is a contact of the customer.',
  openItems: `What it was about, in no order that means anything; at most ${itemsMax} open items.`,
  disposition: 'How it ended: a code of the client’s rules.',
  nonPaymentReason: 'Why the customer does not pay: a code of the client’s rules.',
  rightParty: 'Whether it was somebody who can do something about the debt.',
  isReached: 'Whether somebody was reached, as the client’s rules say of the disposition; null where they say nothing.',
  summary: `What was said, at most ${summaryChars} characters.`,
  policyVersion: 'The version of the client’s rules of kind ACTIVITY that it was judged by; 0 stands for the defaults.',
  overrideReason: 'Why the customer was contacted beyond the client’s limits; null where it was within them.',
} as const

export const ActivityVersion = builder.prismaNode('ActivityVersion', {
  description: 'One wording of an activity: as it was first told, or as it was corrected. Never changed.',
  id: { field: 'clientId_id', description: 'Opaque id of the wording.' },
  nullable: true,
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Its number within the activity, from 1.' }),
    happenedAt: t.expose('happenedAt', { type: 'DateTime', description: texts.happenedAt }),
    contact: t.relation('contact', { nullable: true, description: texts.contact }),
    openItems: t.field({
      type: OpenItemConnection,
      description: texts.openItems,
      args: pageArgs,
      resolve: ({ clientId, id }, args, context) => itemsPage('WORDING', { clientId, id }, args, context),
    }),
    disposition: t.exposeString('disposition', { nullable: true, description: texts.disposition }),
    nonPaymentReason: t.exposeString('nonPaymentReason', { nullable: true, description: texts.nonPaymentReason }),
    rightParty: t.field({
      type: RightPartyType,
      description: texts.rightParty,
      resolve: ({ rightParty }) => rightParty as RightParty,
    }),
    isReached: t.exposeBoolean('isReached', { nullable: true, description: texts.isReached }),
    summary: t.exposeString('summary', { description: texts.summary }),
    policyVersion: t.exposeInt('policyVersion', { description: texts.policyVersion }),
    overrideReason: t.exposeString('overrideReason', { nullable: true, description: texts.overrideReason }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why it was corrected; null of the first wording.' }),
    toldBy: t.exposeString('principalName', { description: 'Name of who told it so.' }),
    toldAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was told so.' }),
  }),
})

const VersionConnection = connectionOf(ActivityVersion, 'ActivityVersion', 'wordings of an activity')

export const Activity = builder.prismaNode('Activity', {
  description:
    'A call, mail, letter or note of collections work. It is corrected by another wording beside it and never removed.',
  id: { field: 'clientId_id', description: 'Opaque id of the activity.' },
  nullable: true,
  fields: (t) => ({
    kind: t.field({ type: ActivityKindType, description: 'What was done.', resolve: ({ kind }) => kind as ActivityKind }),
    direction: t.field({
      type: DirectionType,
      nullable: true,
      description: 'Who began it; null of a note.',
      resolve: ({ direction }) => direction as Direction | null,
    }),
    customer: t.relation('customer', { description: 'Whose account was worked.' }),
    happenedAt: t.expose('happenedAt', { type: 'DateTime', description: texts.happenedAt }),
    contact: t.relation('contact', { nullable: true, description: texts.contact }),
    openItems: t.field({
      type: OpenItemConnection,
      description: texts.openItems,
      args: pageArgs,
      resolve: ({ clientId, id }, args, context) => itemsPage('ACTIVITY', { clientId, id }, args, context),
    }),
    disposition: t.exposeString('disposition', { nullable: true, description: texts.disposition }),
    nonPaymentReason: t.exposeString('nonPaymentReason', { nullable: true, description: texts.nonPaymentReason }),
    rightParty: t.field({
      type: RightPartyType,
      description: texts.rightParty,
      resolve: ({ rightParty }) => rightParty as RightParty,
    }),
    isReached: t.exposeBoolean('isReached', { nullable: true, description: texts.isReached }),
    isAutomated: t.exposeBoolean('isAutomated', { description: 'The service did it by itself, without anybody’s hand.' }),
    summary: t.exposeString('summary', { description: texts.summary }),
    policyVersion: t.exposeInt('policyVersion', { description: texts.policyVersion }),
    overrideReason: t.exposeString('overrideReason', { nullable: true, description: texts.overrideReason }),
    loggedBy: t.exposeString('principalName', { description: 'Name of who logged it.' }),
    loggedAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was logged.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each correction.' }),
    versions: t.field({
      type: VersionConnection,
      description: 'Every wording it had, the one that stands first.',
      args: pageArgs,
      resolve: async ({ clientId, id }, args, context) => {
        const page = pageOf('activityVersions', 1, args)
        const after = page.after === null ? null : readInt(page.after[0])
        const rows = await versionsByActivity(context, { take: page.first + 1, after }).load({ clientId, id })
        return toConnection(rows, page, ({ version }) => encodeCursor('activityVersions', [version])) as never
      },
    }),
  }),
})
