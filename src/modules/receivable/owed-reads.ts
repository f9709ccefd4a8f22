import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import { type OpenItemRow, openItemColumns } from './reads.ts'

type Reading = Pick<Write, 'tx' | 'clientId'>

export type Owed = {
  readonly customerId: string
  /** Only what was due before that day; everything that is open without it. */
  readonly dueBefore: Day | null
}

/** What a customer owes by documents that are open and not disputed, longest due first. Credits are not among it. */
export const owedItems = ({ tx, clientId }: Reading, { customerId, dueBefore }: Owed): Promise<OpenItemRow[]> => {
  const due = dueBefore === null ? part`` : part`and o.due_on < ${dueBefore}::date`
  return tx.sql<OpenItemRow>`
    select ${openItemColumns} from open_item o
    where o.client_id = ${clientId} and o.customer_id = ${customerId} and o.closed_on is null and o.kind <> 'CREDIT_MEMO'
      and o.open_minor > 0 and not o.is_disputed ${due}
    order by o.due_on, o.id`
}

/** What a customer has to its credit and is not used up, the oldest first. */
export const openCredits = ({ tx, clientId }: Reading, customerId: string): Promise<OpenItemRow[]> => tx.sql<OpenItemRow>`
  select ${openItemColumns} from open_item o
  where o.client_id = ${clientId} and o.customer_id = ${customerId} and o.closed_on is null and o.kind = 'CREDIT_MEMO' and o.open_minor < 0
  order by o.due_on, o.id`

/** Open items by id as they are, longest due first; whoever needs them to stay so locks them first. */
export const itemsAsTheyAre = async (
  { tx, clientId }: Reading,
  ids: readonly string[],
): Promise<ReadonlyMap<string, OpenItemRow>> => {
  const rows = await tx.sql<OpenItemRow>`
    select ${openItemColumns} from open_item o
    where o.client_id = ${clientId} and o.id = any (${[...ids]}::uuid[]) order by o.due_on, o.id`
  return new Map(rows.map((row) => [row.id, row]))
}
