import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { pageArgs } from '../../platform/graphql/connection.ts'
import { pageOf, readInstant, readUuid } from '../../platform/graphql/page.ts'
import { limits } from '../../platform/limits.ts'
import { Client } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { allocationOf } from './allocation-policy.ts'
import { type Coverage, coverageOf, type OwnerCoverage, type RuleCoverage } from './coverage.ts'
import { behindOf, ownershipOf, ownershipsByCustomer } from './reads.ts'
import { AllocationSum, Ownership, OwnershipConnection, OwnershipSource, WorkOwner } from './types.ts'

import './mutations.ts'
import './simulate-schema.ts'

builder.prismaObjectField(Customer, 'ownership', (t) =>
  t.field({
    type: Ownership,
    nullable: true,
    description: 'Whose it is now, and why; null while the client has never published allocation rules and nobody was given it.',
    resolve: ({ clientId, id }, _args, context) => ownershipOf(context).load({ clientId, id }),
  }),
)

builder.prismaObjectField(Customer, 'ownerships', (t) =>
  t.field({
    type: OwnershipConnection,
    description: 'Whose it was and is, latest first.',
    args: pageArgs,
    resolve: async ({ clientId, id }, args, context) => {
      const page = pageOf('ownerships', 2, args)
      const after = page.after === null ? null : { since: new Date(readInstant(page.after[0])), id: readUuid(page.after[1]) }
      const rows = await ownershipsByCustomer(context, { take: page.first + 1, after }).load({ clientId, id })
      return toConnection(rows, page, (row) => encodeCursor('ownerships', [row.since.toISOString(), row.id]))
    },
  }),
)

const OwnerCoverageType = builder.objectRef<OwnerCoverage>('OwnerCoverage').implement({
  description: 'What one owner has.',
  fields: (t) => ({
    owner: t.field({ type: WorkOwner, description: 'Who.', resolve: ({ owner }) => owner }),
    sum: t.field({ type: AllocationSum, description: 'What they have.', resolve: ({ sum }) => sum }),
    canWork: t.exposeBoolean('canWork', {
      description:
        'A person of the team who has a right to work for the client, or a team that serves it and has such a person, as of now.',
    }),
  }),
})

const RuleCoverageType = builder.objectRef<RuleCoverage>('RuleCoverage').implement({
  description: 'What is with its owner, or with nobody, for one reason.',
  fields: (t) => ({
    source: t.field({ type: OwnershipSource, description: 'The reason.', resolve: ({ source }) => source }),
    rule: t.exposeString('rule', { nullable: true, description: 'The name of the rule; null unless it is one.' }),
    sum: t.field({ type: AllocationSum, description: 'What it is.', resolve: ({ sum }) => sum }),
  }),
})

type Shown = Coverage & { readonly clientId: string }

const AllocationCoverage = builder.objectRef<Shown>('AllocationCoverage').implement({
  description: 'Whose the customers of a client are. Each customer, and by that each open item, is counted exactly once.',
  fields: (t) => ({
    policyVersion: t.int({
      description: 'The version of the ALLOCATION policy in force; 0 while none was published.',
      resolve: async ({ clientId }, _args, { tx }) => (await allocationOf({ tx, clientId })).version,
    }),
    owned: t.field({ type: AllocationSum, description: 'What is somebody’s.', resolve: ({ owned }) => owned }),
    unowned: t.field({ type: AllocationSum, description: 'What is nobody’s.', resolve: ({ unowned }) => unowned }),
    owners: t.field({
      type: [OwnerCoverageType],
      description: 'By owner: they add up to what is owned.',
      args: { canWork: t.arg.boolean({ description: 'Only owners who can work, or only those who cannot; all without it.' }) },
      resolve: ({ owners }, { canWork }) =>
        owners.filter((one) => canWork === null || canWork === undefined || one.canWork === canWork),
    }),
    rules: t.field({
      type: [RuleCoverageType],
      description: 'By rule, with what was given by hand and what is nobody’s: they add up to everything.',
      resolve: ({ rules }) => [...rules],
    }),
    customersBehind: t.int({
      description: `Customers who were not looked at yet since the rules, or who can work, last changed; at most ${limits.page.count}.`,
      resolve: async ({ clientId }, _args, { tx }) =>
        Math.min(limits.page.count, await behindOf({ tx, clientId }, limits.page.count)),
    }),
  }),
})

builder.prismaObjectField(Client, 'allocationCoverage', (t) =>
  t.field({
    type: AllocationCoverage,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'Whose its customers are: what is owned and what is not, by owner and by rule, and owners who cannot work.',
    resolve: async ({ id }, _args, { tx }) => ({ ...(await coverageOf({ tx, clientId: id })), clientId: id }),
  }),
)
