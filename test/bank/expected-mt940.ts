// What two other readers of MT940 make of the same files. They are lenient and check no sums, so they read on where ours refuses.

export type ExpectedEntry = {
  readonly decimal: string
  readonly mark: string
  readonly valueOn: string
  readonly bookedOn: string | null
  readonly type: string
  readonly values: ReadonlyMap<string, string>
}

export type ExpectedBalance = { readonly decimal: string; readonly currency: string; readonly on: string }

/**
 * Dumps of Python objects by PyYAML, of which only what a test needs is understood: scalars (plain, quoted, folded over
 * lines), decimals, and days, which are four bytes in base 64.
 */
export const entriesOfDump = (yaml: string): ExpectedEntry[] =>
  blocksOf(yaml.slice(yaml.indexOf('\ntransactions:')), /^- !!python\/object:mt940\.models\.Transaction/).map((block) => {
    const values = fieldsOf(block, 4)
    return {
      decimal: decimalIn(values.get('amount')),
      mark: scalarIn(values.get('status')),
      valueOn: dayIn(values.get('date')),
      bookedOn: values.has('entry_date') ? dayIn(values.get('entry_date')) : null,
      type: scalarIn(values.get('id')),
      values: new Map([...values].map(([name, raw]) => [name, scalarIn(raw)])),
    }
  })

const headOf = (yaml: string): Map<string, string[]> => fieldsOf(yaml.slice(0, yaml.indexOf('\ntags:')).split('\n'), 2)

/** What is told of the last statement. */
export const textOfDump = (yaml: string, name: string): string => scalarIn(headOf(yaml).get(name))

/** A balance of the last statement. */
export const balanceOfDump = (yaml: string, name: string): ExpectedBalance | null => {
  const raw = headOf(yaml).get(name)
  if (raw === undefined) return null
  const fields = fieldsOf(raw, 4)
  const mark = scalarIn(fields.get('status'))
  const decimal = decimalIn(fields.get('amount')).replace('-', '')
  const currency = /^ *currency: ([A-Z]{3})$/m.exec(fields.get('amount')?.join('\n') ?? '')?.[1] ?? ''
  return { decimal: mark === 'D' ? `-${decimal}` : decimal, currency, on: dayIn(fields.get('date')) }
}

const blocksOf = (text: string, start: RegExp): string[][] => {
  const blocks: string[][] = []
  for (const line of text.split('\n')) {
    if (start.test(line)) blocks.push([])
    else blocks.at(-1)?.push(line)
  }
  return blocks
}

/** Fields at an indent, each with its raw lines: the rest of its own, then those that are further in. */
const fieldsOf = (lines: readonly string[], indent: number): Map<string, string[]> => {
  const fields = new Map<string, string[]>()
  let open: string[] | null = null
  for (const line of lines) {
    const depth = line.search(/\S/)
    const [, name, rest] = /^ *([A-Za-z0-9_]+):(?: (.*))?$/.exec(line) ?? []
    if (depth === indent && name !== undefined) {
      open = [rest ?? '']
      fields.set(name, open)
    } else if (depth !== -1 && (depth < indent || (depth === indent && line[depth] !== '-'))) open = null
    else open?.push(line)
  }
  return fields
}

const scalarIn = (raw: readonly string[] = ['']): string => {
  const text = raw
    .map((line, at) => (at === 0 ? line : line.trim()))
    .join('\n')
    .trim()
  const quote = text[0]
  if (quote === "'") return foldedLines(text.slice(1, -1)).replaceAll("''", "'")
  if (quote === '"') {
    const lines = foldedLines(text.slice(1, -1).replace(/\\\n(?:\\ )?/g, ''))
    return lines.replace(/\\(?:x([0-9A-F]{2})|u([0-9A-F]{4})|(.))/g, (_all, byte, unit, letter) =>
      letter === undefined ? String.fromCharCode(Number.parseInt(byte ?? unit, 16)) : (escapes.get(letter) ?? letter),
    )
  }
  return text === 'null' ? '' : foldedLines(text)
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
])

/** One line end is a blank, n + 1 of them are n. */
const foldedLines = (text: string): string =>
  text.replace(/\n+/g, (ends) => (ends.length === 1 ? ' ' : '\n'.repeat(ends.length - 1)))

const decimalIn = (raw: readonly string[] = []): string => {
  const decimal = /^ *- '(-?[\d.]+)'$/m.exec(raw.join('\n'))?.[1]
  if (decimal === undefined) throw new Error(`no decimal is in ${raw.join('|')}`)
  return decimal
}

const dayIn = (raw: readonly string[] = []): string => {
  const bytes = Buffer.from(raw.at(-1)?.trim() ?? '', 'base64')
  if (bytes.length !== 4) throw new Error(`no day is in ${raw.join('|')}`)
  const [month, date] = [bytes.readUInt8(2), bytes.readUInt8(3)].map((part) => String(part).padStart(2, '0'))
  return `${bytes.readUInt16BE(0)}-${month}-${date}`
}
