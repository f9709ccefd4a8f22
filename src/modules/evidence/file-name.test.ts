import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanFileName, dispositionOf } from './file-name.ts'

describe('the name of a document', () => {
  it.each([
    ['POD 4711.pdf', 'POD 4711.pdf'],
    ['C:\\scans\\POD.PDF', 'POD.PDF'],
    ['/etc/passwd', 'passwd.pdf'],
    ['invoice.exe', 'invoice.exe.pdf'],
    ['.htaccess', 'htaccess.pdf'],
    ['Lieferschein für Süd.pdf', 'Lieferschein für Süd.pdf'],
    ['  a   b .pdf', 'a b.pdf'],
    ['\u202egpj.exe', '_gpj.exe.pdf'],
    ['.pdf', 'pdf.pdf'],
    ['', 'document.pdf'],
    ['../..', 'document.pdf'],
  ])('%j is kept as %j', (given, kept) => expect(cleanFileName(given, 'application/pdf')).toBe(kept))

  it('keeps an ending that its bytes have by another name', () => {
    expect(cleanFileName('scan.jpeg', 'image/jpeg')).toBe('scan.jpeg')
    expect(cleanFileName('scan.png', 'image/jpeg')).toBe('scan.png.jpg')
  })

  it('is short, has no folder and no control in it, and means nothing to a header, whatever was given', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', minLength: 100, maxLength: 400 }))
    fc.assert(
      fc.property(texts, (given) => {
        const name = cleanFileName(given, 'application/pdf')
        expect([...name].length).toBeLessThanOrEqual(124)
        expect(name).not.toMatch(/[\\/\p{Cc}"]|^\./u)
        expect(name.toLowerCase()).toMatch(/.\.pdf$/)
        expect(dispositionOf(name)).toMatch(/^attachment; filename="[ !#-[\]-~]+"; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+$/)
      }),
    )
  })
})
