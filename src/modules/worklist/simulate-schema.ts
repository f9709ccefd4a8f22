import { builder } from '../../platform/graphql/builder.ts'
import { coded } from '../../platform/graphql/errors.ts'
import { clientIdOf } from '../../platform/graphql/ids.ts'
import { limits } from '../../platform/limits.ts'
import { can } from '../../platform/policy.ts'
import { NotFound } from '../../platform/refusals.ts'
import { Customer } from '../customer/index.ts'
import { hasProblems, rulesFrom, WrongRules } from '../policy/index.ts'
import type { Simulated, SimulatedPlace } from './places.ts'
import { simulate } from './simulate.ts'
import { customersById } from './simulation-reads.ts'
import { strategyPolicy } from './strategy-policy.ts'
import { PriorityFactor } from './types.ts'

type Place = SimulatedPlace & { readonly clientId: string }

const SimulatedPlaceType = builder.objectRef<Place>('SimulatedPlace').implement({
  description: 'Where a customer stands now, and where it would stand.',
  fields: (t) => ({
    customer: t.field({
      type: Customer,
      description: 'Who it is.',
      resolve: ({ clientId, customerId }, _args, context) => customersById(context).load({ clientId, id: customerId }) as never,
    }),
    rankBefore: t.exposeInt('rankBefore', {
      nullable: true,
      description: 'Its place in the queue of collections now, from 1; null where it is not in it.',
    }),
    rankAfter: t.exposeInt('rankAfter', { nullable: true, description: 'Its place then; null where it would leave the queue.' }),
    scoreBefore: t.exposeInt('scoreBefore', { nullable: true, description: 'The score that it has now.' }),
    scoreAfter: t.exposeInt('scoreAfter', { nullable: true, description: 'The score that it would have.' }),
    leftOut: t.exposeString('leftOut', {
      nullable: true,
      description: 'Why the strategy would leave it out; null where it would not.',
    }),
    factors: t.field({
      type: [PriorityFactor],
      description: 'What the new score is added up from; none where it would leave the queue.',
      resolve: ({ factors }) => [...factors],
    }),
  }),
})

type Shown = Simulated & { readonly clientId: string }

const StrategySimulation = builder.objectRef<Shown>('StrategySimulation').implement({
  description: 'What a strategy would do to the queue of collections, as of now. Nothing was written.',
  fields: (t) => ({
    queuedBefore: t.exposeInt('queuedBefore', { description: 'Customers in the queue now.' }),
    queuedAfter: t.exposeInt('queuedAfter', { description: 'Customers that would be in it.' }),
    enters: t.exposeInt('enters', { description: 'How many would come into it.' }),
    leaves: t.exposeInt('leaves', { description: 'How many would leave it.' }),
    moves: t.exposeInt('moves', { description: 'How many would stay in it at another place.' }),
    stays: t.exposeInt('stays', { description: 'How many would keep their place.' }),
    top: t.field({
      type: [SimulatedPlaceType],
      description: 'The first of the queue that would be, best first.',
      resolve: ({ clientId, top }) => top.map((place) => ({ ...place, clientId })),
    }),
    left: t.field({
      type: [SimulatedPlaceType],
      description: 'The first of those that would leave it, best first as they stand now.',
      resolve: ({ clientId, left }) => left.map((place) => ({ ...place, clientId })),
    }),
  }),
})

builder.queryField('simulateStrategy', (t) =>
  t.field({
    type: StrategySimulation,
    nullable: true,
    description:
      'What rules of the kind STRATEGY would do to a client’s queue of collections if they were published now. For whoever may publish them; it writes nothing, and takes seconds for 20,000 customers.',
    authScopes: { holds: 'policy:publish' },
    errors: {
      types: [NotFound, WrongRules],
      union: { name: 'SimulateStrategyResult', description: 'What the strategy would do, or why it is none.' },
    },
    args: {
      client: t.arg.id({ required: true, description: 'Whose queue.' }),
      rules: t.arg.string({
        required: true,
        description: 'The rules as JSON; what is left out takes its default. See `policyForm`.',
      }),
      first: t.arg.int({ required: true, description: `How many places to show, from 1 to ${limits.page.first}.` }),
    },
    resolve: async (_root, { client, rules, first }, { tx, viewer }) => {
      const clientId = clientIdOf(client)
      if (first < 1 || first > limits.page.first) throw coded('BAD_USER_INPUT', `first is from 1 to ${limits.page.first}.`)
      if (!can(viewer, 'policy:publish', clientId) || !can(viewer, 'work:read', clientId))
        throw new NotFound('client', ['client'])
      const strategy = rulesFrom(strategyPolicy, rules)
      if (hasProblems(strategy)) throw new WrongRules(strategy.problems)
      return { ...(await simulate(tx, clientId, strategy, first)), clientId }
    },
  }),
)
