import { addDays, beginOfDay } from '../../kernel/day.ts'
import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { coded } from '../../platform/graphql/errors.ts'
import { Client } from '../client/index.ts'
import { movedIn, type OpenSum, openNow, type Period, type Sum } from './figure-reads.ts'

const SumType = builder.objectRef<Sum>('DeductionSum').implement({
  description: 'Deductions of one currency.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many.' }),
    amount: t.field({
      type: MoneyType,
      description: 'What they add up to.',
      resolve: ({ minor, currency }) => ({ minor, currency }),
    }),
  }),
})

const buckets = ['DAYS_0_29', 'DAYS_30_59', 'DAYS_60_89', 'DAYS_90_AND_MORE'] as const

const AgeType = builder.enumType('DeductionAge', {
  description: 'How long ago a deduction was found, in whole days.',
  values: {
    DAYS_0_29: { description: 'Fewer than 30.' },
    DAYS_30_59: { description: '30 to 59.' },
    DAYS_60_89: { description: '60 to 89.' },
    DAYS_90_AND_MORE: { description: '90 or more.' },
  } satisfies Record<(typeof buckets)[number], object>,
})

const OpenSumType = builder.objectRef<OpenSum>('OpenDeductionSum').implement({
  description: 'Deductions of one reason, age and currency that somebody still has to do something about.',
  fields: (t) => ({
    reasonCode: t.exposeString('reasonCode', { description: 'The reason; UNKNOWN for those without one.' }),
    age: t.field({
      type: AgeType,
      description: 'How long ago they were found.',
      resolve: ({ bucket }) => bucket as (typeof buckets)[number],
    }),
    count: t.exposeInt('count', { description: 'How many.' }),
    amount: t.field({
      type: MoneyType,
      description: 'What they add up to.',
      resolve: ({ minor, currency }) => ({ minor, currency }),
    }),
  }),
})

const DeductionFigures = builder.objectRef<Period>('DeductionFigures').implement({
  description:
    'What became of deductions in a period, each counted once, and what is open now; by currency, for nothing is converted.',
  fields: (t) => ({
    from: t.expose('from', { type: 'Date', description: 'First day at the client.' }),
    to: t.expose('to', { type: 'Date', description: 'Last day at the client.' }),
    found: t.field({
      type: [SumType],
      description: 'Those that were found.',
      resolve: (period, _args, { tx }) => movedIn(tx, period, { moves: ['identify'] }),
    }),
    coded: t.field({
      type: [SumType],
      description: 'Those that got a reason after they were found; those that were found with one are not among them.',
      resolve: (period, _args, { tx }) => movedIn(tx, period, { moves: ['code'] }),
    }),
    valid: t.field({
      type: [SumType],
      description: 'Those that were found valid, valid parts among them.',
      resolve: (period, _args, { tx }) => movedIn(tx, period, { moves: ['validate', 'split'], verdict: 'VALID' }),
    }),
    invalid: t.field({
      type: [SumType],
      description: 'Those that were found invalid, invalid parts among them.',
      resolve: (period, _args, { tx }) => movedIn(tx, period, { moves: ['validate', 'split'], verdict: 'INVALID' }),
    }),
    recovered: t.field({
      type: [SumType],
      description: 'Those that customers repaid, whether or not that was taken back later.',
      resolve: (period, _args, { tx }) => movedIn(tx, period, { moves: ['repay'] }),
    }),
    open: t.field({
      type: [OpenSumType],
      description: 'Those that somebody still has to do something about now, by reason, age and currency.',
      resolve: ({ clientId }, _args, { tx }) => openNow(tx, clientId),
    }),
  }),
})

builder.prismaObjectField(Client, 'deductionFigures', (t) =>
  t.field({
    type: DeductionFigures,
    nullable: true,
    authScopes: heldFor('receivable:read'),
    description: 'What became of deductions in a period, and what is open of them now.',
    args: {
      from: t.arg({ type: 'Date', required: true, description: 'First day at the client.' }),
      to: t.arg({ type: 'Date', required: true, description: 'Last day at the client; at most 366 days behind the first.' }),
    },
    resolve: ({ id: clientId }, { from, to }, { viewer }) => {
      if (to < from || Date.parse(to) - Date.parse(from) > 366 * 86_400_000)
        throw coded('BAD_USER_INPUT', 'to is from the day of from to 366 days behind it.')
      const zone = viewer.held.get(clientId)?.timeZone ?? 'UTC'
      return { clientId, from, to, since: beginOfDay(zone, from), until: beginOfDay(zone, addDays(to, 1)) }
    },
  }),
)
