import { join } from 'node:path'
import type { Config } from '../../config.ts'
import { startEmbedded } from '../../platform/database/embedded.ts'
import { migrate } from '../../platform/database/migrate.ts'
import { prepareRoles } from '../../platform/database/roles.ts'
import { developmentSecrets } from './secrets.ts'

/** A migrated database: somebody's server, or our own embedded one. */
export type Backing = {
  readonly ownerUrl: string
  readonly appUrl: string
  readonly relayUrl: string
  readonly isEmbedded: boolean
  readonly stop: () => Promise<void>
}

export const openBacking = async (config: Config, say: (line: string) => void): Promise<Backing> => {
  const embedded =
    config.DATABASE_URL === undefined
      ? await startEmbedded({ folder: join(config.DATA_FOLDER, 'postgres'), durable: true, log: say })
      : null
  const ownerUrl = config.DATABASE_URL ?? embedded?.url ?? ''
  try {
    const secret = config.DATABASE_ROLE_SECRET ?? developmentSecrets(config.DATA_FOLDER).roleSecret
    const { appUrl, relayUrl } = await prepareRoles({ url: ownerUrl, secret, log: () => {} })
    await migrate({ url: ownerUrl, log: say })
    return { ownerUrl, appUrl, relayUrl, isEmbedded: embedded !== null, stop: async () => embedded?.stop() }
  } catch (thrown) {
    await embedded?.stop()
    throw thrown
  }
}
