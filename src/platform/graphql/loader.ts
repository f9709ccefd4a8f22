import DataLoader from 'dataloader'
import type { Tx } from '../database/unit.ts'
import type { Context } from './context.ts'

/** A row's key: whose it is and which one. */
export type RowKey = { readonly clientId: string; readonly id: string }

/** One statement for all parents of a kind. A loader lives as long as its context, and a context as long as its unit. */
export const loader = <Value>(batch: (tx: Tx, keys: readonly RowKey[]) => Promise<ReadonlyMap<string, Value>>, absent: Value) => {
  const perContext = new WeakMap<Context, DataLoader<RowKey, Value, string>>()
  return (context: Context): DataLoader<RowKey, Value, string> => {
    let found = perContext.get(context)
    if (found === undefined) {
      found = new DataLoader(
        async (keys) => {
          const values = await batch(context.tx, keys)
          return keys.map(({ id }) => values.get(id) ?? absent)
        },
        { cacheKeyFn: ({ id }) => id },
      )
      perContext.set(context, found)
    }
    return found
  }
}

/**
 * The same for a field with arguments: parents that ask with equal arguments share a statement, so a list inside a list
 * costs one statement, not one for each outer row.
 */
export const loaderWith = <Args extends object, Value>(
  batch: (context: Context, keys: readonly RowKey[], args: Args) => Promise<ReadonlyMap<string, Value>>,
  absent: (args: Args) => Value,
) => {
  const perContext = new WeakMap<Context, Map<string, DataLoader<RowKey, Value, string>>>()
  return (context: Context, args: Args): DataLoader<RowKey, Value, string> => {
    const byArgs = perContext.get(context) ?? new Map<string, DataLoader<RowKey, Value, string>>()
    perContext.set(context, byArgs)
    const name = JSON.stringify(args)
    let found = byArgs.get(name)
    if (found === undefined) {
      found = new DataLoader(
        async (keys) => {
          const values = await batch(context, keys, args)
          return keys.map(({ id }) => values.get(id) ?? absent(args))
        },
        { cacheKeyFn: ({ id }) => id },
      )
      byArgs.set(name, found)
    }
    return found
  }
}
