import { addDays, beginOfDay, dayIn } from '../../kernel/day.ts'
import { command, type Write } from '../../platform/command.ts'
import { limits } from '../../platform/limits.ts'
import type { Envelope } from '../../platform/mail/mailer.ts'
import { contactStop } from '../activity/index.ts'
import { clientFacts } from '../client/index.ts'
import { itemsAsTheyAre, lockOpenItems } from '../receivable/index.ts'
import { totalsOf } from './content.ts'
import { tellNotice } from './events.ts'
import { unprintableIn } from './letter.ts'
import { rulesOf } from './notice-policy.ts'
import type { Failure } from './notice-states.ts'
import { contactToday } from './recipient-anew.ts'
import { contentToday, renderLetter, renderMail, shownOf } from './render.ts'
import { needsApproval, templateFor, whyNotOwed } from './rules.ts'
import {
  countAttempt,
  type HeldNotice,
  itemsOn,
  keptDocument,
  type Line,
  linesOf,
  lockNotice,
  saveBeginning,
  saveFailure,
  saveReconsidered,
  saveWait,
  sentOnDay,
} from './store.ts'
import { takeOff } from './take-off.ts'
import { type NoticeRules, templateNamed } from './templates.ts'

/** An item that a notice is about to ask for. */
export type DueLine = {
  readonly openItemId: string
  readonly customerId: string
  readonly level: number
  readonly templateCode: string
  /** Proposed by rules and not by a person. */
  readonly isAutomatic: boolean
}

/**
 * What else has something against asking for some items now: by item the code of a reason, such as PROMISED. Asked within
 * the transaction that fixes what is sent, behind the locks of the items.
 */
export type StillDue = (write: Write, lines: readonly DueLine[]) => Promise<ReadonlyMap<string, string>>

export type BeginNotice = {
  readonly clientId: string
  readonly noticeId: string
  readonly hasMailer: boolean
  readonly stillDue: StillDue
}

/** What is to be done now. `OVER`: nothing any more. */
export type Beginning =
  | { readonly next: 'OVER' }
  | { readonly next: 'WAIT'; readonly until: Date }
  | { readonly next: 'SEND'; readonly envelope: Envelope; readonly message: Uint8Array }

const over: Beginning = { next: 'OVER' }

const noMailer = 'no mail server is configured: SMTP_URL'
const absentUntil = ({ now }: Write) => new Date(now.getTime() + limits.mail.absentMs)

const wait = async (write: Write, notice: HeldNotice, reason: string, until: Date): Promise<Beginning> => {
  await saveWait(write, notice.id, { reason, until })
  return { next: 'WAIT', until }
}

export const failNotice = async (write: Write, notice: HeldNotice, failure: Failure, reason: string) => {
  await saveFailure(write, notice.id, { failure, reason })
  tellNotice(write, 'notice.failed', notice, { reason, openItemIds: await itemsOn(write, notice.id) })
}

/** The lines that are owed still, as the ledger has their items now; the others are taken off. */
const owedNow = async (write: Write, notice: HeldNotice, { rules, stillDue }: { rules: NoticeRules; stillDue: StillDue }) => {
  const lines = await linesOf(write, [notice.id])
  const today = dayIn((await clientFacts(write)).timeZone, write.now)
  const ids = lines.map(({ openItemId }) => openItemId)
  const items = await itemsAsTheyAre(write, ids)
  const reasons = new Map<string, string>()
  for (const { openItemId, templateCode } of lines) {
    const covers = templateNamed(rules, templateCode)?.covers ?? 'OVERDUE'
    const reason = whyNotOwed(items.get(openItemId), { customerId: notice.customerId, covers, today })
    if (reason !== null) reasons.set(openItemId, reason)
  }
  const isLeft = ({ openItemId }: Line) => !reasons.has(openItemId)
  const asked = lines.filter(isLeft).map(({ openItemId, level, templateCode, isAutomatic }) => ({
    ...{ openItemId, customerId: notice.customerId, level, templateCode, isAutomatic },
  }))
  for (const [id, reason] of asked.length === 0 ? [] : await stillDue(write, asked)) reasons.set(id, reason)
  const left = lines.filter(isLeft)
  await takeOff(write, notice, { reasons, left, endReason: 'nothing of it is owed any more' })
  return { left, items: left.flatMap(({ openItemId }) => items.get(openItemId) ?? []) }
}

/** A mail that was begun is handed over as it is: whether it was taken before is not known here. */
const again = async (write: Write, notice: HeldNotice): Promise<Beginning> => {
  const kept = notice.documentHash === null ? null : await keptDocument(write, notice.id, notice.documentHash)
  const { sender, recipient } = kept?.content ?? {}
  if (kept === null || !sender?.address || !recipient?.email) throw new Error('a mail is being sent that was not kept')
  await countAttempt(write, notice.id, { isUncertain: true })
  return { next: 'SEND', envelope: { from: sender.address, to: recipient.email }, message: kept.bytes }
}

/** Why it cannot go out yet, and when it is looked at again. */
const waitFor = async (
  write: Write,
  notice: HeldNotice,
  { hasSender, hasMailer }: { hasSender: boolean; hasMailer: boolean },
) => {
  const { now } = write
  const isMail = notice.channel === 'EMAIL'
  if (isMail && !hasSender)
    return { reason: 'the policy NOTICE names no sender: publish one that does', until: absentUntil(write) }
  if (isMail && !hasMailer) return { reason: noMailer, until: absentUntil(write) }
  const { timeZone } = await clientFacts(write)
  const today = dayIn(timeZone, now)
  if ((await sentOnDay(write, notice, today)) !== null)
    return { reason: 'the contact got another notice today', until: beginOfDay(timeZone, addDays(today, 1)) }
  const stop = await contactStop(write, { customerId: notice.customerId, kind: isMail ? 'MAIL' : 'LETTER' })
  return stop === null ? null : { reason: stop.message.slice(0, 400), until: stop.nextAllowedAt }
}

/**
 * Fixes what is sent, or says why nothing is. What is owed is asked of the ledger while its items are held: a payment is
 * either seen here, or waits until this is committed.
 */
export const beginNotice = command({
  name: 'notice.beginNotice',
  permission: 'notice:send',
  refusals: [],
  scope: ({ clientId }: BeginNotice) => ({ clientId }),
  audited: ({ noticeId }) => ({ noticeId }),
  isAudited: (out: Beginning) => out.next === 'SEND',
  async run(write, { noticeId, hasMailer, stillDue }): Promise<Beginning> {
    await lockOpenItems(write, await itemsOn(write, noticeId))
    const notice = await lockNotice(write, noticeId)
    if (notice?.state === 'SENDING' && notice.channel === 'EMAIL')
      return hasMailer ? again(write, notice) : wait(write, notice, noMailer, absentUntil(write))
    if (notice?.state !== 'APPROVED') return over
    const rules = await rulesOf(write, notice)
    const { left, items } = await owedNow(write, notice, { rules, stillDue })
    if (left.length === 0) return over
    const template = templateFor(rules, left)
    if (template === undefined) throw new Error('a notice has no line whose template its policy has')
    const shown = await shownOf(write, rules, notice.customerId, items)
    if (totalsOf(rules, shown.items, shown.credits).size === 0) {
      const reasons = new Map(left.map(({ openItemId }) => [openItemId, 'CREDITED']))
      await takeOff(write, notice, { reasons, left: [], endReason: 'the customer’s credits cover it' })
      return over
    }
    // More may be open than when nobody had to approve it: money was taken back meanwhile.
    if (notice.approvedById === null && needsApproval(template, totalsOf(rules, shown.items, []), await clientFacts(write))) {
      await saveReconsidered(write, notice.id)
      tellNotice(write, 'notice.proposed', notice)
      return over
    }
    const held = await waitFor(write, notice, { hasSender: rules.sender !== undefined, hasMailer })
    if (held !== null) return wait(write, notice, held.reason, held.until)
    const contact = await contactToday(write, notice)
    if (contact === null) {
      await failNotice(write, notice, 'UNREACHABLE', 'the contact is not usable any more: retry it to write to another')
      return over
    }

    const content = await contentToday(write, { customerId: notice.customerId, contact, rules, template, shown })
    const missing = notice.channel === 'LETTER' ? unprintableIn(content) : []
    if (missing.length > 0) {
      await failNotice(write, notice, 'UNPRINTABLE', `the letter’s font has no shape for ${missing.slice(0, 20).join(' ')}`)
      return over
    }
    const rendered =
      notice.channel === 'EMAIL' ? await renderMail(notice, content, write.now) : await renderLetter(content, write.now)
    const { timeZone } = await clientFacts(write)
    const amounts = new Map(items.map(({ id, openMinor }) => [id, openMinor]))
    await saveBeginning(write, notice.id, { rendered, day: dayIn(timeZone, write.now), amounts })
    if (notice.channel === 'LETTER') return over
    await countAttempt(write, notice.id, { isUncertain: false })
    const { sender, recipient } = content
    return { next: 'SEND', envelope: { from: sender.address ?? '', to: recipient.email ?? '' }, message: rendered.bytes }
  },
})
