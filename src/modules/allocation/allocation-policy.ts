import { definePolicy, type PolicyInForce, policyInForce } from '../policy/index.ts'
import { type AllocationRules, allocationJsonSchema, noAllocation, parseAllocation, strangersIn } from './rules.ts'
import { type Of, teamsAt } from './team-reads.ts'

export const allocationPolicy = definePolicy<AllocationRules>({
  kind: 'ALLOCATION',
  description:
    'Which team, and perhaps which person of it, owns which customers: the first rule that holds of a customer says so.',
  defaults: noAllocation,
  parse: parseAllocation,
  check: async ({ tx, clientId }, rules, at) => strangersIn(rules, await teamsAt({ tx, clientId }, at)),
  jsonSchema: allocationJsonSchema,
})

/** The rules in force, and their version; 0 while a client has published none, and nobody owns anything. */
export const allocationOf = ({ tx, clientId }: Of): Promise<PolicyInForce<AllocationRules>> =>
  policyInForce({ tx, clientId, now: tx.now }, allocationPolicy)
