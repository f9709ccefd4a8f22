/** Interchanges of X12 as a partner would send them, every control right: tests bend one thing at a time. */

export type X12Options = {
  readonly set?: string
  readonly group?: string
  readonly release?: string
  readonly usage?: string
  readonly element?: string
  readonly component?: string
  readonly terminator?: string
  /** What stands behind each terminator: '' makes a file of one line. */
  readonly lineEnd?: string
}

const isa = (usage: string, component: string): string[] => [
  'ISA',
  '00',
  ' '.repeat(10),
  '00',
  ' '.repeat(10),
  'ZZ',
  'BUYER'.padEnd(15),
  '01',
  'SUPPLIER'.padEnd(15),
  '260301',
  '1230',
  'U',
  '00401',
  '000000042',
  '0',
  usage,
  component,
]

/** Each set is its segments between ST and SE, written with `*`. */
export const x12File = (
  sets: readonly (readonly string[])[],
  {
    set = '820',
    group = 'RA',
    release = '004010',
    usage = 'P',
    element = '*',
    component = '>',
    terminator = '~',
    lineEnd = '\n',
  }: X12Options = {},
): string => {
  const bodies = sets.flatMap((segments, index) => {
    const control = String(index + 1).padStart(4, '0')
    return [`ST*${set}*${control}`, ...segments, `SE*${segments.length + 2}*${control}`]
  })
  const segments = [
    isa(usage, component).join('*'),
    `GS*${group}*BUYER*SUPPLIER*20260301*1230*7*X*${release}`,
    ...bodies,
    `GE*${sets.length}*7`,
    'IEA*1*000000042',
  ]
  return segments.map((segment) => `${segment.replaceAll('*', element)}${terminator}${lineEnd}`).join('')
}

/** One place changed; a place that is not there, or not alone, is a mistake of the test. */
export const bend = (text: string, from: string, to: string): string => {
  if (text.split(from).length !== 2) throw new Error(`${from} stands ${text.split(from).length - 1} times in the vector`)
  return text.replace(from, () => to)
}

/** In pieces, so that borders fall inside of everything. */
export async function* inPieces(text: string | Buffer, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text as string)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
