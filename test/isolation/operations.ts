import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  parse,
  validate,
} from 'graphql'
import { guardOperation, guardShape } from '../../src/platform/graphql/guard.ts'
import { limits } from '../../src/platform/limits.ts'

export type Kind = 'query' | 'mutation' | 'subscription'
type Field = GraphQLField<unknown, unknown>

/** A place in the schema where a caller names a thing: `worklist(filter.customer)`, `Client.worklist(filter.customer)`. */
export type IdPosition = {
  readonly kind: Kind
  /** Fields from the root to the one that takes the id. */
  readonly path: readonly string[]
  /** The argument, and the input fields below it. */
  readonly place: readonly string[]
}

export const nameOf = ({ path, place }: IdPosition): string => `${path.join('.')}(${place.join('.')})`

const unwrap = (type: GraphQLInputType): GraphQLInputType => {
  if (isNonNullType(type)) return unwrap(type.ofType)
  return isListType(type) ? unwrap(type.ofType) : type
}

/** Where below an argument values of the named scalars stand. */
const placesOf = (
  input: GraphQLArgument | GraphQLInputField,
  scalars: readonly string[],
  above: readonly string[] = [],
): (readonly string[])[] => {
  const place = [...above, input.name]
  const type = unwrap(input.type)
  if (isInputObjectType(type)) {
    // An input type inside itself would never end; a few levels say where values stand.
    if (place.length > 6) return []
    return Object.values(type.getFields()).flatMap((field) => placesOf(field, scalars, place))
  }
  return scalars.includes((type as GraphQLNamedType).name) ? [place] : []
}

const idPlaces = (input: GraphQLArgument): (readonly string[])[] => placesOf(input, ['ID'])

/** Every place of a root field that takes text of some kind. */
export const textPositions = (schema: GraphQLSchema): readonly IdPosition[] =>
  rootFields(schema).flatMap(({ kind, field }) =>
    field.args
      .flatMap((arg) => placesOf(arg, ['String', 'ID', 'Decimal', 'CurrencyCode', 'Date', 'DateTime', 'Cursor']))
      .map((place) => ({ kind, path: [field.name], place })),
  )

export const rootFields = (schema: GraphQLSchema): { readonly kind: Kind; readonly field: Field }[] =>
  (['query', 'mutation', 'subscription'] as const).flatMap((kind) =>
    Object.values(schema.getRootType(kind as never)?.getFields() ?? {}).map((field) => ({ kind, field })),
  )

export const nodeTypes = (schema: GraphQLSchema): readonly string[] => {
  const node = schema.getType('Node')
  if (!isInterfaceType(node)) throw new Error('the schema has no Node')
  return schema.getPossibleTypes(node).map(({ name }) => name)
}

/** Every place that takes an id: of root fields, and of fields below a node, reached through `node(id)`. */
export const idPositions = (schema: GraphQLSchema): readonly IdPosition[] => {
  const roots = rootFields(schema).flatMap(({ kind, field }) =>
    field.args.flatMap((arg) => idPlaces(arg)).map((place) => ({ kind, path: [field.name], place })),
  )
  const nested = Object.values(schema.getTypeMap())
    .filter((type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__') && !isRoot(schema, type))
    .flatMap((type) =>
      Object.values(type.getFields()).flatMap((field) =>
        field.args
          .flatMap((arg) => idPlaces(arg))
          .map((place): IdPosition => ({ kind: 'query', path: [...pathTo(schema, type), field.name], place })),
      ),
    )
  return [...roots, ...nested]
}

const isRoot = (schema: GraphQLSchema, type: GraphQLObjectType): boolean =>
  (['query', 'mutation', 'subscription'] as const).some((kind) => schema.getRootType(kind as never) === type)

/** A node is reached by its id; whatever is no node is reached from the nearest one. */
const pathTo = (schema: GraphQLSchema, type: GraphQLObjectType): readonly string[] => {
  const nodes = nodeTypes(schema)
  if (nodes.includes(type.name)) return [`node:${type.name}`]
  const starts = nodes.map((name) => ({ type: schema.getType(name) as GraphQLNamedType, path: [`node:${name}`] }))
  const seen = new Set<string>()
  const queue = [
    ...starts,
    ...rootFields(schema)
      .filter(({ kind }) => kind === 'query')
      .map(({ field }) => ({ type: getNamedType(field.type), path: [field.name] })),
  ]
  for (const at of queue) {
    if (at.type === type) return at.path
    if (seen.has(at.type.name) || !isObjectType(at.type)) continue
    seen.add(at.type.name)
    for (const field of Object.values(at.type.getFields()))
      queue.push({ type: getNamedType(field.type), path: [...at.path, field.name] })
  }
  throw new Error(`nothing in the schema leads to ${type.name}`)
}

/** What an id stands for by the name of its place: the type whose own id makes the rest of the operation good. */
const typeByName: Readonly<Record<string, string>> = {
  holder: 'User',
  person: 'User',
  passClaimsTo: 'User',
  promise: 'PromiseToPay',
  plan: 'PaymentPlan',
  request: 'ApprovalRequest',
  delegation: 'ApprovalDelegation',
  onBehalfOf: 'ApprovalDelegation',
  processor: 'User',
  coordinator: 'User',
  to: 'User',
  openItem: 'Invoice',
  import: 'ImportBatch',
  batch: 'ImportBatch',
  terms: 'PaymentTerms',
  billTo: 'Customer',
  parent: 'Customer',
}

export const typeAt = (schema: GraphQLSchema, place: readonly string[]): string => {
  const name = (place.at(-1) ?? '').replace(/Ids?$/, '').replace(/s$/, '')
  const known = typeByName[name] ?? nodeTypes(schema).find((type) => type.toLowerCase() === name.toLowerCase())
  return known ?? 'Client'
}

export type OwnIds = ReadonlyMap<string, string>

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

/** Texts that a command checks before it looks at any id. */
const textByName: Readonly<Record<string, string>> = {
  email: 'somebody@example.test',
  timeZone: 'UTC',
  calendarCode: 'US',
  profile: 'quittance-csv',
  rules: '{}',
}

let keys = 0

const valueFor = (
  schema: GraphQLSchema,
  type: GraphQLInputType,
  place: readonly string[],
  ids: OwnIds,
  tested: Tested,
): string => {
  if (isNonNullType(type)) return valueFor(schema, type.ofType, place, ids, tested)
  if (isListType(type)) {
    const one = valueFor(schema, type.ofType, place, ids, tested)
    const isTested = tested !== null && place.join() === tested.place.join()
    return isTested && tested.isAmongOwn ? `[${valueFor(schema, type.ofType, place, ids, null)}, ${one}]` : `[${one}]`
  }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
      .filter((field) => isRequiredInputField(field) || leadsTo(tested, [...place, field.name]))
      .map((field) => `${field.name}: ${valueFor(schema, field.type, [...place, field.name], ids, tested)}`)
    return `{ ${fields.join(', ')} }`
  }
  const last = place.at(-1) ?? ''
  if (isEnumType(type)) return type.getValues()[0]?.name ?? 'null'
  if (tested !== null && place.join() === tested.place.join()) return tested.as
  switch (type.name) {
    case 'ID':
      return JSON.stringify(ids.get(typeAt(schema, place)) ?? 'none')
    case 'Int':
      return last === 'first' ? '2' : '1'
    case 'Float':
      return '1'
    case 'Boolean':
      return 'false'
    case 'Decimal':
      return '"1.00"'
    case 'CurrencyCode':
      return '"USD"'
    case 'Date':
      return JSON.stringify(day(1).slice(0, 10))
    case 'DateTime':
      return JSON.stringify(day(1))
    default:
      if (last === 'idempotencyKey') {
        keys += 1
        return JSON.stringify(`key ${keys}`)
      }
      return JSON.stringify(textByName[last] ?? 'X1')
  }
}

/** The place that is tried, what stands there, and whether a good value stands beside it in a list. */
type Tested = { readonly place: readonly string[]; readonly isAmongOwn: boolean; readonly as: string } | null

const leadsTo = (tested: Tested, place: readonly string[]): boolean =>
  tested !== null && place.every((name, index) => tested.place[index] === name)

const argumentsOf = (schema: GraphQLSchema, field: Field, ids: OwnIds, tested: Tested): string => {
  const given = field.args
    .filter((arg) => isRequiredArgument(arg) || leadsTo(tested, [arg.name]) || (arg.name === 'id' && field.name === 'client'))
    .map((arg) => `${arg.name}: ${valueFor(schema, arg.type, [arg.name], ids, tested)}`)
  return given.length === 0 ? '' : `(${given.join(', ')})`
}

/** All fields of a type, and of what is below it as deep as asked; equal names of other types get an alias. */
const selectionOf = (schema: GraphQLSchema, type: GraphQLNamedType, depth: number, ids: OwnIds): string => {
  const fieldsOf = (of: { getFields: () => Record<string, Field> }, taken: Map<string, string>, prefix: string): string[] =>
    Object.values(of.getFields()).flatMap((field) => {
      const named = getNamedType(field.type)
      const inner = isCompositeType(named)
        ? depth <= 1
          ? null
          : selectionOf(schema, named, depth - (isThin(named) ? 0 : 1), ids)
        : ''
      if (inner === null) return []
      const shape = String(field.type)
      const before = taken.get(field.name)
      taken.set(field.name, before ?? shape)
      const alias = before === undefined || before === shape ? '' : `${prefix}_${field.name}: `
      return [`${alias}${field.name}${argumentsOf(schema, field, ids, null)}${inner}`]
    })
  const taken = new Map<string, string>()
  if (isAbstractType(type)) {
    const shared = isInterfaceType(type) ? fieldsOf(type, taken, type.name) : []
    const each = schema.getPossibleTypes(type).map((possible) => {
      const own = isInterfaceType(type)
        ? Object.fromEntries(Object.entries(possible.getFields()).filter(([name]) => type.getFields()[name] === undefined))
        : possible.getFields()
      const fields = fieldsOf({ getFields: () => own as Record<string, Field> }, taken, possible.name)
      return fields.length === 0 ? '' : `... on ${possible.name} { ${fields.join(' ')} }`
    })
    return ` { __typename ${[...shared, ...each].join(' ')} }`
  }
  return isObjectType(type) ? ` { __typename ${fieldsOf(type as never, taken, type.name).join(' ')} }` : ''
}

/** Connections and edges are one step of a walk, not three; and an outcome among several is told with its refusal. */
const isThin = ({ name }: GraphQLNamedType): boolean =>
  name.endsWith('Edge') || name.endsWith('Outcome') || name === 'PageInfo' || name === 'Money'

const fits = (schema: GraphQLSchema, text: string): boolean => {
  try {
    const document = parse(text, { maxTokens: limits.document.tokens })
    const operation = getOperationAST(document)
    if (guardShape(document) !== null || operation === null || operation === undefined) return false
    const [invalid] = validate(schema, document)
    if (invalid !== undefined) throw new TypeError(`the generator wrote a bad document: ${invalid.message}\n${text}`)
    return guardOperation(schema, document, operation, {}) === null
  } catch (thrown) {
    if (thrown instanceof TypeError) throw thrown
    return false
  }
}

const depths = new Map<string, number>()

/**
 * The deepest form of a document that stays under the service's own limits. From the shallow end: a form far too deep is
 * megabytes of text. How deep a form may be does not depend on the ids in it, so it is found once.
 */
const deepest = (schema: GraphQLSchema, write: (depth: number) => string, most: number): string => {
  let text = write(1)
  const form = `${most} ${text.replace(/"[^"]*"/g, '')}`
  const known = depths.get(form)
  if (known !== undefined) return write(known)
  let depth = 1
  for (; depth < most; depth += 1) {
    const deeper = write(depth + 1)
    if (!fits(schema, deeper)) break
    text = deeper
  }
  depths.set(form, depth)
  return text
}

const scalarAt = (schema: GraphQLSchema, { kind, path, place }: IdPosition): string => {
  const field = rootFields(schema).find((one) => one.kind === kind && one.field.name === path[0])?.field
  let inputs: readonly (GraphQLArgument | GraphQLInputField)[] = field?.args ?? []
  let found = 'ID'
  for (const name of path.length > 1 ? [] : place) {
    const type = inputs.find((input) => input.name === name)?.type
    if (type === undefined) throw new Error(`${path.join('.')} takes nothing at ${place.join('.')}`)
    const inner = unwrap(type)
    inputs = isInputObjectType(inner) ? Object.values(inner.getFields()) : []
    found = (inner as GraphQLNamedType).name
  }
  return found
}

type TryOptions = {
  /** An own value stands beside the tried one where the place is a list. */
  readonly isAmongOwn?: boolean
  readonly depth?: number
  /** What stands at the place: a variable `$id`, or a literal. */
  readonly as?: string
}

/** An operation in which one place is tried, and everything else is good. */
export const operationAt = (schema: GraphQLSchema, position: IdPosition, ids: OwnIds, options: TryOptions = {}): string => {
  const { isAmongOwn = false, depth: most = 4, as = '$id' } = options
  const tested = { place: position.place, isAmongOwn, as }
  const variable = as === '$id' ? `($id: ${scalarAt(schema, position)}!)` : ''
  const write = (depth: number): string => {
    const walk = (type: GraphQLNamedType, [step = '', ...rest]: readonly string[]): string => {
      const [name = '', through] = step.split(':')
      if (!isObjectType(type)) throw new Error(`${nameOf(position)} leads through ${type.name}`)
      const field = type.getFields()[name]
      if (field === undefined) throw new Error(`${type.name} has no field ${name}`)
      if (rest.length === 0) {
        const named = getNamedType(field.type)
        return `{ ${name}${argumentsOf(schema, field, ids, tested)}${isCompositeType(named) ? selectionOf(schema, named, depth, ids) : ''} }`
      }
      if (through !== undefined) {
        const inner = schema.getType(through) as GraphQLNamedType
        return `{ node(id: ${JSON.stringify(ids.get(through) ?? 'none')}) { ... on ${through} ${walk(inner, rest)} } }`
      }
      return `{ ${name}${argumentsOf(schema, field, ids, null)} ${walk(getNamedType(field.type), rest)} }`
    }
    const root = schema.getRootType(position.kind as never) as GraphQLObjectType
    return `${position.kind} Tried${variable} ${walk(root, position.path)}`
  }
  // A bad literal makes a bad document, which is what is tried then.
  return as === '$id' ? deepest(schema, write, most) : write(1)
}

/** A whole root field with required arguments alone. */
export const operationOf = (schema: GraphQLSchema, kind: Kind, field: Field, ids: OwnIds, most = 4): string =>
  deepest(
    schema,
    (depth) =>
      `${kind} Whole { ${field.name}${argumentsOf(schema, field, ids, null)}${selectionOf(schema, getNamedType(field.type), depth, ids)} }`,
    most,
  )

/** Walks from a node: its plain fields at once, and one operation for each field with something below it, as deep as the limits let it be. */
export const walksFrom = (schema: GraphQLSchema, typename: string, ids: OwnIds, most = 4): readonly string[] => {
  const type = schema.getType(typename)
  if (!isObjectType(type)) throw new Error(`${typename} is no object type`)
  const id = JSON.stringify(ids.get(typename) ?? 'none')
  const fields = Object.values(type.getFields())
  const around = (inner: string) => `query Walk { node(id: ${id}) { __typename ... on ${typename} { ${inner} } } }`
  const plain = fields.filter((field) => !isCompositeType(getNamedType(field.type)))
  const deep = fields.filter((field) => !plain.includes(field))
  return [
    around(plain.map((field) => `${field.name}${argumentsOf(schema, field, ids, null)}`).join(' ')),
    ...deep.map((field) =>
      deepest(
        schema,
        (depth) =>
          around(
            `${field.name}${argumentsOf(schema, field, ids, null)}${selectionOf(schema, getNamedType(field.type), depth, ids)}`,
          ),
        most,
      ),
    ),
  ]
}
