import { granted, perform } from '../../platform/command.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { commandField } from '../../platform/graphql/command-field.ts'
import { clientIdOf, keyOf } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { NotFound } from '../../platform/refusals.ts'
import { classifyCustomer, definePaymentTerms, setCustomerHierarchy } from './commands.ts'
import { Customer, PaymentTermsType } from './schema.ts'

import './contact-mutations.ts'

const SetCustomerHierarchyInput = builder.inputType('SetCustomerHierarchyInput', {
  description: 'Where a customer belongs. What is not given is taken away.',
  fields: (t) => ({
    customer: t.id({ required: true, description: 'The customer.' }),
    parent: t.id({ description: 'The customer it belongs to, of the same client.' }),
    billTo: t.id({ description: 'The customer that receives and pays its invoices, of the same client.' }),
    expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
  }),
})

const SetCustomerHierarchyPayload = builder.objectRef<RowKey>('SetCustomerHierarchyPayload').implement({
  description: 'The customer belongs there now.',
  fields: (t) => ({
    customer: t.prismaField({
      type: Customer,
      description: 'The customer as it is now.',
      resolve: (query, { clientId, id }, _args, { tx }) =>
        tx.prisma.customer.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
  }),
})

builder.mutationField('setCustomerHierarchy', (t) =>
  t.field({
    type: SetCustomerHierarchyPayload,
    nullable: true,
    description: 'Says to which customer another belongs, and who pays for it.',
    authScopes: { isKnown: true },
    errors: {
      types: [...setCustomerHierarchy.refusals],
      union: { name: 'SetCustomerHierarchyResult', description: 'The customer, or why not.' },
    },
    args: { input: t.arg({ type: SetCustomerHierarchyInput, required: true, description: 'Who belongs where.' }) },
    resolve: async (_root, { input }, { tx }) => {
      const keyIf = (text: string | null | undefined) => (typeof text === 'string' ? keyOf('Customer', text) : null)
      const { customer, parent, billTo, expectedVersion } = input
      const places = { customer: keyOf('Customer', customer), parent: keyIf(parent), billTo: keyIf(billTo), expectedVersion }
      return granted(await perform(tx, setCustomerHierarchy, places))
    },
  }),
)

const ClassifyCustomerPayload = builder.objectRef<RowKey>('ClassifyCustomerPayload').implement({
  description: 'The customer counts as that now.',
  fields: (t) => ({
    customer: t.prismaField({
      type: Customer,
      description: 'The customer as it is now.',
      resolve: (query, { clientId, id }, _args, { tx }) =>
        tx.prisma.customer.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
  }),
})

commandField(classifyCustomer, {
  description:
    'Says what a customer counts as for its client. Allocation rules may go by it: the customer is with its new owner at once. To undo it, say what it was before.',
  input: builder.inputType('ClassifyCustomerInput', {
    description: 'What a customer counts as.',
    fields: (t) => ({
      customer: t.id({ required: true, description: 'The customer.' }),
      segment: t.string({ description: 'A word of the client’s own, 1 to 40 characters; without it, none.' }),
      expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
    }),
  }),
  payload: ClassifyCustomerPayload,
  read: ({ customer, segment, expectedVersion }) => ({
    customer: keyOf('Customer', customer),
    segment: segment ?? null,
    expectedVersion,
  }),
})

const CashDiscountInput = builder.inputType('CashDiscountInput', {
  description: 'What paying early saves.',
  fields: (t) => ({
    days: t.int({ required: true, description: 'Days after the document date until which it is granted, 0 to 3650.' }),
    percent: t.field({
      type: 'Decimal',
      required: true,
      description: 'Percent of the amount, with at most three decimals, below 100.',
    }),
  }),
})

const TermsRuleInput = builder.inputType('TermsRuleInput', {
  description: 'How a due date follows from a document date; the parts apply in this order.',
  fields: (t) => ({
    netDays: t.int({ description: 'Days added, 0 to 3650.' }),
    endOfMonth: t.boolean({ description: 'Then the end of that month.' }),
    monthsAdded: t.int({ description: 'Then so many months, 0 to 36.' }),
    dayOfMonth: t.int({ description: 'Then this date of the month, 1 to 31; 31 is the last day of any month.' }),
    daysAfter: t.int({ description: 'Then so many days, 0 to 3650.' }),
    discount: t.field({ type: CashDiscountInput, description: 'What paying early saves.' }),
  }),
})

const DefinePaymentTermsInput = builder.inputType('DefinePaymentTermsInput', {
  description: 'What a code of payment terms means at a client.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'At which client.' }),
    code: t.string({ required: true, description: 'The ledger’s code, at most 40 characters.' }),
    rule: t.field({ type: TermsRuleInput, required: true, description: 'What it means.' }),
  }),
})

const DefinePaymentTermsPayload = builder.objectRef<RowKey>('DefinePaymentTermsPayload').implement({
  description: 'The code has its meaning.',
  fields: (t) => ({
    terms: t.prismaField({
      type: PaymentTermsType,
      description: 'The terms.',
      resolve: (query, { clientId, id }, _args, { tx }) =>
        tx.prisma.paymentTerms.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
  }),
})

builder.mutationField('definePaymentTerms', (t) =>
  t.field({
    type: DefinePaymentTermsPayload,
    nullable: true,
    description: 'Says what a code of payment terms means: loads derive the due dates that their ledger does not tell.',
    authScopes: { isKnown: true },
    errors: {
      types: [...definePaymentTerms.refusals, NotFound],
      union: { name: 'DefinePaymentTermsResult', description: 'The terms, or why not.' },
    },
    args: { input: t.arg({ type: DefinePaymentTermsInput, required: true, description: 'The terms.' }) },
    resolve: async (_root, { input }, { tx }) => {
      const { client, code, rule } = input
      // What was not given is not part of the rule.
      const given = Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null && value !== undefined))
      return granted(await perform(tx, definePaymentTerms, { clientId: clientIdOf(client), code, rule: given }))
    },
  }),
)
