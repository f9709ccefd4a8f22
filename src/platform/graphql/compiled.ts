import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  valueFromASTUntyped,
} from 'graphql'
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit'
import { limits } from '../limits.ts'
import type { Context } from './context.ts'

/** A document's way to its program: how often it was asked, and what became of it. */
type Known = { asked: number; readonly programs: Map<string, CompiledQuery | null> }

const documents = new WeakMap<DocumentNode, Known>()

/**
 * Queries that come again and again are compiled to JavaScript: a worklist page has 1,500 fields, and walking the
 * document for each of them cost three times what answering them does. A query that is asked once is not worth it, and
 * must not be able to make us compile. Null while the document is to be interpreted.
 */
export const compiledFor = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): CompiledQuery | null => {
  const known = documents.get(document) ?? { asked: 0, programs: new Map<string, CompiledQuery | null>() }
  documents.set(document, known)
  known.asked += 1
  if (known.asked <= limits.document.compileAfter) return null
  const name = operationName ?? ''
  let program = known.programs.get(name)
  if (program === undefined) {
    const isQuery = getOperationAST(document, operationName)?.operation === 'query'
    const made = isQuery ? compileQuery(schema, document, operationName ?? undefined) : null
    program = made !== null && isCompiledQuery(made) ? (made as CompiledQuery) : null
    known.programs.set(name, program)
  }
  return program
}

type Run = {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operationName: string | null | undefined
  readonly rootValue: unknown
  readonly context: Context
  readonly variables: Readonly<Record<string, unknown>>
}

/** Variables are judged by graphql-js, so that a bad one is told in the same words either way. */
export const runCompiled = async (program: CompiledQuery, run: Run): Promise<ExecutionResult> => {
  const { schema, document, operationName, rootValue, context, variables } = run
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? []
  const coerced = getVariableValues(schema, definitions, variables, { maxErrors: limits.document.errors })
  if (coerced.errors !== undefined) return { errors: coerced.errors }
  // What resolvers read of the variables themselves has its defaults in it, as graphql-js would have it.
  const complete: Record<string, unknown> = { ...variables }
  for (const { variable, defaultValue } of definitions) {
    const name = variable.name.value
    if (complete[name] === undefined && defaultValue !== undefined) complete[name] = valueFromASTUntyped(defaultValue)
  }
  return program.query(rootValue, context, complete) as Promise<ExecutionResult>
}
