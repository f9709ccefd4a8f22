import type { Person, TestClient } from '../harness/index.ts'
import { asOwner } from '../harness/index.ts'
import type { Outcome } from '../promise/world.ts'

type RunAs = (who: Pick<Person, 'subject'>, name: string, input: object, fields?: string) => Promise<Outcome>

export type Asked = {
  readonly id: string
  readonly evidenceHash: string
  readonly version: number
  readonly [fact: string]: unknown
}

type Read = <T>(
  who: Pick<Person, 'subject'>,
  document: string,
  variables?: Record<string, unknown>,
) => Promise<{ data?: T | null | undefined }>

/** Requests of a client that somebody is shown, in the order they were made. */
export const requestsOf = async (read: Read, who: Pick<Person, 'subject'>, client: TestClient, fields = '', args = '') => {
  const document = `query ($id: ID!) { client(id: $id) { approvals(first: 100 ${args}) { edges { node { id evidenceHash version ${fields} } } } } }`
  const { data } = await read<{ client: { approvals: { edges: { node: Asked }[] } | null } }>(who, document, { id: client.gid })
  return data?.client.approvals?.edges.map(({ node }) => node) ?? []
}

/** Decides a request as it was read. */
export const decide = (runAs: RunAs, who: Pick<Person, 'subject'>, asked: Asked, facts: object = {}) =>
  runAs(
    who,
    'decideApproval',
    { request: asked.id, decision: 'APPROVE', evidenceHash: asked.evidenceHash, expectedVersion: asked.version, ...facts },
    'request { id state round roundCause version } decision { verdict by onBehalfOf }',
  )

/** The latest request of a client is approved by somebody; throws where it is not. */
export const approveLatest = async (world: { runAs: RunAs; read: Read }, client: TestClient, who: Pick<Person, 'subject'>) => {
  const asked = (await requestsOf(world.read, who, client)).at(-1)
  if (asked === undefined) throw new Error('nothing was asked for')
  const out = await decide(world.runAs, who, asked)
  if (!out.__typename.endsWith('Payload')) throw new Error(`decideApproval was refused: ${JSON.stringify(out)}`)
  return out
}

export const decisionsIn = (client: TestClient) =>
  asOwner<{ principal_id: string; on_behalf_of_id: string | null; round: number; step: number; verdict: string }>(
    'select * from approval_decision where client_id = $1 order by decided_at, id',
    [client.id],
  )
