import { encodeCursor, toConnection } from '../../kernel/page.ts'
import type { ScanOutcome } from '../../platform/documents/scan.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { limits } from '../../platform/limits.ts'
import { OpenItem } from '../receivable/index.ts'
import { linksByEvidence } from './reads.ts'
import { type EvidenceState, isReadable, stateOf } from './rules.ts'
import { signLink } from './signed-link.ts'

const EvidenceStateType = builder.enumType('EvidenceState', {
  description: 'Whether a document stands for what it hangs on.',
  values: {
    STANDING: { description: 'It does.' },
    WITHDRAWN: {
      description: 'Somebody took it back. It is nobody’s to read any more, and its bytes are kept as long as those of others.',
    },
    REMOVED: { description: 'Its time was over: its bytes are gone, and what is told of it here is what is left.' },
  } satisfies Record<EvidenceState, object>,
})

const EvidenceScanType = builder.enumType('EvidenceScan', {
  description:
    'Whether a program looked for malicious content before the document was kept. One that was found to have some never was.',
  values: {
    NOT_SCANNED: { description: 'None did: open it with care.' },
    CLEAN: { description: 'It found nothing.' },
  } satisfies Record<ScanOutcome, object>,
})

type Link = { readonly url: string; readonly expiresAt: Date }

const SignedLinkType = builder.objectRef<Link>('SignedLink').implement({
  description:
    'A short-lived address of a document, good for one viewer, who asks for it with the credentials that this was read with. Rights are looked up again then.',
  fields: (t) => ({
    url: t.exposeString('url', { description: 'A path, relative to the address of the API; read it with GET.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends: ask for another behind that.' }),
  }),
})

type Told = { readonly at: Date; readonly by: string; readonly reason: string }

const EvidenceDecision = builder.objectRef<Told>('EvidenceDecision').implement({
  description: 'What somebody decided about a document.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    by: t.exposeString('by', { description: 'Name of who did.' }),
    reason: t.exposeString('reason', { description: 'Why.' }),
  }),
})

const told = (at: Date | null, by: string | null, reason: string | null): Told | null =>
  at === null || by === null || reason === null ? null : { at, by, reason }

const EvidenceLink = builder.prismaNode('EvidenceLink', {
  description:
    'That a document hangs on a subject: one of the fields below is it, the others are null, as it is to whoever may not read it.',
  id: { field: 'clientId_id', description: 'Opaque id of the link.' },
  nullable: true,
  fields: (t) => ({
    evidence: t.relation('evidence', { description: 'The document.' }),
    customer: t.relation('customer', { nullable: true, description: 'The customer it hangs on.' }),
    openItem: t.relation('openItem', { type: OpenItem, nullable: true, description: 'The open item it hangs on.' } as never),
    receipt: t.relation('receipt', { nullable: true, description: 'The receipt it hangs on.' }),
    deduction: t.relation('deduction', { nullable: true, description: 'The deduction it hangs on.' }),
    promise: t.relation('promise', { nullable: true, description: 'The promise to pay it hangs on.' }),
    paymentPlan: t.relation('plan', { nullable: true, description: 'The payment plan it hangs on.' }),
    dispute: t.relation('dispute', { nullable: true, description: 'The dispute it hangs on.' }),
    attachedBy: t.exposeString('principalName', { description: 'Name of who attached it.' }),
    attachedAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was attached.' }),
    detachedBy: t.exposeString('detachedBy', {
      nullable: true,
      description: 'Name of who detached it; null while it hangs there.',
    }),
    detachedAt: t.expose('detachedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was detached; null while it hangs there.',
    }),
    detachReason: t.exposeString('detachReason', {
      nullable: true,
      description: 'Why it was detached; null while it hangs there.',
    }),
  }),
})

const LinkConnection = connectionOf(EvidenceLink, 'EvidenceLink', 'links of a document')

export const Evidence = builder.prismaNode('Evidence', {
  description:
    'A document that stands for something: a proof of delivery, a price list, a mail with an approval. It is uploaded with POST /evidence, withdrawn with a reason, and never changed.',
  id: { field: 'clientId_id', description: 'Opaque id of the document.' },
  nullable: true,
  fields: (t) => ({
    type: t.exposeString('type', { description: 'What it stands for: a code of the client’s rules of kind EVIDENCE.' }),
    state: t.field({ type: EvidenceStateType, description: 'Whether it stands.', resolve: stateOf }),
    fileName: t.exposeString('fileName', {
      description: 'The name it was sent under, without what names must not have; it ends as its bytes want.',
    }),
    mediaType: t.exposeString('mediaType', { description: 'What its bytes are, whatever it was called.' }),
    sizeBytes: t.exposeInt('sizeBytes', { description: 'Its length in bytes.' }),
    contentHash: t.string({
      description: 'SHA-256 of its bytes, in hexadecimal.',
      resolve: ({ sha256 }) => Buffer.from(sha256).toString('hex'),
    }),
    source: t.exposeString('source', { description: 'Where it came from, in the words of who sent it.' }),
    scan: t.field({
      type: EvidenceScanType,
      description: 'Whether it was looked into before it was kept.',
      resolve: ({ scan }) => scan as ScanOutcome,
    }),
    policyVersion: t.exposeInt('policyVersion', {
      description: 'The version of the client’s rules of kind EVIDENCE that it was taken by; 0 stands for the defaults.',
    }),
    retainUntil: t.expose('retainUntil', {
      type: 'Date',
      description:
        'The last day on which its bytes are kept, unless it is held. They are kept longer while another document has the same.',
    }),
    hold: t.field({
      type: EvidenceDecision,
      nullable: true,
      description: 'The legal hold on it, while which its bytes are not removed, however old it is; null where there is none.',
      resolve: ({ heldAt, heldBy, holdReason }) => told(heldAt, heldBy, holdReason),
    }),
    withdrawal: t.field({
      type: EvidenceDecision,
      nullable: true,
      description: 'That it was withdrawn; null while it was not.',
      resolve: ({ withdrawnAt, withdrawnBy, withdrawalReason }) => told(withdrawnAt, withdrawnBy, withdrawalReason),
    }),
    removedAt: t.expose('removedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its bytes were removed; null while they are there.',
    }),
    uploadedBy: t.exposeString('principalName', { description: 'Name of who sent it.' }),
    uploadedAt: t.expose('createdAt', { type: 'DateTime', description: 'When it came.' }),
    version: t.exposeInt('version', { description: 'Grows by one when it is held, released, withdrawn or removed.' }),
    links: t.field({
      type: LinkConnection,
      description: `What it hangs on now, at most ${limits.evidence.links}, in the order it was attached.`,
      args: pageArgs,
      resolve: async ({ clientId, id }, args, context) => {
        const page = pageOf('evidenceLinks', 1, args)
        const after = page.after === null ? null : readUuid(page.after[0])
        const rows = await linksByEvidence(context, { take: page.first + 1, after }).load({ clientId, id })
        return toConnection(rows, page, (row) => encodeCursor('evidenceLinks', [row.id])) as never
      },
    }),
    download: t.field({
      type: SignedLinkType,
      nullable: true,
      description: 'Where you can read it during the next five minutes; null unless it stands.',
      resolve: ({ clientId, id, withdrawnAt, removedAt }, _args, { viewer, now, linkSecret }) => {
        if (!isReadable({ withdrawnAt, removedAt })) return null
        const expiresAt = new Date(now.getTime() + limits.evidence.linkMs)
        const link = signLink(linkSecret, { clientId, evidenceId: id, viewerId: viewer.id, expiresAt })
        return { url: `/evidence/${link}`, expiresAt }
      },
    }),
  }),
})
