import type { Day } from '../../kernel/day.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { pageArgs } from '../../platform/graphql/connection.ts'
import { coded } from '../../platform/graphql/errors.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import { Client } from '../client/index.ts'
import { type PromisedValue, type PromiseFigures, promisedValues, promiseFigures } from './reads.ts'
import { PromiseToPayConnection } from './types.ts'

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

const PromisedValueType = builder.objectRef<PromisedValue>('PromisedValue').implement({
  description: 'Judged promises of one currency.',
  fields: (t) => ({
    promised: t.field({
      type: MoneyType,
      description: 'What was promised.',
      resolve: ({ promisedMinor: minor, currency }) => ({ minor, currency }),
    }),
    paid: t.field({
      type: MoneyType,
      description: 'What of it was paid by the deadlines; of each promise at most what was promised.',
      resolve: ({ paidMinor: minor, currency }) => ({ minor, currency }),
    }),
    rate: t.float({
      nullable: true,
      description: 'paid ÷ promised: the promise-kept rate by value.',
      resolve: ({ paidMinor, promisedMinor }) => share(Number(paidMinor), Number(promisedMinor)),
    }),
  }),
})

type Figures = PromiseFigures & { readonly clientId: string; readonly from: Day; readonly to: Day }

const judged = ({ kept, partiallyKept, broken }: PromiseFigures) => kept + partiallyKept + broken

const PromiseFiguresType = builder.objectRef<Figures>('PromiseFigures').implement({
  description:
    'How well promises were kept whose deadline lay in a period. Open, withdrawn and superseded ones are left out of every rate, counted and listed. A rate is null where nothing was judged.',
  fields: (t) => ({
    from: t.expose('from', { type: 'Date', description: 'First deadline.' }),
    to: t.expose('to', { type: 'Date', description: 'Last deadline.' }),
    kept: t.exposeInt('kept', { description: 'Promises that were kept.' }),
    partiallyKept: t.exposeInt('partiallyKept', { description: 'Promises that were kept in part.' }),
    broken: t.exposeInt('broken', { description: 'Promises that were broken.' }),
    keptRate: t.float({
      nullable: true,
      description:
        'kept ÷ (kept + partiallyKept + broken): the promise-kept rate by count. One that was kept in part counts as 0.',
      resolve: (figures) => share(figures.kept, judged(figures)),
    }),
    weightedKeptRate: t.float({
      nullable: true,
      description: 'The same, but one that was kept in part counts as paid ÷ promised.',
      resolve: (figures) => share(figures.weighted, judged(figures)),
    }),
    values: t.field({
      type: [PromisedValueType],
      description: 'The same of the money, one row for each currency.',
      resolve: ({ clientId, from, to }, _args, { tx }) => promisedValues(tx, clientId, from, to),
    }),
    open: t.exposeInt('open', { description: 'Left out: promises that are not judged yet.' }),
    withdrawn: t.exposeInt('withdrawn', { description: 'Left out: promises that were taken back.' }),
    superseded: t.exposeInt('superseded', { description: 'Left out: promises whose place another took.' }),
    excluded: t.field({
      type: PromiseToPayConnection,
      description: 'The promises that were left out, in the order they were recorded.',
      args: pageArgs,
      resolve: ({ clientId, from, to }, args, { tx }) =>
        keyset('excludedPromises', args, [{ field: 'id', as: 'uuid' }], ({ where, orderBy, take }) =>
          tx.prisma.promiseToPay.findMany({
            where: {
              clientId,
              deadlineOn: { gte: new Date(from), lte: new Date(to) },
              state: { in: ['OPEN', 'WITHDRAWN', 'SUPERSEDED'] },
              ...where,
            },
            orderBy,
            take,
          }),
        ),
    }),
  }),
})

builder.prismaObjectField(Client, 'promiseFigures', (t) =>
  t.field({
    type: PromiseFiguresType,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'How well promises were kept whose deadline lay in a period.',
    args: {
      from: t.arg({ type: 'Date', required: true, description: 'First deadline.' }),
      to: t.arg({ type: 'Date', required: true, description: 'Last deadline; at most 366 days behind the first.' }),
    },
    resolve: async ({ id }, { from, to }, { tx }) => {
      if (to < from || Date.parse(to) - Date.parse(from) > 366 * 86_400_000)
        throw coded('BAD_USER_INPUT', 'to is from the day of from to 366 days behind it.')
      return { ...(await promiseFigures(tx, id, from, to)), clientId: id, from, to }
    },
  }),
)
