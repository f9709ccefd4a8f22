/** Statements of banks that do not exist, every control right: tests bend one thing at a time. */

const cents = (minor: number, point: string): string =>
  `${Math.floor(minor / 100)}${point}${String(minor % 100).padStart(2, '0')}`

export type Movement = {
  readonly minor: number
  readonly reference?: string
  readonly information?: string
  /** C, D, RC or RD. */
  readonly mark?: string
  readonly customerReference?: string
}

/** An MT940 of one day; a report within the day, MT942, where it is asked for. */
export const swift = (
  movements: readonly Movement[],
  { account = 'DE02120300000000202051', number = '7', day = '260302', isReport = false } = {},
): string => {
  const sign = ({ mark = 'C' }: Movement) => (['C', 'RD'].includes(mark) ? 1 : -1)
  const closing = movements.reduce((sum, movement) => sum + sign(movement) * movement.minor, 1_000_000)
  const lines = movements.flatMap(({ minor, reference, information = '', mark = 'C', customerReference = 'NONREF' }) => [
    `:61:${day}${day.slice(2)}${mark}${cents(minor, ',')}NTRF${customerReference}${reference === undefined ? '' : `//${reference}`}`,
    ...(information === '' ? [] : [`:86:${information}`]),
  ])
  const head = [':20:STMT', `:25:${account}`, `:28C:${number}/1`]
  const whole = isReport
    ? [...head, ':34F:EUR0,', `:13D:${day}1200+0100`, ...lines, '-']
    : [...head, `:60F:C${day}EUR10000,00`, ...lines, `:62F:C${day}EUR${cents(closing, ',')}`, '-']
  return `${whole.join('\r\n')}\r\n`
}

export type BaiEntry = { readonly code?: string; readonly minor: number; readonly reference?: string; readonly text?: string }

/** A BAI2 file of one account. */
export const bai2 = (
  entries: readonly BaiEntry[],
  { account = '4711', day = '260302', fileId = '1', status = '1' } = {},
): string => {
  const records = entries.map(
    ({ code = '142', minor, reference = '', text = '' }) =>
      `16,${code},${minor},Z,${reference},${text === '' ? '/' : `,${text}`}`,
  )
  const sum = entries.reduce((total, { minor }) => total + minor, 0)
  const count = records.length
  return [
    `01,BANK,OURS,${day},0615,${fileId},,,2/`,
    `02,OURS,BANK,${status},${day},,USD,2/`,
    `03,${account},USD,010,0,,/`,
    ...records,
    `49,${sum},${count + 2}/`,
    `98,${sum},1,${count + 4}/`,
    `99,${sum},1,${count + 6}/`,
    '',
  ].join('\n')
}
