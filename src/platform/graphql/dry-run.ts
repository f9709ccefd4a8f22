import { type GraphQLResolveInfo, Kind } from 'graphql'
import type { Tx } from '../database/unit.ts'
import { coded } from './errors.ts'

/**
 * A dry run does everything, answers, and lets its unit be rolled back: the answer is what would have been. The unit is
 * the whole operation, so a dry run stands alone in it, or it would take real writes back with it.
 */
export const dryRunIf = (isDry: boolean, tx: Tx, { operation }: GraphQLResolveInfo) => {
  if (!isDry) return
  const [only, ...others] = operation.selectionSet.selections
  if (only?.kind !== Kind.FIELD || others.length > 0)
    throw coded('BAD_USER_INPUT', 'A dry run must be the only field of its operation.')
  tx.rollBackAtEnd = true
}
