import { createHash, randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from '../../src/app.ts'
import { ask, documentsFolder, type Person, type Row, type TestClient, theApp, tokenFor } from '../harness/index.ts'

/** A file of its own: nobody else's test sends the same bytes. */
export const aPdf = (size = 200): Buffer => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(size)])

export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

export type Sent = {
  readonly status: number
  readonly body: {
    readonly id?: string
    readonly isNew?: boolean
    readonly fileName?: string
    readonly mediaType?: string
    readonly sizeBytes?: number
    readonly contentHash?: string
    readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[]
  }
}

export type Upload = {
  readonly who?: Person
  readonly bytes: Buffer
  readonly name?: string
  readonly type?: string
  readonly subject?: string
  readonly app?: App
  readonly headers?: Record<string, string>
}

export const send = async (
  client: Pick<TestClient, 'code' | 'analyst'>,
  { who = client.analyst, bytes, name = 'pod.pdf', type = 'POD', subject, app, headers = {} }: Upload,
): Promise<Sent> => {
  const url = new URL('/evidence', (app ?? (await theApp())).url)
  for (const [key, value] of Object.entries({ client: client.code, type, name, ...(subject === undefined ? {} : { subject }) }))
    url.searchParams.set(key, value)
  const response = await fetch(url, {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { authorization: `Bearer ${tokenFor(who.subject)}`, ...headers },
  })
  return { status: response.status, body: (await response.json()) as Sent['body'] }
}

/** A document that is there, and hangs on a subject if one is named. */
export const aDocument = async (client: TestClient, facts: Partial<Upload> = {}): Promise<string> => {
  const { status, body } = await send(client, { bytes: aPdf(), ...facts })
  if (status !== 201 || body.id === undefined) throw new Error(`it was not taken: ${JSON.stringify(body)}`)
  return body.id
}

const shown = `id type state fileName mediaType sizeBytes contentHash source scan retainUntil version uploadedBy removedAt
  hold { by reason } withdrawal { by reason } download { url expiresAt }
  links(first: 100) { edges { node {
    attachedBy customer { id } openItem { id } receipt { id } deduction { id } promise { id } paymentPlan { id } } } }`

export type Shown = {
  readonly id: string
  readonly type: string
  readonly state: string
  readonly fileName: string
  readonly mediaType: string
  readonly sizeBytes: number
  readonly contentHash: string
  readonly source: string
  readonly scan: string
  readonly retainUntil: string
  readonly version: number
  readonly uploadedBy: string
  readonly removedAt: string | null
  readonly hold: { readonly by: string; readonly reason: string } | null
  readonly withdrawal: { readonly by: string; readonly reason: string } | null
  readonly download: { readonly url: string; readonly expiresAt: string } | null
  readonly links: readonly Readonly<Record<string, { readonly id: string } | string | null>>[]
}

type Answered = Omit<Shown, 'links'> & {
  readonly links: { readonly edges: readonly { readonly node: Shown['links'][number] }[] }
}

const flat = ({ links, ...rest }: Answered): Shown => ({ ...rest, links: links.edges.map(({ node }) => node) })

export const shownOf = async (who: Person, id: string, app?: App): Promise<Shown | null> => {
  const { data } = await ask<{ node: Answered | null }>(
    who,
    `query ($id: ID!) { node(id: $id) { ... on Evidence { ${shown} } } }`,
    { id },
    app,
  )
  return data?.node === null || data?.node === undefined ? null : flat(data.node)
}

/** What a mutation about a document answered, and the document behind it. */
export const decide = async (who: Person, name: string, input: Record<string, unknown>) => {
  const capital = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const document = `mutation ($input: ${capital}Input!) { ${name}(input: $input) { __typename
    ... on ${capital}Payload { evidence { ${shown} } } ... on Refusal { code message path } } }`
  type Outcome = { readonly __typename: string; readonly code?: string; readonly message?: string; readonly evidence?: Answered }
  const { data, errors } = await ask<Record<string, Outcome>>(who, document, { input })
  const outcome = data?.[name]
  if (outcome === undefined || outcome === null) throw new Error(JSON.stringify(errors))
  const { evidence, ...told } = outcome
  return evidence === undefined ? told : { ...told, evidence: flat(evidence) }
}

/** Ids of what hangs on a subject. */
export const hangingOn = async (who: Person, subject: Row, typename: string, args = 'first: 10'): Promise<readonly string[]> => {
  type Listed = {
    readonly node: { readonly evidence: { readonly edges: readonly { readonly node: { readonly id: string } }[] } | null } | null
  }
  const query = `query ($id: ID!) { node(id: $id) { ... on ${typename} { evidence(${args}) { edges { node { id } } } } } }`
  const { data, errors } = await ask<Listed>(who, query, { id: subject.gid })
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return (data?.node?.evidence?.edges ?? []).map(({ node }) => node.id)
}

export const download = async (who: Person | null, url: string, app?: App): Promise<Response> =>
  fetch(new URL(url, (app ?? (await theApp())).url), {
    headers: who === null ? {} : { authorization: `Bearer ${tokenFor(who.subject)}` },
  })

/** Every file that lies in the store for a client. */
export const filesOf = ({ id }: Pick<TestClient, 'id'>): readonly string[] => {
  try {
    return readdirSync(join(documentsFolder, id), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
  } catch {
    return []
  }
}
