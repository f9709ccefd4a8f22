import { createHash } from 'node:crypto'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type EvidenceDeps, receiveEvidence, type SentFile, type Unfit } from '../flows/receive-evidence.ts'
import { isRefusal } from '../kernel/refusal.ts'
import { clientNamed } from '../modules/client/index.ts'
import {
  type Download,
  dispositionOf,
  downloadOf,
  evidencePolicy,
  isReadable,
  mediaTypes,
  readLink,
  sampleBytes,
  subjectOf,
} from '../modules/evidence/index.ts'
import { policyInForce } from '../modules/policy/index.ts'
import { inUnit, Unknown } from '../platform/database/unit.ts'
import type { Engine } from '../platform/graphql/execute.ts'
import { clientIdOf, globalIdOf } from '../platform/graphql/ids.ts'
import { isCleanText } from '../platform/graphql/scalars.ts'
import type { Asker } from '../platform/identity/asker.ts'
import type { TokenRules } from '../platform/identity/token.ts'
import { can } from '../platform/policy.ts'
import { refuse } from './graphql-http.ts'
import { forCallers, type Route } from './http.ts'
import { json } from './uploads.ts'

class TooLong extends Error {}

/**
 * The body on disk and its hash, no byte more than may be. What is sent beyond that is passed over, as much again at the
 * most, so that an honest sender hears the answer instead of a broken connection.
 */
const spool = async (
  request: IncomingMessage,
  handle: FileHandle,
  most: number,
): Promise<{ sizeBytes: number; sha256: string }> => {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes > 2 * most) break
    if (sizeBytes > most) continue
    hash.update(chunk)
    await handle.appendFile(chunk)
  }
  if (sizeBytes > most) throw new TooLong()
  return { sizeBytes, sha256: hash.digest('hex') }
}

const sampleAt = async (handle: FileHandle, from: number, size: number): Promise<Buffer> => {
  const bytes = Buffer.alloc(size)
  const { bytesRead } = await handle.read(bytes, 0, size, from)
  return bytes.subarray(0, bytesRead)
}

const receiveFile = async (request: IncomingMessage, path: string, most: number): Promise<Omit<SentFile, 'name'>> => {
  const handle = await open(path, 'wx+', 0o600)
  try {
    const { sizeBytes, sha256 } = await spool(request, handle, most)
    const size = Math.min(sizeBytes, sampleBytes)
    const sample = { head: await sampleAt(handle, 0, size), tail: await sampleAt(handle, sizeBytes - size, size) }
    return { path, sample, sizeBytes, sha256 }
  } finally {
    await handle.close()
  }
}

type Taking = { readonly clientId: string; readonly most: number }

/** Null without the right to attach, or where there is no such client. */
const takingOf = async ({ database, clock }: Engine, asker: Asker, name: string): Promise<Taking | null> => {
  try {
    return await inUnit(database, { asker, readOnly: true, now: clock() }, async (tx) => {
      const clientId = await clientNamed(tx, { id: clientIdOf(name), code: name.replaceAll('\0', '') })
      if (clientId === null || !can(tx.viewer, 'evidence:attach', clientId)) return null
      const { rules } = await policyInForce({ tx, clientId, now: tx.now }, evidencePolicy)
      return { clientId, most: rules.sizeMaxBytes }
    })
  } catch (thrown) {
    if (thrown instanceof Unknown) return null
    throw thrown
  }
}

const endings = Object.values(mediaTypes)
  .map(([ending]) => ending)
  .join(', ')

const unfit = {
  UNKNOWN_KIND: [415, 'BAD_USER_INPUT', `The bytes are no file of a kind that is taken: ${endings}.`],
  INFECTED: [422, 'BAD_USER_INPUT', 'The scan found malicious content: the file was not kept.'],
  NOT_SCANNED: [503, 'UNAVAILABLE', 'The file could not be scanned and was not kept; try again.'],
} as const satisfies Record<Unfit, readonly [number, string, string]>

const tooLong = (response: ServerResponse, most: number) =>
  refuse(response, 413, 'BAD_REQUEST', `A document of this client has at most ${most} bytes.`, [['connection', 'close']])

type Served = Engine & EvidenceDeps

const receive = async (served: Served, asker: Asker, request: IncomingMessage, response: ServerResponse, url: URL) => {
  const said = (name: string, fallback: string) => url.searchParams.get(name) ?? fallback
  const [type, source, name, subject] = [said('type', ''), said('source', 'UPLOAD'), said('name', ''), said('subject', '')]
  if (![type, source, name].every(isCleanText) || source.trim() === '' || source.length > 100 || name.length > 1_000)
    return refuse(response, 400, 'BAD_USER_INPUT', 'type, name and source are text, source of 1 to 100 characters.')
  // Whoever may not attach is told so before anything is written to disk, and not told whether the client exists.
  const taking = await takingOf(served, asker, said('client', ''))
  if (taking === null)
    return refuse(response, 404, 'NOT_FOUND', 'There is no such client, or you have no right to attach documents.')
  const { clientId, most } = taking
  if (Number(request.headers['content-length'] ?? 0) > most) return tooLong(response, most)

  const folder = await mkdtemp(join(tmpdir(), 'quittance-evidence-'))
  try {
    const file = await receiveFile(request, join(folder, 'upload'), most)
    if (file.sizeBytes === 0) return refuse(response, 400, 'BAD_USER_INPUT', 'The body is empty: send the file as it is.')
    const upload = { asker, clientId, type, source, subject: subject === '' ? null : subjectOf(subject), file: { ...file, name } }
    const received = await receiveEvidence(served, upload)
    if (typeof received === 'string') {
      const [status, code, message] = unfit[received]
      return refuse(response, status, code, message)
    }
    if (isRefusal(received)) {
      const isUnknown = received.code === 'NOT_FOUND'
      return refuse(response, isUnknown ? 404 : 422, isUnknown ? 'NOT_FOUND' : 'BAD_USER_INPUT', received.message)
    }
    const { evidence, ...facts } = received
    const { sizeBytes, sha256 } = file
    json(response, facts.isNew ? 201 : 200, { id: globalIdOf('Evidence', evidence), ...facts, sizeBytes, contentHash: sha256 })
  } catch (thrown) {
    if (!(thrown instanceof TooLong)) throw thrown
    tooLong(response, most)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The document of a link, if it is its own viewer who asks, and may still read it. */
const linked = async ({ database, clock, linkSecret }: Engine, asker: Asker, text: string): Promise<Download | null> => {
  const link = readLink(linkSecret, text, clock())
  if (link === null) return null
  try {
    return await inUnit(database, { asker, readOnly: true, now: clock() }, async (tx) => {
      const { clientId, evidenceId: id, viewerId } = link
      if (tx.viewer.id !== viewerId || !can(tx.viewer, 'evidence:read', clientId)) return null
      const found = await downloadOf(tx, { clientId, id })
      return found !== null && isReadable(found) ? found : null
    })
  } catch (thrown) {
    if (thrown instanceof Unknown) return null
    throw thrown
  }
}

const send = async (served: Served, asker: Asker, response: ServerResponse, text: string) => {
  const found = await linked(served, asker, text)
  const bytes = found === null ? null : await served.documents.open(found)
  if (found === null || bytes === null)
    return refuse(
      response,
      404,
      'NOT_FOUND',
      'The link is over, or not yours, or the document is gone; ask for Evidence.download anew.',
    )
  response.setHeader('content-type', found.mediaType)
  response.setHeader('content-length', found.sizeBytes)
  response.setHeader('content-disposition', dispositionOf(found.fileName))
  // Nothing of it runs, even if somebody has it shown.
  response.setHeader('content-security-policy', "default-src 'none'; sandbox")
  await pipeline(bytes, response)
}

/** Documents go over plain HTTP, as all files do; what they stand for is told over GraphQL. */
export const createEvidenceRoutes = (
  engine: Engine,
  rules: TokenRules,
  { documents, scan }: Pick<EvidenceDeps, 'documents' | 'scan'>,
): Route[] => {
  const served: Served = { ...engine, documents, scan }
  return [
    {
      path: /^\/evidence$/,
      name: 'evidence',
      serve: forCallers(rules, engine.log, async (asker, request, response, url) => {
        if (request.method === 'POST') return receive(served, asker, request, response, url)
        refuse(response, 405, 'BAD_REQUEST', 'Send the file with POST.', [['allow', 'POST']])
      }),
    },
    {
      path: /^\/evidence\/([A-Za-z0-9_-]{1,200})$/,
      name: 'evidence-download',
      serve: forCallers(rules, engine.log, async (asker, request, response, _url, match) => {
        if (request.method === 'GET') return send(served, asker, response, match[1] ?? '')
        refuse(response, 405, 'BAD_REQUEST', 'Read the document with GET.', [['allow', 'GET']])
      }),
    },
  ]
}
