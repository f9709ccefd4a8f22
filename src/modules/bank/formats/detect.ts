import type { BankFormat } from './model.ts'

/** Which format a file is in, by how it begins. A CSV begins like anything: its layout is asked for and not guessed. */

const camtFormats: Readonly<Record<string, BankFormat>> = {
  BkToCstmrAcctRpt: 'CAMT_052',
  BkToCstmrStmt: 'CAMT_053',
  BkToCstmrDbtCdtNtfctn: 'CAMT_054',
}

const camtOf = (start: string): BankFormat | null => {
  const message = /<(?:[\w.-]+:)?(BkToCstmr(?:AcctRpt|Stmt|DbtCdtNtfctn))(?:V\d\d)?[\s/>]/.exec(start)?.[1]
  if (message !== undefined) return camtFormats[message] ?? null
  const family = /camt\.(05[234])\.001\.\d{2}/.exec(start)?.[1]
  return family === undefined ? null : (`CAMT_${family}` as BankFormat)
}

/** The element separator is what stands behind the first three letters, so that none has to be guessed. */
const x12Of = (start: string): BankFormat | null => {
  const separator = start[start.startsWith('ISA') ? 3 : 2]
  if (separator === undefined || /[\w\s]/.test(separator)) return null
  const segment = `ST${separator}`
  for (let at = start.indexOf(segment); at !== -1; at = start.indexOf(segment, at + 1)) {
    // Behind a segment's end, or at the very start: inside a segment these letters are data.
    const before = start[at - 1]
    if (before !== undefined && (before === separator || /[\w ]/.test(before))) continue
    const code = start.slice(at + segment.length, at + segment.length + 3)
    if (code === '820') return 'X12_820'
    if (code === '823') return 'X12_823'
  }
  return null
}

const swiftTag = /^:(20|21|25P?|28C?|60[FM]|61|62[FM]|64|65|86|13D?|34F|90[CD]|NS):/m

/** A message of its own block 2, or tags: a report within the day has a time or a floor limit, and no opening balance. */
const swiftOf = (start: string): BankFormat | null => {
  const block = /\{2:[IO](94[02])/.exec(start)?.[1]
  if (block !== undefined) return block === '942' ? 'MT942' : 'MT940'
  if (!swiftTag.test(start)) return null
  return /^:(34F|13D|90[CD]):/m.test(start) && !/^:60[FM]:/m.test(start) ? 'MT942' : 'MT940'
}

const textOf = (bytes: Buffer): string => {
  const [a, b] = bytes
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return bytes.toString('utf16le')
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c))
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString('utf16le')
  return bytes.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '')
}

export const detectFormat = (firstBytes: Buffer): BankFormat | null => {
  const start = textOf(firstBytes).replace(/^[\ufeff\s]+/, '')
  if (start.startsWith('<')) return camtOf(start)
  if (/^01,/.test(start)) return 'BAI2'
  // A file header of NACHA says its own measures: records of 94, blocks of 10, format 1.
  if (start.startsWith('101') && start.slice(34, 40) === '094101') return 'NACHA'
  if (/^(ISA|ST)\W/.test(start)) return x12Of(start)
  return swiftOf(start)
}
