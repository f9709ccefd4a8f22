import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { badKey, badReason } from '../cash/index.ts'
import { tellNotice } from './events.ts'
import { type Channel, noticeMachine } from './notice-states.ts'
import { decideEach, holdSeveral, wasAnyDone } from './outcomes.ts'
import { everythingOwed, proposeLines } from './propose.ts'
import { recipientAnew } from './recipient-anew.ts'
import { AlreadyNotified, NothingOwed, OwnNotice, Undeliverable } from './refusals.ts'
import { type HeldNotice, itemsOn, linesOf, lockLive, lockNotice, saveApproval, saveEnd, saveRetry } from './store.ts'
import { takeOff } from './take-off.ts'

export type ProposeNotice = {
  readonly customer: RowKey
  readonly template: string
  /** Everything that the template is about where it is null. */
  readonly openItems: readonly RowKey[] | null
  readonly channel: Channel | null
  readonly idempotencyKey: string
}

export const proposeNotice = command({
  name: 'notice.proposeNotice',
  permission: 'notice:propose',
  refusals: [NotFound, InvalidInput, NothingOwed, Undeliverable, AlreadyNotified],
  scope: ({ customer }: ProposeNotice) => ({ clientId: customer.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  async run(write, { customer, template: templateCode, openItems, channel, idempotencyKey }) {
    const wrongKey = badKey(idempotencyKey)
    if (wrongKey !== null) return wrongKey
    if (openItems?.some(({ clientId }) => clientId !== write.clientId)) return new NotFound('open item', ['input', 'openItems'])
    const chosen = openItems?.map(({ id }) => ({ openItemId: id, templateCode }))
    const lines = chosen ?? (await everythingOwed(write, customer.id, templateCode))
    if (isRefusal(lines)) return lines
    const proposed = await proposeLines(write, { customerId: customer.id, lines, isAutomatic: false, channel })
    return isRefusal(proposed) ? proposed : { clientId: write.clientId, id: proposed.noticeId }
  },
})

export type ApproveNotices = {
  readonly clientId: string
  readonly notices: readonly { readonly notice: RowKey; readonly expectedVersion: number }[]
}

export const approveNotices = command({
  name: 'notice.approveNotices',
  permission: 'notice:approve',
  refusals: [InvalidInput],
  scope: ({ clientId }: ApproveNotices) => ({ clientId }),
  isAudited: wasAnyDone,
  async run(write, { notices: asked }) {
    const keys = asked.map(({ notice }) => notice)
    const held = await holdSeveral(write, keys)
    if (isRefusal(held)) return held
    const byHand = (await linesOf(write, [...held.keys()])).filter(({ isAutomatic }) => !isAutomatic)
    const makers = Map.groupBy(byHand, ({ noticeId }) => noticeId)
    const { taken, outcomes } = decideEach(keys, held, (notice, index, path) => {
      if (notice.version !== asked[index]?.expectedVersion) return new VersionConflict(notice.version)
      const lines = [...(makers.get(notice.id) ?? []), ...(notice.isAutomatic ? [] : [notice])]
      const isOwn = lines.some(({ principalId }) => principalId === write.viewer.id)
      return IllegalMove.unless(noticeMachine, 'approve', notice.state, path) ?? (isOwn ? new OwnNotice(path) : null)
    })
    const ids = taken.map(({ id }) => id)
    await saveApproval(write, ids, write.viewer)
    for (const notice of taken) tellNotice(write, 'notice.approved', notice)
    return { clientId: write.clientId, outcomes }
  },
})

export type OnNotice = { readonly notice: RowKey; readonly expectedVersion: number; readonly reason: string }

/** Held, as the caller knows it, for a reason that can be kept. */
const noticeFor = async (
  write: Write,
  { notice, expectedVersion, reason }: OnNotice,
): Promise<HeldNotice | NotFound | VersionConflict | InvalidInput> => {
  const wrongReason = badReason(reason)
  if (wrongReason !== null) return wrongReason
  const found = await lockNotice(write, notice.id)
  if (found === null) return new NotFound('notice', ['input', 'notice'])
  return found.version === expectedVersion ? found : new VersionConflict(found.version)
}

export const rejectNotice = command({
  name: 'notice.rejectNotice',
  permission: 'notice:approve',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: ({ notice }: OnNotice) => ({ clientId: notice.clientId }),
  reason: ({ reason }) => reason,
  async run(write, on) {
    const found = await noticeFor(write, on)
    if (isRefusal(found)) return found
    const illegal = IllegalMove.unless(noticeMachine, 'reject', found.state, ['input', 'notice'])
    if (illegal !== null) return illegal
    await saveEnd(write, found.id, { state: 'REJECTED', reason: on.reason })
    tellNotice(write, 'notice.rejected', found, { reason: on.reason, openItemIds: await itemsOn(write, found.id) })
    return { clientId: write.clientId, id: found.id }
  },
})

export type WithdrawNoticeLine = OnNotice & { readonly openItem: RowKey }

export const withdrawNoticeLine = command({
  name: 'notice.withdrawNoticeLine',
  permission: 'notice:propose',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: ({ notice }: WithdrawNoticeLine) => ({ clientId: notice.clientId }),
  reason: ({ reason }) => reason,
  async run(write, { openItem, ...on }) {
    const found = await noticeFor(write, on)
    if (isRefusal(found)) return found
    const illegal = IllegalMove.unless(noticeMachine, 'withdraw', found.state, ['input', 'notice'])
    if (illegal !== null) return illegal
    const lines = await linesOf(write, [found.id])
    const isOnIt = openItem.clientId === write.clientId && lines.some(({ openItemId }) => openItemId === openItem.id)
    if (!isOnIt) return new NotFound('open item of the notice', ['input', 'openItem'])
    await takeOff(write, found, {
      reasons: new Map([[openItem.id, 'BY_HAND']]),
      left: lines.filter(({ openItemId }) => openItemId !== openItem.id),
      endReason: on.reason,
    })
    return { clientId: write.clientId, id: found.id }
  },
})

export const retryNotice = command({
  name: 'notice.retryNotice',
  permission: 'notice:propose',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove, Undeliverable, AlreadyNotified],
  scope: ({ notice }: OnNotice) => ({ clientId: notice.clientId }),
  reason: ({ reason }) => reason,
  async run(write, on) {
    const found = await noticeFor(write, on)
    if (isRefusal(found)) return found
    const illegal = IllegalMove.unless(noticeMachine, 'retry', found.state, ['input', 'notice'])
    if (illegal !== null) return illegal
    const to = await recipientAnew(write, found)
    if (isRefusal(to)) return to
    const live = await lockLive(write, to)
    if (live !== null) return new AlreadyNotified(write.clientId, live.id, ['input', 'notice'])
    await saveRetry(write, found.id, to)
    tellNotice(write, 'notice.approved', found)
    return { clientId: write.clientId, id: found.id }
  },
})
