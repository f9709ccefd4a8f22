import { addDays } from '../../kernel/day.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import { command } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { badKey, badReason } from '../cash/index.ts'
import { customerOfContact } from '../customer/index.ts'
import { lockOpenItems } from '../receivable/index.ts'
import { asMovements } from './amounts.ts'
import {
  byReason,
  coordinatedBy,
  disputeItemsMax,
  entitledHere,
  type ItemAsked,
  itemIdsOf,
  processedBy,
  reasonNamed,
  routed,
  rulesOf,
  somebody,
  takeIn,
} from './disputing.ts'
import { disputeFor, disputeScope, type OnDispute } from './holding.ts'
import { moveCase, openCase, turn, turnedBy } from './move.ts'
import type { Priority } from './policy.ts'
import { AlreadyDisputed, OverDisputed } from './refusals.ts'
import type { KeptDispute, KeptItem } from './store.ts'

export const titleMax = 200
export const noteMax = 4_000

export type OpenDispute = {
  readonly customer: RowKey
  readonly items: readonly ItemAsked[]
  readonly title: string
  readonly note: string
  readonly reason: string | null
  readonly priority: Priority | null
  readonly contact: RowKey | null
  readonly externalReference: string | null
  readonly coordinator: RowKey | null
  readonly idempotencyKey: string
}

const countFault = (items: readonly unknown[]): InvalidInput | null =>
  items.length === 0 || items.length > disputeItemsMax
    ? new InvalidInput(`1 to ${disputeItemsMax} items are named`, ['input', 'items'])
    : null

const faultOf = ({ title, note, externalReference, items, idempotencyKey }: OpenDispute): InvalidInput | null => {
  if (title.trim() === '' || title.length > titleMax)
    return new InvalidInput(`a title has 1 to ${titleMax} characters`, ['input', 'title'])
  if (note.length > noteMax) return new InvalidInput(`a note has at most ${noteMax} characters`, ['input', 'note'])
  if (externalReference !== null && (externalReference.trim() === '' || externalReference.length > 100))
    return new InvalidInput('a reference has 1 to 100 characters', ['input', 'externalReference'])
  return countFault(items) ?? badKey(idempotencyKey)
}

export const openDispute = command({
  name: 'dispute.openDispute',
  permission: 'dispute:work',
  refusals: [NotFound, InvalidInput, AlreadyDisputed, OverDisputed],
  scope: ({ customer }: OpenDispute) => ({ clientId: customer.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  async run(write, input) {
    const fault = faultOf(input)
    if (fault !== null) return fault
    const { customer, items, contact } = input
    const ids = itemIdsOf(
      write.clientId,
      items.map(({ openItem }) => openItem),
    )
    const locked = new Map((await lockOpenItems(write, ids)).map((item) => [item.id, item]))
    const currency = locked.get(ids[0] ?? '')?.currency ?? ''
    const turned = await takeIn(write, items, locked, { customerId: customer.id, currency, known: [], cause: 'OPENED' })
    if (isRefusal(turned)) return turned
    if (contact !== null && (await customerOfContact(write, contact.id)) !== customer.id)
      return new NotFound('contact of the customer', ['input', 'contact'])
    const { rules, version: policyVersion, today } = await rulesOf(write)
    const reason = input.reason === null ? null : reasonNamed(rules, input.reason)
    if (isRefusal(reason)) return reason
    const entitled = await entitledHere(write)
    const coordinator = somebody(entitled, input.coordinator ?? { clientId: write.clientId, id: write.viewer.id }, 'coordinator')
    if (isRefusal(coordinator)) return coordinator
    const { id: openedById, name: openedByName } = write.viewer
    const dispute: KeptDispute = {
      ...{ id: write.newId(), customerId: customer.id, currency, state: 'OPEN', title: input.title, policyVersion },
      ...{ reasonCode: null, category: null, department: null, rootCause: null, isCollected: false },
      ...{ priority: input.priority ?? 'NORMAL', deadlineOn: addDays(today, rules.deadlineDays) },
      ...(reason === null ? {} : byReason(reason, { priority: input.priority, deadlineOn: null, today })),
      ...coordinatedBy(coordinator),
      ...processedBy(reason === null ? null : routed(entitled, reason)),
      ...{ escalatedAt: null, escalationReason: null, contactId: contact?.id ?? null },
      ...{ externalReference: input.externalReference, outcome: null, resolutionMinor: null, resolutionNote: null },
      ...{ splitFromId: null, reopened: 0, openedById, openedByName, openedAt: write.now, endedAt: null, endReason: null },
      version: 1,
    }
    return openCase(write, dispute, turned, input.note)
  },
})

export type IncludeItems = OnDispute & { readonly items: readonly ItemAsked[] }

export const includeItems = command({
  name: 'dispute.includeItems',
  permission: 'dispute:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove, AlreadyDisputed, OverDisputed],
  scope: (input: IncludeItems) => disputeScope(input),
  async run(write, { items, ...on }) {
    const fault = countFault(items)
    if (fault !== null) return fault
    const besides = itemIdsOf(
      write.clientId,
      items.map(({ openItem }) => openItem),
    )
    const held = await disputeFor(write, on, 'changeItems', { besides, isOver: true })
    if (isRefusal(held)) return held
    const { customerId, currency } = held.dispute
    const turned = await takeIn(write, items, held.openItems, { customerId, currency, known: held.items, cause: 'ADDED' })
    if (isRefusal(turned)) return turned
    if (held.items.filter(({ isLive }) => isLive).length + items.length > disputeItemsMax)
      return new InvalidInput(`a case has at most ${disputeItemsMax} items`, ['input', 'items'])
    const { dispute } = await moveCase(write, { ...held, items: held.items.filter(({ isLive }) => isLive) }, 'changeItems', {
      turned,
      note: `${items.length} more`,
    })
    return { clientId: write.clientId, id: dispute.id }
  },
})

/** Those of a case that are named; something of it has to stay. */
const chosen = (
  items: readonly KeptItem[],
  named: readonly RowKey[],
  clientId: string,
): readonly KeptItem[] | NotFound | InvalidInput => {
  const ids = new Set(itemIdsOf(clientId, named))
  const found = items.filter(({ openItemId }) => ids.has(openItemId))
  if (found.length !== ids.size || found.length === 0) return new NotFound('item of the case', ['input', 'openItems'])
  return found.length === items.length
    ? new InvalidInput('something stays in the case; void it if nothing of it is disputed', ['input', 'openItems'])
    : found
}

export type RemoveItems = OnDispute & { readonly openItems: readonly RowKey[]; readonly reason: string }

export const removeItems = command({
  name: 'dispute.removeItems',
  permission: 'dispute:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: (input: RemoveItems) => disputeScope(input),
  reason: ({ reason }) => reason,
  async run(write, { openItems, reason, ...on }) {
    const fault = badReason(reason)
    if (fault !== null) return fault
    const held = await disputeFor(write, on, 'changeItems')
    if (isRefusal(held)) return held
    const items = chosen(held.items, openItems, write.clientId)
    if (isRefusal(items)) return items
    const turned = turnedBy(items.map((item) => turn(item, takenOut(item), 'REMOVED', { isLive: false })))
    const { dispute } = await moveCase(write, held, 'changeItems', { turned, note: reason })
    return { clientId: write.clientId, id: dispute.id }
  },
})

/** What is still disputed is not any more; what was settled stays what it was. */
export const takenOut = ({ disputedMinor }: KeptItem) =>
  disputedMinor === 0n ? [] : [{ kind: 'INCLUDED' as const, amountMinor: -disputedMinor }]

export type SplitDispute = OnDispute & {
  readonly openItems: readonly RowKey[]
  readonly title: string
  readonly reason: string
  readonly idempotencyKey: string
}

/** Moves items, with everything that became of them, into a case of their own: the sums of both are what they were. */
export const splitDispute = command({
  name: 'dispute.splitDispute',
  permission: 'dispute:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: (input: SplitDispute) => disputeScope(input),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  reason: ({ reason }) => reason,
  async run(write, { openItems, title, reason, idempotencyKey, ...on }) {
    const fault = badReason(reason) ?? badKey(idempotencyKey)
    if (fault !== null) return fault
    if (title.trim() === '' || title.length > titleMax)
      return new InvalidInput(`a title has 1 to ${titleMax} characters`, ['input', 'title'])
    const held = await disputeFor(write, on, 'split')
    if (isRefusal(held)) return held
    const items = chosen(held.items, openItems, write.clientId)
    if (isRefusal(items)) return items
    const gone = items.map((item) =>
      turn(
        item,
        asMovements(item).map(({ kind, amountMinor }) => ({ kind, amountMinor: -amountMinor })),
        'SPLIT',
        {
          isLive: false,
        },
      ),
    )
    const { dispute: rest } = await moveCase(write, held, 'split', { turned: turnedBy(gone), note: reason })
    const come = gone.map(({ item }, place) =>
      turn({ ...item, id: write.newId() }, asMovements(items[place] ?? item), 'SPLIT', { isLive: true }),
    )
    const { id: openedById, name: openedByName } = write.viewer
    const part: KeptDispute = {
      ...rest,
      ...{
        id: write.newId(),
        title,
        splitFromId: rest.id,
        reopened: 0,
        openedById,
        openedByName,
        openedAt: write.now,
        version: 1,
      },
    }
    return openCase(write, part, turnedBy(come), reason)
  },
})

export type AssignDispute = OnDispute & { readonly processor: RowKey | null; readonly coordinator: RowKey | null }

export const assignDispute = command({
  name: 'dispute.assignDispute',
  permission: 'dispute:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: (input: AssignDispute) => disputeScope(input),
  async run(write, { processor: works, coordinator: steers, ...on }) {
    if (works === null && steers === null)
      return new InvalidInput('a processor or a coordinator is named', ['input', 'processor'])
    const held = await disputeFor(write, on, 'assign')
    if (isRefusal(held)) return held
    const entitled = await entitledHere(write)
    const processor = works === null ? null : somebody(entitled, works, 'processor')
    if (isRefusal(processor)) return processor
    const coordinator = steers === null ? null : somebody(entitled, steers, 'coordinator')
    if (isRefusal(coordinator)) return coordinator
    const changes = {
      ...(processor === null ? {} : processedBy(processor)),
      ...(coordinator === null ? {} : coordinatedBy(coordinator)),
    }
    const names = [coordinator, processor].flatMap((one) => (one === null ? [] : [one.name]))
    const { dispute } = await moveCase(write, held, 'assign', { changes, note: names.join(', ') })
    return { clientId: write.clientId, id: dispute.id }
  },
})
