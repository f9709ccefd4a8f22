import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { Receipt } from '../cash/index.ts'
import { Client } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { OpenItem } from '../receivable/index.ts'
import { deductionsBy } from './reads.ts'
import type { DeductionState } from './rules.ts'

const DeductionStateType = builder.enumType('DeductionState', {
  description: 'How far a deduction has come.',
  values: {
    IDENTIFIED: { description: 'It was found; its reason is not known.' },
    CODED: { description: 'Its reason is known.' },
    VOIDED: { description: 'The payment that was short was undone, and the deduction with it.' },
  } satisfies Record<DeductionState, object>,
})

export const Deduction = builder.prismaNode('Deduction', {
  description:
    'What a customer paid less than an item was for, with its reason as far as it is known. The item stays open by it.',
  id: { field: 'clientId_id', description: 'Opaque id of the deduction.' },
  nullable: true,
  fields: (t) => ({
    amount: t.field({
      type: MoneyType,
      description: 'What was deducted.',
      resolve: ({ amountMinor: minor, currency }) => ({ minor, currency }),
    }),
    state: t.field({
      type: DeductionStateType,
      description: 'How far it has come.',
      resolve: ({ state }) => state as DeductionState,
    }),
    reasonCode: t.exposeString('reasonCode', { description: 'The client’s reason; UNKNOWN until one is known.' }),
    customerCode: t.exposeString('customerCode', { nullable: true, description: 'The payer’s code, as it came.' }),
    codeList: t.exposeString('codeList', {
      nullable: true,
      description: 'The list of the payer’s code: X12_426, ISO_20022, or PAYER for its own.',
    }),
    text: t.exposeString('text', { nullable: true, description: 'What the payer wrote about it.' }),
    receipt: t.relation('receipt', { description: 'The payment that was short.' }),
    openItem: t.relation('openItem', { type: OpenItem, description: 'The item it was deducted from.' } as never),
    customer: t.relation('customer', { description: 'Whose item it is.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was found.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
  }),
})

const DeductionConnection = connectionOf(Deduction, 'Deduction', 'deductions')

builder.prismaObjectField(Client, 'deductions', (t) =>
  t.field({
    type: DeductionConnection,
    nullable: true,
    authScopes: heldFor('receivable:read'),
    description: 'Deductions of the client’s customers, in the order they were found.',
    args: pageArgs,
    resolve: ({ id }, args, { tx }) =>
      keyset('deductions', args, [{ field: 'id', as: 'uuid' }], ({ where, orderBy, take }) =>
        tx.prisma.deduction.findMany({ where: { clientId: id, ...where }, orderBy, take }),
      ),
  }),
)

type PageArgs = { readonly first: number; readonly after?: string | null | undefined }

const pageBy = async (of: 'RECEIPT' | 'CUSTOMER', key: RowKey, args: PageArgs, context: Context) => {
  const page = pageOf('deductionsBy', 1, args)
  const after = page.after === null ? null : readUuid(page.after[0])
  const rows = await deductionsBy(context, { of, take: page.first + 1, after }).load(key)
  return toConnection(rows, page, ({ id }) => encodeCursor('deductionsBy', [id])) as never
}

builder.prismaObjectField(Receipt, 'deductions', (t) =>
  t.field({
    type: DeductionConnection,
    description: 'What was deducted in this payment, in the order it was found.',
    args: pageArgs,
    resolve: ({ clientId, id }, args, context) => pageBy('RECEIPT', { clientId, id }, args, context),
  }),
)
builder.prismaObjectField(Customer, 'deductions', (t) =>
  t.field({
    type: DeductionConnection,
    description: 'What the customer deducted, in the order it was found.',
    args: pageArgs,
    resolve: ({ clientId, id }, args, context) => pageBy('CUSTOMER', { clientId, id }, args, context),
  }),
)
