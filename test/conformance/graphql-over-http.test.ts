import { serverAudits } from 'graphql-http'
import { beforeAll, describe, expect, it } from 'vitest'
import { aClient, theApp, tokenFor } from '../harness/index.ts'

// The public audits of GraphQL over HTTP, against a real service. They ask with a good credential and with the header that
// tells a program from a form: without it, a bare GET is refused on purpose (row 11 of the security plan).

let url = ''
let token = ''

beforeAll(async () => {
  const client = await aClient()
  url = (await theApp()).url
  token = tokenFor(client.analyst.subject)
})

const audits = serverAudits({
  url: () => url,
  fetchFn: (input: string, init: RequestInit = {}) =>
    fetch(input, {
      ...init,
      headers: {
        ...(init.headers as Record<string, string>),
        authorization: `Bearer ${token}`,
        'apollo-require-preflight': 'true',
      },
    }),
})

/** Apollo answers 400 to malformed requests in application/json where the specification would rather have 200. */
const known = /^(SHOULD|MAY) /

describe('an audit of GraphQL over HTTP', () => {
  it('is there', () => expect(audits.length).toBeGreaterThan(55))

  it.each(audits.map((audit) => ({ id: audit.id, name: audit.name, audit })))('$id: $name', async ({ audit, name }) => {
    const result = await audit.fn()
    expect(result.status, 'reason' in result ? String(result.reason) : '').not.toBe('error')
    if (result.status !== 'ok') expect(name).toMatch(known)
  })
})
