import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { can } from '../../platform/policy.ts'
import { IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { badKey, badReason } from '../cash/index.ts'
import { textMax } from './commands.ts'
import { levelFrom, rulesOf } from './levels.ts'
import { moveRequest, tellRequest } from './move.ts'
import { entitledAt } from './owner-reads.ts'
import { NoOwner, NotOwner } from './refusals.ts'
import { type RequestMove, requestMachines } from './request-states.ts'
import { type Entitled, ownedBy, owns } from './rules.ts'
import { insertChange, type KeptRequest, lockRequest } from './store.ts'

export type OnRequest = { readonly request: RowKey; readonly expectedVersion: number }
type WithReason = OnRequest & { readonly reason: string }

const scope = ({ request }: { readonly request: RowKey }) => ({ clientId: request.clientId })
const path = ['input', 'request']

/** Held, as the caller knows it, and in a state that takes the move. */
const requestFor = async (
  write: Write,
  { request, expectedVersion }: OnRequest,
  move: RequestMove,
): Promise<KeptRequest | NotFound | VersionConflict | IllegalMove> => {
  const found = await lockRequest(write, request.id)
  if (found === null) return new NotFound('request', path)
  if (found.version !== expectedVersion) return new VersionConflict(found.version)
  return IllegalMove.unless(requestMachines[found.kind], move, found.state, path) ?? found
}

/** The same for a move that asks for a reason. */
const reasonedRequest = async (write: Write, { reason, ...on }: WithReason, move: RequestMove) =>
  badReason(reason) ?? (await requestFor(write, on, move))

const entitledHere = (write: Write) => entitledAt(write.tx, [write.clientId])
const steers = ({ viewer, clientId }: Write) => can(viewer, 'request:steer', clientId)

/** Null for the owner, for anybody of the team that owns it, and for who steers if they may act for others. */
const unlessOwner = async (write: Write, { ownerId, ownerName }: KeptRequest, mayBe: 'OWNER' | 'OR_STEERS') => {
  if (mayBe === 'OR_STEERS' && steers(write)) return null
  return owns(await entitledHere(write), ownerId, write.viewer.id) ? null : new NotOwner(ownerName)
}

const textFault = (text: string, field: string): InvalidInput | null =>
  text.trim() === '' || text.length > textMax ? new InvalidInput(`it has 1 to ${textMax} characters`, ['input', field]) : null

export const acknowledgeRequest = command({
  name: 'request.acknowledgeRequest',
  permission: 'request:work',
  refusals: [NotFound, VersionConflict, IllegalMove, NotOwner],
  scope: (input: OnRequest) => scope(input),
  async run(write, on) {
    const found = await requestFor(write, on, 'acknowledge')
    if (isRefusal(found)) return found
    const refused = await unlessOwner(write, found, 'OWNER')
    if (refused !== null) return refused
    const acknowledgedAt = found.acknowledgedAt ?? write.now
    return moveRequest(write, found, 'acknowledge', { state: 'ACKNOWLEDGED', acknowledgedAt })
  },
})

export const takeOwnership = command({
  name: 'request.takeOwnership',
  permission: 'request:work',
  refusals: [NotFound, VersionConflict, IllegalMove, NoOwner],
  scope: (input: OnRequest) => scope(input),
  async run(write, on) {
    const found = await requestFor(write, on, 'takeOwnership')
    if (isRefusal(found)) return found
    const { viewer } = write
    const isEntitled = (await entitledHere(write)).some(({ id }) => id === viewer.id)
    if (!isEntitled) return new NoOwner('only a person who works on the client can answer for its requests', path)
    const acknowledgedAt = found.acknowledgedAt ?? write.now
    const owner = ownedBy({ kind: 'PERSON', id: viewer.id, name: viewer.name })
    return moveRequest(write, found, 'takeOwnership', { state: 'ACKNOWLEDGED', acknowledgedAt, ...owner })
  },
})

export type AnswerRequest = OnRequest & { readonly answer: string }

export const answerRequest = command({
  name: 'request.answerRequest',
  permission: 'request:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove, NotOwner],
  scope: (input: AnswerRequest) => scope(input),
  async run(write, { answer, ...on }) {
    const fault = textFault(answer, 'answer')
    if (fault !== null) return fault
    const found = await requestFor(write, on, 'answer')
    if (isRefusal(found)) return found
    const refused = await unlessOwner(write, found, 'OR_STEERS')
    if (refused !== null) return refused
    const answeredAt = found.answeredAt ?? write.now
    return moveRequest(write, found, 'answer', { state: 'ANSWERED', answeredAt, answer }, answer)
  },
})

export type ResolveRequest = OnRequest & { readonly resolution: string }

/** The owner resolves it, or whoever asked and has what they asked for. */
export const resolveRequest = command({
  name: 'request.resolveRequest',
  permission: 'request:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove, NotOwner],
  scope: (input: ResolveRequest) => scope(input),
  async run(write, { resolution, ...on }) {
    const fault = textFault(resolution, 'resolution')
    if (fault !== null) return fault
    const found = await requestFor(write, on, 'resolve')
    if (isRefusal(found)) return found
    const refused = found.raisedById === write.viewer.id ? null : await unlessOwner(write, found, 'OR_STEERS')
    if (refused !== null) return refused
    const answeredAt = found.answeredAt ?? write.now
    return moveRequest(write, found, 'resolve', { state: 'RESOLVED', answeredAt }, resolution)
  },
})

/** Who gets back what a team does not take: whoever handed it off, or a lead or manager once they work here no more. */
const backTo = (entitled: readonly Entitled[], raisedById: string): Entitled | undefined =>
  entitled.find(({ id }) => id === raisedById) ??
  entitled.find(({ roles }) => roles.includes('LEAD')) ??
  entitled.find(({ roles }) => roles.includes('MANAGER'))

export const returnHandoff = command({
  name: 'request.returnHandoff',
  permission: 'request:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove, NotOwner, NoOwner],
  scope: (input: WithReason) => scope(input),
  reason: ({ reason }) => reason,
  async run(write, input) {
    const found = await reasonedRequest(write, input, 'return')
    if (isRefusal(found)) return found
    const refused = await unlessOwner(write, found, 'OR_STEERS')
    if (refused !== null) return refused
    const owner = backTo(await entitledHere(write), found.raisedById)
    if (owner === undefined) return new NoOwner('nobody works on the client who could take it back', path)
    return moveRequest(write, found, 'return', { state: 'RETURNED', ...ownedBy(owner) }, input.reason)
  },
})

export const withdrawRequest = command({
  name: 'request.withdrawRequest',
  permission: 'request:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove, NotOwner],
  scope: (input: WithReason) => scope(input),
  reason: ({ reason }) => reason,
  async run(write, input) {
    const found = await reasonedRequest(write, input, 'withdraw')
    if (isRefusal(found)) return found
    // What somebody asked for is theirs to take back, whoever answers for it by now.
    if (found.raisedById !== write.viewer.id && !steers(write)) return new NotOwner(found.raisedByName)
    return moveRequest(write, found, 'withdraw', { state: 'WITHDRAWN' }, input.reason)
  },
})

/** Begins anew: a new clock, and whoever owned it, or the team that a hand-off went to. */
export const reopenRequest = command({
  name: 'request.reopenRequest',
  permission: 'request:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove, NoOwner],
  scope: (input: WithReason) => scope(input),
  reason: ({ reason }) => reason,
  async run(write, input) {
    const found = await reasonedRequest(write, input, 'reopen')
    if (isRefusal(found)) return found
    const entitled = await entitledHere(write)
    const wanted = found.kind === 'HANDOFF' ? found.teamId : found.ownerId
    const others = found.kind === 'HANDOFF' ? undefined : entitled.find(({ id }) => id === write.viewer.id)
    const owner = entitled.find(({ id }) => id === wanted) ?? others
    if (owner === undefined) return new NoOwner('the team does not serve the client any more; hand it to another', path)
    const { rules, version, deadlines } = await rulesOf(write)
    const levels = rules.paths.find(({ code }) => code === found.pathCode)?.levels ?? rules.paths[0]?.levels ?? []
    const within = {
      ESCALATION: levels[Math.min(found.level ?? 1, levels.length) - 1] ?? rules.internalRequests,
      INTERNAL_REQUEST: rules.internalRequests,
      HANDOFF: rules.handoffs,
    }[found.kind]
    return moveRequest(
      write,
      found,
      'reopen',
      {
        ...{ state: 'RAISED', startedAt: write.now, ...deadlines(within), policyVersion: version, ...ownedBy(owner) },
        ...{ acknowledgedAt: null, answeredAt: null, exhaustedAt: null, answer: null, reopened: found.reopened + 1 },
      },
      input.reason,
    )
  },
})

/** Gives an escalation back to the level below that somebody can own, with new deadlines. */
export const deEscalateRequest = command({
  name: 'request.deEscalateRequest',
  permission: 'request:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove, NotOwner, NoOwner],
  scope: (input: WithReason) => scope(input),
  reason: ({ reason }) => reason,
  async run(write, input) {
    const found = await reasonedRequest(write, input, 'deEscalate')
    if (isRefusal(found)) return found
    const refused = await unlessOwner(write, found, 'OR_STEERS')
    if (refused !== null) return refused
    const below = (found.level ?? 1) - 1
    const { rules, version, deadlines } = await rulesOf(write)
    const route = rules.paths.find(({ code }) => code === found.pathCode)
    const back =
      below < 1 ? null : await levelFrom(write, route, { from: below, to: below, leftOut: [found.raisedById, found.ownerId] })
    if (back === null) return new NoOwner('there is no level below that somebody else could own', path)
    return moveRequest(
      write,
      found,
      'deEscalate',
      {
        ...{ state: 'RAISED', level: back.level, policyVersion: version, ...deadlines(back.rules), ...ownedBy(back.owner) },
        ...{ acknowledgedAt: null, exhaustedAt: null },
      },
      input.reason,
    )
  },
})

export type CommentRequest = { readonly request: RowKey; readonly text: string; readonly idempotencyKey: string }

export const commentRequest = command({
  name: 'request.commentRequest',
  permission: 'request:work',
  refusals: [NotFound, InvalidInput],
  scope: (input: CommentRequest) => scope(input),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  async run(write, { request, text, idempotencyKey }) {
    const fault = textFault(text, 'text') ?? badKey(idempotencyKey)
    if (fault !== null) return fault
    const found = await lockRequest(write, request.id)
    if (found === null) return new NotFound('request', path)
    await insertChange(write, { move: 'comment', before: found, after: found, note: text, elapsedSeconds: null })
    tellRequest(write, 'comment', found, found)
    return { clientId: write.clientId, id: found.id }
  },
})
