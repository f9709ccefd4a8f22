import { describe, expect, it } from 'vitest'
import { type Profile, profileNamed } from './profile.ts'
import { type FileRow, Malformed, readRows } from './read-rows.ts'

const given = profileNamed('highradius-open')
if (given === null) throw new Error('the profile is gone')
const withFormat = (format: Partial<Profile['format']>): Profile => ({ ...given, format: { ...given.format, ...format } })

/** In pieces of three bytes, so that every border falls inside something. */
async function* pieces(content: string | Buffer): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content as string)
  for (let at = 0; at < bytes.length; at += 3) yield bytes.subarray(at, at + 3)
}
const rows = async (content: string | Buffer, format: Partial<Profile['format']> = {}): Promise<FileRow[]> =>
  Array.fromAsync(readRows(pieces(content), withFormat(format)))

describe('readRows', () => {
  it('counts lines from the header, blank ones too', async () => {
    expect(await rows('a,b\r\n1,2\r\n\r\n , \r\n3,4')).toEqual([
      { rowNumber: 1, cells: ['a', 'b'], raw: 'a,b' },
      { rowNumber: 2, cells: ['1', '2'], raw: '1,2' },
      { rowNumber: 5, cells: ['3', '4'], raw: '3,4' },
    ])
  })

  it('gives a row over several lines the number of its first', async () => {
    expect(await rows('a,b\n"x\ny\nz",2\n3,4\n')).toMatchObject([
      { rowNumber: 1 },
      { rowNumber: 2, cells: ['x\ny\nz', '2'], raw: '"x\ny\nz",2' },
      { rowNumber: 5 },
    ])
  })

  it('takes quotes, quotes in quotes and a byte order mark', async () => {
    expect(await rows('\ufeffa,b\n"1,5","say ""so"""\n')).toMatchObject([
      { cells: ['a', 'b'], raw: 'a,b' },
      { cells: ['1,5', 'say "so"'] },
    ])
  })

  it.each([
    ['a;b\n1,5;2\n', ['1,5', '2']],
    ['a\tb\n1;5\t2\n', ['1;5', '2']],
    // The first piece ends before the delimiter comes.
    ['longer;b\n1,5;2\n', ['1,5', '2']],
  ])('finds the delimiter in the header of %j', async (content, cells) => {
    expect((await rows(content, { delimiter: ['\t', ';'] }))[1]?.cells).toEqual(cells)
  })

  it('skips the lines above the header', async () => {
    expect(await rows('Report\nof today\na;b\n1;2\n', { skipLines: 2, delimiter: [';', ','] })).toMatchObject([
      { rowNumber: 3, cells: ['a', 'b'] },
      { rowNumber: 4, cells: ['1', '2'] },
    ])
  })

  it('marks bytes that are not UTF-8, and reads Latin-1 where that is meant', async () => {
    const bytes = Buffer.from('a\nM\u00fcller\n', 'latin1')
    expect((await rows(bytes))[1]?.raw).toBe('M\ufffdller')
    expect((await rows(bytes, { encoding: 'latin1' }))[1]?.raw).toBe('Müller')
    expect((await rows('a\nMüller 株\n'))[1]?.cells).toEqual(['Müller 株'])
  })

  it.each([
    ['a quote that never ends', 'a,b\n"1,2\n3,4\n'],
    ['text behind a quote', 'a,b\n"1"x,2\n'],
    ['a record without end', `a,b\n${'x'.repeat(200_000)},2\n`],
  ])('breaks off at %s', async (_case, content) => await expect(rows(content)).rejects.toThrow(Malformed))

  it('hands on what goes wrong with the source', async () => {
    const failing = async function* () {
      yield Buffer.from('a,b\n')
      throw new Error('the disk is gone')
    }
    await expect(Array.fromAsync(readRows(failing(), withFormat({})))).rejects.toThrow('the disk is gone')
  })
})
