import { placesFrom, planned, type StreamStep } from '../../platform/events/stream.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { coded, notFound } from '../../platform/graphql/errors.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { readableClients } from '../../platform/graphql/readable.ts'
import { limits } from '../../platform/limits.ts'
import { Client, clientsById } from '../client/index.ts'
import type { ReceiptState } from './receipt-states.ts'
import { Receipt, ReceiptStateType } from './types.ts'
import { type ReceiptEvent, receiptsArrived } from './work.ts'

const kinds = {
  'receipt.recorded': 'RECORDED',
  'receipt.identified': 'IDENTIFIED',
  'receipt.explained': 'EXPLAINED',
  'receipt.applied': 'APPLIED',
  'receipt.unapplied': 'UNAPPLIED',
  'receipt.moved': 'MOVED',
  'receipt.reversed': 'REVERSED',
  'receipt.reinstated': 'REINSTATED',
  'receipt.confirmed': 'CONFIRMED',
  'receipt.chased': 'CHASED',
} as const satisfies Record<ReceiptEvent, string>

const ChangeKind = builder.enumType('ReceiptChangeKind', {
  description: 'What became of a receipt.',
  values: {
    START: { description: 'Nothing yet: the first message of every subscription, with the cursor it goes on behind.' },
    RECORDED: { description: 'It came in.' },
    IDENTIFIED: { description: 'Somebody is known to have paid it.' },
    EXPLAINED: { description: 'A remittance says what it is for.' },
    APPLIED: { description: 'Money of it was put against open items.' },
    UNAPPLIED: { description: 'An application of it was undone.' },
    MOVED: { description: 'Money of it went from one bucket to another.' },
    REVERSED: { description: 'The bank took it back.' },
    REINSTATED: { description: 'Its reversal was taken back.' },
    CONFIRMED: { description: 'The client’s ledger booked or cleared it.' },
    CHASED: { description: 'A step was taken to learn more about it.' },
    RESYNC: {
      description:
        'Read the receipts again, then go on: changes before this cursor are not told one by one. A load that brought receipts says so too, and of which client.',
    },
  },
})

/** A load names no single receipt. */
type Payload = { receiptId?: string; state?: ReceiptState; stateBefore?: ReceiptState }
const payloadOf = (step: StreamStep): Payload | null => (step.kind === 'EVENT' ? (step.event.payload as Payload) : null)
const kindOf = (step: StreamStep) => (step.kind === 'EVENT' ? (kinds[step.event.name as ReceiptEvent] ?? 'RESYNC') : step.kind)

const ReceiptChange = builder.objectRef<StreamStep>('ReceiptChange').implement({
  description: 'A change of a receipt. Delivered at least once; a change at or before a cursor you have seen is a repetition.',
  fields: (t) => ({
    kind: t.field({ type: ChangeKind, description: 'What happened.', resolve: kindOf }),
    cursor: t.field({
      type: 'Cursor',
      description: 'Give it as `after` to go on behind this change.',
      resolve: ({ cursor }) => cursor,
    }),
    client: t.field({
      type: Client,
      nullable: true,
      description: 'Whose receipt; null for START and for RESYNC, unless that is about one client.',
      resolve: (step, _args, context) =>
        step.kind === 'EVENT'
          ? (clientsById(context).load({ clientId: step.event.clientId, id: step.event.clientId }) as never)
          : null,
    }),
    receiptId: t.field({
      type: 'ID',
      nullable: true,
      description: 'Which receipt; null for START and RESYNC.',
      resolve: (step) => {
        const id = payloadOf(step)?.receiptId
        return step.kind === 'EVENT' && id !== undefined ? globalIdOf('Receipt', { clientId: step.event.clientId, id }) : null
      },
    }),
    stateBefore: t.field({
      type: ReceiptStateType,
      nullable: true,
      description: 'Its state before the change; RECEIVED where it is new.',
      resolve: (step) => payloadOf(step)?.stateBefore ?? null,
    }),
    state: t.field({
      type: ReceiptStateType,
      nullable: true,
      description: 'Its state behind the change.',
      resolve: (step) => payloadOf(step)?.state ?? null,
    }),
    at: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it happened; null for START and RESYNC.',
      resolve: (step) => (step.kind === 'EVENT' ? step.event.at : null),
    }),
    receipt: t.prismaField({
      type: Receipt,
      nullable: true,
      description: 'The receipt as it is when the change is delivered, which may be newer than the change.',
      resolve: (query, step, _args, { tx }) => {
        const id = payloadOf(step)?.receiptId
        if (step.kind !== 'EVENT' || id === undefined) return null
        const { clientId } = step.event
        return tx.prisma.receipt.findUnique({ ...query, where: { clientId_id: { clientId, id } } })
      },
    }),
  }),
})

builder.subscriptionField('receiptChanged', (t) =>
  t.field({
    type: ReceiptChange,
    nullable: true,
    description:
      'Changes of receipts of the named clients, or of all whose cash you may read. Rights are checked at each delivery.',
    authScopes: { holds: 'cash:read' },
    args: {
      clients: t.arg.idList({
        description: `At most ${limits.command.clients} clients; all whose cash you may read without it.`,
      }),
      after: t.arg({ type: 'Cursor', description: 'Go on behind this cursor of an earlier change; from now on without it.' }),
    },
    subscribe: (_root, { clients, after }, { viewer }) => {
      const places = placesFrom(after)
      if (places === null) throw coded('BAD_USER_INPUT', 'after is not a cursor of a stream; take it from a change.')
      if (readableClients(viewer, 'cash:read', clients) === null) throw notFound('client')
      return planned({
        names: [...Object.keys(kinds), receiptsArrived],
        after: places ?? null,
        clientsFor: (now) => readableClients(now, 'cash:read', clients),
      }) as AsyncIterable<StreamStep>
    },
    resolve: (step) => step,
  }),
)
