import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import { Client } from '../client/index.ts'
import { aliasesOf } from './reads.ts'

export const Customer = builder.prismaNode('Customer', {
  description: 'A debtor of one client. The same company owing two clients is two customers.',
  id: { field: 'clientId_id', description: 'Opaque id of the customer.' },
  nullable: true,
  fields: (t) => ({
    number: t.exposeString('number', {
      nullable: true,
      description: 'The client’s own number for it, leading zeros included; null while only its name is known.',
    }),
    name: t.exposeString('name', { description: 'Its name, as the number came with it last.' }),
    countryCode: t.exposeString('countryCode', { nullable: true, description: 'ISO 3166 country, where the ledger told it.' }),
    segment: t.exposeString('segment', {
      nullable: true,
      description: 'What it counts as for its client, as `classifyCustomer` said; null where nobody did.',
    }),
    aliases: t.stringList({
      description: 'Every spelling of its name that came with its number, in order.',
      resolve: async ({ clientId, id }, _args, context) => [...(await aliasesOf(context).load({ clientId, id }))],
    }),
    client: t.relation('client', { description: 'Whose customer it is.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each change of what stands here.' }),
    parent: t.relation('parent', { nullable: true, description: 'The customer it belongs to.' }),
    billTo: t.relation('billTo', {
      nullable: true,
      description: 'The customer that receives and pays its invoices, where that is another.',
    }),
  }),
})

export const CustomerConnection = connectionOf(Customer, 'Customer', 'customers')

export const PaymentTermsType = builder.prismaNode('PaymentTerms', {
  description: 'When an invoice is to be paid, as agreed.',
  id: { field: 'clientId_id', description: 'Opaque id of the terms.' },
  nullable: true,
  fields: (t) => ({
    code: t.exposeString('code', { description: 'The ledger’s code for them.' }),
  }),
})

builder.prismaObjectField(Client, 'customers', (t) =>
  t.field({
    type: CustomerConnection,
    nullable: true,
    authScopes: heldFor('customer:read'),
    description: 'The customers of the client, by name.',
    args: { ...pageArgs, number: t.arg.string({ description: 'Only the customer with exactly this number.' }) },
    resolve: ({ id }, args, { tx }) =>
      keyset(
        'customers',
        args,
        [
          { field: 'name', as: 'text' },
          { field: 'id', as: 'uuid' },
        ],
        ({ where, orderBy, take }) =>
          tx.prisma.customer.findMany({
            where: { clientId: id, ...(typeof args.number === 'string' ? { number: args.number } : {}), ...where },
            orderBy,
            take,
          }),
      ),
  }),
)
