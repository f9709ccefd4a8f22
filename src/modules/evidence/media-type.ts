// What a file is by its bytes. What its sender calls it decides between kinds of text alone, and never makes it anything else.

export const mediaTypes = {
  'application/pdf': ['pdf'],
  'image/png': ['png'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/tiff': ['tif', 'tiff'],
  'text/plain': ['txt'],
  'text/csv': ['csv'],
  'message/rfc822': ['eml'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['xlsx'],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ['docx'],
} as const satisfies Record<string, readonly [string, ...string[]]>

export type MediaType = keyof typeof mediaTypes
export const mediaTypeNames = Object.keys(mediaTypes) as [MediaType, ...MediaType[]]

/** So much of each end of a file is enough to know it by. */
export const sampleBytes = 262_144

/** Both ends of a file; of a short one each is the whole. */
export type Sample = { readonly head: Buffer; readonly tail: Buffer }

const magic: readonly (readonly [MediaType, Buffer])[] = [
  ['application/pdf', Buffer.from('%PDF-')],
  ['image/png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff])],
  ['image/tiff', Buffer.from([0x49, 0x49, 0x2a, 0x00])],
  ['image/tiff', Buffer.from([0x4d, 0x4d, 0x00, 0x2a])],
]

const begins = (bytes: Buffer, with_: Buffer): boolean => bytes.subarray(0, with_.length).equals(with_)

const localEntry = Buffer.from('PK\x03\x04')
const listedEntry = Buffer.from('PK\x01\x02')
const endOfList = Buffer.from('PK\x05\x06')

/** What is in a zip, by the list at its end; null where the list is broken or longer than the sample. */
const namesInZip = (tail: Buffer): readonly string[] | null => {
  const end = tail.lastIndexOf(endOfList)
  if (end < 0 || end + 22 > tail.length) return null
  const count = tail.readUInt16LE(end + 10)
  const names: string[] = []
  let at = end - tail.readUInt32LE(end + 12)
  while (names.length < count) {
    if (at < 0 || at + 46 > end || !begins(tail.subarray(at), listedEntry)) return null
    const [name, extra, comment] = [tail.readUInt16LE(at + 28), tail.readUInt16LE(at + 30), tail.readUInt16LE(at + 32)]
    names.push(tail.toString('utf8', at + 46, at + 46 + name))
    at += 46 + name + extra + comment
  }
  return names
}

/** Office files are zips with one certain part; one with macros is none of ours, whatever it is called. */
const officeType = (tail: Buffer): MediaType | null => {
  const names = namesInZip(tail)
  if (names?.includes('[Content_Types].xml') !== true || names.some((name) => /vbaproject\.bin$/i.test(name))) return null
  if (names.includes('xl/workbook.xml')) return 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
  if (names.includes('word/document.xml')) return 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
  return null
}

// Control characters that no text has; one in an old code page is text as well as one in UTF-8.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unwritten = /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/

const isText = ({ head, tail }: Sample): boolean =>
  !unwritten.test(head.toString('latin1')) && !unwritten.test(tail.toString('latin1'))

/** Pages, drawings and scripts that a browser might run. */
const markup = /<(?:!doctype|html|head|body|script|svg|iframe|object|embed|\?xml|\?php)[\s>]?/i

const headerLine = /^[!-9;-~]+:(?: |$)/
const mailHeader = /^(?:from|to|date|subject|received|message-id|return-path|mime-version|delivered-to):/i

/** A mail begins with lines of headers, of which each mail has several of a few. */
const isMail = (text: string): boolean => {
  const [headers = ''] = text.split(/\r?\n\r?\n/, 1)
  const lines = headers.split(/\r?\n/).filter((line) => !/^[ \t]/.test(line))
  return lines.every((line) => headerLine.test(line)) && lines.filter((line) => mailHeader.test(line)).length >= 2
}

const extensionOf = (name: string): string => /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toLowerCase() ?? ''

/** What the bytes are, or null where they are nothing that is taken. */
export const sniff = (sample: Sample, name: string): MediaType | null => {
  const { head, tail } = sample
  const found = magic.find(([, start]) => begins(head, start))
  if (found !== undefined) return found[0]
  if (begins(head, localEntry)) return officeType(tail)
  if (head.length === 0 || !isText(sample)) return null
  const text = head.toString('utf8').replace(/^\uFEFF/, '')
  if (isMail(text)) return 'message/rfc822'
  // In a mail markup is a part among others, which nobody is shown; by itself it would be a page.
  if (markup.test(text.slice(0, 4_096))) return null
  return extensionOf(name) === 'csv' ? 'text/csv' : 'text/plain'
}

export const extensionFits = (name: string, type: MediaType): boolean =>
  (mediaTypes[type] as readonly string[]).includes(extensionOf(name))
