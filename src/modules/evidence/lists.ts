import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { Receipt } from '../cash/index.ts'
import { Client } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { PaymentPlan } from '../plan/index.ts'
import { PromiseToPay } from '../promise/index.ts'
import { OpenItem } from '../receivable/index.ts'
import { evidenceBy } from './reads.ts'
import type { SubjectKind } from './subjects.ts'
import { Evidence } from './types.ts'

const EvidenceConnection = connectionOf(Evidence, 'Evidence', 'documents')

const listArgs = builder.args((t) => ({
  ...pageArgs,
  type: t.string({ description: 'Only documents of this type: a code of the client’s rules.' }),
  withWithdrawn: t.boolean({ required: true, defaultValue: false, description: 'Those that were withdrawn as well.' }),
}))

type ListArgs = {
  readonly first: number
  readonly after?: string | null | undefined
  readonly type?: string | null | undefined
  readonly withWithdrawn: boolean
}

builder.prismaObjectField(Client, 'evidence', (t) =>
  t.field({
    type: EvidenceConnection,
    nullable: true,
    authScopes: heldFor('evidence:read'),
    description: 'Documents of the client, the latest first, whatever they hang on, and those that hang on nothing.',
    args: listArgs,
    resolve: ({ id: clientId }, { type, withWithdrawn, ...args }, { tx }) =>
      keyset('evidence', args, [{ field: 'id', as: 'uuid', descending: true }], ({ where, orderBy, take }) =>
        tx.prisma.evidence.findMany({
          where: {
            clientId,
            ...(type === null || type === undefined ? {} : { type }),
            ...(withWithdrawn ? {} : { withdrawnAt: null }),
            ...where,
          },
          orderBy,
          take,
        }),
      ),
  }),
)

const listOf = async (of: SubjectKind, { clientId, id }: RowKey, args: ListArgs, context: Context) => {
  const page = pageOf('evidenceBy', 1, args)
  const after = page.after === null ? null : readUuid(page.after[0])
  const { type = null, withWithdrawn } = args
  const rows = await evidenceBy(context, { of, type, withWithdrawn, take: page.first + 1, after }).load({ clientId, id })
  return toConnection(rows, page, (row) => encodeCursor('evidenceBy', [row.id])) as never
}

const readsEvidence = ({ clientId }: { readonly clientId: string }) => ({
  holdsFor: { permission: 'evidence:read' as const, clientId },
})

/** The same list, whatever the documents hang on: what a subject’s own kind adds is its name alone. */
export const evidenceList = (of: SubjectKind, description: string) => ({
  type: EvidenceConnection,
  nullable: true as const,
  authScopes: readsEvidence,
  description: `${description}, the latest document first.`,
  args: listArgs,
  resolve: (key: RowKey, args: ListArgs, context: Context) => listOf(of, key, args, context),
})

builder.prismaObjectField(Customer, 'evidence', (t) =>
  t.field(evidenceList('CUSTOMER', 'What hangs on the customer itself; documents of its items hang on them')),
)
builder.prismaInterfaceField(OpenItem, 'evidence', (t) => t.field(evidenceList('OPEN_ITEM', 'What hangs on the item')))
builder.prismaObjectField(Receipt, 'evidence', (t) => t.field(evidenceList('RECEIPT', 'What hangs on the receipt')))
builder.prismaObjectField(PromiseToPay, 'evidence', (t) => t.field(evidenceList('PROMISE', 'What hangs on the promise')))
builder.prismaObjectField(PaymentPlan, 'evidence', (t) => t.field(evidenceList('PLAN', 'What hangs on the payment plan')))
