import type { Write } from '../../platform/command.ts'
import { NotFound } from '../../platform/refusals.ts'
import { customerExists } from '../customer/index.ts'
import { customersOfItems } from '../receivable/index.ts'
import { holdReceipts } from '../worklist/index.ts'

/** What a request is about, as the caller names it: an id of another client is nobody's here. */
export type SubjectAsked = {
  readonly kind: 'CUSTOMER' | 'OPEN_ITEM' | 'RECEIPT'
  readonly clientId: string
  readonly id: string
}

export type Subject = {
  readonly customerId: string | null
  readonly openItemId: string | null
  readonly receiptId: string | null
  /** The item that it is about, and those named besides. */
  readonly itemIds: readonly string[]
}

/** The most open items that a request names. */
export const itemsMax = 100

/** Found, and a receipt held: what is about a receipt changes under its lock. */
export const findSubject = async (
  write: Write,
  { kind, id }: SubjectAsked,
  openItems: readonly { readonly clientId: string; readonly id: string }[],
): Promise<Subject | NotFound> => {
  const missing = new NotFound('customer, open item or receipt', ['input', 'subject'])
  const own = openItems.map(({ clientId, id: itemId }) => (clientId === write.clientId ? itemId : write.clientId))
  const itemIds = [...new Set(kind === 'OPEN_ITEM' ? [id, ...own] : own)]
  const customers = await customersOfItems(write, itemIds)
  const customerId = kind === 'CUSTOMER' ? id : (customers.get(id) ?? null)
  if (kind === 'CUSTOMER' && !(await customerExists(write, id))) return missing
  if (kind === 'OPEN_ITEM' && customerId === null) return missing
  if (kind === 'RECEIPT' && (await holdReceipts(write, [id])).length === 0) return missing
  // What is named besides belongs to the customer; a receipt may be for items of several.
  const isForeign = (itemId: string) => {
    const of = customers.get(itemId)
    return of === undefined || (kind !== 'RECEIPT' && of !== customerId)
  }
  if (itemIds.some(isForeign)) return new NotFound('open item of the customer', ['input', 'openItems'])
  return kind === 'RECEIPT'
    ? { customerId: null, openItemId: null, receiptId: id, itemIds }
    : { customerId, openItemId: kind === 'OPEN_ITEM' ? id : null, receiptId: null, itemIds }
}
