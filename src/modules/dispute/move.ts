import type { Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { holdDisputed } from '../receivable/index.ts'
import { type Movement, moved } from './amounts.ts'
import { type DisputeState, liveStates } from './dispute-states.ts'
import {
  type ChangeMove,
  insertChange,
  insertDispute,
  insertMovements,
  type KeptDispute,
  type KeptItem,
  type MovementCause,
  type NewMovement,
  saveDispute,
  saveItems,
} from './store.ts'

/** What is told of a case. `follow`: its amounts followed the ledger, and nobody moved it; `comment`: somebody spoke. */
export const disputeChanged = 'dispute.changed'
export type ToldMove = ChangeMove | 'follow' | 'comment'

/** Whether what is disputed in a case stays out of what is to be collected. What the customer is to pay is asked for again. */
export const keepsOut = ({ state, isCollected, outcome }: Pick<KeptDispute, 'state' | 'isCollected' | 'outcome'>): boolean =>
  !isCollected && liveStates.includes(state) && !(state === 'AWAITING_POSTING' && outcome === 'CUSTOMER_PAYS')

const isLive = (state: DisputeState) => liveStates.includes(state)

export const tellDispute = (write: Write, move: ToldMove, before: KeptDispute | null, after: KeptDispute) => {
  const isNewDeadline =
    before === null || before.deadlineOn !== after.deadlineOn || (!isLive(before.state) && isLive(after.state))
  write.emit({
    area: 'work',
    name: disputeChanged,
    payload: {
      ...{ kind: 'DISPUTE', disputeId: after.id, move, state: after.state, stateBefore: before?.state ?? null },
      // A comment changes nothing that queues follow.
      customerIds: move === 'comment' ? [] : [after.customerId],
      deadlineOn: isNewDeadline && isLive(after.state) ? after.deadlineOn : null,
    },
  })
}

/** Items of a case with what is written of them: amounts change by movements alone. */
export type Turned = { readonly items: readonly KeptItem[]; readonly movements: readonly NewMovement[] }

export const unturned: Turned = { items: [], movements: [] }

/** An item behind some movements, and the movements as they are kept. */
export const turn = (item: KeptItem, movements: readonly Movement[], cause: MovementCause, facts: Partial<KeptItem> = {}) => ({
  item: { ...item, ...movements.reduce(moved, item), ...facts } as KeptItem,
  movements: movements.map((movement): NewMovement => ({ ...movement, openItemId: item.openItemId, cause })),
})

export const turnedBy = (turns: readonly ReturnType<typeof turn>[]): Turned => ({
  items: turns.map(({ item }) => item),
  movements: turns.flatMap(({ movements }) => movements),
})

/** Writes what a case holds of its items, and what the ledger's items say about that. */
const writeItems = async (
  write: Write,
  dispute: KeptDispute,
  items: readonly KeptItem[],
  { items: turned, movements }: Turned,
) => {
  await saveItems(write, dispute.id, turned)
  await insertMovements(write, dispute.id, movements)
  const now = new Map([...items, ...turned].map((item) => [item.openItemId, item]))
  const isOut = keepsOut(dispute)
  await holdDisputed(
    write,
    [...now.values()].map((item) => ({ id: item.openItemId, disputedMinor: isOut && item.isLive ? item.disputedMinor : 0n })),
  )
}

export const openCase = async (write: Write, dispute: KeptDispute, turned: Turned, note: string): Promise<RowKey> => {
  await insertDispute(write, dispute)
  await writeItems(write, dispute, [], turned)
  await insertChange(write, { move: 'open', before: null, after: dispute, note })
  tellDispute(write, 'open', null, dispute)
  return { clientId: write.clientId, id: dispute.id }
}

type Changes = Partial<Omit<KeptDispute, 'id' | 'customerId' | 'currency' | 'version'>>
type Step = {
  readonly changes?: Changes
  readonly turned?: Turned
  readonly note?: string
}

/** A case, and the items that it holds. */
export type Held = { readonly dispute: KeptDispute; readonly items: readonly KeptItem[] }

/**
 * Writes a move: the row, its items with what moved their amounts, what became of it for ever, and the word to whoever follows
 * it. Items are held by then, unless what is written of them is what whoever holds them did.
 */
export const moveCase = async (
  write: Write,
  { dispute: before, items }: Held,
  move: ChangeMove | 'follow',
  { changes = {}, turned = unturned, note = '' }: Step = {},
): Promise<Held> => {
  const after: KeptDispute = { ...before, ...changes, version: before.version + 1 }
  await saveDispute(write, after)
  await writeItems(write, after, items, turned)
  if (move !== 'follow') await insertChange(write, { move, before, after, note })
  tellDispute(write, move, before, after)
  const now = new Map([...items, ...turned.items].map((item) => [item.openItemId, item]))
  return { dispute: after, items: [...now.values()].filter((item) => item.isLive) }
}
