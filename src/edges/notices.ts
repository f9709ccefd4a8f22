import type { ServerResponse } from 'node:http'
import { noticePdf } from '../modules/notice/index.ts'
import { inUnit, Unknown } from '../platform/database/unit.ts'
import type { Engine } from '../platform/graphql/execute.ts'
import { keyOf } from '../platform/graphql/ids.ts'
import type { Asker } from '../platform/identity/asker.ts'
import type { TokenRules } from '../platform/identity/token.ts'
import { refuse } from './graphql-http.ts'
import { forCallers, type Route } from './http.ts'

/** A notice as a PDF. The address is no secret and opens nothing: what the caller may not read is not there. */
const pdf = async ({ database, clock }: Engine, asker: Asker, response: ServerResponse, notice: string) => {
  const { clientId, id } = keyOf('Notice', notice)
  const unit = { asker, readOnly: true, now: clock() }
  const set = await inUnit(database, unit, (tx) => noticePdf({ tx, clientId, now: tx.now }, id)).catch((thrown) => {
    if (thrown instanceof Unknown) return null
    throw thrown
  })
  if (set === null) return refuse(response, 404, 'NOT_FOUND', 'There is no such notice, or you have no right to it.')
  const bytes = await set()
  response.setHeader('content-type', 'application/pdf')
  response.setHeader('content-disposition', 'attachment; filename="notice.pdf"')
  response.end(bytes)
}

export const createNoticeRoutes = (engine: Engine, rules: TokenRules): Route[] => [
  {
    path: /^\/notices\/([A-Za-z0-9_-]{1,160})\.pdf$/,
    name: 'notices',
    serve: forCallers(rules, engine.log, async (asker, request, response, _url, match) => {
      if (request.method !== 'GET') return refuse(response, 405, 'BAD_REQUEST', 'Ask for it with GET.', [['allow', 'GET']])
      await pdf(engine, asker, response, match[1] ?? '')
    }),
  },
]
