import { type CamtKind, type CamtStatement, createOrder, isRead, openStatement, pageOf } from './camt-statement.ts'
import { momentOf } from './camt-values.ts'
import { BadBankFile, type BankFileHead, type BankReader } from './model.ts'
import { type Treatment, xmlEvents } from './xml-slices.ts'
import { xmlText } from './xml-text.ts'
import { child, needed, neededText, parseSlice, refusal, textOf, type XmlElement } from './xml-tree.ts'

/**
 * ISO 20022 camt.052, .053 and .054, in versions 1 to 13, known by local names. The file is read part by part: one entry of it is
 * in memory at a time, however many there are.
 */

const kinds: ReadonlyMap<string, CamtKind> = new Map([
  ['BkToCstmrAcctRpt', { format: 'CAMT_052', record: 'Rpt', pages: 'RptPgntn' }],
  ['BkToCstmrStmt', { format: 'CAMT_053', record: 'Stmt', pages: 'StmtPgntn' }],
  ['BkToCstmrDbtCdtNtfctn', { format: 'CAMT_054', record: 'Ntfctn', pages: 'NtfctnPgntn' }],
])

/** The first version put its number behind the name of the message. */
const kindOf = (message: string): CamtKind | undefined => kinds.get(message.replace(/V\d\d$/, ''))

const versionMax = 13

/** The namespace may be missing or the bank's own; where it is that of a camt message, it is of this one. */
const checkVersion = (kind: CamtKind, namespace: string | null, line: number): void => {
  const match = /camt\.(\d{3})\.\d{3}\.(\d{2})/.exec(namespace ?? '')
  if (match === null) return
  const [, family, version] = match
  if (`CAMT_${family}` !== kind.format) {
    throw new BadBankFile('NOT_THIS_FORMAT', line, 'xmlns', `a ${kind.record} in the namespace of camt.${family}`)
  }
  if (Number(version) < 1 || Number(version) > versionMax) {
    throw new BadBankFile('UNSUPPORTED', line, 'xmlns', `version ${version} of camt.${family} is not read`)
  }
}

/** Below `Document`, which some banks put into an envelope; null for what stands outside of it. */
const withinDocument = (path: readonly string[]): readonly string[] | null => {
  if (path[0] === 'Document') return path.slice(1)
  return path[1] === 'Document' ? path.slice(2) : null
}

const treat = (path: readonly string[]): Treatment => {
  const inside = withinDocument(path)
  if (inside === null) return path.length === 1 ? 'TELL' : 'PASS'
  const [message, record, part] = inside
  if (message === undefined || record === undefined) return 'TELL'
  const kind = kindOf(message)
  if (kind === undefined) return 'PASS'
  if (part !== undefined) return isRead(kind, part) ? 'SLICE' : 'PASS'
  if (record === 'GrpHdr') return 'SLICE'
  return record === kind.record ? 'TELL' : 'PASS'
}

const fileHeadOf = (header: XmlElement, kind: CamtKind): BankFileHead => ({
  format: kind.format,
  messageId: neededText(header, 'MsgId'),
  sender: null,
  receiver: textOf(header, 'MsgRcpt', 'Nm'),
  createdAt: momentOf(needed(header, 'CreDtTm')),
  isTest: false,
})

export const readCamt: BankReader = async function* (source) {
  const inOrder = createOrder()
  let kind: CamtKind | null = null
  let header: XmlElement | null = null
  let statement: CamtStatement | null = null
  let statements = 0

  for await (const event of xmlEvents(xmlText(source), treat)) {
    const inside = withinDocument(event.path)
    const message = inside?.[0]
    if (inside === null || message === undefined) continue
    const isMessage = inside.length === 1

    if (kind === null) {
      const found = kindOf(message)
      if (found === undefined) throw new BadBankFile('NOT_THIS_FORMAT', event.line, message, `${message} is no such message`)
      if (event.kind === 'OPEN') checkVersion(found, event.namespace, event.line)
      kind = found
    } else if (event.kind === 'OPEN') {
      if (isMessage) throw new BadBankFile('BAD_STRUCTURE', event.line, message, 'a second message in one file')
      if (header === null) throw new BadBankFile('MISSING', event.line, 'GrpHdr', `no GrpHdr before the first ${kind.record}`)
      statements += 1
      statement = openStatement(kind, { line: event.line, page: pageOf(child(header, 'MsgPgntn')), inOrder })
    } else if (event.kind === 'CLOSE') {
      if (statement !== null) yield* statement.close()
      statement = null
      if (isMessage && statements === 0) {
        throw new BadBankFile('MISSING', event.line, kind.record, `the message has no ${kind.record}`)
      }
    } else if (statement !== null) {
      yield* statement.take(event)
    } else {
      const part = parseSlice(event)
      if (header !== null) throw refusal(part, 'BAD_STRUCTURE', 'a second GrpHdr in one message')
      header = part
      yield { kind: 'FILE', file: fileHeadOf(header, kind) }
    }
  }
  if (kind === null) throw new BadBankFile('NOT_THIS_FORMAT', 1, 'Document', 'there is no message in the file')
}
