import { randomUUID } from 'node:crypto'
import { ask, type Row, type TestClient } from '../harness/index.ts'
import { aKey } from './world.ts'

type App = NonNullable<Parameters<typeof ask>[3]>
type Who = Parameters<typeof ask>[0]

export type CashWork = {
  readonly id: string
  readonly kind: string
  readonly isQueued: boolean
  readonly ageDays: number
  readonly overdueDays: number
  readonly itemCount: number
  readonly items: readonly { readonly id: string }[]
  readonly client: { readonly code: string }
  readonly customer: { readonly id: string } | null
  readonly subject: { readonly __typename: string; readonly id: string; readonly version?: number; readonly reference?: string }
  readonly priority: {
    readonly score: number
    readonly factors: readonly { readonly code: string; readonly input: string; readonly points: number }[]
  }
  readonly amounts: readonly { readonly open: Money; readonly overdue: Money; readonly toBeCollected: Money }[]
  readonly nextAction: { readonly kind: string; readonly dueOn: string; readonly reason: string } | null
}
export type Money = { readonly amount: string; readonly currency: string }

export const cashKinds = ['MISSING_REMITTANCE', 'UNAPPLIED_CASH', 'UNIDENTIFIED_CASH'] as const
export const allKinds = ['COLLECTION', ...cashKinds] as const

const money = '{ amount currency }'
export const cashWork = `id kind isQueued ageDays overdueDays itemCount items(first: 2) { id } client { code } customer { id }
  subject { __typename ... on Customer { id } ... on Receipt { id version reference } }
  priority { score factors { code input points } } amounts { open ${money} overdue ${money} toBeCollected ${money} }
  nextAction { kind dueOn reason }`

export type CashQueue = {
  readonly edges: readonly { readonly cursor: string; readonly node: CashWork }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  readonly totalCount: { readonly value: number }
  readonly totalAmount: readonly { readonly open: Money; readonly toBeCollected: Money }[]
}

type Asked = {
  readonly kinds?: readonly string[] | null
  readonly clients?: readonly string[] | null
  readonly filter?: object
  readonly first?: number
  readonly after?: string | null
  readonly app?: App
}

const document = `query Queue($clients: [ID!], $filter: WorklistFilter, $first: Int!, $after: String) {
  worklist(clients: $clients, filter: $filter, first: $first, after: $after) { edges { cursor node { ${cashWork} } }
    pageInfo { hasNextPage endCursor } totalCount { value } totalAmount { open ${money} toBeCollected ${money} } } }`

export const queueOf = async (
  who: Who,
  { kinds = cashKinds, clients, filter, first = 50, after, app }: Asked = {},
): Promise<CashQueue> => {
  const variables = { clients, filter: { ...filter, kinds }, first, after }
  const { data, errors } = await ask<{ worklist: CashQueue | null }>(who, document, variables, app)
  if (data?.worklist === undefined || data.worklist === null) throw new Error(JSON.stringify(errors))
  return data.worklist
}

export const rowsOf = async (who: Who, asked: Asked = {}): Promise<CashWork[]> =>
  (await queueOf(who, asked)).edges.map(({ node }) => node)

type Done = {
  readonly __typename: string
  readonly receipt?: { readonly id: string; readonly version: number; readonly state: string }
}

const receiptFields = 'receipt { id version state }'

/** A command on a receipt that is done; a refusal is told as an error. */
export const perform = async (who: Who, name: string, input: object, app?: App): Promise<Required<Done>['receipt']> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const text = `mutation Run($input: ${type}Input!) { out: ${name}(input: $input) { __typename ... on ${type}Payload { ${receiptFields} } } }`
  const { data, errors } = await ask<{ out: Done | null }>(who, text, { input }, app)
  if (data?.out?.receipt === undefined) throw new Error(`${name}: ${JSON.stringify({ data, errors })}`)
  return data.out.receipt
}

type Recorded = {
  readonly customer?: Row | null
  readonly amount?: string
  readonly currency?: string
  readonly valueOn?: string
  readonly app?: App
}

export const record = (
  client: TestClient,
  who: Who,
  { customer = null, amount = '500.00', currency = 'USD', valueOn = new Date().toISOString().slice(0, 10), app }: Recorded = {},
) =>
  perform(
    who,
    'recordReceipt',
    {
      client: client.gid,
      customer: customer?.gid ?? null,
      amount: { amount, currency },
      valueOn,
      reference: `ref ${randomUUID()}`,
      idempotencyKey: aKey(),
    },
    app,
  )

export type Receipt = Awaited<ReturnType<typeof record>>

export const on = ({ id, version }: Receipt) => ({ receipt: id, expectedVersion: version })
export const withKey = (receipt: Receipt) => ({ ...on(receipt), idempotencyKey: aKey() })
