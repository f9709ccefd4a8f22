import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import type { Mark, MarkKind, Subject } from './marks.ts'
import type { WorkKind } from './rules.ts'

// Owner of the table work_mark.

type MarkRow = Mark & { readonly subjectId: string }

export const markColumns = part`
  m.id, m.kind, m.set_at as "setAt", m.ends_at as "endsAt", m.time_zone as "timeZone", m.note, m.principal_id as "principalId",
  m.principal_name as "principalName", m.is_due as "isDue"`

const bySubject = (rows: readonly MarkRow[]): Map<string, Mark[]> => {
  const marks = new Map<string, Mark[]>()
  for (const { subjectId, ...mark } of rows) marks.set(subjectId, [...(marks.get(subjectId) ?? []), mark])
  return marks
}

/** Marks on the collections of some customers; in one order, so that equal marks give equal factors. */
export const marksOfCustomers = async (
  { tx, clientId }: Pick<Write, 'tx' | 'clientId'>,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Mark[]>> =>
  bySubject(
    await tx.sql<MarkRow>`
      select m.customer_id as "subjectId", ${markColumns} from work_mark m
      where m.client_id = ${clientId} and m.customer_id = any (${[...customerIds]}::uuid[]) order by m.kind`,
  )

/** Marks on the cash work of some receipts. */
export const marksOfReceipts = async (
  { tx, clientId }: Pick<Write, 'tx' | 'clientId'>,
  receiptIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Mark[]>> =>
  bySubject(
    await tx.sql<MarkRow>`
      select m.receipt_id as "subjectId", ${markColumns} from work_mark m
      where m.client_id = ${clientId} and m.receipt_id = any (${[...receiptIds]}::uuid[]) order by m.kind`,
  )

const columnsOf = (subject: Subject) =>
  'receiptId' in subject
    ? { customerId: null, receiptId: subject.receiptId }
    : { customerId: subject.customerId, receiptId: null }

export type NewMark = Pick<Mark, 'kind' | 'endsAt' | 'note'> & { readonly timeZone?: string }

/** One mark of a kind on a subject: another one takes its place. Written by whoever holds the subject. */
export const putMark = async (write: Write, subject: Subject, { kind, endsAt, note, timeZone }: NewMark) => {
  const { tx, clientId, viewer, now } = write
  const { customerId, receiptId } = columnsOf(subject)
  const key = receiptId === null ? part`customer_id` : part`receipt_id`
  await tx.sql`
    insert into work_mark (client_id, id, kind, customer_id, receipt_id, set_at, ends_at, time_zone, note, principal_id, principal_name)
    values (${clientId}, ${write.newId()}, ${kind}, ${customerId}, ${receiptId}, ${now}, ${endsAt}, ${timeZone ?? null}, ${note},
      ${viewer.id}, ${viewer.name})
    on conflict (client_id, ${key}, kind) where ${key} is not null do update set set_at = excluded.set_at, ends_at = excluded.ends_at,
      time_zone = excluded.time_zone, note = excluded.note, principal_id = excluded.principal_id,
      principal_name = excluded.principal_name, is_due = false`
}

/** Whether there was one of that kind. */
export const dropMark = async ({ tx, clientId }: Write, subject: Subject, kind: MarkKind): Promise<boolean> => {
  const { customerId, receiptId } = columnsOf(subject)
  const rows = await tx.sql`
    delete from work_mark where client_id = ${clientId} and kind = ${kind}
      and ${receiptId === null ? part`customer_id = ${customerId}` : part`receipt_id = ${receiptId}`} returning id`
  return rows.length > 0
}

export type HeldClaim = { readonly id: string; readonly customerId: string | null; readonly receiptId: string | null }

/** What somebody holds now. */
export const claimsOf = ({ tx, clientId, now }: Write, principalId: string): Promise<HeldClaim[]> => tx.sql<HeldClaim>`
  select id, customer_id as "customerId", receipt_id as "receiptId" from work_mark
  where client_id = ${clientId} and kind = 'CLAIM' and ends_at > ${now} and principal_id = ${principalId} order by id`

/** Gives claims of the viewer to somebody else until they end; those that were released meanwhile are not among them. */
export const passClaims = (
  { tx, clientId, viewer, now }: Write,
  ids: readonly string[],
  to: { readonly id: string; readonly name: string },
): Promise<HeldClaim[]> => tx.sql<HeldClaim>`
  update work_mark set principal_id = ${to.id}, principal_name = ${to.name}, set_at = ${now}
  where client_id = ${clientId} and id = any (${[...ids]}::uuid[]) and principal_id = ${viewer.id} and ends_at > ${now}
  returning id, customer_id as "customerId", receipt_id as "receiptId"`

export type FoundWork = {
  readonly id: string
  readonly kind: WorkKind
  readonly customerId: string | null
  readonly receiptId: string | null
  readonly isQueued: boolean
  readonly score: number
  readonly ownerTeamId: string | null
  readonly ownerPersonId: string | null
}

export const findWork = async ({ tx, clientId }: Write, id: string): Promise<FoundWork | null> => {
  const rows = await tx.sql<FoundWork>`
    select id, kind, customer_id as "customerId", receipt_id as "receiptId", is_queued as "isQueued", score,
      owner_team_id as "ownerTeamId", owner_person_id as "ownerPersonId"
    from work_item where client_id = ${clientId} and id = ${id}`
  return rows[0] ?? null
}

export const touchWork = ({ tx, clientId, now }: Write, ids: readonly string[]) => tx.sql`
  update work_item set version = version + 1, updated_at = ${now} where client_id = ${clientId} and id = any (${[...ids]}::uuid[])`

export type DueMark = {
  readonly id: string
  readonly kind: MarkKind
  readonly customerId: string | null
  readonly receiptId: string | null
}

/** Marks whose time has come and of which the queue does not know yet. */
export const dueMarks = ({ tx, clientId, now }: Pick<Write, 'tx' | 'clientId' | 'now'>, most: number) => tx.sql<DueMark>`
  select id, kind, customer_id as "customerId", receipt_id as "receiptId" from work_mark
  where client_id = ${clientId} and not is_due and ends_at <= ${now} order by ends_at, id limit ${most}`

/** A callback stays until it is lifted, now due; what else has ended is gone. Read anew by whoever holds the subjects. */
export const endMarks = async ({ tx, clientId, now }: Write, ids: readonly string[]) => {
  await tx.sql`
    delete from work_mark where client_id = ${clientId} and id = any (${[...ids]}::uuid[]) and ends_at <= ${now} and kind <> 'CALLBACK'`
  await tx.sql`
    update work_mark set is_due = true
    where client_id = ${clientId} and id = any (${[...ids]}::uuid[]) and ends_at <= ${now} and kind = 'CALLBACK'`
}

/** The work behind some subjects, for those who follow it. */
export const workBehind = (
  { tx, clientId }: Write,
  { customerIds, receiptIds }: { readonly customerIds: readonly string[]; readonly receiptIds: readonly string[] },
): Promise<FoundWork[]> => tx.sql<FoundWork>`
  select id, kind, customer_id as "customerId", receipt_id as "receiptId", is_queued as "isQueued", score,
    owner_team_id as "ownerTeamId", owner_person_id as "ownerPersonId" from work_item
  where client_id = ${clientId}
    and (kind = 'COLLECTION' and customer_id = any (${[...customerIds]}::uuid[]) or receipt_id = any (${[...receiptIds]}::uuid[]))`

/**
 * Marks on a customer known by a name alone go along when the name gets its number, unless that one has its own. Of two
 * names that are one customer, the earlier mark goes.
 */
export const followMarks = (
  { tx, clientId }: Write,
  moves: readonly { readonly fromId: string; readonly toId: string }[],
) => tx.sql`
  update work_mark m set customer_id = k.to_id
  from (
    select distinct on (n.to_id, f.kind) f.id, n.to_id
    from unnest(${moves.map(({ fromId }) => fromId)}::uuid[], ${moves.map(({ toId }) => toId)}::uuid[]) as n (from_id, to_id)
    join work_mark f on f.client_id = ${clientId} and f.customer_id = n.from_id
    where not exists (select 1 from work_mark o where o.client_id = f.client_id and o.customer_id = n.to_id and o.kind = f.kind)
    order by n.to_id, f.kind, f.set_at, f.id) k
  where m.client_id = ${clientId} and m.id = k.id`
