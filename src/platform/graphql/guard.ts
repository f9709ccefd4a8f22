import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { limits } from '../limits.ts'
import { coded } from './errors.ts'
import { isCleanText } from './scalars.ts'

type Variables = Readonly<Record<string, unknown>>
type Weight = { selections: number; aliases: number; depth: number; fields: number }

const weightless: Weight = { selections: 0, aliases: 0, depth: 0, fields: 0 }

const over = (limit: string, most: number): GraphQLError =>
  coded('COST_EXCEEDED', `The operation goes over the limit of ${most} ${limit}; ask for less at a time.`, { limit, most })

/**
 * Bounds the shape of a document before anything walks it unfolded. Each fragment is weighed once however often it
 * is spread, so the guard itself is linear where the document is exponential. Safe on documents not yet validated.
 */
export const guardShape = (document: DocumentNode): GraphQLError | null => {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const weights = new Map<string, Weight>()
  const open = new Set<string>()

  const weighFragment = (name: string): Weight => {
    const known = weights.get(name)
    if (known !== undefined) return known
    const fragment = fragments.get(name)
    // A circle or an unknown fragment is validation's to report; here it must only end.
    if (fragment === undefined || open.has(name)) return weightless
    open.add(name)
    const weight = weigh(fragment.selectionSet)
    open.delete(name)
    weights.set(name, weight)
    return weight
  }

  const weigh = (set: SelectionSetNode): Weight => {
    const sum: Weight = { ...weightless }
    for (const selection of set.selections) {
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? weighFragment(selection.name.value)
          : selection.selectionSet === undefined
            ? weightless
            : weigh(selection.selectionSet)
      const isField = selection.kind === Kind.FIELD
      sum.selections += inner.selections + 1
      sum.aliases += inner.aliases + (isField && selection.alias !== undefined ? 1 : 0)
      // Fields of this very level: a fragment only hides them.
      sum.fields += isField ? 1 : inner.fields
      sum.depth = Math.max(sum.depth, inner.depth + (isField ? 1 : 0))
    }
    return sum
  }

  const { selections, aliases, depth, rootFields } = limits.document
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const weight = weigh(definition.selectionSet)
    // Introspection nests by nature (types of types), reads no row and is bounded by selections and cost alone.
    const isIntrospection = definition.selectionSet.selections.every(
      (selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__'),
    )
    if (weight.selections > selections) return over('selections', selections)
    if (weight.aliases > aliases) return over('aliases', aliases)
    if (!isIntrospection && weight.depth > depth) return over('depth', depth)
    if (weight.fields > rootFields) return over('rootFields', rootFields)
  }
  return null
}

const cleanDocuments = new WeakMap<DocumentNode, boolean>()

const isClean = (value: unknown): boolean => {
  if (typeof value === 'string') return isCleanText(value)
  if (Array.isArray(value)) return value.every(isClean)
  return typeof value !== 'object' || value === null || Object.values(value).every(isClean)
}

/** NUL cannot be stored and half a surrogate pair is no character: refused wherever text enters, by variable or in the document. */
export const guardText = (document: DocumentNode, variables: Variables): GraphQLError | null => {
  let clean = cleanDocuments.get(document)
  if (clean === undefined) {
    clean = true
    visit(document, {
      StringValue: ({ value }) => {
        if (!isCleanText(value)) clean = false
      },
    })
    cleanDocuments.set(document, clean)
  }
  return clean && isClean(variables) ? null : coded('BAD_USER_INPUT', 'Text must be valid Unicode without NUL.')
}

/** Rows that a field may return at most: what `first` or `ids` asks for; a short list without either counts as five. */
const rowsOf = (field: FieldNode, type: GraphQLOutputType, variables: Variables): number => {
  for (const argument of field.arguments ?? []) {
    const value = argument.value.kind === Kind.VARIABLE ? variables[argument.value.name.value] : literal(argument.value)
    if (argument.name.value === 'first') return typeof value === 'number' ? Math.max(value, 1) : limits.page.first
    if (argument.name.value === 'ids') return Array.isArray(value) ? value.length : limits.page.ids
  }
  return isListType(isNonNullType(type) ? type.ofType : type) ? 5 : 1
}

const literal = (value: { kind: string; value?: unknown; values?: readonly unknown[] }): unknown => {
  if (value.kind === Kind.INT) return Number(value.value)
  return value.kind === Kind.LIST ? value.values : undefined
}

/** What a valid operation costs: one for each object it may return, pages multiplied down the tree. */
export const costOf = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): number => {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }

  const walk = (set: SelectionSetNode, typeName: string, times: number): number => {
    const type = schema.getType(typeName)
    let cost = 0
    for (const selection of set.selections) {
      // Past the limit the exact figure no longer matters, and an exponential document must not be walked to its end.
      if (cost > limits.document.cost) return cost
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value)
        if (fragment !== undefined) cost += walk(fragment.selectionSet, fragment.typeCondition.name.value, times)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        cost += walk(selection.selectionSet, selection.typeCondition?.name.value ?? typeName, times)
      } else if (isObjectType(type) || isInterfaceType(type)) {
        cost += costOfField(selection, type.getFields()[selection.name.value], times)
      }
    }
    return cost
  }

  const costOfField = (node: FieldNode, field: GraphQLField<unknown, unknown> | undefined, times: number): number => {
    if (field === undefined || node.selectionSet === undefined) return 0
    const named = getNamedType(field.type)
    if (!isCompositeType(named)) return 0
    // A connection, its edges and their nodes are one row, counted where `first` stands.
    if (named.name.endsWith('Edge') || named.name === 'PageInfo') return walk(node.selectionSet, named.name, times)
    const isNodeOfEdge = node.name.value === 'node' && field.args.length === 0
    const rows = times * rowsOf(node, field.type, variables)
    return (isNodeOfEdge ? 0 : rows) + walk(node.selectionSet, named.name, rows)
  }

  const root = schema.getRootType(operation.operation)
  return root === null || root === undefined ? 0 : walk(operation.selectionSet, root.name, 1)
}

/** What an operation says and what it costs. Null when it may run. */
export const guardOperation = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): GraphQLError | null => {
  const { cost } = limits.document
  const unclean = guardText(document, variables)
  if (unclean !== null) return unclean
  return costOf(schema, document, operation, variables) > cost ? over('cost', cost) : null
}
