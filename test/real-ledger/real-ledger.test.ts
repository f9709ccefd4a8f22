import { existsSync } from 'node:fs'
import { afterAll, describe, it, vi } from 'vitest'
import { aDayOfWork } from './day-of-work.ts'
import { nobodyElse } from './nobody-else.ts'
import { theLoadsAgain } from './once-more.ts'
import { dataFolder } from './raw.ts'
import { theLoads } from './what-comes-in.ts'
import { theWholeQueue } from './whole-queue.ts'
import { endWorld } from './world.ts'

// What the product is for, on real input and in one run: two clients' ledgers come in, and a day's work is done on them.

const isThere = existsSync(dataFolder)
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

describe.skipIf(!isThere)('a real ledger', () => {
  afterAll(endWorld)
  theLoads()
  theLoadsAgain()
  aDayOfWork()
  theWholeQueue()
  nobodyElse()
})

it.skipIf(isThere)('of ../shared/data is absent: nothing was tried on real input', (context) => {
  context.skip(`there is no ${dataFolder}`)
})
