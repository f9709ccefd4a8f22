import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  buildSchema,
  findBreakingChanges,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isNullableType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../src/schema.ts'
import { rootFields } from '../isolation/operations.ts'

// The contract, read from the schema itself: what holds for every field must hold for the next one too.

const root = join(import.meta.dirname, '../..')
const roots = rootFields(schema).map(({ kind, field }) => ({ kind, field, name: `${kind} ${field.name}` }))
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))

describe('every root field', () => {
  it.each(roots)('$name states who may ask', ({ field }) => {
    const options = field.extensions.pothosOptions as { authScopes?: unknown } | undefined
    expect(options?.authScopes).toBeDefined()
    expect(options?.authScopes).not.toEqual({})
  })

  // A list of nodes has its nulls inside: an id that leads nowhere is null in its own place.
  it.each(roots.filter(({ field }) => field.name !== 'nodes'))(
    '$name is nullable, so that its error stays its own',
    ({ field }) => {
      expect(isNullableType(field.type)).toBe(true)
    },
  )

  it.each(roots.filter(({ kind }) => kind === 'mutation'))('$name answers with its payload, or with a refusal', ({ field }) => {
    const result = getNamedType(field.type)
    const name = `${field.name.charAt(0).toUpperCase()}${field.name.slice(1)}`
    expect(result.name).toBe(`${name}Result`)
    if (!isUnionType(result)) throw new Error(`${result.name} is not a union`)
    const others = result.getTypes().filter((type) => !type.getInterfaces().some((face) => face.name === 'Refusal'))
    expect(others.map((type) => type.name)).toEqual([`${name}Payload`])
    // No right and no row are told alike, so every command can answer that there is no such thing.
    expect(result.getTypes().map((type) => type.name)).toContain('NotFound')
  })

  it.each(roots.filter(({ kind }) => kind === 'mutation'))('$name takes one input of its own', ({ field }) => {
    expect(field.args.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      `input: ${field.name.charAt(0).toUpperCase()}${field.name.slice(1)}Input!`,
    ])
  })

  it.each(roots.filter(({ kind }) => kind === 'subscription'))('$name can be gone on with behind a cursor', ({ field }) => {
    expect(field.args.map(({ name, type }) => `${name}: ${type}`)).toContain('after: Cursor')
    const change = getNamedType(field.type)
    expect(isObjectType(change) && String(change.getFields().cursor?.type)).toBe('Cursor!')
  })
})

type Described = { readonly where: string; readonly description: string | null | undefined }

const describedIn = (type: GraphQLNamedType): Described[] => {
  const own = { where: type.name, description: type.description }
  if (isEnumType(type))
    return [own, ...type.getValues().map(({ name, description }) => ({ where: `${type.name}.${name}`, description }))]
  if (isInputObjectType(type)) {
    return [
      own,
      ...Object.values(type.getFields()).map(({ name, description }) => ({ where: `${type.name}.${name}`, description })),
    ]
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [own]
  return [
    own,
    ...Object.values(type.getFields()).flatMap(({ name, description, args }) => [
      { where: `${type.name}.${name}`, description },
      ...args.map((arg) => ({ where: `${type.name}.${name}(${arg.name})`, description: arg.description })),
    ]),
  ]
}

describe('everything a caller can name', () => {
  const described = types.filter((type) => !isSpecifiedScalarType(type)).flatMap(describedIn)

  it('is described', () => {
    const missing = described.filter(({ description }) => (description ?? '').trim() === '').map(({ where }) => where)
    expect(missing).toEqual([])
  })

  it('is described by a sentence', () => {
    const cut = described.filter(
      ({ description }) => (description ?? '').trim() !== '' && !/[.)`]$/.test((description ?? '').trim()),
    )
    expect(cut.map(({ where, description }) => `${where}: ${description}`)).toEqual([])
  })
})

describe('every list of rows', () => {
  const lists = types.flatMap((type) =>
    isObjectType(type) || isInterfaceType(type)
      ? Object.values(type.getFields())
          .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
          .map((field) => ({ name: `${type.name}.${field.name}`, field }))
      : [],
  )

  it.each(lists)('$name is asked for by the page', ({ field }) => {
    const args = Object.fromEntries(field.args.map(({ name, type }) => [name, String(type)]))
    expect(args).toMatchObject({ first: 'Int!', after: 'String' })
  })

  it('that is not paged is short by nature', () => {
    const unpaged = types.flatMap((type) =>
      isObjectType(type)
        ? Object.values(type.getFields())
            .filter(
              (field) =>
                isListType(isNonNullType(field.type) ? field.type.ofType : field.type) && isObjectType(getNamedType(field.type)),
            )
            .filter((field) => {
              const named = getNamedType(field.type)
              return isObjectType(named) && named.getInterfaces().some(({ name }) => name === 'Node')
            })
            .map((field) => `${type.name}.${field.name}`)
        : [],
    )
    expect(unpaged).toEqual([])
  })
})

describe('the printed schema', () => {
  const file = join(root, 'schema/schema.graphql')
  const printed = `${printSchema(lexicographicSortSchema(schema))}\n`

  it('is what the code says: `npm run generate` (or node src/main.ts schema) writes it', () => {
    expect(existsSync(file), 'schema/schema.graphql is missing: run `node src/main.ts schema`').toBe(true)
    expect(readFileSync(file, 'utf8') === printed, 'schema/schema.graphql is old: run `node src/main.ts schema`').toBe(true)
  })

  /** Null where there is no repository, or no schema in it yet: a release has neither. */
  const committed = (): string | null => {
    try {
      return execFileSync('git', ['show', 'HEAD:schema/schema.graphql'], {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    } catch {
      return null
    }
  }

  it('breaks nobody’s operation without a line in schema/BREAKING.md that names what, when and what instead', () => {
    const before = committed()
    if (before === null) return
    const announced = join(root, 'schema/BREAKING.md')
    const lines = existsSync(announced) ? readFileSync(announced, 'utf8').split('\n') : []
    const changes = findBreakingChanges(buildSchema(before), buildSchema(printed))
    const silent = changes.filter(({ description }) => {
      const name = /[A-Z]\w*(\.\w+)?/.exec(description)?.[0] ?? description
      return !lines.some((line) => line.includes(name) && /\d{4}-\d{2}-\d{2}/.test(line))
    })
    expect(silent.map(({ description }) => description)).toEqual([])
  })
})
