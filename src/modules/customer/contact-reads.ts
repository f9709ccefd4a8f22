import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { contactState, postalLines } from './rules.ts'

/** Whether, and how, somebody at a customer can be written to today. */
export type Reachable = {
  readonly id: string
  readonly name: string
  readonly role: string | null
  /** Null where none is known, mails come back from it, or it is not one address. */
  readonly email: string | null
  /** Empty where none is known. */
  readonly postalLines: readonly string[]
}

/** One mailbox and nothing that a mail server could read as several, or as a header. */
const mailbox = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u

type Row = {
  readonly id: string
  readonly name: string
  readonly role: string | null
  readonly email: string | null
  readonly postalAddress: string | null
  readonly validFrom: Day | null
  readonly validUntil: Day | null
  readonly bounceCount: number
}

const reachable = (row: Row, today: Day): Reachable[] => {
  const state = contactState({ ...row, isRetired: false }, today)
  // A mail that came back says nothing against the letter box.
  if (state !== 'USABLE' && state !== 'BOUNCED') return []
  const { id, name, role, email, postalAddress } = row
  const isMailable = state === 'USABLE' && email !== null && mailbox.test(email)
  return [
    { id, name, role, email: isMailable ? email : null, postalLines: postalAddress === null ? [] : postalLines(postalAddress) },
  ]
}

/** The people of a customer who can be written to on a day, those who were made sure of last first. */
export const reachableContacts = async (
  { tx, clientId }: Pick<Write, 'tx' | 'clientId'>,
  customerId: string,
  today: Day,
): Promise<Reachable[]> => {
  const rows = await tx.sql<Row>`
    select id, name, role, email, postal_address as "postalAddress", valid_from as "validFrom", valid_until as "validUntil",
      bounce_count as "bounceCount"
    from contact where client_id = ${clientId} and customer_id = ${customerId} and retired_at is null
    order by verified_at desc nulls last, name, id`
  return rows.flatMap((row) => reachable(row, today))
}

/** A contact by id, whatever its state. */
export const contactAsKnown = async (
  { tx, clientId }: Pick<Write, 'tx' | 'clientId'>,
  id: string,
): Promise<Pick<Reachable, 'name' | 'email' | 'postalLines'> | null> => {
  const [row] = await tx.sql<{ name: string; email: string | null; postalAddress: string | null }>`
    select name, email, postal_address as "postalAddress" from contact where client_id = ${clientId} and id = ${id}`
  return row === undefined ? null : { ...row, postalLines: row.postalAddress === null ? [] : postalLines(row.postalAddress) }
}

export type CustomerName = { readonly name: string; readonly number: string | null }

export const customerName = async (
  { tx, clientId }: Pick<Write, 'tx' | 'clientId'>,
  id: string,
): Promise<CustomerName | null> => {
  const rows = await tx.sql<CustomerName>`select name, number from customer where client_id = ${clientId} and id = ${id}`
  return rows[0] ?? null
}
