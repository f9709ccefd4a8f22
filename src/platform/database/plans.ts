import type { Tx } from './unit.ts'

/**
 * Lets the statements of a long load be planned anew. A plan that was made while a table was empty is kept as the load fills
 * it, for foreign keys too, and would read all of it for each row; statistics come only after the commit. Asked for each time
 * that the load has doubled, it costs nothing.
 */
export const planAnew = (tx: Tx) => tx.sql`discard plans`

export const hasDoubled = (count: number): boolean => count > 0 && (count & (count - 1)) === 0
