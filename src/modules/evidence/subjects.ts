import { decodeGlobalId } from '../../kernel/ids.ts'
import { nobody } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import type { Permission } from '../../platform/policy.ts'

/** What documents can hang on. Another kind is a line here, a column of evidence_link, and its SQL in store.ts. */
export const subjects = {
  CUSTOMER: { typenames: ['Customer'], reads: 'customer:read' },
  OPEN_ITEM: { typenames: ['Invoice', 'DebitMemo', 'CreditMemo'], reads: 'receivable:read' },
  RECEIPT: { typenames: ['Receipt'], reads: 'cash:read' },
  DEDUCTION: { typenames: ['Deduction'], reads: 'receivable:read' },
  PROMISE: { typenames: ['PromiseToPay'], reads: 'work:read' },
  PLAN: { typenames: ['PaymentPlan'], reads: 'work:read' },
  DISPUTE: { typenames: ['Dispute'], reads: 'work:read' },
} as const satisfies Record<string, { readonly typenames: readonly string[]; readonly reads: Permission }>

export type SubjectKind = keyof typeof subjects
export const subjectKinds = Object.keys(subjects) as SubjectKind[]

export type Subject = RowKey & { readonly kind: SubjectKind }

/** What an id names; an id of anything else is read as one that nobody has. */
export const subjectOf = (text: string): Subject => {
  const decoded = decodeGlobalId(text)
  const kind = subjectKinds.find((one) => (subjects[one].typenames as readonly string[]).includes(decoded?.typename ?? ''))
  return decoded === null || kind === undefined
    ? { kind: 'CUSTOMER', clientId: nobody, id: nobody }
    : { kind, clientId: decoded.ownerId, id: decoded.id }
}
