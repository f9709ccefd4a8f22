import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { badKey, badReason } from '../cash/index.ts'
import { customerExists } from '../customer/index.ts'
import { policyInForce } from '../policy/index.ts'
import { activityPolicy } from './activity-policy.ts'
import { overrideFor } from './contact-stops.ts'
import { ContactLimitReached, IncompleteActivity, InQuietHours } from './rules.ts'
import { insertActivity, lockActivity, saveWording } from './store.ts'
import type { ActivityKind } from './templates.ts'
import { type About, type ActivityFacts, wordingOf } from './wording.ts'

export type LogActivity = ActivityFacts & {
  readonly customer: RowKey
  readonly kind: ActivityKind
  readonly direction: About['direction']
  readonly overrideReason: string | null
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

/** Nothing of the client's rules was gone beyond. */
const within = { overrideReason: null }

export const logActivity = command({
  name: 'activity.logActivity',
  permission: 'activity:log',
  refusals: [NotFound, InvalidInput, IncompleteActivity, ContactLimitReached, InQuietHours],
  scope: ({ customer }: LogActivity) => ({ clientId: customer.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  async run(write, { customer, kind, direction, overrideReason, idempotencyKey, ...facts }) {
    const wrongKey = badKey(idempotencyKey)
    if (wrongKey !== null) return wrongKey
    if (!(await customerExists(write, customer.id))) return new NotFound('customer', ['input', 'customer'])
    const about = { customerId: customer.id, kind, direction, happenedAt: write.now, knownContactId: null }
    const policy = await policyInForce(write, activityPolicy)
    const wording = await wordingOf(write, about, facts, policy)
    if (isRefusal(wording)) return wording
    const wrong = wrongDirection({ kind, direction })
    if (wrong !== null) return wrong
    const contacting = { ...about, happenedAt: wording.happenedAt, exceptId: null }
    const override = direction === 'OUTBOUND' ? await overrideFor(write, policy.rules, contacting, overrideReason) : within
    if (isRefusal(override)) return override
    const id = await insertActivity(write, { ...wording, ...override, customerId: customer.id, kind, direction })
    tell(write, 'activity.logged', id, customer.id)
    return { clientId: write.clientId, id }
  },
})

export type CorrectActivity = ActivityFacts & {
  readonly activity: RowKey
  readonly expectedVersion: number
  readonly overrideReason: string | null
  readonly reason: string
}

export const correctActivity = command({
  name: 'activity.correctActivity',
  permission: 'activity:log',
  refusals: [NotFound, InvalidInput, VersionConflict, IncompleteActivity, ContactLimitReached, InQuietHours],
  scope: ({ activity }: CorrectActivity) => ({ clientId: activity.clientId }),
  reason: ({ reason }) => reason,
  async run(write, { activity, expectedVersion, overrideReason, reason, ...facts }) {
    const wrongReason = badReason(reason)
    if (wrongReason !== null) return wrongReason
    const found = await lockActivity(write, activity.id)
    if (found === null) return new NotFound('activity', ['input', 'activity'])
    if (found.version !== expectedVersion) return new VersionConflict(found.version)
    const policy = await policyInForce(write, activityPolicy)
    const wording = await wordingOf(write, { ...found, knownContactId: found.contactId }, facts, policy)
    if (isRefusal(wording)) return wording
    // What was let through at its instant stays so; told of another instant, it is another contact to the limits.
    const isMoved = found.direction === 'OUTBOUND' && wording.happenedAt.getTime() !== found.happenedAt.getTime()
    const contacting = { ...found, happenedAt: wording.happenedAt, exceptId: found.id }
    const override = isMoved ? await overrideFor(write, policy.rules, contacting, overrideReason) : found
    if (isRefusal(override)) return override
    await saveWording(write, found, { ...wording, overrideReason: override.overrideReason }, reason)
    tell(write, 'activity.corrected', found.id, found.customerId)
    return { clientId: write.clientId, id: found.id }
  },
})
