import { builder } from '../../platform/graphql/builder.ts'
import { clientIdOf } from '../../platform/graphql/ids.ts'
import { can } from '../../platform/policy.ts'
import { NotFound } from '../../platform/refusals.ts'
import { hasProblems, rulesFrom, WrongRules } from '../policy/index.ts'
import { allocationPolicy } from './allocation-policy.ts'
import { strangersIn } from './rules.ts'
import { type OwnerChange, simulate } from './simulate.ts'
import { teamsAt } from './team-reads.ts'
import { AllocationSum, WorkOwner } from './types.ts'

const OwnerChangeType = builder.objectRef<OwnerChange>('OwnerChange').implement({
  description: 'What one owner has now, and what they would have.',
  fields: (t) => ({
    owner: t.field({ type: WorkOwner, nullable: true, description: 'Who; null for nobody.', resolve: ({ owner }) => owner }),
    before: t.field({ type: AllocationSum, description: 'What they have now.', resolve: ({ before }) => before }),
    after: t.field({ type: AllocationSum, description: 'What they would have.', resolve: ({ after }) => after }),
    gained: t.field({ type: AllocationSum, description: 'What they would get from others.', resolve: ({ gained }) => gained }),
    lost: t.field({ type: AllocationSum, description: 'What would go to others.', resolve: ({ lost }) => lost }),
  }),
})

const AllocationSimulation = builder.objectRef<{ readonly changes: readonly OwnerChange[] }>('AllocationSimulation').implement({
  description: 'What allocation rules would do, as of now. Nothing was written.',
  fields: (t) => ({
    owners: t.field({
      type: [OwnerChangeType],
      description: 'Every owner who has something or would have; nobody first. What was given by hand stays.',
      resolve: ({ changes }) => [...changes],
    }),
  }),
})

builder.queryField('simulateAllocation', (t) =>
  t.field({
    type: AllocationSimulation,
    nullable: true,
    description:
      'What rules of the kind ALLOCATION would do to a client’s customers if they were published now: who would get and lose what. For whoever may publish them; it writes nothing.',
    authScopes: { holds: 'policy:publish' },
    errors: {
      types: [NotFound, WrongRules],
      union: { name: 'SimulateAllocationResult', description: 'What the rules would do, or why they are none.' },
    },
    args: {
      client: t.arg.id({ required: true, description: 'Whose customers.' }),
      rules: t.arg.string({
        required: true,
        description: 'The rules as JSON; what is left out takes its default. See `policyForm`.',
      }),
    },
    resolve: async (_root, { client, rules: text }, { tx, viewer }) => {
      const clientId = clientIdOf(client)
      if (!can(viewer, 'policy:publish', clientId) || !can(viewer, 'work:read', clientId))
        throw new NotFound('client', ['client'])
      const rules = rulesFrom(allocationPolicy, text)
      if (hasProblems(rules)) throw new WrongRules(rules.problems)
      const strangers = strangersIn(rules, await teamsAt({ tx, clientId }, tx.now))
      if (strangers.length > 0) throw new WrongRules(strangers)
      return { changes: await simulate({ tx, clientId }, rules) }
    },
  }),
)
