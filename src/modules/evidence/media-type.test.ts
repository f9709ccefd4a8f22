import { describe, expect, it } from 'vitest'
import { sniff } from './media-type.ts'

const sampleOf = (bytes: Buffer) => ({ head: bytes, tail: bytes })
const of = (bytes: Buffer | string, name = 'file') => sniff(sampleOf(Buffer.from(bytes as string, 'utf8')), name)

/** A zip of empty files, written as programs write them. */
const zip = (...names: readonly string[]): Buffer => {
  const locals: Buffer[] = []
  const listed: Buffer[] = []
  let offset = 0
  for (const name of names) {
    const text = Buffer.from(name)
    const local = Buffer.alloc(30)
    local.write('PK\x03\x04', 'latin1')
    local.writeUInt16LE(text.length, 26)
    const entry = Buffer.alloc(46)
    entry.write('PK\x01\x02', 'latin1')
    entry.writeUInt16LE(text.length, 28)
    entry.writeUInt32LE(offset, 42)
    locals.push(local, text)
    listed.push(entry, text)
    offset += local.length + text.length
  }
  const list = Buffer.concat(listed)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(names.length, 8)
  end.writeUInt16LE(names.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, list, end])
}

const parts = ['[Content_Types].xml', '_rels/.rels']
const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const mail = 'From: a@example.test\r\nTo: b@example.test\r\nSubject: approved\r\n\r\n<html><body>yes</body></html>'

describe('what a file is', () => {
  it.each([
    ['application/pdf', '%PDF-1.7 and so on', 'page.html'],
    ['text/plain', 'Delivered to the dock at nine.', 'note.txt'],
    ['text/plain', 'number,amount\n1,2', 'ledger.txt'],
    ['text/csv', 'number,amount\n1,2', 'ledger.CSV'],
    ['text/plain', '\uFEFFmit Vorzeichen', 'note.txt'],
    ['message/rfc822', mail, 'anything.txt'],
    ['text/plain', 'Note: this is no mail\nat all', 'note.eml'],
  ])('is %s by its bytes', (type, text, name) => expect(of(text, name)).toBe(type))

  it.each([
    ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]],
    ['image/jpeg', [0xff, 0xd8, 0xff, 0xe0, 0]],
    ['image/tiff', [0x49, 0x49, 0x2a, 0x00, 8]],
    ['image/tiff', [0x4d, 0x4d, 0x00, 0x2a, 8]],
    ['text/plain', [...Buffer.from('S\xfcd', 'latin1')]],
  ])('is %s by bytes that are no text', (type, bytes) => expect(sniff(sampleOf(Buffer.from(bytes)), 'x.pdf')).toBe(type))

  it('is a workbook or a text by what its zip has inside, wherever it stands', () => {
    expect(of(zip(...parts, 'xl/workbook.xml'), 'a.docx')).toBe(xlsx)
    expect(of(zip(...parts, 'docProps/app.xml', 'word/document.xml'), 'a.xlsx')).toBe(docx)
  })

  it.each([
    ['a zip of anything', zip('invoice.pdf')],
    ['a workbook with macros', zip(...parts, 'xl/workbook.xml', 'xl/vbaProject.bin')],
    ['an archive of programs', zip('META-INF/MANIFEST.MF', 'A.class')],
    ['a zip whose list is cut off', zip(...parts, 'xl/workbook.xml').subarray(0, -30)],
    [
      'a zip that promises more than it has',
      Buffer.concat([zip(...parts, 'xl/workbook.xml').subarray(0, -12), Buffer.from([9, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0])]),
    ],
    ['a page', Buffer.from('  <!doctype HTML><p>hello')],
    ['a page behind a comment', Buffer.from('<!-- x -->\n<html>')],
    ['a drawing', Buffer.from('<?xml version="1.0"?><svg onload="alert(1)"/>')],
    ['a drawing by itself', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1])],
    ['a program of another kind', Buffer.from('MZ\x90\x00\x03', 'latin1')],
    ['nothing', Buffer.alloc(0)],
  ])('is nothing that is taken: %s', (_what, bytes) => expect(sniff(sampleOf(bytes), 'pod.pdf')).toBeNull())

  it('is no text when only its end is none', () => {
    expect(sniff({ head: Buffer.from('text'), tail: Buffer.from([0, 1, 2]) }, 'a.txt')).toBeNull()
  })
})
