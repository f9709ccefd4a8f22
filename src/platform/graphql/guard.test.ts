import fc from 'fast-check'
import { buildSchema, getOperationAST, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { limits } from '../limits.ts'
import { costOf, guardOperation, guardShape } from './guard.ts'

const schema = buildSchema(`
  type Query { a: A list(first: Int!): RowConnection things(ids: [ID!]!): [Thing] many: [A!]! one: Int }
  interface Thing { id: ID! a: A }
  type A implements Thing { id: ID! a: A n: Int rows(first: Int!): RowConnection plain: [A!]! }
  type Row implements Thing { id: ID! a: A n: Int rows(first: Int!): RowConnection }
  type RowConnection { edges: [RowEdge!]! pageInfo: PageInfo! total: A }
  type RowEdge { cursor: String! node: Row! }
  type PageInfo { endCursor: String }
`)
const { depth, aliases, selections, rootFields, cost } = limits.document

const shapeOf = (text: string) => guardShape(parse(text))?.extensions ?? null
const deep = (levels: number) => `{ ${'a { '.repeat(levels - 1)} n ${'} '.repeat(levels - 1)} }`
const over = (limit: string, most: number) => ({ code: 'COST_EXCEEDED', limit, most })

describe('the shape of a document', () => {
  it.each<[string, string, object | null]>([
    ['as deep as it may be', deep(depth), null],
    ['deeper', deep(depth + 1), over('depth', depth)],
    ['as many aliases as it may have', `{ a { ${Array.from({ length: aliases }, (_, n) => `x${n}: n`).join(' ')} } }`, null],
    [
      'more aliases',
      `{ a { ${Array.from({ length: aliases + 1 }, (_, n) => `x${n}: n`).join(' ')} } }`,
      over('aliases', aliases),
    ],
    ['as many root fields as it may have', `{ ${'one '.repeat(rootFields)} }`, null],
    ['more root fields', `{ ${'one '.repeat(rootFields + 1)} }`, over('rootFields', rootFields)],
    ['as many selections as it may have', `{ a { ${'n '.repeat(selections - 1)} } }`, null],
    ['more selections', `{ a { ${'n '.repeat(selections)} } }`, over('selections', selections)],
    ['a type that is asked about types', `{ __schema { ${'types { '.repeat(20)} name ${'} '.repeat(20)} } }`, null],
    ['the same beside data', `{ one __schema { ${'types { '.repeat(20)} name ${'} '.repeat(20)} } }`, over('depth', depth)],
  ])('%s', (_case, text, told) => {
    expect(shapeOf(text)).toEqual(told)
  })

  it('counts what fragments hold wherever they are spread', () => {
    const leaf = `fragment L on A { ${Array.from({ length: 60 }, (_, n) => `x${n}: n`).join(' ')} }`
    expect(shapeOf(`{ a { ...L } } ${leaf}`)).toBeNull()
    expect(shapeOf(`{ a { ...L a { ...L } } } ${leaf}`)).toEqual(over('aliases', aliases))
    expect(shapeOf(`{ a { ... on A { ...L ... { ...L } } } } ${leaf}`)).toEqual(over('aliases', aliases))
    const nested = Array.from({ length: depth }, (_, n) => `fragment F${n} on A { a { ...F${n + 1} } }`).join(' ')
    expect(shapeOf(`{ a { ...F0 } } ${nested} fragment F${depth} on A { n }`)).toEqual(over('depth', depth))
  })

  it('counts root fields also where a fragment hides them', () => {
    const fields = Array.from({ length: rootFields + 1 }, (_, n) => `x${n}: one`).join(' ')
    expect(shapeOf(`{ ...F } fragment F on Query { ${fields} }`)).toEqual(over('rootFields', rootFields))
    expect(shapeOf(`{ ... on Query { ${fields} } }`)).toEqual(over('rootFields', rootFields))
  })

  it('weighs an exponential document without walking it', () => {
    const doubling = Array.from({ length: 60 }, (_, n) => `fragment F${n} on A { ...F${n + 1} ...F${n + 1} }`).join(' ')
    expect(shapeOf(`{ a { ...F0 } } ${doubling} fragment F60 on A { n }`)).toEqual(over('selections', selections))
  })

  it('comes to an end with fragments that go round in circles, or are not there', () => {
    expect(shapeOf('{ a { ...F } } fragment F on A { a { ...G } } fragment G on A { a { ...F } }')).toBeNull()
    expect(shapeOf('{ a { ...F } } fragment F on A { ...F }')).toBeNull()
    expect(shapeOf('{ a { ...Nowhere } }')).toBeNull()
  })

  it('holds for each operation of a document, also for those that are not asked for', () => {
    expect(shapeOf(`query Small { one } query Deep ${deep(depth + 1)}`)).toEqual(over('depth', depth))
  })
})

describe('the text of an operation', () => {
  const told = (text: string, variables: object = {}) => {
    const document = parse(text)
    const operation = getOperationAST(document)
    return operation ? guardOperation(schema, document, operation, { ...variables })?.extensions : undefined
  }
  it.each<[string, string, object]>([
    ['NUL in a literal', '{ things(ids: ["a\\u0000b"]) { id } }', {}],
    ['NUL in a variable', 'query Q($ids: [ID!]!) { things(ids: $ids) { id } }', { ids: ['a\0b'] }],
    ['half a pair deep in a variable', 'query Q($ids: [ID!]!) { things(ids: $ids) { id } }', { ids: [{ deep: ['\uD83D'] }] }],
  ])('%s is bad input', (_case, text, variables) => {
    expect(told(text, variables)).toEqual({ code: 'BAD_USER_INPUT' })
  })

  it('in any script is let through', () => {
    expect(told('query Q($ids: [ID!]!) { things(ids: $ids) { id } }', { ids: ['Müller', '株式会社', '😀'] })).toBeUndefined()
  })
})

const costFor = (text: string, variables: Record<string, unknown> = {}) => {
  const document = parse(text)
  const operation = getOperationAST(document)
  if (operation === null || operation === undefined) throw new Error('there is no operation')
  return { cost: costOf(schema, document, operation, variables), refused: guardOperation(schema, document, operation, variables) }
}

describe('the cost of an operation', () => {
  it.each<[string, string, object, number]>([
    ['a leaf is free', '{ one }', {}, 0],
    ['an object is one', '{ a { n } }', {}, 1],
    ['a page is its rows', '{ list(first: 25) { edges { cursor node { n } } pageInfo { endCursor } } }', {}, 25],
    [
      'a page in a page is multiplied',
      '{ list(first: 25) { edges { node { rows(first: 3) { edges { node { n } } } } } } }',
      {},
      100,
    ],
    ['what hangs on a row is had for each', '{ list(first: 25) { edges { node { a { n } } } } }', {}, 50],
    ['a size by variable', 'query Q($n: Int!) { list(first: $n) { edges { node { n } } } }', { n: 40 }, 40],
    [
      'a size that nobody gave counts in full',
      'query Q($n: Int!) { list(first: $n) { edges { node { n } } } }',
      {},
      limits.page.first,
    ],
    ['a size below one counts as one', '{ list(first: -7) { edges { node { n } } } }', {}, 1],
    ['things by their ids', '{ things(ids: ["a", "b", "c"]) { id } }', {}, 3],
    ['things by ids of a variable', 'query Q($ids: [ID!]!) { things(ids: $ids) { id } }', { ids: ['a', 'b'] }, 2],
    ['ids that nobody gave count in full', 'query Q($ids: [ID!]!) { things(ids: $ids) { id } }', {}, limits.page.ids],
    ['a list without a size is a short one', '{ many { n } }', {}, 5],
    ['a short list in a short list', '{ many { plain { n } } }', {}, 30],
    [
      'fragments cost what they hold',
      '{ a { ...F } } fragment F on A { rows(first: 10) { edges { ...E } } } fragment E on RowEdge { node { n } }',
      {},
      11,
    ],
    ['fragments on kinds', '{ things(ids: ["x"]) { ... on A { rows(first: 10) { edges { node { n } } } } a { n } } }', {}, 12],
  ])('%s', (_case, text, variables, expected) => {
    expect(costFor(text, { ...variables })).toEqual({ cost: expected, refused: null })
  })

  it('is refused beyond the limit, and not at it', () => {
    const rows = (first: number, inner: number) =>
      `{ list(first: ${first}) { edges { node { rows(first: ${inner}) { edges { node { n } } } } } } }`
    expect(costFor(rows(100, cost / 100 - 1)).refused).toBeNull()
    expect(costFor(rows(100, cost / 100)).refused?.extensions).toEqual(over('cost', cost))
  })

  it('of an operation without an end is not walked to it', () => {
    const doubling = Array.from(
      { length: 40 },
      (_, n) => `fragment F${n} on A { a { ...F${n + 1} } b: a { ...F${n + 1} } }`,
    ).join(' ')
    const { refused } = costFor(`{ a { ...F0 } } ${doubling} fragment F40 on A { n }`)
    expect(refused?.extensions).toEqual(over('cost', cost))
  })

  it('never falls when more is asked for', () => {
    const size = fc.integer({ min: 1, max: 60 })
    fc.assert(
      fc.property(size, size, size, (first, inner, more) => {
        const of = (outer: number, nested: number) =>
          costFor(`{ list(first: ${outer}) { edges { node { a { n } rows(first: ${nested}) { edges { node { n } } } } } } }`).cost
        expect(of(first, inner)).toBe(first * (2 + inner))
        expect(of(first + more, inner)).toBeGreaterThan(of(first, inner))
        expect(of(first, inner + more)).toBeGreaterThan(of(first, inner))
      }),
    )
  })
})
