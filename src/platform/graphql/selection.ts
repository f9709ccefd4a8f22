import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionNode } from 'graphql'

/**
 * How many rows a nested list is asked for at most, over all places in the operation that ask for it; null when none
 * does. Lets a hot statement bring along what the answer will need, and nothing else.
 */
export const largestFirst = (info: GraphQLResolveInfo, path: readonly string[], fallback: number): number | null => {
  const fields = fieldsAt(info, path)
  if (fields.length === 0) return null
  return Math.max(...fields.map((field) => firstOf(field, info, fallback)))
}

/** The names of all fields asked for below a path, wherever in the operation. */
export const namesBelow = (info: GraphQLResolveInfo, path: readonly string[]): ReadonlySet<string> =>
  new Set(
    fieldsAt(info, path).flatMap(({ selectionSet }) =>
      fieldsIn(selectionSet?.selections ?? [], info).map(({ name }) => name.value),
    ),
  )

const fieldsAt = (info: GraphQLResolveInfo, path: readonly string[]): readonly FieldNode[] => {
  let fields = info.fieldNodes as readonly FieldNode[]
  for (const name of path) {
    fields = fields
      .flatMap(({ selectionSet }) => fieldsIn(selectionSet?.selections ?? [], info))
      .filter((field) => field.name.value === name)
  }
  return fields
}

const fieldsIn = (selections: readonly SelectionNode[], info: GraphQLResolveInfo): FieldNode[] =>
  selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection]
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : info.fragments[selection.name.value]
    return fieldsIn(inner?.selectionSet.selections ?? [], info)
  })

const firstOf = (field: FieldNode, { variableValues }: GraphQLResolveInfo, fallback: number): number => {
  const value = field.arguments?.find(({ name }) => name.value === 'first')?.value
  if (value?.kind === Kind.INT) return Number(value.value)
  if (value?.kind === Kind.VARIABLE) {
    const given = variableValues[value.name.value]
    return typeof given === 'number' ? given : fallback
  }
  return fallback
}
