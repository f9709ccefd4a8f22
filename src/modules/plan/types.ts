import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import { pageOf, readUuid } from '../../platform/graphql/page.ts'
import { ApprovalRequest } from '../approval/index.ts'
import { Client } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { OpenItem, openItemsById } from '../receivable/index.ts'
import type { PlanState } from './plan-states.ts'
import {
  approvalsByPlan,
  type InstallmentRow,
  installmentsByPlan,
  itemsByPlan,
  type PlanItemRow,
  plansByCustomer,
  plansById,
} from './reads.ts'

const PlanStateType = builder.enumType('PaymentPlanState', {
  description: 'How far a payment plan has come.',
  values: {
    PROPOSED: { description: 'Somebody proposed it.' },
    CUSTOMER_ACCEPTED: { description: 'The customer accepted it; it waits for an approval.' },
    APPROVED: { description: 'It was approved by whom the client’s policy asks for; it is not in force yet.' },
    ACTIVE: { description: 'It is in force. While no installment is overdue, what it covers is not asked for.' },
    COMPLETED: { description: 'Every installment was paid.' },
    DEFAULTED: { description: 'Too many installments were overdue, or one for too long. What it covers is asked for again.' },
    CANCELLED: { description: 'Somebody ended it, or its approval was refused or not given in time.' },
  } satisfies Record<PlanState, object>,
})

const money = (minor: bigint, currency: string) => ({ minor, currency })

const PlanItemType = builder.objectRef<PlanItemRow>('PaymentPlanItem').implement({
  description: 'A part of an open item that a payment plan covers.',
  fields: (t) => ({
    openItem: t.field({
      type: OpenItem,
      description: 'The item.',
      resolve: ({ clientId, openItemId: id }, _args, context) => openItemsById(context).load({ clientId, id }) as never,
    }),
    amount: t.field({
      type: MoneyType,
      description: 'What the plan covers of it.',
      resolve: ({ amountMinor, currency }) => money(amountMinor, currency),
    }),
    paidAmount: t.field({
      type: MoneyType,
      description: 'What was settled of that since the plan became active, and still is.',
      resolve: ({ paidMinor, currency }) => money(paidMinor, currency),
    }),
  }),
})

const InstallmentType = builder.objectRef<InstallmentRow>('PaymentPlanInstallment').implement({
  description: 'One installment of a payment plan.',
  fields: (t) => ({
    place: t.exposeInt('place', { description: 'Its place in the order of the plan, from 1.' }),
    dueOn: t.expose('dueOn', { type: 'Date', description: 'The day on which it is due.' }),
    amount: t.field({
      type: MoneyType,
      description: 'What is to be paid.',
      resolve: ({ amountMinor, currency }) => money(amountMinor, currency),
    }),
    paidAmount: t.field({
      type: MoneyType,
      description: 'What was paid of it.',
      resolve: ({ paidMinor, currency }) => money(paidMinor, currency),
    }),
    paidOn: t.expose('paidOn', {
      type: 'Date',
      nullable: true,
      description: 'The value date that completed it; null until then.',
    }),
    openItem: t.field({
      type: OpenItem,
      nullable: true,
      description: 'The one item that it pays; null where it pays whatever is oldest.',
      resolve: ({ clientId, openItemId: id }, _args, context) =>
        id === null ? null : (openItemsById(context).load({ clientId, id }) as never),
    }),
  }),
})

export const PaymentPlan = builder.prismaNode('PaymentPlan', {
  description:
    'What a customer pays of several items, in installments. Payments of the covered items pay the oldest installment first, unless one is fixed to an item.',
  id: { field: 'clientId_id', description: 'Opaque id of the plan.' },
  nullable: true,
  fields: (t) => ({
    customer: t.relation('customer', { description: 'Who pays.' }),
    state: t.field({ type: PlanStateType, description: 'How far it has come.', resolve: ({ state }) => state as PlanState }),
    amount: t.field({
      type: MoneyType,
      description: 'What it covers: the sum of its items, and of its installments.',
      resolve: ({ amountMinor, currency }) => money(amountMinor, currency),
    }),
    paidAmount: t.field({
      type: MoneyType,
      description: 'What was paid of it since it became active, and still is.',
      resolve: ({ paidMinor, currency }) => money(paidMinor, currency),
    }),
    items: t.field({
      type: [PlanItemType],
      description: 'What it covers, at most 200 items.',
      resolve: async ({ clientId, id }, _args, context) => [...(await itemsByPlan(context).load({ clientId, id }))],
    }),
    installments: t.field({
      type: [InstallmentType],
      description: 'Its installments, at most 100, in the order of the plan.',
      resolve: async ({ clientId, id }, _args, context) => [...(await installmentsByPlan(context).load({ clientId, id }))],
    }),
    missedInstallments: t.exposeInt('missed', {
      description: 'Installments that are overdue and not paid, days of grace included.',
    }),
    currentUntil: t.expose('currentUntil', {
      type: 'Date',
      nullable: true,
      description:
        'The last day through which it is kept if nothing more is paid; null before it is active and once all is paid.',
    }),
    isAccelerated: t.exposeBoolean('isAccelerated', {
      description: 'Its default made everything due that it covers, whatever the due dates of the items.',
    }),
    policyVersion: t.exposeInt('policyVersion', {
      description: 'Version of the client’s policy on whose terms it was proposed; 0 for the defaults.',
    }),
    acceptedBy: t.exposeString('acceptedBy', { nullable: true, description: 'Who accepted it at the customer.' }),
    acceptedAt: t.expose('acceptedAt', { type: 'DateTime', nullable: true, description: 'When the customer accepted it.' }),
    approval: t.field({
      type: ApprovalRequest,
      nullable: true,
      authScopes: ({ clientId }) => ({ holdsFor: { permission: 'approval:read', clientId } }),
      description: 'The request for its approval; null before the customer accepted it.',
      resolve: ({ clientId, id }, _args, context) => approvalsByPlan(context).load({ clientId, id }) as never,
    }),
    approvedAt: t.expose('approvedAt', { type: 'DateTime', nullable: true, description: 'When it was approved.' }),
    activatedAt: t.expose('activatedAt', { type: 'DateTime', nullable: true, description: 'When it came into force.' }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was completed, in default or cancelled.',
    }),
    endReason: t.exposeString('endReason', { nullable: true, description: 'Why it was cancelled, if it was.' }),
    proposedAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was proposed.' }),
    version: t.exposeInt('version', { description: 'Grows by one with each change.' }),
  }),
})

builder.prismaObjectField(ApprovalRequest, 'paymentPlan', (t) =>
  t.field({
    type: PaymentPlan,
    nullable: true,
    description: 'The plan that is decided about, for an action PAYMENT_PLAN; null where you have no right to read plans.',
    resolve: ({ action, clientId, subjectId: id }, _args, context) =>
      action === 'PAYMENT_PLAN' ? (plansById(context).load({ clientId, id }) as never) : null,
  }),
)

const PaymentPlanConnection = connectionOf(PaymentPlan, 'PaymentPlan', 'payment plans')

builder.prismaObjectField(Client, 'paymentPlans', (t) =>
  t.field({
    type: PaymentPlanConnection,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'Payment plans of the client’s customers, in the order they were proposed.',
    args: { state: t.arg({ type: PlanStateType, description: 'Only those in this state; all without it.' }), ...pageArgs },
    resolve: ({ id }, { state, ...args }, { tx }) =>
      keyset('paymentPlans', args, [{ field: 'id', as: 'uuid' }], ({ where, orderBy, take }) =>
        tx.prisma.paymentPlan.findMany({
          where: { clientId: id, ...(state === null || state === undefined ? {} : { state }), ...where },
          orderBy,
          take,
        }),
      ),
  }),
)

builder.prismaObjectField(Customer, 'paymentPlans', (t) =>
  t.field({
    type: PaymentPlanConnection,
    nullable: true,
    authScopes: ({ clientId }) => ({ holdsFor: { permission: 'work:read', clientId } }),
    description: 'Payment plans of the customer, in the order they were proposed.',
    args: pageArgs,
    resolve: async ({ clientId, id }, args, context) => {
      const page = pageOf('plansByCustomer', 1, args)
      const after = page.after === null ? null : readUuid(page.after[0])
      const rows = await plansByCustomer(context, { take: page.first + 1, after }).load({ clientId, id })
      return toConnection(rows, page, (row) => encodeCursor('plansByCustomer', [row.id])) as never
    },
  }),
)
