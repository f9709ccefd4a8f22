import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'

// Who may know whom. The ranks live here; docs/decisions says why there are ranks at all.

const src = join(import.meta.dirname, '../../src')

/** From the ground up: a file imports its own room and those before it. `edges/cli` starts the app, so it stands above it. */
const rooms = [
  'config.ts',
  'kernel',
  'generated',
  'platform',
  'modules',
  'flows',
  'demo',
  'edges',
  'schema.ts',
  'app.ts',
  'edges/cli',
  'main.ts',
] as const

/** Modules in the order in which they may know one another: each those before it, through their faces. */
const modules = [
  'client',
  'directory',
  'customer',
  'policy',
  'approval',
  'comment',
  'intake',
  'bank',
  'receivable',
  'promise',
  'plan',
  'cash',
  'evidence',
  'deduction',
  'remittance',
  'matching',
  'activity',
  'allocation',
  'stage',
  'worklist',
  'request',
  'dispute',
  'notice',
] as const

type Import = { readonly of: string; readonly isTypeOnly: boolean }
type Source = { readonly name: string; readonly text: string; readonly code: string; readonly imports: readonly Import[] }

/** Comments taken out, strings and templates left in: SQL stands in templates. */
const withoutComments = (text: string): string =>
  text.replace(
    /`(?:\\[\s\S]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/g,
    (found) => (found.startsWith('/*') || found.startsWith('//') ? ' ' : found),
  )

const importsOf = (name: string, code: string): Import[] =>
  [...code.matchAll(/\b(?:import|export)\s+(type\s+)?(?:[\w*\s{},$]+?\s+from\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g)].map(
    ([whole, type, plain, dynamic]) => {
      const target = plain ?? dynamic ?? ''
      const named = /\{([^}]*)\}/.exec(whole)?.[1]
      const isEachAType = named?.split(',').every((one) => one.trim() === '' || one.trim().startsWith('type ')) === true
      return {
        of: target.startsWith('.') ? posix.normalize(posix.join(dirname(name), target)) : target,
        isTypeOnly: type !== undefined || (isEachAType && !/^(import|export)\s+\w+\s*,/.test(whole)),
      }
    },
  )

const sources: readonly Source[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('generated/'))
  .map((name) => {
    const text = readFileSync(join(src, name), 'utf8')
    const code = withoutComments(text)
    return { name, text, code, imports: importsOf(name, code) }
  })
const byName = new Map(sources.map((source) => [source.name, source]))

const isOwn = ({ of }: Import) => of.endsWith('.ts') && (byName.has(of) || of.startsWith('generated/'))
const roomOf = (name: string): string =>
  [...rooms].filter((room) => name === room || name.startsWith(`${room}/`)).sort((a, b) => b.length - a.length)[0] ?? name
const rankOf = (name: string): number => (rooms as readonly string[]).indexOf(roomOf(name))
const moduleOf = (name: string): string | null => /^modules\/([^/]+)\//.exec(name)?.[1] ?? null

/** Every edge of the import graph that is wrong, told as "from -> to". */
const edges = (isWrong: (from: Source, to: Import) => boolean): string[] =>
  sources.flatMap((from) => from.imports.filter((to) => isWrong(from, to)).map((to) => `${from.name} -> ${to.of}`))

const filesWhere = (isWrong: (source: Source) => boolean): string[] => sources.filter(isWrong).map(({ name }) => name)

describe('the scanner', () => {
  it('sees every import of the service, and every relative one leads somewhere', () => {
    expect(sources.length).toBeGreaterThan(80)
    expect(edges((_from, to) => to.of.endsWith('.ts') && !isOwn(to))).toEqual([])
    const counted = sources.reduce((sum, { imports }) => sum + imports.length, 0)
    const lines = sources.reduce(
      (sum, { text }) => sum + (text.match(/^(import|export) .*from '|^} from '|^import '|import\('/gm) ?? []).length,
      0,
    )
    expect(counted).toBeGreaterThanOrEqual(lines)
  })
})

describe('an import', () => {
  it('comes from a room that has a rank', () => expect(filesWhere(({ name }) => rankOf(name) < 0)).toEqual([]))

  it('never goes up', () => expect(edges((from, to) => isOwn(to) && rankOf(to.of) > rankOf(from.name))).toEqual([]))

  it('is of a module that has a rank', () => {
    const found = new Set(sources.map(({ name }) => moduleOf(name)).filter((name) => name !== null))
    expect([...found].filter((name) => !(modules as readonly string[]).includes(name))).toEqual([])
  })

  it('of another module is of a lower one', () => {
    const place = (name: string) => (modules as readonly string[]).indexOf(moduleOf(name) ?? '')
    expect(
      edges((from, to) => moduleOf(from.name) !== null && moduleOf(to.of) !== null && place(to.of) > place(from.name)),
    ).toEqual([])
  })

  it('of another module is of its face', () => {
    // The roll call of schemas loads each module's own, and pure rules know pure rules; everybody else knows faces.
    const isRollCall = (from: Source) => from.name === 'schema.ts'
    const isFace = ({ of }: Import) => /^modules\/[^/]+\/index\.ts$/.test(of)
    const areRules = (from: Source, { of }: Import) => [from.name, of].every((name) => /^modules\/[^/]+\/rules\.ts$/.test(name))
    const isElsewhere = (from: Source, { of }: Import) => moduleOf(of) !== null && moduleOf(of) !== moduleOf(from.name)
    expect(edges((from, to) => isElsewhere(from, to) && !isFace(to) && !isRollCall(from) && !areRules(from, to))).toEqual([])
  })

  it('never closes a circle', () => {
    const circles: string[] = []
    const done = new Set<string>()
    const walk = (name: string, path: readonly string[]) => {
      const at = path.indexOf(name)
      if (at >= 0) return void circles.push([...path.slice(at), name].join(' -> '))
      if (done.has(name)) return
      for (const to of byName.get(name)?.imports.filter(isOwn) ?? []) walk(to.of, [...path, name])
      done.add(name)
    }
    for (const { name } of sources) walk(name, [])
    expect(circles).toEqual([])
  })
})

/** Everything a file brings along when it is loaded; types are erased. */
const loadedBy = (name: string, seen = new Set<string>()): ReadonlySet<string> => {
  for (const { of, isTypeOnly } of byName.get(name)?.imports ?? []) {
    if (isTypeOnly || seen.has(of)) continue
    seen.add(of)
    loadedBy(of, seen)
  }
  return seen
}

describe('a pure file', () => {
  const isPure = ({ name }: Source) => name.startsWith('kernel/') || /^modules\/[^/]+\/rules\.ts$/.test(name)
  const pure = sources.filter(isPure).map((source) => ({ source, name: source.name }))
  const impure =
    /^(pg|@prisma\/.*|graphql|@pothos\/.*|@apollo\/.*|ws|graphql-ws|dataloader|pino|node:(?!crypto$|util$|assert$|string_decoder$).*)$|^(generated|platform\/(database|graphql|events|identity)|edges|flows)\/|^platform\/(clock|log|command)\.ts$/

  it.each(pure)('$name loads nothing that reads or writes', ({ name }) => {
    expect([...loadedBy(name)].filter((of) => impure.test(of))).toEqual([])
  })

  it.each(pure)('$name knows no transaction, no table, no GraphQL, not even as a type', ({ source }) => {
    expect(source.imports.map(({ of }) => of).filter((of) => impure.test(of))).toEqual([])
  })

  it.each(pure)('$name asks nobody for the time or for chance', ({ source }) => {
    expect(source.code).not.toMatch(/Date\.now\(|new Date\(\)|Math\.random|performance\.now|process\.|randomUUID|randomBytes/)
  })

  it('of the kernel knows the kernel alone', () => {
    expect(
      edges((from, to) => from.name.startsWith('kernel/') && !to.of.startsWith('kernel/') && !to.of.startsWith('node:')),
    ).toEqual([])
  })
})

describe('the database', () => {
  it('is spoken to by its driver in one place', () => {
    const isDriver = ({ of }: Import) => /^(pg|@prisma\/.*)$/.test(of)
    const wrong = edges((from, to) => isDriver(to) && !to.isTypeOnly && !from.name.startsWith('platform/database/'))
    expect(wrong).toEqual([])
  })

  it('is known by its driver’s types to the platform, and to who fills a database as its owner', () => {
    const fillsAsOwner = /^demo\/|^modules\/directory\/provision\.ts$/
    const wrong = edges(
      (from, to) =>
        /^(pg|@prisma\/.*)$/.test(to.of) && to.isTypeOnly && !from.name.startsWith('platform/') && !fillsAsOwner.test(from.name),
    )
    expect(wrong).toEqual([])
  })

  it('is known as Prisma generated it to the platform, and to stores and reads by its types', () => {
    const mayKnowTypes = /^modules\/[^/]+\/(store|reads)\.ts$/
    const wrong = edges(
      (from, to) =>
        to.of.startsWith('generated/') && !from.name.startsWith('platform/') && !(to.isTypeOnly && mayKnowTypes.test(from.name)),
    )
    expect(wrong).toEqual([])
  })

  it('is spoken to in SQL by stores, reads and locks', () => {
    const mayWriteSql = /^platform\/|^modules\/[^/]+\/([a-z]+-)?(store|reads|locks)\.ts$|^demo\/store\.ts$/
    const speaksSql = /\.sql(<[^`]*>)?`|\bsql(<[^`(]*>)?`|\$(query|execute)Raw/
    expect(filesWhere(({ name, code }) => speaksSql.test(code) && !mayWriteSql.test(name))).toEqual([])
  })

  it('is not spoken to through Prisma by commands, rules, flows or edges', () => {
    // edges/graphql is the GraphQL face of flows, and reads as the schema of a module does.
    const isOutside = /^flows\/|^edges\/(?!graphql\/)|\/(commands|rules)\.ts$/
    expect(
      filesWhere(
        ({ name, code }) => isOutside.test(name) && /\btx\.prisma\b|\bprisma\.\w+\.(find|create|update|delete|upsert)/.test(code),
      ),
    ).toEqual([])
  })

  it('is written to through Prisma by nobody: writes are SQL of a store', () => {
    expect(filesWhere(({ code }) => /\.prisma\.\w+\.(create|update|delete|upsert)/.test(code))).toEqual([])
  })
})

describe('a table', () => {
  const ofPlatform = ['audit_entry', 'provider_audit_entry', 'idempotency', 'event', 'event_line', 'job']
  const migrations = join(src, '../prisma/migrations')
  const created = readdirSync(migrations, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sql'))
    .flatMap((file) =>
      [...readFileSync(join(migrations, file), 'utf8').matchAll(/^create table ([a-z_]+) \(/gm)].map(([, name = '']) => name),
    )

  /** By the line at the top of each store: "Owner of the tables receipt and application." */
  const owners = new Map<string, string[]>(created.map((table) => [table, ofPlatform.includes(table) ? ['platform'] : []]))
  for (const { name, text } of sources) {
    const said = /^\/\/ Owner of the tables? ([\s\S]+?)\./m.exec(text)?.[1]
    for (const table of said?.split(/,\s*|\s+and\s+|\s*\n\/\/\s*/) ?? [])
      owners.set(table, [...(owners.get(table) ?? []), moduleOf(name) ?? name])
  }

  it.each([...owners].map(([table, list]) => ({ table, list })))('$table has one owner, which says so', ({ table, list }) => {
    expect(created).toContain(table)
    expect(list).toHaveLength(1)
  })

  it('is written to by its owner alone', () => {
    const wrong = sources.flatMap(({ name, code }) =>
      [...code.matchAll(/\b(?:insert\s+into|update|delete\s+from|merge\s+into)\s+(?:only\s+)?([a-z_]+)\b/gi)]
        .map(([, table = '']) => table)
        .filter((table) => owners.has(table))
        .filter((table) => !(owners.get(table) ?? []).includes(moduleOf(name) ?? roomOf(name)))
        // The demo fills an empty database in one go, past the commands, and says so where it does.
        .filter(() => name !== 'demo/store.ts')
        .map((table) => `${name} writes ${table}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('the code', () => {
  const nowhere = (pattern: RegExp, except: (name: string) => boolean = () => false) =>
    sources.flatMap(({ name, code }) => (pattern.test(code) && !except(name) ? [name] : []))

  it('forces no type open', () => expect(nowhere(/\bas any\b|: any\b|<any>|@ts-ignore|@ts-nocheck/)).toEqual([]))
  it('writes to no console', () => expect(nowhere(/\bconsole\s*\./)).toEqual([]))
  it('asks the clock for the time', () =>
    expect(nowhere(/\bDate\.now\(|\bnew Date\(\s*\)/, (name) => name === 'platform/clock.ts')).toEqual([]))
  // The embedded server's own programs are started with the PATH of ours, and nothing else of it.
  it('knows its environment by its configuration', () =>
    expect(
      nowhere(/\bprocess\.env\b/, (name) => ['main.ts', 'config.ts', 'platform/database/embedded-home.ts'].includes(name)),
    ).toEqual([]))
  // Nodes that meet while they make the roles wait each for another while.
  it('leaves nothing to chance that must be told again', () =>
    expect(nowhere(/\bMath\.random\b/, (name) => ['demo/random.ts', 'platform/database/roles.ts'].includes(name))).toEqual([]))
  it('keeps no default exports, no enums and no namespaces', () =>
    expect(nowhere(/\bexport default\b|\b(?:const )?enum \w+ \{|\bnamespace \w+ \{/)).toEqual([]))
  it('asserts nothing away', () => expect(nowhere(/[\w)\]]!(?=[.;,)\]\s])(?!=)/)).toEqual([]))

  it('has no mark of something left to do', () => {
    const marks = sources.flatMap(({ name, text }) => (/\b(?:TODO|FIXME|XXX|HACK)\b/.test(text) ? [name] : []))
    expect(marks).toEqual([])
  })

  it('has no room of things that belong nowhere', () => {
    expect(filesWhere(({ name }) => /(^|\/)(utils?|helpers?|common|misc|shared|manager|service)(\/|\.ts$)/.test(name))).toEqual(
      [],
    )
  })

  it('has faces of a few lines', () => {
    const long = sources
      .filter(({ name }) => /^modules\/[^/]+\/index\.ts$/.test(name))
      .filter(({ text }) => text.split('\n').length > 40)
    expect(long.map(({ name }) => name)).toEqual([])
  })
})
