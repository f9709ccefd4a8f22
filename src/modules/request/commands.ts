import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import { badKey } from '../cash/index.ts'
import { levelFrom, rulesOf } from './levels.ts'
import { tellRequest } from './move.ts'
import { entitledAt } from './owner-reads.ts'
import { NoOwner } from './refusals.ts'
import type { RequestKind } from './request-states.ts'
import { type Deadlines, dueAt, type Entitled, ownedBy } from './rules.ts'
import { insertChange, insertRequest, type NewRequest } from './store.ts'
import { findSubject, itemsMax, type SubjectAsked } from './subject.ts'

export const titleMax = 200
export const textMax = 4_000
/** The most days ahead that an answer can be asked for. */
export const answerDaysMax = 90

/** What every request says. */
type Raised = {
  readonly subject: SubjectAsked
  readonly openItems: readonly RowKey[]
  readonly title: string
  readonly text: string
  readonly idempotencyKey: string
}

const faultOf = (
  write: Write,
  { title, text, openItems, idempotencyKey }: Raised,
  answerBy: Date | null,
): InvalidInput | null => {
  if (title.trim() === '' || title.length > titleMax)
    return new InvalidInput(`a title has 1 to ${titleMax} characters`, ['input', 'title'])
  if (text.length > textMax) return new InvalidInput(`a text has at most ${textMax} characters`, ['input', 'text'])
  if (openItems.length > itemsMax)
    return new InvalidInput(`a request names at most ${itemsMax} open items`, ['input', 'openItems'])
  const ahead = answerBy === null ? null : answerBy.getTime() - write.now.getTime()
  if (ahead !== null && (ahead <= 0 || ahead > answerDaysMax * 86_400_000))
    return new InvalidInput(`an answer is due within ${answerDaysMax} days`, ['input', 'answerBy'])
  return badKey(idempotencyKey)
}

type Opened = Pick<NewRequest, 'title' | 'body' | 'customerId' | 'openItemId' | 'receiptId' | 'itemIds' | 'policyVersion'> &
  Deadlines & { readonly owner: Entitled } & Partial<Pick<NewRequest, 'pathCode' | 'level' | 'department' | 'side'>>

const open = async (write: Write, kind: RequestKind, { owner, ...facts }: Opened): Promise<RowKey> => {
  const { viewer, now } = write
  const request: NewRequest = {
    ...{ id: write.newId(), kind, state: 'RAISED', version: 1, startedAt: now, dueAt: dueAt('RAISED', facts) },
    ...{ teamId: null, teamName: null, ...ownedBy(owner) },
    ...{ raisedById: viewer.id, raisedByName: viewer.name },
    ...{ acknowledgedAt: null, answeredAt: null, exhaustedAt: null, climbs: 0, reopened: 0, answer: null, endedAt: null },
    ...{ pathCode: null, level: null, department: null, side: null },
    ...facts,
  }
  await insertRequest(write, request)
  await insertChange(write, { move: 'raise', before: null, after: request, note: '', elapsedSeconds: null })
  tellRequest(write, 'raise', null, request)
  return { clientId: write.clientId, id: request.id }
}

export type Escalate = Raised & {
  /** The first path of the policy without it. */
  readonly path: string | null
}

const scope = ({ subject }: Raised) => ({ clientId: subject.clientId })
const idempotencyKey = (input: Raised) => input.idempotencyKey

export const escalate = command({
  name: 'request.escalate',
  permission: 'request:work',
  refusals: [NotFound, InvalidInput, NoOwner],
  scope: (input: Escalate) => scope(input),
  idempotencyKey,
  async run(write, input) {
    const fault = faultOf(write, input, null)
    if (fault !== null) return fault
    const subject = await findSubject(write, input.subject, input.openItems)
    if (isRefusal(subject)) return subject
    const { rules, version, deadlines } = await rulesOf(write)
    const path = rules.paths.find(({ code }) => input.path === null || code === input.path)
    if (path === undefined)
      return new InvalidInput(`the client’s paths are ${rules.paths.map(({ code }) => code).join(', ')}`, ['input', 'path'])
    const found = await levelFrom(write, path, { from: 1, leftOut: [write.viewer.id] })
    if (found === null) return new NoOwner(`nobody else is there to answer on the path ${path.code}`, ['input', 'path'])
    const { level, owner } = found
    return open(write, 'ESCALATION', {
      ...subject,
      ...deadlines(found.rules),
      ...{ owner, level, pathCode: path.code, title: input.title, body: input.text, policyVersion: version },
    })
  },
})

export type RaiseInternalRequest = Raised & {
  /** A person or a team with a right on the client; null where a department is asked. */
  readonly owner: RowKey | null
  /** Somebody without rights here: whoever asks them answers for it. */
  readonly department: { readonly name: string; readonly side: 'PROVIDER' | 'CLIENT' } | null
  readonly answerBy: Date | null
}

export const raiseInternalRequest = command({
  name: 'request.raiseInternalRequest',
  permission: 'request:work',
  refusals: [NotFound, InvalidInput],
  scope: (input: RaiseInternalRequest) => scope(input),
  idempotencyKey,
  async run(write, input) {
    const { owner: asked, department, answerBy } = input
    const fault = faultOf(write, input, answerBy)
    if (fault !== null) return fault
    if ((asked === null) === (department === null))
      return new InvalidInput('a request goes to an owner or to a department, one of them', ['input', 'owner'])
    if (department !== null && (department.name.trim() === '' || department.name.length > titleMax))
      return new InvalidInput(`a department has 1 to ${titleMax} characters`, ['input', 'department', 'name'])
    const subject = await findSubject(write, input.subject, input.openItems)
    if (isRefusal(subject)) return subject
    const entitled = await entitledAt(write.tx, [write.clientId])
    const owner = entitled.find(({ id }) => id === (asked?.id ?? write.viewer.id))
    if (owner === undefined) return new NotFound('person or team that works on the client', ['input', 'owner'])
    const { rules, version, deadlines } = await rulesOf(write)
    const by = deadlines(rules.internalRequests)
    return open(write, 'INTERNAL_REQUEST', {
      ...subject,
      ...{ acknowledgeBy: by.acknowledgeBy, answerBy: answerBy ?? by.answerBy, owner, title: input.title, body: input.text },
      ...{ department: department?.name ?? null, side: department?.side ?? null, policyVersion: version },
    })
  },
})

export type HandOff = Raised & { readonly team: RowKey; readonly answerBy: Date | null }

export const handOff = command({
  name: 'request.handOff',
  permission: 'request:work',
  refusals: [NotFound, InvalidInput],
  scope: (input: HandOff) => scope(input),
  idempotencyKey,
  async run(write, input) {
    const { team, answerBy } = input
    const fault = faultOf(write, input, answerBy)
    if (fault !== null) return fault
    const subject = await findSubject(write, input.subject, input.openItems)
    if (isRefusal(subject)) return subject
    const entitled = await entitledAt(write.tx, [write.clientId])
    const owner = entitled.find(({ kind, id }) => kind === 'TEAM' && id === team.id)
    if (owner === undefined) return new NotFound('team that serves the client', ['input', 'team'])
    const { rules, version, deadlines } = await rulesOf(write)
    const by = deadlines(rules.handoffs)
    return open(write, 'HANDOFF', {
      ...subject,
      ...{ acknowledgeBy: by.acknowledgeBy, answerBy: answerBy ?? by.answerBy, owner, title: input.title, body: input.text },
      policyVersion: version,
    })
  },
})
