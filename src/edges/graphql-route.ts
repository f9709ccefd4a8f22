import type { Engine } from '../platform/graphql/execute.ts'
import type { TokenRules } from '../platform/identity/token.ts'
import { createApollo, type GraphQLOptions, serveGraphQL } from './graphql-http.ts'
import { forCallers, type Route } from './http.ts'

export const createGraphQLRoute = async (engine: Engine, rules: TokenRules, options: GraphQLOptions): Promise<Route> => {
  const apollo = await createApollo(engine, options)
  return {
    path: /^\/graphql$/,
    name: 'graphql',
    serve: forCallers(rules, engine.log, (asker, request, response, url) => serveGraphQL(apollo, asker, request, response, url)),
  }
}
