import type { Write } from '../../platform/command.ts'
import type { CreateClient } from './rules.ts'

// Owner of the tables client and legal_entity.

/** Asked of the provider's own clients only: another provider's codes are nobody's business. */
export const codeIsTaken = async ({ tx, viewer }: Write, code: string): Promise<boolean> => {
  const rows = await tx.sql`select 1 from fence.clients() c where c.provider_id = ${viewer.providerId} and c.code = ${code}`
  return rows.length > 0
}

export const insertClient = ({ tx, viewer, now }: Write, client: CreateClient) => tx.sql`
  insert into client (id, provider_id, code, name, time_zone, base_currency, calendar_code, planning_rates, created_at)
  values (${client.id}, ${viewer.providerId}, ${client.code}, ${client.name}, ${client.timeZone}, ${client.baseCurrency},
    ${client.calendarCode}, ${JSON.stringify(Object.fromEntries(client.planningRates.map(({ currency, rate }) => [currency, rate])))}::jsonb, ${now})`

export const insertLegalEntity = async (write: Write, { code, name }: { code: string; name: string }): Promise<string | null> => {
  const { tx, clientId, now } = write
  const rows = await tx.sql<{ id: string }>`
    insert into legal_entity (client_id, id, code, name, created_at)
    values (${clientId}, ${write.newId()}, ${code}, ${name}, ${now})
    on conflict (client_id, code) do nothing returning id`
  return rows[0]?.id ?? null
}

/** Ids by company code; codes that are new get an entity of that name. */
export const ensureLegalEntities = async (write: Write, codes: readonly string[]): Promise<Map<string, string>> => {
  const { tx, clientId, now } = write
  const read = () => tx.sql<{ id: string; code: string }>`
    select id, code from legal_entity where client_id = ${clientId} and code = any (${[...codes]}::text[])`
  const known = new Map((await read()).map(({ id, code }) => [code, id]))
  const missing = codes.filter((code) => !known.has(code))
  if (missing.length === 0) return known
  await tx.sql`
    insert into legal_entity (client_id, id, code, name, created_at)
    select ${clientId}, n.id, n.code, n.code, ${now}
    from unnest(${missing.map(() => write.newId())}::uuid[], ${missing}::text[]) as n (id, code)
    on conflict (client_id, code) do nothing`
  return new Map((await read()).map(({ id, code }) => [code, id]))
}

/** What rules about a client's days and weights need. */
export type ClientFacts = {
  readonly name: string
  readonly timeZone: string
  readonly baseCurrency: string
  readonly planningRates: Readonly<Record<string, string>>
}

/** Asked once in a command, however many of its parts need them: nothing that a command does changes them. */
const known = new WeakMap<object, Promise<ClientFacts>>()

export const clientFacts = (write: Pick<Write, 'tx' | 'clientId'>): Promise<ClientFacts> => {
  const facts = known.get(write) ?? readFacts(write)
  known.set(write, facts)
  return facts
}

const readFacts = async ({ tx, clientId }: Pick<Write, 'tx' | 'clientId'>): Promise<ClientFacts> => {
  const [facts] = await tx.sql<ClientFacts>`
    select name, time_zone as "timeZone", base_currency as "baseCurrency", planning_rates as "planningRates" from client where id = ${clientId}`
  if (facts === undefined) throw new Error('a command runs for a client that does not exist')
  return facts
}
