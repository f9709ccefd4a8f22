import type { Write } from '../../platform/command.ts'
import { ownersOf } from '../allocation/index.ts'
import type { WorkKind } from './rules.ts'
import { passRows } from './store.ts'
import { tellLoad, tellTouched } from './tell.ts'

const nobody = { teamId: null, personId: null }

/**
 * Takes the work of some customers along to who has them now, in the transaction that gave them away; the customers are held
 * by whoever did. Cash is taken along without its receipts being held: whoever refreshes it has the owner stay meanwhile.
 */
export const passWork = async (
  write: Write,
  customerIds: readonly string[],
  { isTogether }: { readonly isTogether: boolean },
) => {
  const owners = await ownersOf(write, customerIds)
  const passed = await passRows(
    write,
    customerIds,
    customerIds.map((id) => owners.get(id) ?? nobody),
  )
  const queued = passed.filter(({ isQueued }) => isQueued)
  if (isTogether) return tellLoad(write, new Set<WorkKind>(queued.map(({ kind }) => kind)), 'owner')
  for (const { teamBefore, personBefore, ...work } of queued)
    tellTouched(write, work, 'owner', { ownerTeamId: teamBefore, ownerPersonId: personBefore })
}
