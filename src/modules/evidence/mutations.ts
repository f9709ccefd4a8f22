import { builder } from '../../platform/graphql/builder.ts'
import { commandField } from '../../platform/graphql/command-field.ts'
import { keyOf } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { attachEvidence, detachEvidence, holdEvidence, releaseEvidence, withdrawEvidence } from './commands.ts'
import { subjectOf } from './subjects.ts'
import { Evidence } from './types.ts'

const evidencePayload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      evidence: t.prismaField({
        type: Evidence,
        description: 'The document as it is now.',
        resolve: (query, { clientId, id }, _args, { tx }) =>
          tx.prisma.evidence.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const texts = {
  evidence: 'The document.',
  subject: 'A customer, open item, receipt, deduction, promise to pay, payment plan or dispute of the same client.',
  expectedVersion: 'Its version as you read it.',
} as const

const AttachEvidenceInput = builder.inputType('AttachEvidenceInput', {
  description: 'A document, and something that it stands for.',
  fields: (t) => ({
    evidence: t.id({ required: true, description: texts.evidence }),
    subject: t.id({ required: true, description: texts.subject }),
  }),
})

commandField(attachEvidence, {
  description:
    'Hangs a document that was uploaded on one more subject. One that hangs there already stays so. The first subject can be named in the upload itself.',
  input: AttachEvidenceInput,
  payload: evidencePayload('AttachEvidencePayload', 'The document hangs on the subject.'),
  read: ({ evidence, subject }) => ({ evidence: keyOf('Evidence', evidence), subject: subjectOf(subject) }),
})

const DetachEvidenceInput = builder.inputType('DetachEvidenceInput', {
  description: 'A document, and what it does not stand for.',
  fields: (t) => ({
    evidence: t.id({ required: true, description: texts.evidence }),
    subject: t.id({ required: true, description: texts.subject }),
    reason: t.string({ required: true, description: 'Why it is detached, at most 500 characters.' }),
  }),
})

commandField(detachEvidence, {
  description: 'Takes a document off a subject. That it hung there is kept, with the reason; the document stays.',
  input: DetachEvidenceInput,
  payload: evidencePayload('DetachEvidencePayload', 'The document hangs there no more.'),
  read: ({ evidence, subject, reason }) => ({ evidence: keyOf('Evidence', evidence), subject: subjectOf(subject), reason }),
})

const decisionInput = (name: string, description: string, reason: string) =>
  builder.inputType(name, {
    description,
    fields: (t) => ({
      evidence: t.id({ required: true, description: texts.evidence }),
      expectedVersion: t.int({ required: true, description: texts.expectedVersion }),
      reason: t.string({ required: true, description: `${reason}, at most 500 characters.` }),
    }),
  })

const decision = ({ evidence, ...rest }: { evidence: string; expectedVersion: number; reason: string }) => ({
  ...rest,
  evidence: keyOf('Evidence', evidence),
})

commandField(withdrawEvidence, {
  description:
    'Takes a document back, for good. It leaves the lists that do not ask for withdrawn ones, and can be read by nobody; another upload takes its place.',
  input: decisionInput('WithdrawEvidenceInput', 'A document to take back.', 'Why it is withdrawn'),
  payload: evidencePayload('WithdrawEvidencePayload', 'The document was withdrawn.'),
  read: decision,
})

commandField(holdEvidence, {
  description: 'Puts a legal hold on a document: while it lasts its bytes are not removed.',
  input: decisionInput('HoldEvidenceInput', 'A document to hold.', 'Why it is held'),
  payload: evidencePayload('HoldEvidencePayload', 'The document is held.'),
  read: decision,
})

commandField(releaseEvidence, {
  description: 'Ends the legal hold on a document. One whose time is over is removed at the next round.',
  input: decisionInput('ReleaseEvidenceInput', 'A document to hold no longer.', 'Why it is released'),
  payload: evidencePayload('ReleaseEvidencePayload', 'The document is not held any more.'),
  read: decision,
})
