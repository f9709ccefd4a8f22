import type { StreamStep } from '../../platform/events/stream.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { followArgs, followed } from '../../platform/graphql/followed.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { addChangeFields } from '../client/index.ts'
import { changeKinds } from './change-kinds.ts'
import { requestChanged } from './move.ts'
import type { RequestState } from './request-states.ts'
import type { ChangeMove } from './store.ts'
import { RequestStateType, WorkRequest } from './types.ts'

const StreamKind = builder.enumType('RequestStreamKind', {
  description: 'What is told of requests.',
  values: {
    START: { description: 'Nothing yet: the first message of every subscription, with the cursor it goes on behind.' },
    ...changeKinds,
    RESYNC: { description: 'Read the requests again, then go on: changes before this cursor are not told one by one.' },
  },
})

type Payload = {
  readonly requestId: string
  readonly move: ChangeMove
  readonly state: RequestState
  readonly stateBefore: RequestState | null
}
const payloadOf = (step: StreamStep): Payload | null => (step.kind === 'EVENT' ? (step.event.payload as Payload) : null)

const RequestChange = builder.objectRef<StreamStep>('RequestChange').implement({
  description: 'A change of a request. Delivered at least once; a change at or before a cursor you have seen is a repetition.',
  fields: (t) => ({
    kind: t.field({
      type: StreamKind,
      description: 'What happened.',
      resolve: (step) => (step.kind === 'EVENT' ? (step.event.payload as Payload).move : step.kind),
    }),
    requestId: t.field({
      type: 'ID',
      nullable: true,
      description: 'Which request; null for START and RESYNC.',
      resolve: (step) => {
        const id = payloadOf(step)?.requestId
        return step.kind === 'EVENT' && id !== undefined ? globalIdOf('WorkRequest', { clientId: step.event.clientId, id }) : null
      },
    }),
    stateBefore: t.field({
      type: RequestStateType,
      nullable: true,
      description: 'Its state before the change; null where it is new.',
      resolve: (step) => payloadOf(step)?.stateBefore ?? null,
    }),
    state: t.field({
      type: RequestStateType,
      nullable: true,
      description: 'Its state behind the change.',
      resolve: (step) => payloadOf(step)?.state ?? null,
    }),
    request: t.prismaField({
      type: WorkRequest,
      nullable: true,
      description: 'The request as it is when the change is delivered, which may be newer than the change.',
      resolve: (query, step, _args, { tx }) => {
        const id = payloadOf(step)?.requestId
        if (step.kind !== 'EVENT' || id === undefined) return null
        const { clientId } = step.event
        return tx.prisma.workRequest.findUnique({ ...query, where: { clientId_id: { clientId, id } } })
      },
    }),
  }),
})

addChangeFields(RequestChange, 'Whose request; null for START and RESYNC.')

builder.subscriptionField('requestChanged', (t) =>
  t.field({
    type: RequestChange,
    nullable: true,
    description:
      'Changes of requests of the named clients, or of all whose work you may read. Rights are checked at each delivery.',
    authScopes: { holds: 'work:read' },
    args: followArgs('all whose work you may read', 'an earlier change'),
    subscribe: (_root, { clients, after }, { viewer }) =>
      followed(viewer, { names: [requestChanged], permission: 'work:read', origin: 'a change', clients, after }),
    resolve: (step) => step,
  }),
)
