import { isRefusal } from '../kernel/refusal.ts'
import {
  cleanFileName,
  expectEvidence,
  type MediaType,
  recordEvidence,
  type Sample,
  type Subject,
  sniff,
} from '../modules/evidence/index.ts'
import { perform } from '../platform/command.ts'
import { inUnit, type Tx } from '../platform/database/unit.ts'
import type { DocumentStore } from '../platform/documents/document-store.ts'
import type { Scan } from '../platform/documents/scan.ts'
import type { Engine } from '../platform/graphql/execute.ts'
import type { Asker } from '../platform/identity/asker.ts'
import type { InvalidInput, NotFound } from '../platform/refusals.ts'

export type EvidenceDeps = Pick<Engine, 'database' | 'clock' | 'log'> & { readonly documents: DocumentStore; readonly scan: Scan }

/** A file as it lies on this machine's disk, and what its sender says of it. */
export type SentFile = {
  readonly path: string
  readonly sample: Sample
  readonly sizeBytes: number
  readonly sha256: string
  readonly name: string
}

export type Upload = {
  readonly asker: Asker
  readonly clientId: string
  readonly type: string
  readonly source: string
  readonly subject: Subject | null
  readonly file: SentFile
}

export type Received = {
  readonly evidence: { readonly clientId: string; readonly id: string }
  readonly isNew: boolean
  readonly fileName: string
  readonly mediaType: MediaType
}

/** What keeps an upload from becoming a document, before any of the client's rules is asked. */
export type Unfit = 'UNKNOWN_KIND' | 'INFECTED' | 'NOT_SCANNED'

const triesMax = 3

/**
 * Expected, put, recorded: the row of the bytes is committed before they are in the store, and the document only behind
 * that. Whatever ends in between leaves bytes that a row knows of, and they are removed an hour later. No file is touched
 * inside a transaction.
 */
export const receiveEvidence = async (
  { database, clock, log, documents, scan }: EvidenceDeps,
  { asker, clientId, type, source, subject, file }: Upload,
): Promise<Received | Unfit | NotFound | InvalidInput> => {
  const mediaType = sniff(file.sample, file.name)
  if (mediaType === null) return 'UNKNOWN_KIND'
  const { sizeBytes, sha256 } = file
  const facts = { clientId, type, mediaType, sizeBytes, sha256, subject }
  const inWrite = <T>(work: (tx: Tx) => Promise<T>) => inUnit(database, { asker, readOnly: false, now: clock() }, work)

  for (let tries = 1; ; tries += 1) {
    const expected = await inWrite((tx) => perform(tx, expectEvidence, facts))
    if (isRefusal(expected)) return expected as NotFound | InvalidInput
    const outcome = await scan(file.path).catch((thrown: Error) => {
      log.error({ clientId, error: String(thrown.cause ?? thrown) }, 'a document could not be scanned and was not kept')
      return null
    })
    if (outcome === null) return 'NOT_SCANNED'
    if (outcome === 'INFECTED') return 'INFECTED'
    const key = { clientId, id: expected.contentId, sha256 }
    // Bytes that should be there are looked for: what a store lost comes back with the next upload of the same.
    if (!expected.isKept || !(await documents.has(key))) await documents.put(key, file.path)
    const fileName = cleanFileName(file.name, mediaType)
    const record = { ...facts, contentId: expected.contentId, fileName, source, scan: outcome }
    const recorded = await inWrite((tx) => perform(tx, recordEvidence, record))
    if (!isRefusal(recorded)) return { evidence: { clientId, id: recorded.id }, isNew: recorded.isNew, fileName, mediaType }
    if (recorded.code !== 'BYTES_GONE') return recorded as NotFound | InvalidInput
    // Given up while they were put: nobody else would remove what came too late.
    await documents.remove(key)
    if (tries >= triesMax) throw new Error('the bytes of a document were given up each time they were put')
  }
}
