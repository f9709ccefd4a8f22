import { command } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import type { ClientId } from '../../platform/policy.ts'
import { InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { parseTerms, type TermsRule } from './rules.ts'
import { type Hierarchy, lockCustomers, saveHierarchy, saveSegment, saveTerms } from './store.ts'

export type SetCustomerHierarchy = {
  readonly customer: RowKey
  readonly parent: RowKey | null
  readonly billTo: RowKey | null
  readonly expectedVersion: number
}

/** A customer above itself would have no top: the chain of parents is walked before it is lengthened. */
export const setCustomerHierarchy = command({
  name: 'customer.setCustomerHierarchy',
  permission: 'customer:edit',
  refusals: [NotFound, InvalidInput, VersionConflict],
  scope: ({ customer }: SetCustomerHierarchy) => ({ clientId: customer.clientId }),
  async run(write, { customer, parent, billTo, expectedVersion }) {
    const above = [parent, billTo].filter((key) => key !== null)
    const foreign = above.find(({ clientId }) => clientId !== write.clientId)
    const locked = await lockCustomers(write, [customer.id, ...above.map(({ id }) => id)])
    const found = locked.get(customer.id)
    if (found === undefined) return new NotFound('customer', ['input', 'customer'])
    if (foreign !== undefined || !above.every(({ id }) => locked.has(id))) return new NotFound('customer', ['input', 'parent'])
    if (found.version !== expectedVersion) return new VersionConflict(found.version)

    const hierarchy: Hierarchy = { parentId: parent?.id ?? null, billToId: billTo?.id ?? null }
    const isCircle = !(await saveHierarchy(write, customer.id, hierarchy))
    if (isCircle) return new InvalidInput('a customer cannot belong to itself, not by way of others either', ['input', 'parent'])
    write.emit({ area: 'customer', name: 'customer.changed', payload: { customerId: customer.id, ...hierarchy } })
    return { clientId: write.clientId, id: customer.id }
  },
})

export type ClassifyCustomer = {
  readonly customer: RowKey
  readonly segment: string | null
  readonly expectedVersion: number
}

/** What a customer counts as. Undone by saying what it was before, nothing included. */
export const classifyCustomer = command({
  name: 'customer.classifyCustomer',
  permission: 'customer:edit',
  refusals: [NotFound, InvalidInput, VersionConflict],
  scope: ({ customer }: ClassifyCustomer) => ({ clientId: customer.clientId }),
  async run(write, { customer, segment, expectedVersion }) {
    if (segment !== null && (segment.trim() === '' || segment.length > 40))
      return new InvalidInput('a segment has 1 to 40 characters; leave it out for none', ['input', 'segment'])
    const found = (await lockCustomers(write, [customer.id])).get(customer.id)
    if (found === undefined) return new NotFound('customer', ['input', 'customer'])
    if (found.version !== expectedVersion) return new VersionConflict(found.version)
    await saveSegment(write, customer.id, segment)
    write.emit({ area: 'customer', name: 'customer.classified', payload: { customerIds: [customer.id], segment } })
    return { clientId: write.clientId, id: customer.id }
  },
})

export type DefinePaymentTerms = { readonly clientId: ClientId; readonly code: string; readonly rule: TermsRule }

export const definePaymentTerms = command({
  name: 'customer.definePaymentTerms',
  permission: 'customer:edit',
  refusals: [InvalidInput],
  scope: ({ clientId }: DefinePaymentTerms) => ({ clientId }),
  async run(write, { code, rule }) {
    if (code.trim() === '' || code.length > 40) return new InvalidInput('a code has 1 to 40 characters', ['input', 'code'])
    const parsed = parseTerms(rule)
    if (parsed === null) {
      return new InvalidInput('terms say when to pay: net days, the end of a month or a date of it; see the fields’ limits', [
        'input',
        'rule',
      ])
    }
    const id = await saveTerms(write, code, parsed)
    write.emit({ area: 'customer', name: 'paymentTerms.defined', payload: { code } })
    return { clientId: write.clientId, id }
  },
})
