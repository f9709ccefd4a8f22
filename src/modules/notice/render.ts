import { createHash } from 'node:crypto'
import { type Day, dayIn } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { composeMail } from '../../platform/mail/compose.ts'
import { clientFacts } from '../client/index.ts'
import { customerName, type Reachable } from '../customer/index.ts'
import { type OpenItemRow, openCredits } from '../receivable/index.ts'
import { type Content, contentOf, type Item } from './content.ts'
import { letterOf } from './letter.ts'
import { mailHtml, mailText } from './mail-body.ts'
import type { HeldNotice, Rendered } from './store.ts'
import type { NoticeRules, Template } from './templates.ts'

type Reading = Pick<Write, 'tx' | 'clientId' | 'now'>

const itemOf = ({ number, documentOn, dueOn, currency, openMinor }: OpenItemRow): Item => ({
  number,
  documentOn,
  dueOn,
  currency,
  minor: openMinor,
})

/** What of the ledger a notice shows: what it asks for, and the customer's credits as far as the client lists them. */
export type Shown = { readonly items: readonly Item[]; readonly credits: readonly Item[] }

export const shownOf = async (
  reading: Reading,
  { credits }: Pick<NoticeRules, 'credits'>,
  customerId: string,
  items: readonly OpenItemRow[],
): Promise<Shown> => ({
  items: items.map(itemOf),
  credits: credits === 'NONE' ? [] : (await openCredits(reading, customerId)).map(itemOf),
})

export type About = {
  readonly customerId: string
  readonly contact: Pick<Reachable, 'name' | 'email' | 'postalLines'>
  readonly rules: NoticeRules
  readonly template: Template
  readonly shown: Shown
}

/** What a notice says today. */
export const contentToday = async (
  reading: Reading,
  { customerId, contact, rules, template, shown }: About,
): Promise<Content> => {
  const [{ name: client, timeZone }, customer] = await Promise.all([clientFacts(reading), customerName(reading, customerId)])
  if (customer === null) throw new Error('a notice of a customer that is not there')
  const today: Day = dayIn(timeZone, reading.now)
  return contentOf({ rules, template, level: template.level, today, client, customer, contact, ...shown })
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The same each time it is handed over; another one for each round, because a server drops what it knows already. */
const messageIdOf = ({ id, round }: HeldNotice, address: string): string =>
  `<${id}.${round}@${address.slice(address.lastIndexOf('@') + 1)}>`

/** The very bytes that are sent. */
export const renderMail = async (notice: HeldNotice, content: Content, at: Date): Promise<Rendered> => {
  const { sender, recipient, subject, language } = content
  if (sender.address === null || recipient.email === null)
    throw new Error('a mail needs an address to come from and one to go to')
  const messageId = messageIdOf(notice, sender.address)
  const bytes = await composeMail({
    ...{ messageId, at, subject, language, replyTo: sender.replyTo },
    from: { name: sender.name, address: sender.address },
    to: { name: recipient.name, address: recipient.email },
    text: mailText(content),
    html: mailHtml(content),
  })
  return { messageId, hash: hashOf(bytes), kind: 'MAIL', bytes, content }
}

export const renderLetter = async (content: Content, at: Date): Promise<Rendered> => {
  const bytes = await letterOf(content, at)
  return { messageId: null, hash: hashOf(bytes), kind: 'LETTER', bytes, content }
}
