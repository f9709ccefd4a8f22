import { dayIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { clientFacts } from '../client/index.ts'
import { contactAsKnown } from '../customer/index.ts'
import { itemsAsTheyAre } from '../receivable/index.ts'
import { standingAsKept } from '../stage/index.ts'
import type { Content } from './content.ts'
import { letterOf } from './letter.ts'
import { rulesOf } from './notice-policy.ts'
import { shownNotice } from './reads.ts'
import { contentToday, shownOf } from './render.ts'
import { templateFor, whyHeldBack, whyNotOwed } from './rules.ts'
import { keptDocument, linesOf } from './store.ts'
import { templateNamed } from './templates.ts'

type Reading = Pick<Write, 'tx' | 'clientId' | 'now'>

export type Preview = { readonly content: Content; readonly isFinal: boolean }

/** What a notice says: what was sent, or what would be if it were sent now. Null where nothing of it is left to say. */
export const previewOf = async (reading: Reading, noticeId: string): Promise<Preview | null> => {
  const notice = await shownNotice(reading, noticeId)
  if (notice === null) return null
  const { documentHash, customerId, contactId } = notice
  const kept = documentHash === null ? null : await keptDocument(reading, noticeId, documentHash)
  if (kept !== null) return { content: kept.content, isFinal: true }
  const lines = await linesOf(reading, [noticeId])
  const today = dayIn((await clientFacts(reading)).timeZone, reading.now)
  const ids = lines.map(({ openItemId }) => openItemId)
  const [rules, contact, all, standing] = await Promise.all([
    rulesOf(reading, notice),
    contactAsKnown(reading, contactId),
    itemsAsTheyAre(reading, ids),
    standingAsKept(reading, ids, today),
  ])
  // What takes a line off when it is sent leaves it out here: a notice that waits says at once what was disputed or held.
  const owed = lines.filter((line) => {
    const covers = templateNamed(rules, line.templateCode)?.covers ?? 'OVERDUE'
    const isOwed = whyNotOwed(all.get(line.openItemId), { customerId, covers, today }) === null
    return isOwed && whyHeldBack(line, standing.get(line.openItemId)) === null
  })
  const template = templateFor(rules, owed)
  if (template === undefined || contact === null) return null
  const items = owed.flatMap(({ openItemId }) => all.get(openItemId) ?? [])
  const shown = await shownOf(reading, rules, customerId, items)
  return { content: await contentToday(reading, { customerId, contact, rules, template, shown }), isFinal: false }
}

/**
 * A notice as a PDF: the very letter that was made, and of anything else what it says, set as one. It is set when it is
 * called, for which no transaction has to wait.
 */
export const noticePdf = async (reading: Reading, noticeId: string): Promise<(() => Promise<Uint8Array>) | null> => {
  const notice = await shownNotice(reading, noticeId)
  if (notice?.documentHash) {
    const kept = await keptDocument(reading, noticeId, notice.documentHash)
    if (kept?.kind === 'LETTER') return async () => kept.bytes
  }
  const preview = await previewOf(reading, noticeId)
  return preview === null ? null : () => letterOf(preview.content, reading.now)
}
