import { dayIn } from '../../kernel/day.ts'
import { command } from '../../platform/command.ts'
import type { DocumentKey } from '../../platform/documents/document-store.ts'
import { limits } from '../../platform/limits.ts'
import type { ClientId } from '../../platform/policy.ts'
import { clientFacts } from '../client/index.ts'
import { bytesGone, condemn, removing } from './store.ts'

type Condemned = { readonly keys: readonly DocumentKey[] }

/** Says which bytes are over, those of an earlier time that nobody removed yet among them. The store is asked behind the commit. */
export const condemnBytes = command({
  name: 'evidence.condemnBytes',
  permission: 'evidence:remove',
  refusals: [],
  scope: ({ clientId }: { readonly clientId: ClientId }) => ({ clientId }),
  isAudited: ({ keys }: Condemned) => keys.length > 0,
  async run(write): Promise<Condemned> {
    const { timeZone } = await clientFacts(write)
    const abandonedBefore = new Date(write.now.getTime() - limits.evidence.abandonedMs)
    await condemn(write, { abandonedBefore, today: dayIn(timeZone, write.now) })
    return { keys: await removing(write) }
  },
})

/** The bytes are out of the store. */
export const forgetBytes = command({
  name: 'evidence.forgetBytes',
  permission: 'evidence:remove',
  refusals: [],
  scope: ({ clientId }: { readonly clientId: ClientId; readonly ids: readonly string[] }) => ({ clientId }),
  async run(write, { ids }) {
    await bytesGone(write, ids)
    return { removed: ids.length }
  },
})
