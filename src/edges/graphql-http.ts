import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApolloServer, HeaderMap } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError, type ValidationContext } from 'graphql'
import { coded, mask } from '../platform/graphql/errors.ts'
import { type Engine, executeInUnit } from '../platform/graphql/execute.ts'
import { guardOperation, guardShape } from '../platform/graphql/guard.ts'
import type { Asker } from '../platform/identity/asker.ts'
import { limits } from '../platform/limits.ts'
import { BodyTooLong, readBody } from './body.ts'

type Caller = { readonly asker: Asker }

export type GraphQLOptions = { readonly introspection: boolean; readonly hideSchema: boolean }

/** Apollo parses, validates and guards; the house executes. `gateway` is Apollo's own seam for that. */
export const createApollo = async (
  engine: Engine,
  { introspection, hideSchema }: GraphQLOptions,
): Promise<ApolloServer<Caller>> => {
  const { schema, log } = engine
  const apollo = new ApolloServer<Caller>({
    gateway: {
      load: async () => ({
        executor: async ({ document, operationName, request, context }) => {
          const { asker } = context as unknown as Caller
          return withStatus(
            await executeInUnit(engine, asker, { document, operationName, variables: request.variables }),
          ) as never
        },
      }),
      onSchemaLoadOrUpdate: (use) => {
        use({ apiSchema: schema, coreSupergraphSdl: '' })
        return () => {}
      },
      stop: async () => {},
    },
    introspection,
    hideSchemaDetailsFromClientErrors: hideSchema,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: limits.document.tokens },
    // Runs beside the rules of the specification: a document that is too large is told so in its own words.
    validationRules: [shapeRule],
    maxRecursiveSelections: limits.document.selections,
    validationOptions: { maxErrors: limits.document.errors },
    formatError: (formatted, thrown) => formatError(formatted, thrown as GraphQLError, engine),
    logger: {
      debug: () => {},
      info: () => {},
      warn: (message) => log.warn({}, String(message)),
      error: (message) => log.error({}, String(message)),
    },
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      {
        requestDidStart: async () => ({
          didResolveOperation: async ({ document, operation, request }) => {
            if (operation === undefined) return
            if (operation.operation === 'subscription')
              throw asRefused(coded('BAD_USER_INPUT', 'Subscriptions go over the socket.'))
            const refused = guardOperation(schema, document, operation, request.variables ?? {})
            if (refused !== null) throw asRefused(refused)
          },
        }),
      },
    ],
  })
  await apollo.start()
  return apollo
}

/** A good token of somebody who is not known, or not any more, is answered as no token is. */
const withStatus = (result: ExecutionResult): ExecutionResult => ({
  ...result,
  ...(result.errors === undefined
    ? {}
    : { errors: result.errors.map((error) => (error.extensions.code === 'UNAUTHENTICATED' ? asUnknown(error) : error)) }),
})

const asUnknown = (error: GraphQLError): GraphQLError =>
  new GraphQLError(error.message, { extensions: { ...error.extensions, http: { status: 401 } } })

const shapeRule = (context: ValidationContext) => {
  const refused = guardShape(context.getDocument())
  if (refused !== null) context.reportError(refused)
  return {}
}

/** Refused before it ran: the request is at fault, not the service. */
const asRefused = (error: GraphQLError): GraphQLError =>
  new GraphQLError(error.message, { extensions: { ...error.extensions, http: { status: 400 } } })

/** Apollo's own refusals carry codes of the list; anything unknown is a fault and is masked like one. */
const formatError = (formatted: GraphQLFormattedError, thrown: GraphQLError, { log }: Engine): GraphQLFormattedError => {
  const code = formatted.extensions?.code
  if (typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR') {
    const { stacktrace: _stack, ...rest } = formatted.extensions ?? {}
    // Apollo gives every error of a validation rule the same code; those of our limits have their own.
    const extensions = 'limit' in rest ? { ...rest, code: 'COST_EXCEEDED' } : rest
    // The recursive parser overflows on deep literals: said as the refusal it is, without its own words.
    const message = formatted.message.includes('Maximum call stack')
      ? 'Syntax Error: the document nests too deeply.'
      : formatted.message
    return { ...formatted, message, extensions }
  }
  return mask(thrown, log).toJSON()
}

const answer = (response: ServerResponse, status: number, headers: Iterable<[string, string]>, body: string) => {
  response.statusCode = status
  for (const [name, value] of headers) response.setHeader(name, value)
  response.setHeader('content-length', Buffer.byteLength(body))
  response.end(body)
}

/** An error that is answered before there is an operation: same shape, same codes. */
export const refuse = (
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: [string, string][] = [],
) =>
  answer(
    response,
    status,
    [['content-type', 'application/json; charset=utf-8'], ...headers],
    JSON.stringify({ errors: [{ message, extensions: { code } }] }),
  )

/** GraphQL over HTTP on Node's own server: Apollo's documented seam for integrations. */
export const serveGraphQL = async (
  apollo: ApolloServer<Caller>,
  asker: Asker,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => {
  let body: unknown = ''
  if (request.method === 'POST') {
    try {
      const bytes = await readBody(request, limits.http.bodyBytes, limits.http.requestMs)
      if ((request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() === 'application/json') {
        body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
      }
    } catch (thrown) {
      if (thrown instanceof BodyTooLong)
        return refuse(response, 413, 'BAD_REQUEST', `A request has at most ${limits.http.bodyBytes} bytes.`, [
          ['connection', 'close'],
        ])
      return refuse(response, 400, 'BAD_REQUEST', 'The body is not JSON in UTF-8.')
    }
  }
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  const result = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: (request.method ?? 'GET').toUpperCase(), headers, search: url.search, body },
    context: async () => ({ asker }),
  })
  if (result.body.kind !== 'complete') throw new Error('incremental delivery is not offered')
  answer(response, result.status ?? 200, result.headers, result.body.string)
}
