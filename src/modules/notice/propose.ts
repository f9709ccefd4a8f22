import { type Day, dayIn } from '../../kernel/day.ts'
import { sumByCurrency } from '../../kernel/money.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import type { Write } from '../../platform/command.ts'
import { limits } from '../../platform/limits.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import { clientFacts } from '../client/index.ts'
import { customerName, reachableContacts } from '../customer/index.ts'
import { policyInForce } from '../policy/index.ts'
import { itemsAsTheyAre, owedItems } from '../receivable/index.ts'
import { tellNotice } from './events.ts'
import { noticePolicy } from './notice-policy.ts'
import type { Channel } from './notice-states.ts'
import { type Recipient, recipientOf, whyUnreachable } from './recipients.ts'
import { AlreadyNotified, NothingOwed, Undeliverable } from './refusals.ts'
import { needsApproval, templateFor, whyNotOwed } from './rules.ts'
import {
  type HeldNotice,
  insertNotice,
  linesOf,
  lockLive,
  lockNotice,
  type NewLine,
  recodeLines,
  saveApproval,
  saveHeading,
  saveLines,
  sentOnDay,
} from './store.ts'
import { type NoticeRules, templateNamed } from './templates.ts'

/** Items of a customer that are to be asked for, each by a template of the client. */
export type ProposedLine = { readonly openItemId: string; readonly templateCode: string }

export type Proposal = {
  readonly customerId: string
  readonly lines: readonly ProposedLine[]
  /** Whether the service proposes by rules. Then whoever is at the wheel may approve it too. */
  readonly isAutomatic: boolean
  /** By mail if possible where it is null. */
  readonly channel: Channel | null
  /** Whether somebody has to approve it whatever its total is. */
  readonly needsApproval?: boolean
}

export type Proposed = {
  readonly noticeId: string
  /** Whether it goes out without anybody's approval. */
  readonly isApproved: boolean
}

export type ProposalRefusal = NotFound | InvalidInput | NothingOwed | Undeliverable | AlreadyNotified

const owedLines = async (
  write: Write,
  { customerId, lines }: Proposal,
  { rules, today }: { readonly rules: NoticeRules; readonly today: Day },
): Promise<readonly NewLine[] | NotFound | InvalidInput | NothingOwed> => {
  if (lines.length > limits.notice.lines)
    return new InvalidInput(`a notice has at most ${limits.notice.lines} items`, ['input', 'openItems'])
  const ids = lines.map(({ openItemId }) => openItemId)
  const items = await itemsAsTheyAre(write, ids)
  /** Of an item that is proposed twice, by the firmer template. */
  const owed = new Map<string, NewLine>()
  for (const { openItemId, templateCode } of lines) {
    const template = templateNamed(rules, templateCode)
    if (template === undefined) return new NotFound('template', ['input', 'template'])
    const item = items.get(openItemId)
    if (item === undefined || item.customerId !== customerId) return new NotFound('open item', ['input', 'openItems'])
    if (whyNotOwed(item, { customerId, covers: template.covers, today }) !== null) continue
    if ((owed.get(openItemId)?.level ?? -1) >= template.level) continue
    owed.set(openItemId, { openItemId, templateCode, level: template.level, currency: item.currency, minor: item.openMinor })
  }
  if (new Set(lines.map(({ templateCode }) => templateNamed(rules, templateCode)?.covers)).size > 1)
    return new InvalidInput('a notice is about what is overdue, or about everything that is open', ['input', 'openItems'])
  if (owed.size > 0) return [...owed.values()]
  const why = 'nothing of it is owed: what is paid, disputed, a credit, or not overdue where the template is about what is'
  return new NothingOwed(why, ['input', 'openItems'])
}

/** Lines that are proposed now have a template in these rules. */
const headingBy = (rules: NoticeRules, lines: readonly { readonly templateCode: string }[]) => {
  const template = templateFor(rules, lines)
  if (template === undefined) throw new Error('a notice is proposed by a template that the rules do not have')
  return { templateCode: template.code, level: template.level }
}

/**
 * One that waits for its approval takes more lines of its kind: what is not due yet must not stand in a reminder. One that is
 * on its way takes none, and a day has one at most.
 */
const placeFor = async (
  write: Write,
  { contact, channel }: Recipient,
  isOfKind: (live: HeldNotice) => boolean,
  make: () => Promise<string | null>,
): Promise<HeldNotice | AlreadyNotified> => {
  const to = { contactId: contact.id, channel }
  const { timeZone } = await clientFacts(write)
  for (;;) {
    const live = await lockLive(write, to)
    if (live?.state === 'PROPOSED' && isOfKind(live)) return live
    const other = live?.id ?? (await sentOnDay(write, to, dayIn(timeZone, write.now)))
    if (other !== null) return new AlreadyNotified(write.clientId, other, ['input', 'customer'])
    const made = await make()
    const notice = made === null ? null : await lockNotice(write, made)
    // Null: somebody else was first, and has committed by now.
    if (notice !== null) return notice
  }
}

/**
 * Proposes that a customer is written to about some items. Whoever else proposes for the same contact and channel adds to the
 * same notice, which goes under the highest level of its lines. Nothing of the ledger is locked: what is owed is asked again
 * when it is sent.
 */
export const proposeLines = async (write: Write, proposal: Proposal): Promise<Proposed | ProposalRefusal> => {
  const { customerId, isAutomatic, channel } = proposal
  const [facts, { rules, version: policyVersion }] = await Promise.all([clientFacts(write), policyInForce(write, noticePolicy)])
  const customer = await customerName(write, customerId)
  if (customer === null) return new NotFound('customer', ['input', 'customer'])
  const today = dayIn(facts.timeZone, write.now)
  const lines = await owedLines(write, proposal, { rules, today })
  if (isRefusal(lines)) return lines
  const contacts = await reachableContacts(write, customerId, today)
  const recipient = recipientOf(contacts, { roles: rules.contactRoles, channel })
  if (recipient === null) return new Undeliverable(whyUnreachable(contacts, channel), ['input', 'customer'])

  const heading = headingBy(rules, lines)
  const coversOf = (code: string) => templateNamed(rules, code)?.covers ?? 'OVERDUE'
  const isOfKind = (live: HeldNotice) => coversOf(live.templateCode) === coversOf(heading.templateCode)
  const notice = await placeFor(write, recipient, isOfKind, () =>
    insertNotice(write, {
      ...heading,
      policyVersion,
      customerId,
      contactId: recipient.contact.id,
      channel: recipient.channel,
      isAutomatic,
    }),
  )
  if (isRefusal(notice)) return notice
  const before = await linesOf(write, [notice.id])
  if (new Set([...before, ...lines].map(({ openItemId }) => openItemId)).size > limits.notice.lines)
    return new InvalidInput(`a notice has at most ${limits.notice.lines} items, with those that wait already`, [
      'input',
      'openItems',
    ])
  await saveLines(write, notice.id, { lines, isAutomatic })

  const all = await linesOf(write, [notice.id])
  const totals = sumByCurrency(all.map(({ proposedMinor: minor, currency }) => ({ minor, currency })))
  const top = headingBy(rules, [...all, ...lines])
  // What waits since before these rules goes by a template that they have.
  await recodeLines(write, notice.id, { ...top, codes: rules.templates.map(({ code }) => code) })
  // One that waits for somebody's yes goes on waiting, whatever is added to it.
  const isWaiting = before.length > 0 && notice.needsApproval
  const isHeld =
    isWaiting || proposal.needsApproval === true || needsApproval(templateNamed(rules, top.templateCode) ?? {}, totals, facts)
  await saveHeading(write, notice.id, { ...top, policyVersion, needsApproval: isHeld })
  tellNotice(write, 'notice.proposed', { id: notice.id, customerId })
  if (!isHeld) {
    await saveApproval(write, [notice.id], null)
    tellNotice(write, 'notice.approved', { id: notice.id, customerId })
  }
  return { noticeId: notice.id, isApproved: !isHeld }
}

/** What a template is about where nobody chooses: everything of the customer that is overdue, or open. */
export const everythingOwed = async (
  write: Write,
  customerId: string,
  templateCode: string,
): Promise<readonly ProposedLine[] | NotFound> => {
  const { rules } = await policyInForce(write, noticePolicy)
  const template = templateNamed(rules, templateCode)
  if (template === undefined) return new NotFound('template', ['input', 'template'])
  const { timeZone } = await clientFacts(write)
  const items = await owedItems(write, {
    customerId,
    dueBefore: template.covers === 'OVERDUE' ? dayIn(timeZone, write.now) : null,
  })
  return items.map(({ id }) => ({ openItemId: id, templateCode }))
}
