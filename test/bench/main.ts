import { createFigures } from './figures.ts'

const benches = {
  worklist: () => import('./worklist.ts'),
  live: () => import('./live.ts'),
  strategy: () => import('./strategy.ts'),
  import: () => import('./import.ts'),
  cash: () => import('./cash.ts'),
  'cash-import': () => import('./cash-import.ts'),
  'cash-replay': () => import('./cash-replay.ts'),
} as const

const name = process.argv[2] ?? ''
if (!Object.hasOwn(benches, name)) {
  console.log(`npm run bench -- ${Object.keys(benches).join('|')}`)
  process.exit(2)
}
const figures = createFigures(name)
const { run } = await benches[name as keyof typeof benches]()
await run({ figure: figures.add })
figures.table()
process.exit(0)
