import { ask, asOwner, type Person, type TestClient } from '../harness/index.ts'

export type Line = {
  readonly outcome: string
  readonly score: number
  readonly rule: { readonly id: string; readonly version: number } | null
  readonly openItem: { readonly id: string; readonly number: string } | null
  readonly found: { readonly text: string; readonly distance: number } | null
  readonly candidates: readonly { readonly number: string; readonly why: string }[]
  readonly effects: { readonly cash: { readonly amount: string }; readonly writeOff: { readonly amount: string } }
}

export type Match = {
  readonly id: string
  readonly outcome: string
  readonly state: string
  readonly policyVersion: number
  readonly isStraightThrough: boolean
  readonly customer: { readonly number: string | null } | null
  readonly payer: { readonly level: string; readonly rule: { readonly id: string } | null }
  readonly lines: readonly Line[]
  readonly rest: { readonly amount: string }
  readonly notes: readonly { readonly code: string; readonly isBlocking: boolean }[]
  readonly lessons: readonly { readonly kind: string; readonly value: string }[]
  readonly reason: string | null
  readonly receipt: { readonly id: string; readonly state: string; readonly version: number }
}

const match = `id outcome state policyVersion isStraightThrough customer { number } payer { level rule { id } } rest { amount } reason
  notes { code isBlocking } lessons { kind value } receipt { id state version }
  lines { outcome score rule { id version } openItem { id number } found { text distance } candidates { number why }
    effects { cash { amount } writeOff { amount } } }`

export type Answered<Payload> = Payload & {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly state?: string
  readonly legal?: readonly string[]
}

const mutate = async <Payload>(who: Person, name: string, payload: string, input: object): Promise<Answered<Payload>> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const text = `mutation ($input: ${type}Input!) { out: ${name}(input: $input) { __typename
    ... on Refusal { code message } ${name === 'matchReceipts' ? '' : '... on IllegalMove { state legal }'} ... on ${type}Payload { ${payload} } } }`
  const { data, errors } = await ask<{ out: Answered<Payload> | null }>(who, text, { input })
  if (data?.out === undefined || data.out === null) throw new Error(`${name} was not answered: ${JSON.stringify(errors)}`)
  return data.out
}

type Matched = {
  readonly automatic: number
  readonly suggested: number
  readonly fruitless: number
  readonly matched: readonly { readonly match: Match }[]
}

export const matchAll = (client: TestClient, input: object = {}, who: Person = client.analyst) =>
  mutate<Matched>(who, 'matchReceipts', `automatic suggested fruitless matched { match { ${match} } }`, {
    client: client.gid,
    ...input,
  })

/** The one match of a client whose one receipt was just looked at. */
export const theMatch = async (client: TestClient): Promise<Match> => {
  const { matched } = await matchAll(client)
  const [only, ...others] = matched
  if (only === undefined || others.length > 0) throw new Error(`${matched.length} receipts were matched, not one`)
  return only.match
}

type Decided = { readonly match: Match }
const decision = `match { ${match} }`
let keys = 0
const aKey = () => `decision-${++keys}`

export const accept = (who: Person, { id }: Pick<Match, 'id'>, input: object = {}) =>
  mutate<Decided>(who, 'acceptMatch', decision, { match: id, idempotencyKey: aKey(), ...input })
export const correct = (who: Person, { id }: Pick<Match, 'id'>, input: object) =>
  mutate<Decided>(who, 'correctMatch', decision, { match: id, idempotencyKey: aKey(), reason: 'seen on the cheque', ...input })
export const reject = (who: Person, { id }: Pick<Match, 'id'>) =>
  mutate<Decided>(who, 'rejectMatch', decision, { match: id, reason: 'not theirs' })

export const figuresOf = async (client: TestClient) => {
  const { data } = await ask<{ client: { cashFigures: Record<string, unknown> } }>(
    client.analyst,
    `query ($id: ID!) { client(id: $id) { cashFigures(from: "2026-02-01", to: "2026-02-28") { receipts identified lines linesMatched
      straightThrough automatic falseMatches lineHitRate falseMatchRate value { received { amount } automatic { amount } } } } }`,
    { id: client.gid },
  )
  return data?.client.cashFigures
}

export const receiptsOf = (client: TestClient) =>
  asOwner<{ id: string; state: string; applied_minor: bigint; unapplied_minor: bigint }>(
    'select id, state, applied_minor, unapplied_minor from receipt where client_id = $1 order by id',
    [client.id],
  )
