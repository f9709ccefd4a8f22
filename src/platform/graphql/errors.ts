import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { Unavailable } from '../database/database.ts'
import { TimedOut, Unknown } from '../database/unit.ts'
import type { Log } from '../log.ts'

/** Every value that `extensions.code` can have, and what it tells the caller. Printed in docs/errors.md; a test compares. */
export const errorCodes = {
  UNAUTHENTICATED: 'No credential, or one that is not or no longer good. Get a new token and try again.',
  NOT_FOUND: 'There is no such thing, or you have no right to it: the two look the same.',
  BAD_USER_INPUT: 'A variable or argument has a value that its type does not take.',
  BAD_REQUEST: 'The HTTP request is not GraphQL over HTTP.',
  GRAPHQL_PARSE_FAILED: 'The document is not GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  OPERATION_RESOLUTION_FAILURE: 'The document has several operations and none, or an unknown one, was named.',
  PERSISTED_QUERY_NOT_SUPPORTED: 'Automatic persisted queries are not offered: send the document.',
  COST_EXCEEDED: 'The operation asks for more than one operation may: see `extensions.limit`.',
  SUBSCRIPTION_ONLY: 'The socket carries subscriptions only; send queries and mutations over HTTP.',
  TOO_MANY: 'The caller has too many sockets or subscriptions open.',
  TIMEOUT: 'The operation took longer than it may and changed nothing.',
  UNAVAILABLE: 'A part of the service is not there right now. Try again after `extensions.retryAfterMs`.',
  INTERNAL: 'A fault on our side, logged under `extensions.errorId`. Nothing was changed.',
} as const

export type ErrorCode = keyof typeof errorCodes

/** An expected error of an operation, told as it is. */
export const coded = (code: ErrorCode, message: string, facts: Record<string, unknown> = {}): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...facts } })

export const notFound = (what = 'thing'): GraphQLError =>
  coded('NOT_FOUND', `There is no such ${what}, or you have no right to it.`)

const isKnown = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(errorCodes, code)

/** What graphql-js adds for whoever misspells: it would spell out a schema that is not shown. */
const suggestion = / Did you mean .*\?$/s

/** Database faults that mean "later", and the one that means "too slow". */
const laterCodes = /^(08[^P]..|53...|57P..|55P03)$/
const isSlow = (error: unknown) => error instanceof TimedOut || sqlState(error) === '57014'

export const sqlState = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

/** Two writers met and one must go again: the unit left nothing behind. */
export const isRetryable = (error: unknown): boolean => {
  const original = error instanceof GraphQLError ? error.originalError : error
  return ['40001', '40P01'].includes(sqlState(original) ?? '')
}

/** A pool without room or a restarting server: whoever waits tries again, nothing is broken. */
export const isPassing = (thrown: unknown): boolean =>
  thrown instanceof Unavailable || isRetryable(thrown) || /^(08[^P]|57P)/.test(sqlState(thrown) ?? '')

const withPlace = (error: GraphQLError, code: ErrorCode, message: string, facts: Record<string, unknown> = {}) =>
  new GraphQLError(message, {
    ...(error.nodes === undefined ? {} : { nodes: error.nodes }),
    ...(error.source === undefined ? {} : { source: error.source }),
    ...(error.positions === undefined ? {} : { positions: error.positions }),
    ...(error.path === undefined ? {} : { path: error.path }),
    extensions: { code, ...facts },
  })

/** What leaves the house: expected errors as they are, faults as an id under which the log has the rest. */
export const mask = (error: GraphQLError, log: Log): GraphQLError => {
  const code = error.extensions?.code
  if (isKnown(code) && code !== 'INTERNAL') return error
  const original = error.originalError
  if (original instanceof GraphQLError) return mask(withPlaceOf(error, original), log)
  // Without an original error graphql-js itself speaks: a variable that cannot be coerced.
  if (original === undefined || original === null)
    return withPlace(error, 'BAD_USER_INPUT', error.message.replace(suggestion, ''))
  if (original instanceof Unknown) return withPlace(error, 'UNAUTHENTICATED', 'You are not signed in.')
  if (isSlow(original)) return withPlace(error, 'TIMEOUT', 'The operation took too long and was stopped; nothing was changed.')
  if (original instanceof Unavailable || laterCodes.test(sqlState(original) ?? '') || isRetryable(original)) {
    log.warn({ path: error.path, error: original.message, state: sqlState(original) }, 'busy')
    return withPlace(error, 'UNAVAILABLE', 'The service is busy; try again.', { retryAfterMs: 1_000 })
  }
  const errorId = randomUUID()
  log.error(
    { errorId, path: error.path, error: original.stack ?? original.message, cause: String(original.cause ?? '') },
    'fault',
  )
  return withPlace(error, 'INTERNAL', `Something went wrong on our side; ask for it by ${errorId}.`, { errorId })
}

const withPlaceOf = (outer: GraphQLError, inner: GraphQLError): GraphQLError =>
  isKnown(inner.extensions.code)
    ? withPlace(outer, inner.extensions.code, inner.message, { ...inner.extensions, code: inner.extensions.code })
    : withPlace(outer, 'BAD_USER_INPUT', inner.message.replace(suggestion, ''))

/** Faults make a mutation void as a whole; expected errors are an answer. */
export const isFault = (error: GraphQLError): boolean =>
  ['INTERNAL', 'TIMEOUT', 'UNAVAILABLE'].includes(String(error.extensions.code))

/** A thrown thing as the GraphQL error it would have been inside a resolver. */
export const asGraphQLError = (thrown: unknown): GraphQLError =>
  thrown instanceof GraphQLError
    ? thrown
    : new GraphQLError(String(thrown), { originalError: thrown instanceof Error ? thrown : new Error(String(thrown)) })
