import { type Day, dayIn } from '../../kernel/day.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { definePolicy, type PolicyInForce, policyOfDay } from '../policy/index.ts'
import { defaultStrategy, parseStrategy, type Strategy, strategyJsonSchema } from './strategy.ts'

export const strategyPolicy = definePolicy<Strategy>({
  kind: 'STRATEGY',
  description: 'How the queues of the worklist are scored: factors with their weights and steps, and what is left out of them.',
  defaults: defaultStrategy,
  parse: parseStrategy,
  jsonSchema: strategyJsonSchema,
})

type Of = { readonly tx: Tx; readonly clientId: string }

/** The strategy that the client's day goes by, and its version; 0 stands for the defaults. */
export const strategyOf = ({ tx, clientId }: Of, timeZone: string): Promise<PolicyInForce<Strategy>> => {
  const day: Day = dayIn(timeZone, tx.now)
  return policyOfDay({ tx, clientId, now: tx.now }, strategyPolicy, { day, timeZone })
}
