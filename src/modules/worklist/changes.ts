import { placesFrom, planned, type StreamStep } from '../../platform/events/stream.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { coded } from '../../platform/graphql/errors.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { limits } from '../../platform/limits.ts'
import { Client, clientsById } from '../client/index.ts'
import { servedClients } from './queue.ts'
import { noFilter, workItems } from './reads.ts'
import type { WorkKind } from './rules.ts'
import { type ChangeKind, eventNames } from './tell.ts'
import { WorkItem, WorkKindType } from './types.ts'

const WorklistChangeKind = builder.enumType('WorklistChangeKind', {
  description: 'What became of a row of the queue.',
  values: {
    START: { description: 'Nothing yet: the first message of every subscription, with the cursor it goes on behind.' },
    ADDED: { description: 'The work came into the queue.' },
    UPDATED: { description: 'Its amounts, its customer or its next step changed; its place did not.' },
    MOVED: { description: 'Its score changed, and perhaps its amounts: it may stand elsewhere now.' },
    REMOVED: {
      description:
        'It left the queue: nothing is left to be done, or it is work of another kind now and was added to that queue.',
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
}

const payloadOf = (step: StreamStep): WorkPayload | null => (step.kind === 'EVENT' ? (step.event.payload as WorkPayload) : null)

const workItemId = (step: StreamStep): string | null => {
  const id = payloadOf(step)?.workItemId
  return step.kind === 'EVENT' && id !== undefined ? globalIdOf('WorkItem', { clientId: step.event.clientId, id }) : null
}

const WorklistChange = builder.objectRef<StreamStep>('WorklistChange').implement({
  description: 'A change of a queue. Delivered at least once; a change at or before a cursor you have seen is a repetition.',
  fields: (t) => ({
    kind: t.field({
      type: WorklistChangeKind,
      description: 'What happened.',
      resolve: (step) => (step.kind === 'EVENT' ? (payloadOf(step)?.kind ?? 'RESYNC') : step.kind),
    }),
    workKind: t.field({
      type: WorkKindType,
      nullable: true,
      description: 'Which queue it happened to; null for START, and for RESYNC of all of them.',
      resolve: (step) => payloadOf(step)?.workKind ?? null,
    }),
    cursor: t.field({
      type: 'Cursor',
      description: 'Give it as `after` to go on behind this change.',
      resolve: ({ cursor }) => cursor,
    }),
    client: t.field({
      type: Client,
      nullable: true,
      description: 'At whose queue; null for START, and for RESYNC of all of them.',
      resolve: (step, _args, context) =>
        step.kind === 'EVENT'
          ? (clientsById(context).load({ clientId: step.event.clientId, id: step.event.clientId }) as never)
          : null,
    }),
    reason: t.string({
      nullable: true,
      description:
        'Why: `cash`, `import`, `promise`, `customer`, `strategy` or `day` for a change of the queue; RIGHTS_CHANGED or CURSOR_TOO_OLD for RESYNC of all queues.',
      resolve: (step) => payloadOf(step)?.cause ?? (step.kind === 'RESYNC' ? step.reason : null),
    }),
    at: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it happened; null for START and RESYNC.',
      resolve: (step) => (step.kind === 'EVENT' ? step.event.at : null),
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
        if (step.kind !== 'EVENT' || payload === null || id === undefined || payload.kind === 'REMOVED') return null
        const row = await workItems(context).load({ clientId: step.event.clientId, id })
        return row?.isQueued === true && row.kind === payload.workKind ? row : null
      },
    }),
  }),
})

builder.subscriptionField('worklistChanged', (t) =>
  t.field({
    type: WorklistChange,
    nullable: true,
    description:
      'Changes of the queue of the named clients, or of every client that you serve. Rights are checked at each delivery.',
    authScopes: { holds: 'work:read' },
    args: {
      clients: t.arg.idList({ description: `At most ${limits.command.clients} clients; all that you serve without it.` }),
      kinds: t.arg({
        type: [WorkKindType],
        description: 'Only changes of the queues of these kinds; of collections alone without it.',
      }),
      after: t.arg({
        type: 'Cursor',
        description: 'Go on behind this cursor of an earlier change or of a worklist; from now on without it.',
      }),
    },
    subscribe: (_root, { clients, kinds, after }, { viewer }) => {
      const places = placesFrom(after)
      if (places === null)
        throw coded('BAD_USER_INPUT', 'after is not a cursor of a stream; take it from a change or from a worklist.')
      servedClients(viewer, clients)
      return planned({
        names: [...new Set(kinds ?? noFilter.kinds)].map((kind) => eventNames[kind]),
        after: places ?? null,
        clientsFor: (now) => {
          try {
            return servedClients(now, clients)
          } catch {
            return null
          }
        },
      }) as AsyncIterable<StreamStep>
    },
    resolve: (step) => step,
  }),
)
