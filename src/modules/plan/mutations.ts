import { builder, MoneyInput, MoneyType } from '../../platform/graphql/builder.ts'
import { commandField } from '../../platform/graphql/command-field.ts'
import { keyOf } from '../../platform/graphql/ids.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { openItemKeyOf } from '../receivable/index.ts'
import * as commands from './commands.ts'
import { AlreadyPlanned, OverPlanned } from './refusals.ts'
import { PaymentPlan } from './types.ts'

builder.objectType(OverPlanned, {
  name: 'OverPlanned',
  description: 'A plan covers more of an item than is open and undisputed.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    room: t.field({ type: MoneyType, description: 'The most that can be covered.', resolve: ({ room }) => room }),
  }),
})
builder.objectType(AlreadyPlanned, {
  name: 'AlreadyPlanned',
  description: 'The item belongs to another plan that is not ended.',
  interfaces: ['Refusal' as never],
})

const payload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      plan: t.prismaField({
        type: PaymentPlan,
        description: 'The plan as it is now.',
        resolve: (query, { clientId, id }, _args, { tx }) =>
          tx.prisma.paymentPlan.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

const PlanItemInput = builder.inputType('PaymentPlanItemInput', {
  description: 'A part of an open item that a plan covers.',
  fields: (t) => ({
    openItem: t.id({ required: true, description: 'An invoice or debit memo of the customer; each once.' }),
    amount: t.field({
      type: MoneyInput,
      required: true,
      description: 'How much of it, in the currency of all items; at most what is open and undisputed.',
    }),
  }),
})

const InstallmentInput = builder.inputType('PaymentPlanInstallmentInput', {
  description: 'One installment.',
  fields: (t) => ({
    dueOn: t.field({ type: 'Date', required: true, description: 'When it is due: today at the client or later, in order.' }),
    amount: t.field({ type: MoneyInput, required: true, description: 'What is to be paid, above zero.' }),
    openItem: t.id({ description: 'The one item of the plan that it pays; whatever is oldest without it.' }),
  }),
})

const ProposeInput = builder.inputType('ProposePaymentPlanInput', {
  description: 'A payment plan to propose.',
  fields: (t) => ({
    customer: t.id({ required: true, description: 'Who pays.' }),
    items: t.field({
      type: [PlanItemInput],
      required: true,
      description: `What it covers: 1 to ${commands.planItemsMax} items of the customer in one currency.`,
    }),
    installments: t.field({
      type: [InstallmentInput],
      required: true,
      description: 'Its installments in the order in which they are due; they add up to what it covers.',
    }),
  }),
})

commandField(commands.proposePaymentPlan, {
  description: 'Proposes that a customer pays several of its items in installments. Nothing changes until the plan is active.',
  input: ProposeInput,
  payload: payload('ProposePaymentPlanPayload', 'The plan was proposed.'),
  read: ({ customer, items, installments }) => ({
    customer: keyOf('Customer', customer),
    items: items.map(({ openItem, amount }) => ({ amount, openItem: openItemKeyOf(openItem) })),
    installments: installments.map(({ openItem, ...rest }) => ({
      ...rest,
      openItem: openItem === null || openItem === undefined ? null : openItemKeyOf(openItem),
    })),
  }),
})

const AcceptInput = builder.inputType('AcceptPaymentPlanInput', {
  description: 'Word of a customer that it accepts a plan.',
  fields: (t) => ({
    plan: t.id({ required: true, description: 'The plan.' }),
    expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
    acceptedBy: t.string({ required: true, description: 'Who accepted at the customer, and how; 1 to 200 characters.' }),
  }),
})

commandField(commands.acceptPaymentPlan, {
  description:
    'Notes that the customer accepted a proposed plan, and asks for its approval by the client’s policy `APPROVAL`: see `PaymentPlan.approval`.',
  input: AcceptInput,
  payload: payload('AcceptPaymentPlanPayload', 'The plan is accepted.'),
  read: ({ plan, ...rest }) => ({ ...rest, plan: keyOf('PaymentPlan', plan) }),
})

const ActivateInput = builder.inputType('ActivatePaymentPlanInput', {
  description: 'A plan to put in force.',
  fields: (t) => ({
    plan: t.id({ required: true, description: 'The plan.' }),
    expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
  }),
})

commandField(commands.activatePaymentPlan, {
  description:
    'Puts an approved plan in force and uses its approval, where its items are still open by what it covers. What it covers is not asked for while no installment is overdue.',
  input: ActivateInput,
  payload: payload('ActivatePaymentPlanPayload', 'The plan is active.'),
  read: ({ plan, ...rest }) => ({ ...rest, plan: keyOf('PaymentPlan', plan) }),
})

const CancelInput = builder.inputType('CancelPaymentPlanInput', {
  description: 'A plan to end.',
  fields: (t) => ({
    plan: t.id({ required: true, description: 'The plan.' }),
    expectedVersion: t.int({ required: true, description: 'Its version as you read it.' }),
    reason: t.string({ required: true, description: 'Why, for the audit; at most 500 characters.' }),
  }),
})

commandField(commands.cancelPaymentPlan, {
  description: 'Ends a plan that is not completed or in default: what it covers is asked for again as the items are due.',
  input: CancelInput,
  payload: payload('CancelPaymentPlanPayload', 'The plan is cancelled.'),
  read: ({ plan, ...rest }) => ({ ...rest, plan: keyOf('PaymentPlan', plan) }),
})
