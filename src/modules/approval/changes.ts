import type { StreamStep } from '../../platform/events/stream.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { followArgs, followed } from '../../platform/graphql/followed.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { addChangeFields } from '../client/index.ts'
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
  }),
})

addChangeFields(ApprovalChange, 'Whose request; null for START and RESYNC.')

builder.subscriptionField('approvalChanged', (t) =>
  t.field({
    type: ApprovalChange,
    nullable: true,
    description:
      'Changes of requests for approvals at the named clients, or at all whose approvals you may read. Rights are checked at each delivery. What happened to a request meanwhile is told as one change.',
    authScopes: { holds: 'approval:read' },
    args: followArgs('all whose approvals you may read', 'an earlier change'),
    subscribe: (_root, { clients, after }, { viewer }) =>
      followed(viewer, {
        names: approvalEvents,
        sum: { about: ({ requestId }) => String(requestId), of: (_earlier, later) => later },
        permission: 'approval:read',
        origin: 'a change',
        clients,
        after,
      }),
    resolve: (step) => step,
  }),
)
