import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import PDFDocument from 'pdfkit'
import type { Content, Row } from './content.ts'

// A letter on A4: sender and recipient where the window of an envelope shows them, the text, and the table over as many
// pages as it needs. The same content and instant are the same bytes.

const folder = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf')
const plain = join(folder, 'DejaVuSans.ttf')
const bold = join(folder, 'DejaVuSans-Bold.ttf')

/** Points of a millimetre. */
const mm = 72 / 25.4
const page = { left: 25 * mm, right: 190 * mm, top: 20 * mm, bottom: 272 * mm } as const
const width = page.right - page.left
const size = 9.5
const window = 85 * mm
const gap = 3 * mm

/** Left edge and width of each column, in parts of the whole. */
const columns = [
  { name: 'number', at: 0, share: 0.3, align: 'left' },
  { name: 'issuedOn', at: 0.31, share: 0.16, align: 'left' },
  { name: 'dueOn', at: 0.48, share: 0.16, align: 'left' },
  { name: 'daysLate', at: 0.64, share: 0.12, align: 'right' },
  { name: 'amount', at: 0.77, share: 0.23, align: 'right' },
] as const

type Face = { readonly hasGlyphForCodePoint: (codePoint: number) => boolean }

const everyText = (content: Content): string[] => [
  ...content.returnLines,
  ...content.recipient.lines,
  ...content.before,
  ...content.after,
  ...content.totals,
  ...[content.today, content.subject, content.closing],
  ...Object.values(content.labels),
  ...[...content.rows, ...content.credits].flatMap((row) => Object.values(row)),
]

const isBlank = /[\s\p{Cf}]/u

const open = (content: Content, at: Date) =>
  new PDFDocument({
    size: 'A4',
    bufferPages: true,
    font: plain,
    // Nothing breaks a page but the lines below.
    margins: { left: page.left, right: 0, top: page.top, bottom: 0 },
    lang: content.language,
    info: { Title: content.subject, Author: content.sender.name, CreationDate: at, ModDate: at },
  })

/** Characters that the letter's font has no shape for: printed, they would be boxes. */
export const unprintableIn = (content: Content): string[] => {
  const { font } = (open(content, new Date(0)) as unknown as { _font: { font: Face } })._font
  const all = new Set(everyText(content).flatMap((text) => [...text]))
  return [...all].filter((char) => !isBlank.test(char) && !font.hasGlyphForCodePoint(char.codePointAt(0) ?? 0)).sort()
}

type Letter = ReturnType<typeof open>

/** Writes downwards from where it is, and says where it ended. */
const write = (
  letter: Letter,
  text: string,
  y: number,
  options: { x?: number; width?: number; align?: 'left' | 'right' } = {},
) => {
  letter.text(text, options.x ?? page.left, y, { width: options.width ?? width, align: options.align ?? 'left' })
  return letter.y
}

const writeHead = (letter: Letter, content: Content): number => {
  letter.font(plain).fontSize(size)
  content.returnLines.forEach((line, index) => void write(letter, line, page.top + index * 4.5 * mm, { align: 'right' }))
  // DIN 5008, form B: the window begins 45 mm below the edge, and the first thing in it says who sends.
  letter.fontSize(6.5)
  letter.text(content.returnLines.join(' · '), page.left, 45 * mm, { width: window, height: 6 * mm, ellipsis: true })
  letter.fontSize(size)
  // A long name goes over several lines, and what is below it moves down.
  const below = content.recipient.lines.reduce((y, line) => write(letter, line, y, { width: window }) + 0.5 * mm, 53 * mm)
  write(letter, content.today, 92 * mm, { align: 'right' })
  letter.font(bold)
  const y = write(letter, content.subject, Math.max(100 * mm, below + gap))
  letter.font(plain)
  return y + 2 * gap
}

const rowHeight = (letter: Letter, row: Row): number =>
  Math.max(...columns.map(({ name, share }) => letter.heightOfString(row[name] || ' ', { width: share * width }))) + 1.2 * mm

const writeRow = (letter: Letter, row: Row, y: number) => {
  for (const { name, at, share, align } of columns)
    write(letter, row[name], y, { x: page.left + at * width, width: share * width, align })
}

const rule = (letter: Letter, y: number) => letter.moveTo(page.left, y).lineTo(page.right, y).lineWidth(0.5).stroke()

export const letterOf = async (content: Content, at: Date): Promise<Buffer> => {
  const letter = open(content, at)
  const chunks: Buffer[] = []
  const ended = new Promise<Buffer>((resolve, reject) => {
    letter.on('data', (chunk: Buffer) => chunks.push(chunk))
    letter.on('end', () => resolve(Buffer.concat(chunks)))
    letter.on('error', reject)
  })

  let y = writeHead(letter, content)
  const nextPage = () => {
    letter.addPage()
    y = page.top
  }
  const room = (height: number) => {
    if (y + height > page.bottom) nextPage()
  }
  const paragraph = (text: string) => {
    // A paragraph that is longer than what is left of a page goes on the next one as a whole.
    room(Math.min(letter.heightOfString(text, { width }), page.bottom - page.top))
    y = write(letter, text, y) + gap
  }
  const heading = () => {
    letter.font(bold)
    writeRow(letter, content.labels, y)
    y += rowHeight(letter, content.labels)
    letter.font(plain)
    rule(letter, y - 0.8 * mm)
  }
  const table = (rows: readonly Row[]) => {
    for (const row of rows) {
      const height = rowHeight(letter, row)
      if (y + height > page.bottom) {
        nextPage()
        heading()
      }
      writeRow(letter, row, y)
      y += height
    }
  }

  content.before.forEach(paragraph)
  room(20 * mm)
  heading()
  table(content.rows)
  if (content.credits.length > 0) {
    room(15 * mm)
    letter.font(bold)
    y = write(letter, content.labels.credits, y + mm) + mm
    letter.font(plain)
    table(content.credits)
  }
  room(10 * mm)
  rule(letter, y)
  letter.font(bold)
  y += mm
  for (const total of content.totals) {
    room(6 * mm)
    y = write(letter, `${content.labels.total}: ${total}`, y, { align: 'right' })
  }
  letter.font(plain)
  y += 2 * gap
  content.after.forEach(paragraph)
  paragraph(content.closing)

  const { count } = letter.bufferedPageRange()
  for (let index = 0; index < count; index += 1) {
    letter.switchToPage(index)
    letter.fontSize(7.5)
    write(letter, `${content.labels.page} ${index + 1} / ${count}`, 281 * mm, { align: 'right' })
  }
  letter.end()
  return ended
}
