import { type Day, daysBetween } from '../../kernel/day.ts'
import { formatAmount, sumByCurrency } from '../../kernel/money.ts'
import { fillIn, tablePlaceholder } from './placeholders.ts'
import type { Labels, NoticeRules, Template } from './templates.ts'

/** An item as a notice knows it. */
export type Item = {
  readonly number: string
  readonly documentOn: Day
  readonly dueOn: Day
  readonly currency: string
  readonly minor: bigint
}

/** One row of the table, as it is read. */
export type Row = {
  readonly number: string
  readonly issuedOn: string
  readonly dueOn: string
  readonly daysLate: string
  readonly amount: string
}

/** Everything that a notice says, as text: a mail, a letter and a preview are ways to show it, and no more. */
export type Content = {
  readonly language: string
  readonly sender: { readonly name: string; readonly address: string | null; readonly replyTo: string | null }
  readonly returnLines: readonly string[]
  readonly recipient: { readonly name: string; readonly email: string | null; readonly lines: readonly string[] }
  readonly today: string
  readonly subject: string
  /** Above and below the table. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly closing: string
  readonly labels: Labels
  readonly rows: readonly Row[]
  readonly credits: readonly Row[]
  readonly totals: readonly string[]
}

export type Facts = {
  readonly rules: NoticeRules
  readonly template: Template
  readonly level: number
  readonly today: Day
  readonly client: string
  readonly customer: { readonly name: string; readonly number: string | null }
  readonly contact: { readonly name: string; readonly email: string | null; readonly postalLines: readonly string[] }
  readonly items: readonly Item[]
  /** Amounts below zero. */
  readonly credits: readonly Item[]
}

/** Names come from ledgers: what could break a line, a header or the direction of writing is none of theirs. */
export const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029\s]+/gu, ' ')
    .replace(/[\u202A-\u202E\u2066-\u2069]/g, '')
    .trim()

const amountIn = (language: string, minor: bigint, currency: string): string => {
  const exact = formatAmount({ minor, currency })
  const digits = exact.split('.')[1]?.length ?? 0
  // Intl takes the exact decimal as text; a number would be a float on its way.
  const format = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${format.format(exact as `${number}`)} ${currency}`
}

const dayFormat = (language: string) => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' })
const dayText = (language: string, day: Day): string => dayFormat(language).format(new Date(`${day}T00:00:00Z`))

/** What is asked for, by currency: credits count only where the client nets them. Nothing of a currency they cover. */
export const totalsOf = (
  { credits: rule }: Pick<NoticeRules, 'credits'>,
  items: readonly Pick<Item, 'currency' | 'minor'>[],
  credits: readonly Pick<Item, 'currency' | 'minor'>[],
): Map<string, bigint> => {
  const owed = sumByCurrency(items)
  if (rule !== 'NETTED') return owed
  const net = sumByCurrency([...items, ...credits])
  return new Map(
    [...owed.keys()].map((currency) => [currency, net.get(currency) ?? 0n] as const).filter(([, minor]) => minor > 0n),
  )
}

export const contentOf = (facts: Facts): Content => {
  const { rules, template, level, today, client, customer, contact } = facts
  const { language, labels } = template
  const byAge = [...facts.items].sort((a, b) => (a.dueOn + a.number < b.dueOn + b.number ? -1 : 1))
  const row = ({ number, documentOn, dueOn, currency, minor }: Item): Row => ({
    number: oneLine(number),
    issuedOn: dayText(language, documentOn),
    dueOn: dayText(language, dueOn),
    daysLate: minor < 0n ? '' : String(Math.max(0, daysBetween(dueOn, today))),
    amount: amountIn(language, minor, currency),
  })
  const credits = rules.credits === 'NONE' ? [] : facts.credits
  const totals = [...totalsOf(rules, facts.items, credits)].sort().map(([currency, minor]) => amountIn(language, minor, currency))
  const senderName = rules.sender?.name ?? oneLine(client)
  const oldest = byAge[0]?.dueOn ?? today
  const values = {
    customer: oneLine(customer.name),
    customerNumber: oneLine(customer.number ?? ''),
    contact: oneLine(contact.name),
    client: oneLine(client),
    sender: senderName,
    total: new Intl.ListFormat(language).format(totals),
    oldestDueOn: dayText(language, oldest),
    oldestDaysLate: String(Math.max(0, daysBetween(oldest, today))),
    itemCount: String(byAge.length),
    level: String(level),
    today: dayText(language, today),
  }
  const at = template.paragraphs.indexOf(tablePlaceholder)
  const fill = (paragraphs: readonly string[]) => paragraphs.map((text) => fillIn(text, values))
  return {
    language,
    sender: { name: senderName, address: rules.sender?.address ?? null, replyTo: rules.sender?.replyTo ?? null },
    returnLines: rules.postalAddress ?? [senderName],
    recipient: {
      name: oneLine(contact.name),
      email: contact.email,
      // A letter goes to the company, for the attention of the person.
      lines: [
        oneLine(customer.name),
        ...(contact.name === customer.name ? [] : [oneLine(contact.name)]),
        ...contact.postalLines.map(oneLine),
      ],
    },
    today: values.today,
    subject: oneLine(fillIn(template.subject, values)),
    before: fill(at < 0 ? template.paragraphs : template.paragraphs.slice(0, at)),
    after: fill(at < 0 ? [] : template.paragraphs.slice(at + 1)),
    closing: fillIn(template.closing, values),
    labels,
    rows: byAge.map(row),
    credits: credits.map(row),
    totals,
  }
}
