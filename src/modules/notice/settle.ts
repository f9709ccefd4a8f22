import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { retryAfterMs } from '../../platform/jobs/backoff.ts'
import { limits } from '../../platform/limits.ts'
import type { Delivery } from '../../platform/mail/mailer.ts'
import { IllegalMove, InvalidInput } from '../../platform/refusals.ts'
import { logSent } from '../activity/index.ts'
import { failNotice } from './begin.ts'
import { tellNotice } from './events.ts'
import { noticeMachine } from './notice-states.ts'
import { decideEach, holdSeveral, wasAnyDone } from './outcomes.ts'
import { type HeldNotice, linesOf, lockLastMail, lockNotice, saveDeferral, saveSent, saveWait } from './store.ts'

/** It is out: the customer's timeline, its limits and whoever follows it hear of it. */
const sent = async (write: Write, notices: readonly HeldNotice[]) => {
  await saveSent(
    write,
    notices.map(({ id }) => id),
  )
  const lines = Map.groupBy(
    await linesOf(
      write,
      notices.map(({ id }) => id),
    ),
    ({ noticeId }) => noticeId,
  )
  for (const notice of notices) {
    const openItemIds = (lines.get(notice.id) ?? []).map(({ openItemId }) => openItemId)
    const { customerId, contactId, channel, templateCode, level } = notice
    const summary = `${templateCode}, level ${level}, ${openItemIds.length} ${openItemIds.length === 1 ? 'item' : 'items'}`
    await logSent(write, { customerId, contactId, kind: channel === 'EMAIL' ? 'MAIL' : 'LETTER', openItemIds, summary })
    tellNotice(write, 'notice.sent', notice, { openItemIds, level })
  }
}

export type SettleNotice = { readonly clientId: string; readonly noticeId: string; readonly delivery: Delivery }

/** What became of a mail that was handed over; when it is handed over again, if it is. */
export const settleNotice = command({
  name: 'notice.settleNotice',
  permission: 'notice:send',
  refusals: [],
  scope: ({ clientId }: SettleNotice) => ({ clientId }),
  async run(write, { noticeId, delivery }): Promise<{ readonly againAt: Date | null }> {
    const notice = await lockNotice(write, noticeId)
    if (notice?.state !== 'SENDING') return { againAt: null }
    if (delivery.outcome === 'TAKEN') {
      await sent(write, [notice])
      return { againAt: null }
    }
    const { reason } = delivery
    // What was handed over without an answer once may have been taken, whatever is answered later.
    const isUncertain = delivery.outcome === 'UNCERTAIN' || notice.isUncertain
    if (delivery.outcome === 'REFUSED' || notice.attempts >= limits.mail.attempts) {
      const failure = delivery.outcome === 'REFUSED' ? 'REFUSED' : 'EXHAUSTED'
      await failNotice(write, notice, isUncertain ? 'UNCERTAIN' : failure, reason)
      return { againAt: null }
    }
    const againAt = new Date(write.now.getTime() + retryAfterMs(notice.attempts))
    // Then it stays as it is; what was surely not taken is read anew: much can be paid until then.
    await (isUncertain ? saveWait : saveDeferral)(write, notice.id, { reason, until: againAt })
    return { againAt }
  },
})

export type MarkNoticesPrinted = { readonly clientId: string; readonly notices: readonly RowKey[] }

export const markNoticesPrinted = command({
  name: 'notice.markNoticesPrinted',
  permission: 'notice:propose',
  refusals: [InvalidInput],
  scope: ({ clientId }: MarkNoticesPrinted) => ({ clientId }),
  isAudited: wasAnyDone,
  async run(write, { notices: keys }) {
    const held = await holdSeveral(write, keys)
    if (isRefusal(held)) return held
    const { taken, outcomes } = decideEach(keys, held, ({ channel, state }, _index, path) => {
      if (channel !== 'LETTER') return new InvalidInput('a mail is not printed', path)
      // Said twice, it was printed once.
      return state === 'SENT' ? null : IllegalMove.unless(noticeMachine, 'deliver', state, path)
    })
    const printed = taken.filter(({ state }) => state !== 'SENT')
    await sent(write, printed)
    return { clientId: write.clientId, outcomes }
  },
})

/** How long a mail takes to come back at most. */
const bounceMs = 14 * 86_400_000

/** A mail to a contact came back: the last one that was sent to it before, if that is not long ago. */
export const bounceLastMail = async (write: Write, contactId: string, at: Date) => {
  const notice = await lockLastMail(write, contactId, { from: new Date(at.getTime() - bounceMs), until: at })
  if (notice !== null)
    await failNotice(write, notice, 'BOUNCED', 'the mail came back: verify the contact or add another, and retry it')
}
