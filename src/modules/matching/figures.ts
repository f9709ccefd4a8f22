import type { Day } from '../../kernel/day.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { coded } from '../../platform/graphql/errors.ts'
import { Client } from '../client/index.ts'
import { type CashFigures, cashFigures, type ValueFigure, valueFigures } from './reads.ts'

const ValueFigureType = builder.objectRef<ValueFigure>('CashValueFigure').implement({
  description: 'Money of one currency.',
  fields: (t) => ({
    received: t.field({
      type: MoneyType,
      description: 'What the engine was to decide about.',
      resolve: ({ receivedMinor: minor, currency }) => ({ minor, currency }),
    }),
    automatic: t.field({
      type: MoneyType,
      description: 'What it put against items by itself.',
      resolve: ({ automaticMinor: minor, currency }) => ({ minor, currency }),
    }),
  }),
})

type Figures = CashFigures & { readonly clientId: string; readonly from: Day; readonly to: Day }

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

const CashFiguresType = builder.objectRef<Figures>('CashFigures').implement({
  description:
    'How well receipts of some value dates were matched: counts and their quotients, by metrics.md 4.3. A quotient is null where nothing is to be divided by. Each receipt counts once.',
  fields: (t) => ({
    from: t.expose('from', { type: 'Date', description: 'First value date.' }),
    to: t.expose('to', { type: 'Date', description: 'Last value date.' }),
    receipts: t.exposeInt('receipts', { description: 'Receipts that the engine looked at.' }),
    identified: t.exposeInt('identified', { description: 'Receipts whose payer was found.' }),
    envelopeRate: t.float({
      nullable: true,
      description: 'identified ÷ receipts: the header match rate.',
      resolve: ({ identified, receipts }) => share(identified, receipts),
    }),
    lines: t.exposeInt('lines', { description: 'Documents that were to be found.' }),
    linesMatched: t.exposeInt('linesMatched', { description: 'Documents that were found and posted by the engine itself.' }),
    lineHitRate: t.float({
      nullable: true,
      description: 'linesMatched ÷ lines: the invoice-level hit rate.',
      resolve: ({ lines, linesMatched }) => share(linesMatched, lines),
    }),
    value: t.field({
      type: [ValueFigureType],
      description: 'The same of the money, one row for each currency: its quotient is the value hit rate.',
      resolve: ({ clientId, from, to }, _args, { tx }) => valueFigures(tx, clientId, from, to),
    }),
    straightThrough: t.exposeInt('straightThrough', { description: 'Receipts in which nobody had a hand, deductions coded.' }),
    straightThroughRate: t.float({
      nullable: true,
      description: 'straightThrough ÷ receipts.',
      resolve: ({ straightThrough, receipts }) => share(straightThrough, receipts),
    }),
    automatic: t.exposeInt('automatic', { description: 'Matches that the engine posted by itself.' }),
    falseMatches: t.exposeInt('falseMatches', { description: 'Those that were later undone as wrong.' }),
    falseMatchRate: t.float({
      nullable: true,
      description: 'falseMatches ÷ automatic.',
      resolve: ({ falseMatches, automatic }) => share(falseMatches, automatic),
    }),
    hoursToApply: t.exposeFloat('hoursToApply', {
      nullable: true,
      description: 'Hours from the value date, midnight UTC, to the first application, on average.',
    }),
  }),
})

builder.prismaObjectField(Client, 'cashFigures', (t) =>
  t.field({
    type: CashFiguresType,
    nullable: true,
    authScopes: heldFor('cash:read'),
    description: 'How well receipts of some value dates were matched.',
    args: {
      from: t.arg({ type: 'Date', required: true, description: 'First value date.' }),
      to: t.arg({ type: 'Date', required: true, description: 'Last value date; at most 366 days behind the first.' }),
    },
    resolve: async ({ id }, { from, to }, { tx }) => {
      if (to < from || Date.parse(to) - Date.parse(from) > 366 * 86_400_000)
        throw coded('BAD_USER_INPUT', 'to is from the day of from to 366 days behind it.')
      return { ...(await cashFigures(tx, id, from, to)), clientId: id, from, to }
    },
  }),
)
