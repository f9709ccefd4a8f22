import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'

// Owner of the table promise_to_pay.

export type NewPromise = {
  readonly openItemId: string
  readonly customerId: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly promisedOn: Day
}

/** Null when the item has an open promise already. */
export const insertPromise = async (write: Write, promise: NewPromise): Promise<string | null> => {
  const { tx, clientId, viewer, now } = write
  const rows = await tx.sql<{ id: string }>`
    insert into promise_to_pay (client_id, id, open_item_id, customer_id, currency, amount_minor, promised_on, state, principal_id, created_at)
    values (${clientId}, ${write.newId()}, ${promise.openItemId}, ${promise.customerId}, ${promise.currency}, ${promise.amountMinor},
      ${promise.promisedOn}::date, 'OPEN', ${viewer.id}, ${now})
    on conflict (client_id, open_item_id) where state = 'OPEN' do nothing returning id`
  return rows[0]?.id ?? null
}

type Locked = { id: string; customerId: string; state: 'OPEN' | 'WITHDRAWN'; version: number }

export const lockPromise = async ({ tx, clientId }: Write, id: string): Promise<Locked | null> => {
  const rows = await tx.sql<Locked>`
    select id, customer_id as "customerId", state, version from promise_to_pay where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

/** A promise belongs to whom its item belongs to: it goes along when the item gets its customer. */
export const followItems = ({ tx, clientId }: Write, fromIds: readonly string[]) => tx.sql`
  update promise_to_pay p set customer_id = o.customer_id
  from open_item o
  where p.client_id = ${clientId} and p.customer_id = any (${[...fromIds]}::uuid[])
    and o.client_id = p.client_id and o.id = p.open_item_id and o.customer_id <> p.customer_id`

export const withdraw = ({ tx, clientId }: Write, id: string) => tx.sql`
  update promise_to_pay set state = 'WITHDRAWN', version = version + 1 where client_id = ${clientId} and id = ${id}`
