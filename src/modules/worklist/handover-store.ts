import type { Write } from '../../platform/command.ts'
import type { Takeover } from './handover.ts'

// Owner of the tables handover, handover_subject and handover_takeover. Rows are only added.

type Named = { readonly id: string; readonly name: string }

export type NewHandover = {
  readonly team: Named | null
  readonly note: string
  readonly until: Date
  readonly customerIds: readonly string[]
  readonly workItemIds: readonly string[]
  readonly claimsTo: Named | null
  readonly claims: number
}

export const insertHandover = async (
  write: Write,
  { team, note, until, customerIds, workItemIds, claimsTo, claims }: NewHandover,
): Promise<string> => {
  const { tx, clientId, viewer, now } = write
  const id = write.newId()
  const subjects = [
    ...customerIds.map((customerId) => ({ customerId, workItemId: null })),
    ...workItemIds.map((workItemId) => ({ customerId: null, workItemId })),
  ]
  await tx.sql`
    insert into handover (client_id, id, team_id, team_name, note, written_by, written_by_name, written_at, until, claims_to, claims_to_name, claims)
    values (${clientId}, ${id}, ${team?.id ?? null}, ${team?.name ?? null}, ${note}, ${viewer.id}, ${viewer.name}, ${now}, ${until},
      ${claimsTo?.id ?? null}, ${claimsTo?.name ?? null}, ${claims})`
  if (subjects.length > 0)
    await tx.sql`
      insert into handover_subject (client_id, handover_id, place, customer_id, work_item_id)
      select ${clientId}, ${id}, s.place - 1, s.customer_id, s.work_item_id
      from unnest(${subjects.map(({ customerId }) => customerId)}::uuid[], ${subjects.map(({ workItemId }) => workItemId)}::uuid[])
        with ordinality as s (customer_id, work_item_id, place)`
  return id
}

/** Those of some ids that name a customer or a work item of the client. */
export const subjectsKnown = async (
  { tx, clientId }: Write,
  { customerIds, workItemIds }: Pick<NewHandover, 'customerIds' | 'workItemIds'>,
): Promise<ReadonlySet<string>> => {
  const rows = await tx.sql<{ id: string }>`
    select id from customer where client_id = ${clientId} and id = any (${[...customerIds]}::uuid[])
    union all
    select id from work_item where client_id = ${clientId} and id = any (${[...workItemIds]}::uuid[])`
  return new Set(rows.map(({ id }) => id))
}

export const writerOf = async ({ tx, clientId }: Write, id: string): Promise<string | null> => {
  const rows = await tx.sql<{ writtenBy: string }>`
    select written_by as "writtenBy" from handover where client_id = ${clientId} and id = ${id}`
  return rows[0]?.writtenBy ?? null
}

/** Null when it is taken over now; else who did before. Of two at once one is second, and waits to be told. */
export const insertTakeover = async ({ tx, clientId, viewer, now }: Write, id: string): Promise<Takeover | null> => {
  const taken = await tx.sql`
    insert into handover_takeover (client_id, handover_id, taken_by, taken_by_name, taken_at)
    values (${clientId}, ${id}, ${viewer.id}, ${viewer.name}, ${now}) on conflict (client_id, handover_id) do nothing returning handover_id`
  if (taken.length > 0) return null
  const [before] = await tx.sql<Takeover>`
    select taken_by_name as by, taken_at as at from handover_takeover where client_id = ${clientId} and handover_id = ${id}`
  if (before === undefined) throw new Error('a takeover vanished while another was tried')
  return before
}
