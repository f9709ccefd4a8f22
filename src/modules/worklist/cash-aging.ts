import { builder, heldFor, MoneyType } from '../../platform/graphql/builder.ts'
import { Client } from '../client/index.ts'
import type { CashAgeBucket, CashAgingCell, CashAgingKind, CashAgingRow } from './aging.ts'
import { cashAgingByClient } from './reads.ts'

const KindType = builder.enumType('CashAgingKind', {
  description: 'What money that came in waits for.',
  values: {
    MISSING_REMITTANCE: { description: 'Its customer is known; nothing says what it is for.' },
    UNAPPLIED_CASH: { description: 'Its customer and purpose were told; its use is not decided.' },
    UNIDENTIFIED_CASH: { description: 'Nobody is known to have paid it.' },
    ON_ACCOUNT: { description: 'It was deliberately kept on the account of its customer, and waits for nobody.' },
  } satisfies Record<CashAgingKind, object>,
})

const BucketType = builder.enumType('CashAgeBucket', {
  description: 'How old money is, in civil days of the client since the bank’s value date; days to come count as 0.',
  values: {
    DAYS_0_TO_1: { description: 'Up to one day.' },
    DAYS_2_TO_3: { description: 'Two or three days.' },
    DAYS_4_TO_7: { description: 'Four days to a week.' },
    DAYS_8_TO_30: { description: 'Eight to thirty days.' },
    OVER_30: { description: 'More than thirty days.' },
  } satisfies Record<CashAgeBucket, object>,
})

type Cell = CashAgingCell & { readonly currency: string }

const CellType = builder.objectRef<Cell>('CashAgingBucket').implement({
  description: 'Money of one age.',
  fields: (t) => ({
    bucket: t.field({ type: BucketType, description: 'How old it is.', resolve: ({ bucket }) => bucket }),
    count: t.exposeInt('count', { description: 'How many receipts have some of it.' }),
    amount: t.field({ type: MoneyType, description: 'How much it is.', resolve: ({ minor, currency }) => ({ minor, currency }) }),
  }),
})

const RowType = builder.objectRef<CashAgingRow>('CashAgingRow').implement({
  description: 'Money of one kind and currency by age.',
  fields: (t) => ({
    kind: t.field({ type: KindType, description: 'What it waits for.', resolve: ({ kind }) => kind }),
    currency: t.expose('currency', { type: 'CurrencyCode', description: 'Its currency: currencies are never added.' }),
    buckets: t.field({
      type: [CellType],
      description: 'Every bucket, youngest first, empty ones too.',
      resolve: ({ buckets, currency }) => buckets.map((cell) => ({ ...cell, currency })),
    }),
  }),
})

builder.prismaObjectField(Client, 'cashAging', (t) =>
  t.field({
    type: [RowType],
    nullable: true,
    authScopes: heldFor('cash:read'),
    description: 'Money that came in and is not applied, by what it waits for, currency and age today.',
    resolve: async ({ id }, _args, context) => [...(await cashAgingByClient(context).load({ clientId: id, id }))],
  }),
)
