import { type Day, isDay } from '../../kernel/day.ts'
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
import { open, undecided } from './deduction-states.ts'
import { DeductionStateType, KindType, VerdictType } from './enums.ts'
import { type DeductionPage, deductionsBy } from './reads.ts'
import { Deduction } from './types.ts'

const DeductionConnection = connectionOf(Deduction, 'Deduction', 'deductions')

/** Only what was asked for: an argument that is left out, or null, leaves everything. */
const asked = (args: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null && value !== undefined))

const quiet = (days: number | null | undefined, now: Date) =>
  days === null || days === undefined
    ? {}
    : { quietSince: { lte: new Date(now.getTime() - days * 86_400_000) }, state: { in: [...open] } }

const before = (day: Day | null | undefined) =>
  day === null || day === undefined || !isDay(day) ? {} : { disputeBy: { lt: new Date(day) }, state: { in: [...undecided] } }

builder.prismaObjectField(Client, 'deductions', (t) =>
  t.field({
    type: DeductionConnection,
    nullable: true,
    authScopes: heldFor('receivable:read'),
    description: 'Deductions of the client’s customers, in the order they were found.',
    args: {
      state: t.arg({ type: DeductionStateType, description: 'Only those in this state.' }),
      reason: t.arg.string({ description: 'Only those of this reason; UNKNOWN for those without one.' }),
      kind: t.arg({ type: KindType, description: 'Only those of this kind.' }),
      verdict: t.arg({ type: VerdictType, description: 'Only those with this verdict.' }),
      disputeByBefore: t.arg({
        type: 'Date',
        description: 'Only those that are not decided and can be disputed for the last time on an earlier day.',
      }),
      withoutCommentSinceDays: t.arg.int({
        description:
          'Only those that somebody still has to do something about, and about which nobody said anything for so many days.',
      }),
      ...pageArgs,
    },
    resolve: (
      { id: clientId },
      { state, reason, kind, verdict, disputeByBefore, withoutCommentSinceDays: days, ...args },
      { tx },
    ) =>
      keyset('deductions', args, [{ field: 'id', as: 'uuid' }], ({ where, orderBy, take }) =>
        tx.prisma.deduction.findMany({
          where: {
            AND: [
              { clientId },
              asked({ state, reasonCode: reason, kind, verdict }),
              before(disputeByBefore),
              quiet(days, tx.now),
              where,
            ],
          },
          orderBy,
          take,
        }),
      ),
  }),
)

type PageArgs = { readonly first: number; readonly after?: string | null | undefined }

const pageBy = async (of: DeductionPage['of'], { clientId, id }: RowKey, args: PageArgs, context: Context) => {
  const page = pageOf('deductionsBy', 1, args)
  const after = page.after === null ? null : readUuid(page.after[0])
  const rows = await deductionsBy(context, { of, take: page.first + 1, after }).load({ clientId, id })
  return toConnection(rows, page, (row) => encodeCursor('deductionsBy', [row.id])) as never
}

builder.prismaObjectField(Receipt, 'deductions', (t) =>
  t.field({
    type: DeductionConnection,
    description: 'What was deducted in this payment, in the order it was found.',
    args: pageArgs,
    resolve: (key, args, context) => pageBy('RECEIPT', key, args, context),
  }),
)
builder.prismaObjectField(Customer, 'deductions', (t) =>
  t.field({
    type: DeductionConnection,
    description: 'What the customer deducted, in the order it was found.',
    args: pageArgs,
    resolve: (key, args, context) => pageBy('CUSTOMER', key, args, context),
  }),
)
builder.prismaObjectField(Deduction, 'children', (t) =>
  t.field({
    type: DeductionConnection,
    description: 'The parts that it was split into; none where it was not.',
    args: pageArgs,
    resolve: (key, args, context) => pageBy('PARENT', key, args, context),
  }),
)
