import type { ClientBase } from 'pg'
import type { Tx } from '../platform/database/unit.ts'

// What the demo asks and writes as the owner of the database, past the fence: how far a load came, and the few facts of
// customers that no ledger row and no command carries.

const lockKey = 'quittance demo'

/** Nodes that start together load the demo once: the others wait here, and then find it. */
export const holdDemo = async (session: ClientBase) => {
  await session.query('select pg_advisory_lock(hashtextextended($1, 0))', [lockKey])
}

export type LoadedClient = {
  readonly id: string
  readonly providerId: string
  readonly code: string
  readonly timeZone: string
  /** When the ledger of `sourceOf(code)` was applied and the cash recorded: each in one transaction, the cash last. */
  readonly hasItems: boolean
  readonly hasCash: boolean
}

export type LoadedProvider = { readonly id: string; readonly code: string; readonly createdAt: Date }

/** The file name under which the demo's ledgers are imported, and the idempotency keys of its commands, begin with this. */
export const demoMark = 'demo-'

export const providersIn = async (session: ClientBase): Promise<LoadedProvider[]> => {
  const { rows } = await session.query<LoadedProvider>(
    'select id, code, created_at as "createdAt" from provider order by created_at, code',
  )
  return rows
}

export const clientsIn = async (session: ClientBase): Promise<LoadedClient[]> => {
  const { rows } = await session.query<LoadedClient>(
    `select c.id, c.provider_id as "providerId", c.code, c.time_zone as "timeZone",
      exists (select from import_batch b where b.client_id = c.id and b.state = 'APPLIED' and b.source_name like $1) as "hasItems",
      exists (select from idempotency i where i.client_id = c.id and i.command = 'cash.recordReceipt' and i.key like $1) as "hasCash"
    from client c order by c.code`,
    [`${demoMark}%`],
  )
  return rows
}

/** Ids of people and integrations by the subject of their token. */
export const principalsIn = async (session: ClientBase): Promise<ReadonlyMap<string, string>> => {
  const { rows } = await session.query<{ subject: string; id: string }>('select subject, id from principal')
  return new Map(rows.map(({ subject, id }) => [subject, id]))
}

export const legalEntitiesOf = async (session: ClientBase, clientId: string): Promise<ReadonlySet<string>> => {
  const { rows } = await session.query<{ code: string }>('select code from legal_entity where client_id = $1', [clientId])
  return new Set(rows.map(({ code }) => code))
}

/** Ids of the ledger's open items and of its customers, by their numbers. */
export const keysOf = async ({ sql }: Tx, clientId: string) => {
  const items = await sql<{ number: string; id: string }>`
    select number, id from open_item where client_id = ${clientId} and closed_on is null`
  const customers = await sql<{ number: string; id: string }>`
    select number, id from customer where client_id = ${clientId} and number is not null`
  const byNumber = (rows: readonly { number: string; id: string }[]) => new Map(rows.map(({ number, id }) => [number, id]))
  return { items: byNumber(items), customers: byNumber(customers) }
}
