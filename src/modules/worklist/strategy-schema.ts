import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { Count } from '../../platform/graphql/count.ts'
import { Client } from '../client/index.ts'
import { behindOf, type StrategyState, type StrategyVersion, strategyStateOf } from './strategy-reads.ts'

const NextStrategy = builder.objectRef<StrategyVersion>('NextStrategy').implement({
  description: 'A strategy that was published and does not hold yet.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Its version; `Client.policies(kind: STRATEGY)` has its rules.' }),
    effectiveFrom: t.expose('effectiveFrom', { type: 'DateTime', description: 'The instant that it was published for.' }),
    firstDay: t.expose('firstDay', {
      type: 'Date',
      description: 'The client’s day with which it takes hold: the first that begins at that instant or behind it.',
    }),
  }),
})

const StrategyType = builder.objectRef<StrategyState>('Strategy').implement({
  description: 'What the queues of a client are scored by, and how far they are.',
  fields: (t) => ({
    version: t.int({
      description: 'The version of the STRATEGY policy in force; 0 for the defaults, which `policyForm(kind: STRATEGY)` tells.',
      resolve: ({ current }) => current?.version ?? 0,
    }),
    since: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The instant that it was published for; null for the defaults.',
      resolve: ({ current }) => current?.effectiveFrom ?? null,
    }),
    next: t.field({
      type: NextStrategy,
      nullable: true,
      description: 'The next version that will hold; null where none was published.',
      resolve: ({ next }) => next,
    }),
    rowsBehind: t.field({
      type: Count,
      description: 'Rows of the queues that still stand by an older version, until housekeeping has scored them anew.',
      resolve: async ({ clientId }, _args, context) => ({ count: await behindOf(context, {}).load({ clientId, id: clientId }) }),
    }),
  }),
})

builder.prismaObjectField(Client, 'strategy', (t) =>
  t.field({
    type: StrategyType,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'The strategy in force, the next one, and the rows that stand by an older one.',
    resolve: ({ id }, _args, context) => strategyStateOf(context).load({ clientId: id, id }),
  }),
)
