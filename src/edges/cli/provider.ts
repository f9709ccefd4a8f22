import { parseArgs } from 'node:util'
import type { Config } from '../../config.ts'
import { provisionProvider } from '../../modules/directory/index.ts'
import { systemClock } from '../../platform/clock.ts'
import { inSession } from '../../platform/database/session.ts'
import { openBacking } from './backing.ts'
import { Usage } from './usage.ts'

const usage = 'npm run provider -- --code CODE --name NAME --admin-name NAME --admin-email EMAIL --admin-subject SUB'

/** `npm run provider`: where a provider begins. Everybody and everything else is created by its administrator, over the API. */
export const createProvider = async (config: Config, args: readonly string[], say: (line: string) => void) => {
  const text = { type: 'string' } as const
  const options = { code: text, name: text, 'admin-name': text, 'admin-email': text, 'admin-subject': text }
  const { values } = parseArgs({ args: [...args], options })
  const { code, name, 'admin-name': adminName, 'admin-email': email, 'admin-subject': subject } = values
  if (code === undefined || name === undefined || adminName === undefined || email === undefined || subject === undefined)
    throw new Usage(usage)
  if (!/^[A-Z0-9][A-Z0-9_-]{1,31}$/.test(code)) throw new Usage('a code is 2 to 32 capital letters, digits, - or _')
  const backing = await openBacking(config, () => {})
  try {
    const administrator = { name: adminName, email, subject }
    const made = await inSession(backing.ownerUrl, async (session) => {
      await session.query('begin')
      const ids = await provisionProvider(session, { code, name, administrator, now: systemClock() })
      await session.query('commit')
      return ids
    })
    say(`Provider ${code} is there (${made.providerId}); tokens with sub ${subject} run it.`)
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === '23505') throw new Usage('this code or this subject is taken')
    throw thrown
  } finally {
    await backing.stop()
  }
}
