import type { StreamStep } from '../../platform/events/stream.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { followArgs, followed } from '../../platform/graphql/followed.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { addChangeFields } from '../client/index.ts'
import type { DisputeState } from './dispute-states.ts'
import { caseChangeKinds, DisputeStateType } from './enums.ts'
import { disputeChanged, type ToldMove } from './move.ts'
import { Dispute } from './types.ts'

/** Kinds of cases, with the event that tells of each. */
const eventOf = { DISPUTE: disputeChanged } as const
type CaseKind = keyof typeof eventOf

const CaseKindType = builder.enumType('CaseKind', {
  description: 'What is worked as a case.',
  values: { DISPUTE: { description: 'What a customer does not accept of open items.' } } satisfies Record<CaseKind, object>,
})

const StreamKind = builder.enumType('CaseStreamKind', {
  description: 'What is told of cases.',
  values: {
    START: { description: 'Nothing yet: the first message of every subscription, with the cursor it goes on behind.' },
    ...caseChangeKinds,
    RESYNC: { description: 'Read the cases again, then go on: changes before this cursor are not told one by one.' },
  },
})

type Payload = {
  readonly kind: CaseKind
  readonly disputeId: string
  readonly move: ToldMove
  readonly state: DisputeState
  readonly stateBefore: DisputeState | null
}
const payloadOf = (step: StreamStep): Payload | null => (step.kind === 'EVENT' ? (step.event.payload as Payload) : null)

const CaseChange = builder.objectRef<StreamStep>('CaseChange').implement({
  description: 'A change of a case. Delivered at least once; a change at or before a cursor you have seen is a repetition.',
  fields: (t) => ({
    kind: t.field({
      type: StreamKind,
      description: 'What happened.',
      resolve: (step) => (step.kind === 'EVENT' ? (step.event.payload as Payload).move : step.kind),
    }),
    caseKind: t.field({
      type: CaseKindType,
      nullable: true,
      description: 'To what kind of case; null for START and RESYNC.',
      resolve: (step) => payloadOf(step)?.kind ?? null,
    }),
    caseId: t.field({
      type: 'ID',
      nullable: true,
      description: 'To which; null for START and RESYNC.',
      resolve: (step) => {
        const id = payloadOf(step)?.disputeId
        return step.kind === 'EVENT' && id !== undefined ? globalIdOf('Dispute', { clientId: step.event.clientId, id }) : null
      },
    }),
    stateBefore: t.field({
      type: DisputeStateType,
      nullable: true,
      description: 'State of a dispute before the change; null where it is new.',
      resolve: (step) => payloadOf(step)?.stateBefore ?? null,
    }),
    state: t.field({
      type: DisputeStateType,
      nullable: true,
      description: 'State of a dispute behind the change.',
      resolve: (step) => payloadOf(step)?.state ?? null,
    }),
    dispute: t.prismaField({
      type: Dispute,
      nullable: true,
      description: 'The dispute as it is when the change is delivered, which may be newer than the change.',
      resolve: (query, step, _args, { tx }) => {
        const id = payloadOf(step)?.disputeId
        if (step.kind !== 'EVENT' || id === undefined) return null
        const { clientId } = step.event
        return tx.prisma.dispute.findUnique({ ...query, where: { clientId_id: { clientId, id } } })
      },
    }),
  }),
})

addChangeFields(CaseChange, 'Whose case; null for START and RESYNC.')

builder.subscriptionField('caseChanged', (t) =>
  t.field({
    type: CaseChange,
    nullable: true,
    description: 'Changes of cases of the named clients, or of all whose work you may read. Rights are checked at each delivery.',
    authScopes: { holds: 'work:read' },
    args: {
      kinds: t.arg({ type: [CaseKindType], description: 'Only cases of these kinds; all without it.' }),
      ...followArgs('all whose work you may read', 'an earlier change'),
    },
    subscribe: (_root, { kinds, clients, after }, { viewer }) =>
      followed(viewer, {
        names: [...new Set(kinds ?? (Object.keys(eventOf) as CaseKind[]))].map((kind) => eventOf[kind]),
        ...{ permission: 'work:read', origin: 'a change', clients, after },
      }),
    resolve: (step) => step,
  }),
)
