import { placesFrom, planned, type StreamStep } from '../../platform/events/stream.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { coded, notFound } from '../../platform/graphql/errors.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { readableClients } from '../../platform/graphql/readable.ts'
import { limits } from '../../platform/limits.ts'
import { Client, clientsById } from '../client/index.ts'
import { approvalEvents } from './tell.ts'
import { ApprovalRequest } from './types.ts'

const ChangeKind = builder.enumType('ApprovalChangeKind', {
  description: 'What a message about approvals says.',
  values: {
    START: { description: 'Nothing yet: the first message of every subscription, with the cursor it goes on behind.' },
    CHANGED: { description: 'A request was made, decided in part or whole, begun anew, used, withdrawn, or it expired.' },
    RESYNC: { description: 'Read the requests again, then go on: changes before this cursor are not told one by one.' },
  },
})

const requestOf = (step: StreamStep): string | null =>
  step.kind === 'EVENT' ? (step.event.payload as { requestId: string }).requestId : null

const ApprovalChange = builder.objectRef<StreamStep>('ApprovalChange').implement({
  description:
    'A change of a request for an approval. Delivered at least once; a change at or before a cursor you have seen is a repetition.',
  fields: (t) => ({
    kind: t.field({
      type: ChangeKind,
      description: 'What it says.',
      resolve: ({ kind }) => (kind === 'EVENT' ? 'CHANGED' : kind),
    }),
    cursor: t.field({
      type: 'Cursor',
      description: 'Give it as `after` to go on behind this change.',
      resolve: ({ cursor }) => cursor,
    }),
    client: t.field({
      type: Client,
      nullable: true,
      description: 'Whose request; null for START and RESYNC.',
      resolve: (step, _args, context) =>
        step.kind === 'EVENT'
          ? (clientsById(context).load({ clientId: step.event.clientId, id: step.event.clientId }) as never)
          : null,
    }),
    requestId: t.field({
      type: 'ID',
      nullable: true,
      description: 'Which request; null for START and RESYNC.',
      resolve: (step) => {
        const id = requestOf(step)
        return step.kind === 'EVENT' && id !== null ? globalIdOf('ApprovalRequest', { clientId: step.event.clientId, id }) : null
      },
    }),
    request: t.prismaField({
      type: ApprovalRequest,
      nullable: true,
      description: 'The request as it is when the change is delivered, which may be newer than the change.',
      resolve: (query, step, _args, { tx }) => {
        const id = requestOf(step)
        if (step.kind !== 'EVENT' || id === null) return null
        const { clientId } = step.event
        return tx.prisma.approvalRequest.findUnique({ ...query, where: { clientId_id: { clientId, id } } })
      },
    }),
    at: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it happened; null for START and RESYNC.',
      resolve: (step) => (step.kind === 'EVENT' ? step.event.at : null),
    }),
  }),
})

builder.subscriptionField('approvalChanged', (t) =>
  t.field({
    type: ApprovalChange,
    nullable: true,
    description:
      'Changes of requests for approvals at the named clients, or at all whose approvals you may read. Rights are checked at each delivery. What happened to a request meanwhile is told as one change.',
    authScopes: { holds: 'approval:read' },
    args: {
      clients: t.arg.idList({
        description: `At most ${limits.command.clients} clients; all whose approvals you may read without it.`,
      }),
      after: t.arg({ type: 'Cursor', description: 'Go on behind this cursor of an earlier change; from now on without it.' }),
    },
    subscribe: (_root, { clients, after }, { viewer }) => {
      const places = placesFrom(after)
      if (places === null) throw coded('BAD_USER_INPUT', 'after is not a cursor of a stream; take it from a change.')
      if (readableClients(viewer, 'approval:read', clients) === null) throw notFound('client')
      return planned({
        names: approvalEvents,
        sum: { about: ({ requestId }) => String(requestId), of: (_earlier, later) => later },
        after: places ?? null,
        clientsFor: (now) => readableClients(now, 'approval:read', clients),
      }) as AsyncIterable<StreamStep>
    },
    resolve: (step) => step,
  }),
)
