import { command } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import { holdersOf } from './reads.ts'
import { daysFrom, delegationDaysMax, lentSteps } from './rules.ts'
import { endDelegationNow, insertDelegation, lockDelegation } from './store.ts'

export type DelegateApprovals = {
  readonly clientId: string
  /** The user, by their provider. */
  readonly to: RowKey
  readonly from: Date | null
  readonly until: Date
  readonly reason: string
}

export const delegateApprovals = command({
  name: 'approval.delegateApprovals',
  permission: 'approval:decide',
  refusals: [NotFound, InvalidInput],
  scope: ({ clientId }: DelegateApprovals) => ({ clientId }),
  reason: ({ reason }) => reason,
  async run(write, { to, from, until, reason }) {
    const { now, viewer, tx, clientId } = write
    if (reason.trim() === '' || reason.length > 500)
      return new InvalidInput('a reason has 1 to 500 characters', ['input', 'reason'])
    const validFrom = from ?? now
    if (validFrom < now) return new InvalidInput('it begins now or later', ['input', 'from'])
    if (until <= validFrom || until > daysFrom(validFrom, delegationDaysMax))
      return new InvalidInput(`it ends behind its beginning, at most ${delegationDaysMax} days later`, ['input', 'until'])
    if (to.id === viewer.id) return new InvalidInput('one delegates to somebody else', ['input', 'to'])
    const delegate = (await holdersOf(tx, clientId)).find(({ id }) => id === to.id && to.clientId === viewer.providerId)
    if (delegate === undefined) return new NotFound('user who decides approvals of the client', ['input', 'to'])
    const lent = { delegationId: '', fromId: viewer.id, fromName: viewer.name, roles: viewer.held.get(clientId)?.roles ?? [] }
    if (lentSteps({ ...delegate, lent: [] }, lent).length === 0)
      return new InvalidInput('the client’s approvers delegate to each other, and so do leads and managers', ['input', 'to'])
    const id = write.newId()
    await insertDelegation(write, { id, toId: to.id, toName: delegate.name, reason, validFrom, validUntil: until })
    return { clientId, id }
  },
})

export type EndDelegation = { readonly delegation: RowKey }

export const endDelegation = command({
  name: 'approval.endDelegation',
  permission: 'approval:decide',
  refusals: [NotFound, InvalidInput],
  scope: ({ delegation }: EndDelegation) => ({ clientId: delegation.clientId }),
  async run(write, { delegation: { id } }) {
    const found = await lockDelegation(write, id)
    // Whose it is, and who has it: nobody else is told whether it could be ended.
    if (found === null || ![found.fromId, found.toId].includes(write.viewer.id))
      return new NotFound('delegation of yours', ['input', 'delegation'])
    if (found.revokedAt !== null || found.validUntil <= write.now)
      return new InvalidInput('it has ended before', ['input', 'delegation'])
    await endDelegationNow(write, id)
    return { clientId: write.clientId, id }
  },
})
