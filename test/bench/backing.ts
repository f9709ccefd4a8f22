import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../../src/platform/database/embedded.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { prepareRoles } from '../../src/platform/database/roles.ts'

export type BenchBacking = {
  readonly ownerUrl: string
  readonly appUrl: string
  readonly relayUrl: string
  readonly stop: () => Promise<void>
}

/** A database of the bench's own, as `npm start` would make it. */
export const openBenchBacking = async (): Promise<BenchBacking> => {
  const folder = mkdtempSync(join(tmpdir(), 'quittance-bench-'))
  const server = await startEmbedded({ folder, durable: true, log: () => {} })
  const { appUrl, relayUrl } = await prepareRoles({ url: server.url, secret: randomBytes(32).toString('hex'), log: () => {} })
  await migrate({ url: server.url, log: () => {} })
  return {
    ownerUrl: server.url,
    appUrl,
    relayUrl,
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
