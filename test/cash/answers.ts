import { expect } from 'vitest'
import { type Answer, ask, type TestClient, theApp } from '../harness/index.ts'
import { type App, traces, type Who } from './world.ts'

/** A document as codegen types it. */
export type Document<Data, Variables> = { readonly __apiType?: (variables: Variables) => Data; readonly toString: () => string }

type Outcome<Data> = NonNullable<Data[keyof Data]>
type Done<Data> = Extract<Outcome<Data>, { readonly __typename: `${string}Payload` }>
type Refused<Data> = Exclude<Outcome<Data>, Done<Data>>

/** What a mutation came to: its payload or a refusal. An error instead of either is a fault of ours. */
export const told = async <Data extends object, Input extends object>(
  who: Who,
  document: Document<Data, { input: Input }>,
  input: Input,
  app?: App,
): Promise<Outcome<Data>> => {
  const { data, errors } = await ask<Data, { input: Input }>(who, document, { input }, app)
  const [outcome] = Object.values(data ?? {})
  if (errors !== undefined || outcome === undefined || outcome === null)
    throw new Error(`it was not answered: ${JSON.stringify({ errors, input })}`)
  return outcome as Outcome<Data>
}

const isDone = (outcome: object): boolean => String((outcome as { __typename: string }).__typename).endsWith('Payload')

/** The payload of a mutation that must be done. */
export const done = async <Data extends object, Input extends object>(
  who: Who,
  document: Document<Data, { input: Input }>,
  input: Input,
  app?: App,
): Promise<Done<Data>> => {
  const outcome = await told(who, document, input, app)
  if (!isDone(outcome)) throw new Error(`it was refused: ${JSON.stringify({ outcome, input })}`)
  return outcome as Done<Data>
}

/** The refusal of a mutation that must be refused, after which the client has nothing that it had not before. */
export const refused = async <Data extends object, Input extends object>(
  client: TestClient,
  document: Document<Data, { input: Input }>,
  input: Input,
  who: Who = client.analyst,
): Promise<Refused<Data>> => {
  const before = await traces(client)
  const outcome = await told(who, document, input)
  if (isDone(outcome)) throw new Error(`it was done: ${JSON.stringify({ outcome, input })}`)
  expect(await traces(client)).toEqual(before)
  return outcome as Refused<Data>
}

/** What a query gives; an error is a fault of the test. */
export const readAs = async <Data extends object, Variables extends object>(
  who: Who,
  document: Document<Data, Variables>,
  variables: Variables,
  app?: App,
): Promise<Data> => {
  const { data, errors } = await ask<Data, Variables>(who, document, variables, app)
  if (errors !== undefined || data === undefined || data === null) throw new Error(JSON.stringify({ errors, variables }))
  return data
}

/** Without any credential, as HTTP answers it. */
export const askAsNobody = async (
  document: { toString: () => string },
  input: object,
): Promise<{ status: number; body: Answer }> => {
  const { url } = await theApp()
  const body = JSON.stringify({ query: String(document), variables: { input } })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return { status: response.status, body: (await response.json()) as Answer }
}

/**
 * Whoever has no right at the client is told the same of what is there and of what is not, and nothing happens: its own
 * portal user, an analyst of another provider, the administrator of its provider, and nobody at all.
 */
export const expectTurnedAway = async <Data extends object, Input extends object>(
  client: TestClient,
  document: Document<Data, { input: Input }>,
  { input, nowhere }: { readonly input: Input; readonly nowhere: Input },
) => {
  const before = await traces(client)
  const nobody = await askAsNobody(document, input)
  expect(nobody).toMatchObject({ status: 401, body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } })
  const others = { portal: client.portal, stranger: client.stranger, administrator: client.provider.admin }
  for (const [name, who] of Object.entries(others)) {
    const outcome = await told(who, document, input)
    expect(outcome, name).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' })
    expect(await told(who, document, nowhere), name).toEqual(outcome)
  }
  expect(await traces(client)).toEqual(before)
}
