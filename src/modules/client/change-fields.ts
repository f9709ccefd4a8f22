import type { StreamStep } from '../../platform/events/stream.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { clientsById } from './reads.ts'
import { Client } from './schema.ts'

type Ref = ReturnType<typeof builder.objectRef<StreamStep>>

/** What every change that a subscription tells carries: its cursor, whose it is, told by `client`, and when it happened. */
export const addChangeFields = <Step extends StreamStep>(ref: { readonly $inferType: Step }, client: string) =>
  builder.objectFields(ref as unknown as Ref, (t) => ({
    cursor: t.field({
      type: 'Cursor',
      description: 'Give it as `after` to go on behind this change.',
      resolve: ({ cursor }) => cursor,
    }),
    client: t.field({
      type: Client,
      nullable: true,
      description: client,
      resolve: (step, _args, context) =>
        step.kind === 'EVENT'
          ? (clientsById(context).load({ clientId: step.event.clientId, id: step.event.clientId }) as never)
          : null,
    }),
    at: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it happened; null for START and RESYNC.',
      resolve: (step) => (step.kind === 'EVENT' ? step.event.at : null),
    }),
  }))
