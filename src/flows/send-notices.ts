import { z } from 'zod'
import { isRefusal } from '../kernel/refusal.ts'
import { beginNotice, bounceLastMail, settleNotice } from '../modules/notice/index.ts'
import { perform } from '../platform/command.ts'
import { react } from '../platform/events/reactions.ts'
import { Errand, type Job, job } from '../platform/jobs/job.ts'
import { limits } from '../platform/limits.ts'
import { stillDue } from './still-due.ts'

/**
 * Sends one notice: what is sent is fixed in one transaction, handed to the mail server outside of any, and what came of it
 * is kept in another. One whose process died in between is handed over again under the same id: docs/decisions/0031-notices.md.
 */
export const sendNotice: Job<{ readonly notice: string }> = job({
  name: 'notice.send',
  payload: z.object({ notice: z.uuid() }),
  run: async ({ tx, clientId, enqueue, outside: { mailer } }, payload) => {
    const noticeId = payload.notice
    const begun = await perform(tx, beginNotice, { clientId, noticeId, hasMailer: mailer !== null, stillDue })
    if (isRefusal(begun) || begun.next === 'OVER') return begun
    if (begun.next === 'WAIT') return enqueue(sendNotice, payload, { runAt: begun.until, key: noticeId })
    if (mailer === null) throw new Error('a mail is to be sent, and nothing to send it with')
    const { envelope, message } = begun
    return new Errand({
      withinMs: 2 * limits.mail.sendMs,
      call: () => mailer.send(envelope, message),
      settle: async (attempt, delivery) => {
        const settled = await perform(attempt.tx, settleNotice, { clientId, noticeId, delivery })
        if (isRefusal(settled) || settled.againAt === null) return settled
        attempt.enqueue(sendNotice, payload, { runAt: settled.againAt, key: noticeId })
      },
    })
  },
})

react({
  name: 'send-notices',
  to: ['notice.approved'],
  run: async (write, events) => {
    for (const { payload } of events) {
      const notice = String(payload.noticeId)
      write.enqueue(sendNotice, { notice }, { key: notice })
    }
  },
})

react({
  name: 'bounce-notices',
  to: ['contact.bounced'],
  run: async (write, events) => {
    for (const { payload } of events) await bounceLastMail(write, String(payload.contactId), new Date(String(payload.bouncedAt)))
  },
})
