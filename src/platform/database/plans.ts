import type { Tx } from './unit.ts'

/**
 * Lets the statements of a long load be planned anew. A plan that was made while a table was empty is kept as the load fills
 * it, for foreign keys too, and would read all of it for each row; statistics come only after the commit. Asked for each time
 * that the load has doubled, it costs nothing.
 */
export const planAnew = (tx: Tx) => tx.sql`discard plans`

export const hasDoubled = (count: number): boolean => count > 0 && (count & (count - 1)) === 0

/**
 * Joins many rows told by the caller without going through one side for each row of the other. A planner whose statistics
 * are of before the load takes what it brought for a row or two, and would do just that; to be asked for long lists alone.
 */
export const withoutNestedLoops = async <Rows>(tx: Tx, join: () => Promise<Rows>): Promise<Rows> => {
  await tx.sql`set local enable_nestloop = off`
  const rows = await join()
  await tx.sql`set local enable_nestloop = on`
  return rows
}
