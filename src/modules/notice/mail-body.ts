import type { Content, Row } from './content.ts'

const columns = ['number', 'issuedOn', 'dueOn', 'daysLate', 'amount'] as const

/** In how many columns of a fixed pitch a text stands; wide characters of East Asia take two. */
const widthOf = (text: string): number =>
  [...text].reduce(
    (sum, char) => sum + (/[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFF00-\uFF60]/.test(char) ? 2 : 1),
    0,
  )

const padded = (text: string, width: number, isNumber: boolean): string => {
  const room = ' '.repeat(Math.max(0, width - widthOf(text)))
  return isNumber ? room + text : text + room
}

const isNumber = (column: (typeof columns)[number]) => column === 'daysLate' || column === 'amount'

const textTable = ({ labels, rows, credits, totals }: Content): string => {
  const widths = columns.map((column) =>
    Math.max(...[labels[column], ...[...rows, ...credits].map((row) => row[column])].map(widthOf)),
  )
  const lineOf = (row: Row) =>
    columns
      .map((column, index) => padded(row[column], widths[index] ?? 0, isNumber(column)))
      .join('  ')
      .trimEnd()
  const heading = lineOf(labels)
  const rule = '-'.repeat(widthOf(heading))
  const below = credits.length === 0 ? [] : ['', labels.credits, ...credits.map(lineOf)]
  return [heading, rule, ...rows.map(lineOf), ...below, rule, ...totals.map((total) => `${labels.total}: ${total}`)].join('\n')
}

/** A notice as plain text: what the mail reads as where nothing else is shown. */
export const mailText = (content: Content): string =>
  `${[...content.before, textTable(content), ...content.after, content.closing].join('\n\n')}\n`

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? char)

const cell = 'padding:4px 12px 4px 0;border-bottom:1px solid #ddd;'
const cells = (row: Row, tag: 'td' | 'th'): string =>
  columns
    .map((column) => `<${tag} style="${cell}text-align:${isNumber(column) ? 'right' : 'left'}">${escaped(row[column])}</${tag}>`)
    .join('')

const htmlTable = ({ labels, rows, credits, totals }: Content): string => {
  const rowOf = (row: Row) => `<tr>${cells(row, 'td')}</tr>`
  const spanning = (text: string, style: string) =>
    `<tr><td colspan="${columns.length}" style="${cell}${style}">${escaped(text)}</td></tr>`
  const below = credits.length === 0 ? '' : spanning(labels.credits, 'font-weight:bold') + credits.map(rowOf).join('')
  const sums = totals.map((total) => spanning(`${labels.total}: ${total}`, 'text-align:right;font-weight:bold')).join('')
  return `<table style="border-collapse:collapse"><thead><tr>${cells(labels, 'th')}</tr></thead><tbody>${rows.map(rowOf).join('')}${below}${sums}</tbody></table>`
}

/** The same as HTML. Everything that comes from a ledger or a template is text in it, and nothing is loaded from anywhere. */
export const mailHtml = (content: Content): string => {
  const paragraph = (text: string) => `<p>${escaped(text).replaceAll('\n', '<br>')}</p>`
  const body = [...content.before.map(paragraph), htmlTable(content), ...content.after.map(paragraph), paragraph(content.closing)]
  return `<!doctype html><html lang="${escaped(content.language)}"><head><meta charset="utf-8"><title>${escaped(content.subject)}</title></head><body style="font-family:sans-serif;font-size:14px">${body.join('')}</body></html>`
}
