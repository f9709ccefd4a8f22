import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import { Client } from '../client/index.ts'
import { RoleType } from './enums.ts'
import { type Holder, holdersOf } from './reads.ts'
import type { ApprovalRole } from './rules.ts'

export const Delegation = builder.prismaNode('ApprovalDelegation', {
  description: 'Somebody lends their authority to approve to somebody else, for a while.',
  id: { field: 'clientId_id', description: 'Opaque id of the delegation.' },
  nullable: true,
  fields: (t) => ({
    from: t.exposeString('fromName', { description: 'Whose authority it is: their name when they lent it.' }),
    to: t.exposeString('toName', { description: 'Who decides on their behalf: their name at that time.' }),
    reason: t.exposeString('reason', { description: 'Why.' }),
    validFrom: t.expose('validFrom', { type: 'DateTime', description: 'From when on it holds.' }),
    validUntil: t.expose('validUntil', { type: 'DateTime', description: 'When it ends by itself.' }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When one of the two ended it before that.',
    }),
    holds: t.boolean({
      description: 'It holds now. Who lends must still have the role at each decision.',
      resolve: ({ validFrom, validUntil, revokedAt }, _args, { tx: { now } }) =>
        revokedAt === null && validFrom <= now && validUntil > now,
    }),
  }),
})

const DelegationConnection = connectionOf(Delegation, 'ApprovalDelegation', 'delegations')

builder.prismaObjectField(Client, 'approvalDelegations', (t) =>
  t.field({
    type: DelegationConnection,
    nullable: true,
    authScopes: heldFor('approval:read'),
    description: 'Who lent their authority to approve to whom, latest first, ended ones among them.',
    args: pageArgs,
    resolve: ({ id }, args, { tx }) =>
      keyset('approvalDelegations', args, [{ field: 'id', as: 'uuid', descending: true }], ({ where, orderBy, take }) =>
        tx.prisma.approvalDelegation.findMany({ where: { clientId: id, ...where }, orderBy, take }),
      ),
  }),
)

const ApproverType = builder.objectRef<Holder & { readonly providerId: string }>('Approver').implement({
  description: 'Somebody who decides approvals at a client.',
  fields: (t) => ({
    user: t.id({
      description: 'Their id as a `User`: whom to delegate to.',
      resolve: ({ id, providerId }) => globalIdOf('User', { clientId: providerId, id }),
    }),
    name: t.exposeString('name', { description: 'Their name.' }),
    roles: t.field({
      type: [RoleType],
      description: 'What they hold of what steps ask for.',
      resolve: ({ roles }) => roles as ApprovalRole[],
    }),
  }),
})

builder.prismaObjectField(Client, 'approvers', (t) =>
  t.field({
    type: [ApproverType],
    nullable: true,
    authScopes: heldFor('approval:read'),
    description: 'Who decides approvals at the client now, by name.',
    resolve: async ({ id, providerId }, _args, { tx }) => (await holdersOf(tx, id)).map((holder) => ({ ...holder, providerId })),
  }),
)
