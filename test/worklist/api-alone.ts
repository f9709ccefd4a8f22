import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import jwt from 'jsonwebtoken'
import { inject } from 'vitest'
import { createGraphQLRoute } from '../../src/edges/graphql-route.ts'
import { createHttp } from '../../src/edges/http.ts'
import { type Clock, systemClock } from '../../src/platform/clock.ts'
import { openDatabase } from '../../src/platform/database/database.ts'
import type { Engine } from '../../src/platform/graphql/execute.ts'
import { keyFromSecret } from '../../src/platform/identity/token.ts'
import { createLog } from '../../src/platform/log.ts'
import { schema } from '../../src/schema.ts'
import type { Person, theApp } from '../harness/index.ts'

type App = Awaited<ReturnType<typeof theApp>>

export type ApiAlone = App & {
  /** A caller of this API, whose tokens outlast any day that a test moves on to. */
  readonly as: (person: Pick<Person, 'subject'>) => { readonly bearer: string }
}

/**
 * The API over HTTP without what a whole node does beside it. A node's housekeeping begins the day of every client there
 * is: by another clock it would begin tomorrow for the clients of other tests, and its statements would be counted with
 * those of the caller.
 */
export const startApiAlone = async ({ clock = systemClock }: { clock?: Clock } = {}): Promise<ApiAlone> => {
  const log = createLog(process.env.TEST_LOG ?? 'error')
  const database = openDatabase(inject('appUrl'), { log, connections: 5 })
  const engine: Engine = { schema, database, clock, log, linkSecret: 'nobody asks for a link here' }
  const secret = randomBytes(32).toString('hex')
  const keys = [keyFromSecret(secret)]
  const rules = { issuer: 'alone', audience: 'alone', keys: () => keys, clock }
  const route = await createGraphQLRoute(engine, rules, { introspection: true, hideSchema: false })
  const metrics = { text: async () => '', contentType: 'text/plain', requested: () => {} }
  const server = createHttp([route], { log, metrics: () => metrics })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    socketUrl: '',
    engine,
    as: ({ subject }) => ({
      bearer: jwt.sign({}, secret, { algorithm: 'HS256', subject, issuer: 'alone', audience: 'alone', expiresIn: '400d' }),
    }),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await database.close()
    },
  }
}
