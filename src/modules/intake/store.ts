import type { Write } from '../../platform/command.ts'

// Owner of the tables import_batch and import_reject.

export const batchStates = ['RUNNING', 'APPLIED', 'REFUSED', 'DRY_RUN', 'FAILED'] as const
export type BatchState = (typeof batchStates)[number]
export type FinalState = Exclude<BatchState, 'RUNNING'>

/** What a file tells of: a client's ledger, or its bank account. */
export const batchKinds = ['LEDGER', 'BANK'] as const
export type BatchKind = (typeof batchKinds)[number]

export type NewBatch = {
  readonly kind: BatchKind
  readonly profile: string
  readonly profileVersion: number
  readonly sourceName: string
  /** SHA-256 of the content, in hex. */
  readonly contentHash: string
  readonly allowPartial: boolean
  readonly rowsTotal: number | null
  readonly dataAsOf: Date
}

/** PostgreSQL's text holds neither this character nor half of a pair. */
const storable = (text: string) => text.toWellFormed().replaceAll('\0', '\ufffd')

const storableJson = (value: object): string =>
  JSON.stringify(value, (_name, inner: unknown) => (typeof inner === 'string' ? storable(inner) : inner))

export const insertBatch = async (write: Write, batch: NewBatch): Promise<string> => {
  const { tx, clientId, viewer, now } = write
  const id = write.newId()
  await tx.sql`
    insert into import_batch (client_id, id, kind, profile, profile_version, source_name, content_hash, state, allow_partial, rows_total,
      data_as_of, principal_id, started_at)
    values (${clientId}, ${id}, ${batch.kind}, ${batch.profile}, ${batch.profileVersion}, ${storable(batch.sourceName).slice(0, 255)}, decode(${batch.contentHash}, 'hex'),
      'RUNNING', ${batch.allowPartial}, ${batch.rowsTotal}, ${batch.dataAsOf}, ${viewer.id}, ${now})`
  return id
}

export type Progress = { readonly rowsRead: number; readonly rowsTotal: number | null }

export const saveProgress = ({ tx, clientId }: Write, batchId: string, { rowsRead, rowsTotal }: Progress) => tx.sql`
  update import_batch set rows_read = ${rowsRead}, rows_total = ${rowsTotal}
  where client_id = ${clientId} and id = ${batchId} and state = 'RUNNING'`

export type Outcome = Progress & { readonly state: FinalState; readonly report: object }

/** False when the batch had come to an end before: it was given up for dead. */
export const finishBatch = async (write: Write, batchId: string, outcome: Outcome): Promise<boolean> => {
  const { tx, clientId, now } = write
  const rows = await tx.sql`
    update import_batch
    set state = ${outcome.state}, report = ${storableJson(outcome.report)}::jsonb, rows_read = ${outcome.rowsRead},
      rows_total = ${outcome.rowsTotal}, finished_at = ${now}
    where client_id = ${clientId} and id = ${batchId} and state = 'RUNNING' returning id`
  return rows.length > 0
}

/** Batches that a process died over: no load may run that long. */
export const failBatchesBefore = async (write: Write, startedBefore: Date): Promise<string[]> => {
  const { tx, clientId, now } = write
  const report = {
    reasons: [{ code: 'ABANDONED', message: 'the process that loaded it ended before it did; nothing was imported' }],
  }
  const rows = await tx.sql<{ id: string }>`
    update import_batch set state = 'FAILED', report = ${JSON.stringify(report)}::jsonb, finished_at = ${now}
    where client_id = ${clientId} and state = 'RUNNING' and started_at < ${startedBefore} returning id`
  return rows.map(({ id }) => id)
}

export type RejectedRow = {
  readonly rowNumber: number
  readonly outcome: 'REJECTED' | 'SKIPPED'
  readonly faults: readonly { readonly column: string | null; readonly code: string; readonly message: string }[]
  readonly raw: string
}

export const insertRejects = ({ tx, clientId, newId }: Write, batchId: string, rows: readonly RejectedRow[]) => {
  const entries = rows.flatMap(({ rowNumber, outcome, faults, raw }) =>
    faults.map(({ column, code, message }) => ({
      id: newId(),
      rowNumber,
      outcome,
      column,
      code,
      message: message.slice(0, 1_000),
      raw,
    })),
  )
  return tx.sql`
    insert into import_reject (client_id, id, batch_id, row_number, outcome, column_name, code, message, raw)
    select ${clientId}, n.id, ${batchId}, n."rowNumber", n.outcome, n."column", n.code, n.message, n.raw
    from jsonb_to_recordset(${storableJson(entries)}::jsonb)
      as n (id uuid, "rowNumber" int, outcome text, "column" text, code text, message text, raw text)`
}

/** A load behind another load of the same client waits for it; only its own time limit ends that. */
export const waitForLoads = ({ tx }: Write) => tx.sql`select set_config('lock_timeout', '0', true)`
