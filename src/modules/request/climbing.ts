import { command } from '../../platform/command.ts'
import type { ClientId } from '../../platform/policy.ts'
import { levelFrom, rulesOf } from './levels.ts'
import { moveRequest } from './move.ts'
import { ownedBy } from './rules.ts'
import { lockRequest } from './store.ts'

type Climb = { readonly clientId: ClientId; readonly requestId: string }

/**
 * Nobody said in time that they are at it: the escalation goes to the next level that somebody can own, under new
 * deadlines. At the top it stays with whom it is, and says so once. Idempotent: what was acknowledged, ended or has
 * climbed meanwhile has no deadline behind it, and stays.
 */
export const climbRequest = command({
  name: 'request.climbRequest',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: Climb) => ({ clientId }),
  isAudited: ({ isMoved }: { readonly isMoved: boolean }) => isMoved,
  async run(write, { requestId }) {
    const found = await lockRequest(write, requestId)
    const isLate = found?.kind === 'ESCALATION' && found.state === 'RAISED' && found.acknowledgeBy <= write.now
    if (found === null || !isLate || found.exhaustedAt !== null) return { isMoved: false }
    const { rules, version, deadlines } = await rulesOf(write)
    const path = rules.paths.find(({ code }) => code === found.pathCode)
    const next = await levelFrom(write, path, { from: (found.level ?? 1) + 1, leftOut: [found.raisedById, found.ownerId] })
    if (next === null) {
      await moveRequest(write, found, 'exhaust', { exhaustedAt: write.now })
      return { isMoved: true }
    }
    await moveRequest(write, found, 'climb', {
      ...ownedBy(next.owner),
      ...deadlines(next.rules),
      ...{ level: next.level, policyVersion: version, climbs: found.climbs + 1 },
    })
    return { isMoved: true }
  },
})
