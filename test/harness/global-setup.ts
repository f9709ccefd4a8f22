import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded, sweepOrphans } from '../../src/platform/database/embedded.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { prepareRoles } from '../../src/platform/database/roles.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    ownerUrl: string
    appUrl: string
    relayUrl: string
  }
}

const parent = join(import.meta.dirname, '../../.data/tests')

/** One real server for the run, of its own folder and port: runs beside one another, and dead runs, do not meet. */
export default async (project: TestProject) => {
  await sweepOrphans(parent)
  const server = await startEmbedded({ folder: join(parent, String(process.pid)), durable: false, log: () => {} })
  const { appUrl, relayUrl } = await prepareRoles({ url: server.url, secret: randomBytes(32).toString('hex'), log: () => {} })
  await migrate({ url: server.url, log: () => {} })
  project.provide('ownerUrl', server.url)
  project.provide('appUrl', appUrl)
  project.provide('relayUrl', relayUrl)
  return async () => {
    await server.stop()
    await sweepOrphans(parent)
  }
}
