import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { globalIdOf, keyOf } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { Client } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { OpenItem, openItemsById } from '../receivable/index.ts'
import { mailHtml, mailText } from './mail-body.ts'
import type { Channel, Failure, NoticeState } from './notice-states.ts'
import { type Preview, previewOf } from './preview.ts'
import { type LinePage, linesByNotice, type NoticePage, noticesBy } from './reads.ts'

const NoticeStateType = builder.enumType('NoticeState', {
  description: 'How far a notice has come.',
  values: {
    PROPOSED: { description: 'It waits for somebody’s approval. Items that are proposed for the same contact are added to it.' },
    APPROVED: { description: 'It is sent as soon as it may be; `waitReason` says what it waits for.' },
    SENDING: { description: 'What is sent is fixed: the mail server has not answered yet, or the letter is to be printed.' },
    SENT: { description: 'The mail server took it, or the letter was printed.' },
    FAILED: { description: 'It did not arrive; `failure` says why. It can be retried.' },
    WITHDRAWN: { description: 'Nothing of it was owed any more before it was sent, or nothing was left of it.' },
    REJECTED: { description: 'Somebody decided that it is not sent.' },
  } satisfies Record<NoticeState, object>,
})

export const NoticeChannelType = builder.enumType('NoticeChannel', {
  description: 'How a notice goes out.',
  values: {
    EMAIL: { description: 'A mail to the contact.' },
    LETTER: { description: 'A letter to the contact’s postal address, as a PDF for the print room.' },
  } satisfies Record<Channel, object>,
})

const NoticeFailureType = builder.enumType('NoticeFailure', {
  description: 'Why a notice did not arrive.',
  values: {
    UNREACHABLE: { description: 'The contact was not usable any more when it was to be sent.' },
    UNPRINTABLE: { description: 'The letter has characters that its font does not have.' },
    REFUSED: { description: 'The mail server will not take it.' },
    UNCERTAIN: {
      description:
        'A connection was lost before the mail server said whether it took the mail, and no other took it: the customer may have it.',
    },
    EXHAUSTED: { description: 'No mail server took it, however often it was tried.' },
    BOUNCED: { description: 'The mail came back after it was sent.' },
  } satisfies Record<Failure, object>,
})

type LineRow = {
  readonly clientId: string
  readonly openItemId: string
  readonly level: number
  readonly currency: string
  readonly proposedMinor: bigint
  readonly sentMinor: bigint | null
  readonly withdrawnReason: string | null
  readonly withdrawnAt: Date | null
}

const NoticeLineType = builder.objectRef<LineRow>('NoticeLine').implement({
  description: 'An open item that a notice asks for, or asked for until it was taken off.',
  fields: (t) => ({
    openItem: t.field({
      type: OpenItem,
      description: 'The item.',
      resolve: ({ clientId, openItemId: id }, _args, context) => openItemsById(context).load({ clientId, id }) as never,
    }),
    level: t.exposeInt('level', { description: 'Its own level, which may be lower than that of the notice.' }),
    proposedAmount: t.field({
      type: MoneyType,
      description: 'What was open when it was proposed.',
      resolve: ({ proposedMinor: minor, currency }) => ({ minor, currency }),
    }),
    sentAmount: t.field({
      type: MoneyType,
      nullable: true,
      description: 'What was open when it was sent, and is asked for; null until then, and where it was taken off.',
      resolve: ({ sentMinor: minor, currency }) => (minor === null ? null : { minor, currency }),
    }),
    withdrawnReason: t.exposeString('withdrawnReason', {
      nullable: true,
      description:
        'Why it is not asked for any more: PAID, DISPUTED, NOT_DUE any more, MOVED to another customer, CREDITED, BY_HAND, or what else held it then.',
    }),
    withdrawnAt: t.expose('withdrawnAt', { type: 'DateTime', nullable: true, description: 'When it was taken off.' }),
  }),
})

const NoticeLineConnection = connectionOf(NoticeLineType, 'NoticeLine', 'lines of a notice')

const NoticePreviewType = builder.objectRef<Preview & RowKey>('NoticePreview').implement({
  description: 'What a notice says.',
  fields: (t) => ({
    isFinal: t.exposeBoolean('isFinal', { description: 'It was fixed for sending; otherwise it is what would be sent now.' }),
    subject: t.string({ description: 'The subject.', resolve: ({ content }) => content.subject }),
    text: t.string({ description: 'All of it as plain text, as a mail has it.', resolve: ({ content }) => mailText(content) }),
    html: t.string({ description: 'The same as HTML.', resolve: ({ content }) => mailHtml(content) }),
    pdfPath: t.string({
      description: 'Path under which it is a PDF, for whoever may read the notice: GET with the same credential.',
      resolve: (key) => `/notices/${globalIdOf('Notice', key)}.pdf`,
    }),
  }),
})

export const Notice = builder.prismaNode('Notice', {
  description: 'What a customer is written to about its open items: one for each contact, channel and day.',
  id: { field: 'clientId_id', description: 'Opaque id of the notice.' },
  nullable: true,
  fields: (t) => ({
    customer: t.relation('customer', { description: 'Who owes.' }),
    contact: t.relation('contact', { description: 'Who is written to.' }),
    channel: t.field({ type: NoticeChannelType, description: 'How it goes out.', resolve: ({ channel }) => channel as Channel }),
    state: t.field({ type: NoticeStateType, description: 'How far it has come.', resolve: ({ state }) => state as NoticeState }),
    template: t.exposeString('templateCode', { description: 'Code of the template: that of the highest level among its lines.' }),
    level: t.exposeInt('level', { description: 'How firm it is.' }),
    policyVersion: t.exposeInt('policyVersion', {
      description: 'Version of the client’s policy NOTICE by which it is written; 0 for the defaults.',
    }),
    needsApproval: t.exposeBoolean('needsApproval', { description: 'The client’s rules want somebody to approve it.' }),
    isAutomatic: t.exposeBoolean('isAutomatic', { description: 'The service proposed it, out of rules.' }),
    proposedBy: t.exposeString('principalName', { description: 'Name of who proposed it first.' }),
    proposedAt: t.expose('proposedAt', { type: 'DateTime', description: 'When it was proposed.' }),
    approvedBy: t.exposeString('approvedBy', {
      nullable: true,
      description: 'Name of who approved it; null where nobody did or had to.',
    }),
    approvedAt: t.expose('approvedAt', { type: 'DateTime', nullable: true, description: 'Since when it may be sent.' }),
    waitReason: t.exposeString('waitReason', {
      nullable: true,
      description: 'What it waits for, such as quiet hours, a contact limit, or a mail server.',
    }),
    waitsUntil: t.expose('waitsUntil', { type: 'DateTime', nullable: true, description: 'When it is tried again.' }),
    attempts: t.exposeInt('attempts', { description: 'How often it was handed to a mail server.' }),
    messageId: t.exposeString('messageId', { nullable: true, description: 'Under which the mail goes; null of a letter.' }),
    documentHash: t.exposeString('documentHash', {
      nullable: true,
      description: 'SHA-256 of the bytes that are sent, as hexadecimal digits; null until they are fixed.',
    }),
    sentAt: t.expose('sentAt', { type: 'DateTime', nullable: true, description: 'When it was taken, or printed.' }),
    failure: t.field({
      type: NoticeFailureType,
      nullable: true,
      description: 'Why it did not arrive; null unless it failed.',
      resolve: ({ failure }) => failure as Failure | null,
    }),
    failureReason: t.exposeString('failureReason', { nullable: true, description: 'The same in words.' }),
    endReason: t.exposeString('endReason', { nullable: true, description: 'Why it was rejected or withdrawn.' }),
    lines: t.field({
      type: NoticeLineConnection,
      description: 'The items that it asks for, and those that were taken off.',
      args: pageArgs,
      resolve: async ({ clientId, id }, args, context) => {
        const page = pageOf('noticeLines', 1, args)
        const asked: LinePage = { take: page.first + 1, after: page.after === null ? null : readUuid(page.after[0]) }
        const rows = await linesByNotice(context, asked).load({ clientId, id })
        return toConnection(rows, page, (row) => encodeCursor('noticeLines', [row.openItemId])) as never
      },
    }),
    preview: t.field({
      type: NoticePreviewType,
      nullable: true,
      description: 'What it says: what was sent, or would be now. Null where no line is left, or it cannot be written.',
      resolve: async ({ clientId, id }, _args, { tx }) => {
        const preview = await previewOf({ tx, clientId, now: tx.now }, id)
        return preview === null ? null : { ...preview, clientId, id }
      },
    }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
  }),
})

const NoticeConnection = connectionOf(Notice, 'Notice', 'notices')

builder.prismaObjectField(Client, 'notices', (t) =>
  t.field({
    type: NoticeConnection,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'Notices to the client’s customers, in the order they were proposed.',
    args: {
      state: t.arg({ type: NoticeStateType, description: 'Only those in this state; all without it.' }),
      customer: t.arg.id({ description: 'Only those of this customer.' }),
      ...pageArgs,
    },
    resolve: ({ id }, { state, customer, ...args }, { tx }) => {
      const ofCustomer = customer === null || customer === undefined ? {} : { customerId: keyOf('Customer', customer).id }
      return keyset('notices', args, [{ field: 'id', as: 'uuid' }], ({ where, orderBy, take }) =>
        tx.prisma.notice.findMany({
          where: { clientId: id, ...ofCustomer, ...(state === null || state === undefined ? {} : { state }), ...where },
          orderBy,
          take,
        }),
      )
    },
  }),
)

type PageArgs = { readonly first: number; readonly after?: string | null | undefined }

const pageBy = async (of: NoticePage['of'], key: RowKey, args: PageArgs, context: Context) => {
  const page = pageOf('notices', 1, args)
  const after = page.after === null ? null : readUuid(page.after[0])
  const rows = await noticesBy(context, { of, take: page.first + 1, after }).load(key)
  return toConnection(rows, page, (row) => encodeCursor('notices', [row.id])) as never
}

const readsWork = ({ clientId }: { readonly clientId: string }) => ({ holdsFor: { permission: 'work:read' as const, clientId } })

builder.prismaObjectField(Customer, 'notices', (t) =>
  t.field({
    type: NoticeConnection,
    nullable: true,
    authScopes: readsWork,
    description: 'Notices to the customer, in the order they were proposed.',
    args: pageArgs,
    resolve: ({ clientId, id }, args, context) => pageBy('CUSTOMER', { clientId, id }, args, context),
  }),
)

builder.prismaInterfaceField(OpenItem, 'notices', (t) =>
  t.field({
    type: NoticeConnection,
    nullable: true,
    authScopes: readsWork,
    description: 'Notices that ask for the item, or did until it was taken off, in the order they were proposed.',
    args: pageArgs,
    resolve: ({ clientId, id }, args, context) => pageBy('OPEN_ITEM', { clientId, id }, args, context),
  }),
)
