import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../src/platform/graphql/errors.ts'
import { limits } from '../../src/platform/limits.ts'

// Documents that speak of the code are held to it: a map that is wrong is worse than none.

const root = join(import.meta.dirname, '../..')
const read = (file: string): string => {
  const path = join(root, file)
  if (!existsSync(path)) throw new Error(`${file} is not written yet`)
  return readFileSync(path, 'utf8')
}

const foldersIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'generated')
    .map(({ name }) => `${folder}/${name}`)

/** Two levels: rooms, and what stands in them. */
const folders = foldersIn('src').flatMap((folder) => [folder, ...foldersIn(folder)])

describe('ARCHITECTURE.md', () => {
  const short = (folder: string) => folder.replace(/^src\//, '')

  it.each(folders)('names %s', (folder) => {
    const text = read('ARCHITECTURE.md')
    const last = short(folder).split('/').at(-1) ?? ''
    const names = [folder, short(folder), `${last}/`, `\`${last}\``]
    expect(
      names.some((name) => text.includes(name)),
      `ARCHITECTURE.md does not name ${folder}`,
    ).toBe(true)
  })

  it('names no file or folder that is not there', () => {
    const named = [
      ...read('ARCHITECTURE.md').matchAll(
        /`((?:src|test|prisma|schema|docs|web)\/[\w./*-]+)`|\]\(((?:src|test|prisma|schema|docs|web)\/[\w./-]+)\)/g,
      ),
    ]
      .map(([, code, link]) => code ?? link ?? '')
      .filter((path) => !path.includes('*'))
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it('says of each invariant which test holds it', () => {
    const lines = read('ARCHITECTURE.md')
      .split('\n')
      .filter((line) => /^\W*Invariant\b/.test(line))
    expect(lines.length).toBeGreaterThan(0)
    const unheld = lines.filter((line) => {
      const guards = [...line.matchAll(/(?:test|src)\/[\w./-]+\.test\.ts/g)].map(([file]) => file)
      return guards.length === 0 || guards.some((file) => !existsSync(join(root, file)))
    })
    expect(unheld).toEqual([])
  })
})

describe('docs/errors.md', () => {
  it('lists exactly the codes there are', () => {
    const listed = [...read('docs/errors.md').matchAll(/^(?:\|\s*|#+\s*|[-*]\s*)`([A-Z][A-Z_]+)`/gm)].map(([, code = '']) => code)
    expect([...new Set(listed)].sort()).toEqual(Object.keys(errorCodes).sort())
  })
})

describe('docs/limits.md', () => {
  const names = Object.entries(limits).flatMap(([group, bounds]) =>
    Object.entries(bounds).map(([name, value]) => ({ name: `${group}.${name}`, value })),
  )

  it.each(names)('names $name with its value', ({ name, value }) => {
    const line = read('docs/limits.md')
      .split('\n')
      .find((one) => one.startsWith(`| \`${name}\``))
    expect(line, `docs/limits.md does not name \`${name}\``).toBeDefined()
    expect(line?.replaceAll(/[\s,_’']/g, '')).toContain(String(value))
  })
})
