import { type DocumentNode, type ExecutionResult, execute, type GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql'
import type { Clock } from '../clock.ts'
import type { Database } from '../database/database.ts'
import { inUnit, type Tx } from '../database/unit.ts'
import type { Asker } from '../identity/asker.ts'
import { limits } from '../limits.ts'
import { type Log, silentLog } from '../log.ts'
import { inSpan } from '../trace.ts'
import { compiledFor, runCompiled } from './compiled.ts'
import { contextOf } from './context.ts'
import { asGraphQLError, isFault, isRetryable, mask } from './errors.ts'

/** Everything an operation needs beside itself. */
export type Engine = {
  readonly schema: GraphQLSchema
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  /** What links to documents are signed with. */
  readonly linkSecret: string
}

export type Operation = {
  readonly document: DocumentNode
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
  readonly rootValue?: unknown
}

/** A unit that must not commit although nobody threw: its faults are the answer. */
class Void extends Error {
  readonly result: ExecutionResult
  constructor(result: ExecutionResult) {
    super('the operation is void')
    this.result = result
  }
}

/** One operation, one unit of work. The answer leaves only after the commit. */
export const executeInUnit = (engine: Engine, asker: Asker, operation: Operation): Promise<ExecutionResult> => {
  const ast = getOperationAST(operation.document, operation.operationName)
  const attributes = { 'graphql.operation.type': ast?.operation ?? '', 'graphql.operation.name': ast?.name?.value ?? '' }
  return inSpan('graphql', attributes, () => executeOrRetry(engine, asker, operation, ast?.operation === 'mutation'))
}

const executeOrRetry = async (engine: Engine, asker: Asker, operation: Operation, isWrite: boolean): Promise<ExecutionResult> => {
  for (let tries = 1; ; tries += 1) {
    try {
      const unit = { asker, readOnly: !isWrite, now: engine.clock(), isRepeatable: !isWrite }
      return masked(
        engine,
        await inUnit(engine.database, unit, (tx) =>
          isWrite ? executeWhole(engine, tx, operation) : executeIn(engine, tx, operation),
        ),
      )
    } catch (thrown) {
      if (thrown instanceof Void) {
        if (thrown.result.errors?.some(isRetryable) && tries < limits.database.retries) continue
        return masked(engine, { data: null, errors: thrown.result.errors ?? [] })
      }
      if (isRetryable(thrown) && tries < limits.database.retries) continue
      return masked(engine, { errors: [asGraphQLError(thrown)] })
    }
  }
}

/** The operation inside a unit that is already open: how each pushed change is answered. */
export const executeIn = async (
  { schema, linkSecret }: Engine,
  tx: Tx,
  { document, operationName, variables, rootValue }: Operation,
): Promise<ExecutionResult> => {
  const context = contextOf(tx, { linkSecret })
  const program = compiledFor(schema, document, operationName)
  if (program !== null)
    return runCompiled(program, { schema, document, operationName, rootValue, context, variables: variables ?? {} })
  return execute({
    schema,
    document,
    rootValue,
    contextValue: context,
    variableValues: variables ?? {},
    options: { maxCoercionErrors: limits.document.errors },
    ...(operationName === null || operationName === undefined ? {} : { operationName }),
  })
}

/** A mutation is whole or void: a fault behind a command that succeeded takes the command back with it. */
const executeWhole = async (engine: Engine, tx: Tx, operation: Operation): Promise<ExecutionResult> => {
  const result = await executeIn(engine, tx, operation)
  if (result.errors?.some((error) => isFault(mask(error, silentLog)))) throw new Void(result)
  return result
}

export const masked = ({ log }: { log: Log }, result: ExecutionResult): ExecutionResult =>
  result.errors === undefined ? result : { ...result, errors: result.errors.map((error: GraphQLError) => mask(error, log)) }
