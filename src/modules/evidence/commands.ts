import { addMonths, dayIn } from '../../kernel/day.ts'
import { command, type Write } from '../../platform/command.ts'
import type { ScanOutcome } from '../../platform/documents/scan.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { limits } from '../../platform/limits.ts'
import { can, type Permission } from '../../platform/policy.ts'
import { IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { badReason } from '../cash/index.ts'
import { clientFacts } from '../client/index.ts'
import { policyInForce } from '../policy/index.ts'
import type { MediaType } from './media-type.ts'
import { evidencePolicy } from './policy.ts'
import { BytesGone, faultOf } from './refusals.ts'
import { evidenceMachine, holdMachine, holdStateOf, stateOf } from './rules.ts'
import {
  endLink,
  expectBytes,
  insertEvidence,
  insertLink,
  keepBytes,
  type LockedEvidence,
  linkCount,
  lockEvidence,
  saveHold,
  saveWithdrawal,
  standingLink,
  subjectExists,
} from './store.ts'
import { type Subject, subjects } from './subjects.ts'

/** What a file is, once it lies on disk. */
export type FileFacts = {
  readonly type: string
  readonly mediaType: MediaType
  readonly sizeBytes: number
  readonly sha256: string
}

export type ExpectEvidence = FileFacts & { readonly clientId: string; readonly subject: Subject | null }

const own = (write: Write, { clientId }: RowKey): boolean => clientId === write.clientId

/** Whoever may not read a subject is told that it is not there. */
const refusalOfSubject = async (write: Write, subject: Subject): Promise<NotFound | null> =>
  own(write, subject) && can(write.viewer, subjects[subject.kind].reads, write.clientId) && (await subjectExists(write, subject))
    ? null
    : new NotFound('subject', ['input', 'subject'])

/** The first step of an upload: a document that would be refused is, before its bytes are kept. */
export const expectEvidence = command({
  name: 'evidence.expectEvidence',
  permission: 'evidence:attach',
  refusals: [NotFound, InvalidInput],
  scope: ({ clientId }: ExpectEvidence) => ({ clientId }),
  // The document that comes of it is.
  isAudited: () => false,
  async run(write, { subject, ...file }) {
    const { rules } = await policyInForce(write, evidencePolicy)
    const wrong = faultOf(rules, file) ?? (subject === null ? null : await refusalOfSubject(write, subject))
    if (wrong !== null) return wrong
    const { id, state } = await expectBytes(write, file)
    return { contentId: id, isKept: state === 'KEPT' }
  },
})

export type RecordEvidence = ExpectEvidence & {
  readonly contentId: string
  readonly fileName: string
  readonly source: string
  readonly scan: ScanOutcome
}

const attach = async (write: Write, evidenceId: string, subject: Subject): Promise<void> => {
  await insertLink(write, evidenceId, subject)
  const { kind: subjectKind, id: subjectId } = subject
  write.emit({ area: 'evidence', name: 'evidence.attached', payload: { evidenceId, subjectKind, subjectId } })
}

const tooMany = () =>
  new InvalidInput(`a document hangs on at most ${limits.evidence.links} subjects; send it again as another document`, [
    'input',
    'subject',
  ])

/** The last step of an upload: the bytes are in the store, and become a document. */
export const recordEvidence = command({
  name: 'evidence.recordEvidence',
  permission: 'evidence:attach',
  refusals: [NotFound, InvalidInput, BytesGone],
  scope: ({ clientId }: RecordEvidence) => ({ clientId }),
  async run(write, { clientId: _client, subject, contentId, ...facts }) {
    const [{ timeZone }, { rules, version: policyVersion }] = await Promise.all([
      clientFacts(write),
      policyInForce(write, evidencePolicy),
    ])
    const wrong = faultOf(rules, facts) ?? (subject === null ? null : await refusalOfSubject(write, subject))
    if (wrong !== null) return wrong
    if (!(await keepBytes(write, contentId))) return new BytesGone()
    const retainUntil = addMonths(dayIn(timeZone, write.now), 12 * rules.retentionYears)
    const { id, isNew } = await insertEvidence(write, { ...facts, contentId, policyVersion, retainUntil })
    if (isNew) write.emit({ area: 'evidence', name: 'evidence.recorded', payload: { evidenceId: id } })
    if (subject !== null && (await standingLink(write, id, subject)) === null) {
      if ((await linkCount(write, id)) >= limits.evidence.links) return tooMany()
      await attach(write, id, subject)
    }
    return { clientId: write.clientId, id, isNew }
  },
})

export type OnEvidence = { readonly evidence: RowKey }

const noDocument = () => new NotFound('document', ['input', 'evidence'])

export type AttachEvidence = OnEvidence & { readonly subject: Subject }

export const attachEvidence = command({
  name: 'evidence.attachEvidence',
  permission: 'evidence:attach',
  refusals: [NotFound, InvalidInput, IllegalMove],
  scope: ({ evidence }: AttachEvidence) => ({ clientId: evidence.clientId }),
  async run(write, { evidence, subject }) {
    const wrong = await refusalOfSubject(write, subject)
    if (wrong !== null) return wrong
    const found = await lockEvidence(write, evidence.id)
    if (found === null) return noDocument()
    const illegal = IllegalMove.unless(evidenceMachine, 'attach', stateOf(found), ['input', 'evidence'])
    if (illegal !== null) return illegal
    if ((await standingLink(write, found.id, subject)) === null) {
      if ((await linkCount(write, found.id)) >= limits.evidence.links) return tooMany()
      await attach(write, found.id, subject)
    }
    return { clientId: write.clientId, id: found.id }
  },
})

export type DetachEvidence = AttachEvidence & { readonly reason: string }

export const detachEvidence = command({
  name: 'evidence.detachEvidence',
  permission: 'evidence:attach',
  refusals: [NotFound, InvalidInput],
  scope: ({ evidence }: DetachEvidence) => ({ clientId: evidence.clientId }),
  reason: ({ reason }) => reason,
  async run(write, { evidence, subject, reason }) {
    const wrongReason = badReason(reason)
    if (wrongReason !== null) return wrongReason
    const found = await lockEvidence(write, evidence.id)
    if (found === null) return noDocument()
    const mayRead = own(write, subject) && can(write.viewer, subjects[subject.kind].reads, write.clientId)
    const link = mayRead ? await standingLink(write, found.id, subject) : null
    if (link === null) return new NotFound('subject of the document', ['input', 'subject'])
    await endLink(write, link, reason)
    const { kind: subjectKind, id: subjectId } = subject
    write.emit({ area: 'evidence', name: 'evidence.detached', payload: { evidenceId: found.id, subjectKind, subjectId } })
    return { clientId: write.clientId, id: found.id }
  },
})

export type DecideOnEvidence = OnEvidence & { readonly expectedVersion: number; readonly reason: string }

type Deciding = {
  readonly name: `evidence.${string}`
  readonly permission: Permission
  readonly told: string
  readonly illegal: (found: LockedEvidence) => IllegalMove | null
  readonly save: (write: Write, decided: { readonly id: string; readonly reason: string }) => Promise<unknown>
}

/** What is decided about one document, with a reason, by whoever knows how it stands. */
const deciding = ({ name, permission, told, illegal, save }: Deciding) =>
  command({
    name,
    permission,
    refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
    scope: ({ evidence }: DecideOnEvidence) => ({ clientId: evidence.clientId }),
    reason: ({ reason }) => reason,
    async run(write, { evidence, expectedVersion, reason }) {
      const wrongReason = badReason(reason)
      if (wrongReason !== null) return wrongReason
      const found = await lockEvidence(write, evidence.id)
      if (found === null) return noDocument()
      if (found.version !== expectedVersion) return new VersionConflict(found.version)
      const refused = illegal(found)
      if (refused !== null) return refused
      await save(write, { id: found.id, reason })
      write.emit({ area: 'evidence', name: told, payload: { evidenceId: found.id } })
      return { clientId: write.clientId, id: found.id }
    },
  })

const onEvidence = ['input', 'evidence']

/** It was no evidence of what it hangs on. It stays in every list that asks for such, and is nobody's to read. */
export const withdrawEvidence = deciding({
  name: 'evidence.withdrawEvidence',
  permission: 'evidence:attach',
  told: 'evidence.withdrawn',
  illegal: (found) => IllegalMove.unless(evidenceMachine, 'withdraw', stateOf(found), onEvidence),
  save: saveWithdrawal,
})

/** A legal hold: nothing of the document is removed while it lasts. */
export const holdEvidence = deciding({
  name: 'evidence.holdEvidence',
  permission: 'evidence:hold',
  told: 'evidence.held',
  illegal: (found) => IllegalMove.unless(holdMachine, 'hold', holdStateOf(found), onEvidence),
  save: saveHold,
})

export const releaseEvidence = deciding({
  name: 'evidence.releaseEvidence',
  permission: 'evidence:hold',
  told: 'evidence.released',
  illegal: (found) => IllegalMove.unless(holdMachine, 'release', holdStateOf(found), onEvidence),
  save: (write, { id }) => saveHold(write, { id, reason: null }),
})
