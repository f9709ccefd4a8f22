import { decodeGlobalId } from '../../kernel/ids.ts'
import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { pageArgs } from '../../platform/graphql/connection.ts'
import { nobody } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { Client } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { OpenItem } from '../receivable/index.ts'
import { liveStates } from './dispute-states.ts'
import { DisputeStateType } from './enums.ts'
import { caseOfItem, disputesByCustomer, disputesById } from './reads.ts'
import { Dispute, DisputeConnection } from './types.ts'

const mayRead = ({ clientId }: { readonly clientId: string }) => ({ holdsFor: { permission: 'work:read' as const, clientId } })

builder.prismaObjectField(Client, 'disputes', (t) =>
  t.field({
    type: DisputeConnection,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'Disputes of the client’s customers, latest first.',
    args: {
      state: t.arg({ type: DisputeStateType, description: 'Only those in this state; all without it.' }),
      reason: t.arg.string({ description: 'Only those with this reason: a code of the client’s rules.' }),
      processor: t.arg.id({ description: 'Only those that this person or team works on.' }),
      overdue: t.arg.boolean({ description: 'Only those that are not resolved and whose deadline has passed.' }),
      ...pageArgs,
    },
    resolve: ({ id: clientId }, { state, reason, processor, overdue, ...args }, { tx, today }) =>
      keyset('disputes', args, [{ field: 'id', as: 'uuid', descending: true }], ({ where, orderBy, take }) =>
        tx.prisma.dispute.findMany({
          where: {
            clientId,
            ...(state === null || state === undefined ? {} : { state }),
            ...(reason === null || reason === undefined ? {} : { reasonCode: reason }),
            ...(processor === null || processor === undefined ? {} : { processorId: decodeGlobalId(processor)?.id ?? nobody }),
            ...(overdue === true
              ? { AND: [{ state: { in: [...liveStates] } }, { deadlineOn: { lt: new Date(today(clientId)) } }] }
              : {}),
            ...where,
          },
          orderBy,
          take,
        }),
      ),
  }),
)

builder.prismaObjectField(Customer, 'disputes', (t) =>
  t.field({
    type: DisputeConnection,
    nullable: true,
    authScopes: mayRead,
    description: 'What the customer disputes and disputed, the latest case first.',
    args: pageArgs,
    resolve: async ({ clientId, id }, args, context) => {
      const page = pageOf('disputesByCustomer', 1, args)
      const after = page.after === null ? null : readUuid(page.after[0])
      const rows = await disputesByCustomer(context, { take: page.first + 1, after }).load({ clientId, id })
      return toConnection(rows, page, (row) => encodeCursor('disputesByCustomer', [row.id])) as never
    },
  }),
)

builder.prismaInterfaceField(OpenItem, 'dispute', (t) =>
  t.field({
    type: Dispute,
    nullable: true,
    authScopes: mayRead,
    description: 'The case that holds it now; null where none does.',
    resolve: async ({ clientId, id }, _args, context) => {
      const disputeId = await caseOfItem(context).load({ clientId, id })
      return disputeId === null ? null : (disputesById(context).load({ clientId, id: disputeId }) as never)
    },
  }),
)
