import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { badKey, badReason } from '../cash/index.ts'
import { customerExists } from '../customer/index.ts'
import { IncompleteActivity } from './rules.ts'
import { insertActivity, lockActivity, saveWording } from './store.ts'
import type { ActivityKind } from './templates.ts'
import { type About, type ActivityFacts, wordingOf } from './wording.ts'

export type LogActivity = ActivityFacts & {
  readonly customer: RowKey
  readonly kind: ActivityKind
  readonly direction: About['direction']
  readonly idempotencyKey: string
}

const wrongDirection = ({ kind, direction }: Pick<LogActivity, 'kind' | 'direction'>): InvalidInput | null => {
  if ((direction === null) === (kind === 'NOTE')) return null
  return new InvalidInput(kind === 'NOTE' ? 'a note has no direction: leave it out' : `say who began the ${kind}`, [
    'input',
    'direction',
  ])
}

/** Whose timeline changed is told with it, for whoever shows one. */
const tell = (write: Write, name: 'activity.logged' | 'activity.corrected', activityId: string, customerId: string) =>
  write.emit({ area: 'work', name, payload: { activityId, customerIds: [customerId] } })

export const logActivity = command({
  name: 'activity.logActivity',
  permission: 'activity:log',
  refusals: [NotFound, InvalidInput, IncompleteActivity],
  scope: ({ customer }: LogActivity) => ({ clientId: customer.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  async run(write, { customer, kind, direction, idempotencyKey, ...facts }) {
    const wrongKey = badKey(idempotencyKey)
    if (wrongKey !== null) return wrongKey
    if (!(await customerExists(write, customer.id))) return new NotFound('customer', ['input', 'customer'])
    const about = { customerId: customer.id, kind, direction, happenedAt: write.now, knownContactId: null }
    const wording = await wordingOf(write, about, facts)
    if (isRefusal(wording)) return wording
    const wrong = wrongDirection({ kind, direction })
    if (wrong !== null) return wrong
    const id = await insertActivity(write, { ...wording, customerId: customer.id, kind, direction })
    tell(write, 'activity.logged', id, customer.id)
    return { clientId: write.clientId, id }
  },
})

export type CorrectActivity = ActivityFacts & {
  readonly activity: RowKey
  readonly expectedVersion: number
  readonly reason: string
}

export const correctActivity = command({
  name: 'activity.correctActivity',
  permission: 'activity:log',
  refusals: [NotFound, InvalidInput, VersionConflict, IncompleteActivity],
  scope: ({ activity }: CorrectActivity) => ({ clientId: activity.clientId }),
  reason: ({ reason }) => reason,
  async run(write, { activity, expectedVersion, reason, ...facts }) {
    const wrongReason = badReason(reason)
    if (wrongReason !== null) return wrongReason
    const found = await lockActivity(write, activity.id)
    if (found === null) return new NotFound('activity', ['input', 'activity'])
    if (found.version !== expectedVersion) return new VersionConflict(found.version)
    const wording = await wordingOf(write, { ...found, knownContactId: found.contactId }, facts)
    if (isRefusal(wording)) return wording
    await saveWording(write, found, wording, reason)
    tell(write, 'activity.corrected', found.id, found.customerId)
    return { clientId: write.clientId, id: found.id }
  },
})
