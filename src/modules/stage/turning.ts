import { command, type Write } from '../../platform/command.ts'
import type { ClientId } from '../../platform/policy.ts'
import { refreshStages } from './refresh.ts'
import { customersBehind, customersToTurn } from './store.ts'
import { todayAt } from './taking.ts'

const lowest = '00000000-0000-0000-0000-000000000000'
const portion = 500

/** A new day at the client: steps are due or late, and holds end. Idempotent, and safe for several nodes. */
export const beginStageDay = command({
  name: 'stage.beginStageDay',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: { clientId: ClientId }) => ({ clientId }),
  isAudited: ({ changed }: { readonly changed: number }) => changed > 0,
  async run(write) {
    const today = await todayAt(write)
    let changed = 0
    for (let after = lowest; ; ) {
      const customerIds = await customersToTurn(write, today, after, portion)
      const last = customerIds.at(-1)
      if (last === undefined) return { day: today, changed }
      changed += await refreshStages(write, customerIds)
      after = last
    }
  },
})

export type Restaged = {
  readonly changed: number
  /** The customer behind whom the next portion begins; null where there is none. */
  readonly after: string | null
}

/** Brings a portion of a client's customers under another ladder, or a hold of all of it. Run again it ends the same. */
export const restageBehind = async (write: Write, after: string | null): Promise<Restaged> => {
  const customerIds = await customersBehind(write, after ?? lowest, portion)
  const changed = await refreshStages(write, customerIds)
  return { changed, after: customerIds.length < portion ? null : (customerIds.at(-1) ?? null) }
}

export const restage = command({
  name: 'stage.restage',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: { clientId: ClientId; after: string | null }) => ({ clientId }),
  isAudited: ({ changed }: Restaged) => changed > 0,
  run: (write, { after }) => restageBehind(write, after),
})
