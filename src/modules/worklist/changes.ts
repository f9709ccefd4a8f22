import type { Payload, StreamStep, Sum } from '../../platform/events/stream.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { pageArgs } from '../../platform/graphql/connection.ts'
import { followArgs, followed } from '../../platform/graphql/followed.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { addChangeFields } from '../client/index.ts'
import { itemsAsked, queueOf, servedClients, WorkItemConnection } from './queue.ts'
import { noFilter, workItems } from './reads.ts'
import type { WorkKind } from './rules.ts'
import { type ChangeKind, eventNames, sumOfChanges, type ToldOwner } from './tell.ts'
import { WorkItem, WorkKindType } from './types.ts'
import { changeFor, isOwnedAs, type OwnerArgs, type OwnerAsked, ownerAskedFrom, WorkOwnerFilter } from './whose.ts'

const WorklistChangeKind = builder.enumType('WorklistChangeKind', {
  description: 'What became of a row of the queue.',
  values: {
    START: { description: 'Nothing yet: the first message of every subscription, with the cursor it goes on behind.' },
    ADDED: { description: 'The work came into the queue.' },
    UPDATED: {
      description: 'Its amounts, its customer, its next step, or what people marked it with changed; its place did not.',
    },
    MOVED: { description: 'Its score changed, and perhaps its amounts: it may stand elsewhere now.' },
    REMOVED: {
      description:
        'It left the queue: nothing is left to be done, somebody snoozed it, it is work of another kind now and was added to that queue, or, where the queue of one owner is followed, it is another’s now.',
    },
    RESYNC: {
      description:
        'Read the queue again, then go on: changes before this cursor are not told one by one. A load that brought work, and a strategy that rescored it, say so too, and of which queue of which client.',
    },
  },
})

type WorkPayload = {
  kind: ChangeKind
  workKind: WorkKind
  /** A load names no single row. */
  workItemId?: string
  cause: string
  scoreBefore?: number | null
  score?: number
  owner?: ToldOwner
  ownerBefore?: ToldOwner
}

/** Several changes of one row in one queue are told as one. */
const sumFor = (owner: OwnerAsked | null): Sum => ({
  about: (payload) => {
    const { workItemId: id, workKind } = payload as WorkPayload
    return id === undefined ? null : `${workKind} ${id}`
  },
  of: (earlier: Payload, later: Payload): Payload => {
    const [first, last] = [earlier as WorkPayload, later as WorkPayload]
    return {
      ...last,
      kind: sumOfChanges(first.kind, last.kind),
      scoreBefore: first.scoreBefore ?? null,
      ownerBefore: first.ownerBefore ?? null,
    }
  },
  isAsked: (payload) => changeFor(payload, owner) !== null,
})

/** A step of the stream, and what was subscribed to. */
type Change = StreamStep & { readonly asked: Asked }
type Asked = {
  readonly clients: readonly string[] | null | undefined
  readonly kinds: readonly WorkKind[]
  readonly owner: OwnerArgs | null | undefined
  readonly ownedAs: OwnerAsked | null
}

const payloadOf = (step: StreamStep): WorkPayload | null => (step.kind === 'EVENT' ? (step.event.payload as WorkPayload) : null)

/** What the change is in the queue that is followed. */
const kindOf = (step: Change): ChangeKind | null => {
  const payload = payloadOf(step)
  return payload === null ? null : (changeFor(payload, step.asked.ownedAs) ?? payload.kind)
}

const workItemId = (step: StreamStep): string | null => {
  const id = payloadOf(step)?.workItemId
  return step.kind === 'EVENT' && id !== undefined ? globalIdOf('WorkItem', { clientId: step.event.clientId, id }) : null
}

const WorklistChange = builder.objectRef<Change>('WorklistChange').implement({
  description: 'A change of a queue. Delivered at least once; a change at or before a cursor you have seen is a repetition.',
  fields: (t) => ({
    kind: t.field({
      type: WorklistChangeKind,
      description: 'What happened.',
      resolve: (step) => (step.kind === 'EVENT' ? (kindOf(step) ?? 'RESYNC') : step.kind),
    }),
    workKind: t.field({
      type: WorkKindType,
      nullable: true,
      description: 'Which queue it happened to; null for START, and for RESYNC of all of them.',
      resolve: (step) => payloadOf(step)?.workKind ?? null,
    }),
    reason: t.string({
      nullable: true,
      description:
        'Why: `cash`, `import`, `promise`, `customer`, `strategy`, `day`, `claim`, `release`, `snooze`, `pin`, `callback`, `owner`, `request`, or `time` where one of these ended, for a change of the queue; RIGHTS_CHANGED or CURSOR_TOO_OLD for RESYNC of all queues.',
      resolve: (step) => payloadOf(step)?.cause ?? (step.kind === 'RESYNC' ? step.reason : null),
    }),
    scoreBefore: t.int({
      nullable: true,
      description: 'The score it had; null where it was never in the queue.',
      resolve: (step) => payloadOf(step)?.scoreBefore ?? null,
    }),
    workItemId: t.field({
      type: 'ID',
      nullable: true,
      description: 'Which row: also where it is gone.',
      resolve: workItemId,
    }),
    item: t.field({
      type: WorkItem,
      nullable: true,
      description:
        'The row as it is when the change is delivered, which may be newer than the change; null for REMOVED, START and RESYNC, and where it has left this queue since.',
      resolve: async (step, _args, context) => {
        const payload = payloadOf(step)
        const id = payload?.workItemId
        if (step.kind !== 'EVENT' || payload === null || id === undefined || kindOf(step) === 'REMOVED') return null
        const row = await workItems(context).load({ clientId: step.event.clientId, id })
        if (row?.isQueued !== true || row.kind !== payload.workKind) return null
        const { ownedAs } = step.asked
        const owner: ToldOwner = row.ownerTeamId === null ? null : [row.ownerTeamId, row.ownerPersonId]
        return ownedAs === null || isOwnedAs(owner, ownedAs) ? row : null
      },
    }),
    queue: t.field({
      type: WorkItemConnection,
      nullable: true,
      description:
        'With START and RESYNC, the first page of the queue that is followed, as it is at this cursor or later: changes behind it are told after it. Null with every other change.',
      args: pageArgs,
      resolve: ({ kind, asked, ...step }, page, context, info) => {
        const isSnapshot = kind !== 'EVENT' || payloadOf({ kind, ...step } as StreamStep)?.kind === 'RESYNC'
        if (!isSnapshot) return null
        return queueOf(context, servedClients(context.viewer, asked.clients), { ...page, filter: asked }, itemsAsked(info))
      },
    }),
  }),
})

addChangeFields(WorklistChange, 'At whose queue; null for START, and for RESYNC of all of them.')

const WorklistChangeFilter = builder.inputType('WorklistChangeFilter', {
  description:
    'Narrows a stream of changes. What else `WorklistFilter` narrows a list by is not followed: claims, scores, days, currencies and customers.',
  fields: (t) => ({ owner: t.field({ type: WorkOwnerFilter, description: 'Only work of this owner.' }) }),
})

builder.subscriptionField('worklistChanged', (t) =>
  t.field({
    type: WorklistChange,
    nullable: true,
    description:
      'The queue of the named clients, or of every client that you serve, and then each change of it. Rights are checked at each delivery. Who reads slowly is told the sum of what happened to a row, once.',
    authScopes: { holds: 'work:read' },
    args: {
      ...followArgs('all that you serve', 'an earlier change or of a worklist'),
      kinds: t.arg({
        type: [WorkKindType],
        description: 'Only changes of the queues of these kinds; of collections alone without it.',
      }),
      filter: t.arg({
        type: WorklistChangeFilter,
        description:
          'Only the queue of one owner: what goes from one owner to another is removed from one queue and added to the other.',
      }),
    },
    subscribe: (_root, { clients, kinds, filter, after }, { viewer }) =>
      followed(viewer, {
        names: [...new Set(kinds ?? noFilter.kinds)].map((kind) => eventNames[kind]),
        sum: sumFor(ownerAskedFrom(filter?.owner, viewer)),
        permission: 'work:read',
        origin: 'a change or from a worklist',
        clients,
        after,
      }),
    resolve: (step, { clients, kinds, filter }, { viewer }) => {
      const owner = filter?.owner
      return { ...step, asked: { clients, kinds: kinds ?? noFilter.kinds, owner, ownedAs: ownerAskedFrom(owner, viewer) } }
    },
  }),
)
