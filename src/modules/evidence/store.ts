import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { pageSize, part } from '../../platform/database/sql.ts'
import type { DocumentKey } from '../../platform/documents/document-store.ts'
import type { ScanOutcome } from '../../platform/documents/scan.ts'
import { limits } from '../../platform/limits.ts'
import type { MediaType } from './media-type.ts'
import type { Standing } from './rules.ts'
import type { Subject, SubjectKind } from './subjects.ts'

// Owner of the tables evidence_content, evidence and evidence_link.

export type Content = { readonly id: string; readonly state: 'EXPECTED' | 'KEPT' }

/** The row of bytes that are about to be put, or are there already; nobody finds them abandoned for a while. */
export const expectBytes = async (
  { tx, clientId, now, newId }: Write,
  { sha256, sizeBytes }: { readonly sha256: string; readonly sizeBytes: number },
): Promise<Content> => {
  const rows = await tx.sql<Content>`
    insert into evidence_content (client_id, id, sha256, size_bytes, state, since)
    values (${clientId}, ${newId()}, ${Buffer.from(sha256, 'hex')}, ${sizeBytes}, 'EXPECTED', ${now})
    on conflict (client_id, sha256) where state in ('EXPECTED', 'KEPT') do update set since = excluded.since
    returning id, state`
  const [row] = rows
  if (row === undefined) throw new Error('the bytes of a document found no row')
  return row
}

/** The bytes are there. False where they were given up meanwhile. Held until the unit ends, before any document. */
export const keepBytes = async ({ tx, clientId, now }: Write, id: string): Promise<boolean> => {
  const rows = await tx.sql`
    update evidence_content set state = 'KEPT', since = ${now}
    where client_id = ${clientId} and id = ${id} and state in ('EXPECTED', 'KEPT') returning id`
  return rows.length > 0
}

export type NewEvidence = {
  readonly contentId: string
  readonly type: string
  readonly fileName: string
  readonly mediaType: MediaType
  readonly sizeBytes: number
  readonly sha256: string
  readonly source: string
  readonly scan: ScanOutcome
  readonly policyVersion: number
  readonly retainUntil: Day
}

/** A new document, or the one that is being sent again: of the same bytes, type and name, and of the last day. */
export const insertEvidence = async (
  write: Write,
  facts: NewEvidence,
): Promise<{ readonly id: string; readonly isNew: boolean }> => {
  const { tx, clientId, viewer, now } = write
  const [known] = await tx.sql<{ id: string }>`
    select id from evidence where client_id = ${clientId} and content_id = ${facts.contentId} and type = ${facts.type}
      and file_name = ${facts.fileName} and withdrawn_at is null and created_at > ${new Date(now.getTime() - limits.evidence.repeatMs)}
    order by id limit 1`
  if (known !== undefined) return { id: known.id, isNew: false }
  const id = write.newId()
  await tx.sql`
    insert into evidence (client_id, id, content_id, type, file_name, media_type, size_bytes, sha256, source, scan, policy_version, retain_until,
      principal_id, principal_name, created_at)
    values (${clientId}, ${id}, ${facts.contentId}, ${facts.type}, ${facts.fileName}, ${facts.mediaType}, ${facts.sizeBytes},
      ${Buffer.from(facts.sha256, 'hex')}, ${facts.source}, ${facts.scan}, ${facts.policyVersion}, ${facts.retainUntil}, ${viewer.id}, ${viewer.name}, ${now})`
  return { id, isNew: true }
}

export type LockedEvidence = Standing & { readonly id: string; readonly contentId: string; readonly version: number }

/** Its bytes are locked before it, as whoever removes them does: what is held here cannot be on its way out. */
export const lockEvidence = async ({ tx, clientId }: Write, id: string): Promise<LockedEvidence | null> => {
  await tx.sql`
    select c.id from evidence e join evidence_content c on c.client_id = e.client_id and c.id = e.content_id
    where e.client_id = ${clientId} and e.id = ${id} for update of c`
  const rows = await tx.sql<LockedEvidence>`
    select id, content_id as "contentId", withdrawn_at as "withdrawnAt", removed_at as "removedAt", held_at as "heldAt", version
    from evidence where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

export const saveHold = (
  { tx, clientId, viewer, now }: Write,
  { id, reason }: { readonly id: string; readonly reason: string | null },
) => {
  const [at, by] = reason === null ? [null, null] : [now, viewer.name]
  return tx.sql`
    update evidence set held_at = ${at}, held_by = ${by}, hold_reason = ${reason}, version = version + 1
    where client_id = ${clientId} and id = ${id}`
}

export const saveWithdrawal = (
  { tx, clientId, viewer, now }: Write,
  { id, reason }: { readonly id: string; readonly reason: string },
) => tx.sql`
  update evidence set withdrawn_at = ${now}, withdrawn_by = ${viewer.name}, withdrawal_reason = ${reason}, version = version + 1
  where client_id = ${clientId} and id = ${id}`

/** The column of a subject, and the table that it is a row of. */
export const columns = {
  CUSTOMER: { column: part`customer_id`, table: part`customer` },
  OPEN_ITEM: { column: part`open_item_id`, table: part`open_item` },
  RECEIPT: { column: part`receipt_id`, table: part`receipt` },
  DEDUCTION: { column: part`deduction_id`, table: part`deduction` },
  PROMISE: { column: part`promise_id`, table: part`promise_to_pay` },
  PLAN: { column: part`plan_id`, table: part`payment_plan` },
  DISPUTE: { column: part`dispute_id`, table: part`dispute` },
} as const satisfies Record<SubjectKind, object>

/** Held against its going, as the foreign key will: before the document, which comes last of all that is locked. */
export const subjectExists = async ({ tx, clientId }: Write, { kind, id }: Subject): Promise<boolean> => {
  const rows =
    await tx.sql`select 1 as one from ${columns[kind].table} where client_id = ${clientId} and id = ${id} for key share`
  return rows.length > 0
}

/** The link by which a document hangs on a subject now. */
export const standingLink = async (
  { tx, clientId }: Write,
  evidenceId: string,
  { kind, id }: Subject,
): Promise<string | null> => {
  const rows = await tx.sql<{ id: string }>`
    select id from evidence_link
    where client_id = ${clientId} and ${columns[kind].column} = ${id} and evidence_id = ${evidenceId} and detached_at is null`
  return rows[0]?.id ?? null
}

export const linkCount = async ({ tx, clientId }: Write, evidenceId: string): Promise<number> => {
  const [row] = await tx.sql<{ n: number }>`
    select count(*)::int as n from evidence_link where client_id = ${clientId} and evidence_id = ${evidenceId} and detached_at is null`
  return row?.n ?? 0
}

export const insertLink = ({ tx, clientId, viewer, now, newId }: Write, evidenceId: string, { kind, id }: Subject) => tx.sql`
  insert into evidence_link (client_id, id, evidence_id, ${columns[kind].column}, principal_id, principal_name, created_at)
  values (${clientId}, ${newId()}, ${evidenceId}, ${id}, ${viewer.id}, ${viewer.name}, ${now})`

export const endLink = ({ tx, clientId, viewer, now }: Write, id: string, reason: string) => tx.sql`
  update evidence_link set detached_at = ${now}, detached_by = ${viewer.name}, detach_reason = ${reason}
  where client_id = ${clientId} and id = ${id}`

/** What hangs on customers known by name alone goes along when they get their number; what hangs on both hangs once. */
export const followEvidence = async (
  { tx, clientId, now }: Write,
  moves: readonly { readonly fromId: string; readonly toId: string }[],
) => tx.sql`
  with moved as (
    select l.id, n.to_id, l.detached_at is null and (
        row_number() over (partition by n.to_id, l.evidence_id, l.detached_at is null order by l.id) > 1
        or exists (select 1 from evidence_link o where o.client_id = l.client_id and o.customer_id = n.to_id and o.evidence_id = l.evidence_id
          and o.detached_at is null)) as is_double
    from unnest(${moves.map(({ fromId }) => fromId)}::uuid[], ${moves.map(({ toId }) => toId)}::uuid[]) as n (from_id, to_id)
    join customer c on c.client_id = ${clientId} and c.id = n.from_id and c.number is null
    join evidence_link l on l.client_id = c.client_id and l.customer_id = c.id)
  update evidence_link l set customer_id = m.to_id,
    detached_at = case when m.is_double then ${now}::timestamptz else l.detached_at end,
    detached_by = case when m.is_double then l.principal_name else l.detached_by end,
    detach_reason = case when m.is_double then 'it hangs on the same customer already' else l.detach_reason end
  from moved m where l.client_id = ${clientId} and l.id = m.id`

/** Bytes at a time that are found to be over. */
const atOnce = 100

/**
 * Bytes whose time is over from now on: those that never became a document, and those that no document needs any more.
 * They are locked first and judged behind that, so that nobody holds or adds a document of them in between.
 */
export const condemn = async (
  { tx, clientId, now }: Write,
  { abandonedBefore, today }: { readonly abandonedBefore: Date; readonly today: Day },
): Promise<void> => {
  const locked = await tx.sql<{ id: string }>`
    select c.id from evidence_content c where c.client_id = ${clientId} and c.id in (
      (select id from evidence_content
       where client_id = ${clientId} and state = 'EXPECTED' and since < ${abandonedBefore} order by since limit ${pageSize(atOnce)})
      union
      (select e.content_id from evidence e
       where e.client_id = ${clientId} and e.removed_at is null and e.held_at is null and e.retain_until < ${today}
         and not exists (select 1 from evidence o where o.client_id = e.client_id and o.content_id = e.content_id
           and (o.held_at is not null or o.retain_until >= ${today}))
       order by e.retain_until, e.id limit ${pageSize(atOnce)}))
    order by c.id limit ${pageSize(atOnce)} for update of c skip locked`
  if (locked.length === 0) return
  const ids = locked.map(({ id }) => id)
  const over = await tx.sql<{ id: string }>`
    update evidence_content c set state = 'REMOVING', since = ${now}
    where c.client_id = ${clientId} and c.id = any (${ids}::uuid[]) and (
      (c.state = 'EXPECTED' and c.since < ${abandonedBefore})
      or (c.state = 'KEPT' and not exists (select 1 from evidence o where o.client_id = c.client_id and o.content_id = c.id
        and (o.held_at is not null or o.retain_until >= ${today}))))
    returning c.id`
  await tx.sql`
    update evidence set removed_at = ${now}, version = version + 1
    where client_id = ${clientId} and content_id = any (${over.map(({ id }) => id)}::uuid[]) and removed_at is null`
}

/** Bytes that are to be removed from the store: a page of them, in no order that means anything. */
export const removing = ({ tx, clientId }: Write) => tx.sql<DocumentKey>`
  select client_id as "clientId", id, encode(sha256, 'hex') as sha256 from evidence_content
  where client_id = ${clientId} and state = 'REMOVING' order by since, id limit ${pageSize(atOnce)}`

export const bytesGone = ({ tx, clientId, now }: Write, ids: readonly string[]) => tx.sql`
  update evidence_content set state = 'REMOVED', since = ${now}
  where client_id = ${clientId} and id = any (${[...ids]}::uuid[]) and state = 'REMOVING'`
