import { decodeGlobalId } from '../../src/kernel/ids.ts'
import { reading, run } from './asking.ts'
import { loaded } from './loads.ts'
import { type RealClient, type Someone, theWorld, today } from './world.ts'

export type Money = { amount: string; currency: string; minor: string }
export type Amounts = { open: Money; overdue: Money; toBeCollected: Money }
export type Work = {
  id: string
  client: { code: string }
  customer: { id: string; number: string; name: string }
  overdueDays: number
  itemCount: number
  amounts: readonly Amounts[]
  priority: { score: number; factors: readonly { code: string; points: number; weight: number }[] }
}
export type Page = {
  worklist: {
    cursor: string
    dataAsOf: string
    pageInfo: { hasNextPage: boolean; endCursor: string | null }
    totalCount: { value: number; isCapped: boolean }
    totalAmount: readonly Amounts[]
    edges: readonly { cursor: string; node: Work }[]
  }
}

const money = 'open { amount currency minor } overdue { amount currency minor } toBeCollected { amount currency minor }'
export const worklistText = `query Worklist($clients: [ID!], $first: Int!, $after: String) { worklist(clients: $clients, first: $first, after: $after) {
  cursor dataAsOf pageInfo { hasNextPage endCursor } totalCount { value isCapped } totalAmount { ${money} }
  edges { cursor node { id client { code } customer { id number name } overdueDays itemCount amounts { ${money} }
    priority { score factors { code points weight } } } } } }`

export const changedText = `subscription Changed($clients: [ID!], $after: Cursor) { worklistChanged(clients: $clients, after: $after) {
  kind cursor reason at scoreBefore client { id code name } workItemId
  item { id customer { id number name } amounts { ${money} } items(first: 3) { id number openAmount { amount } } } } }`

export type Changed = {
  worklistChanged: {
    kind: string
    reason: string | null
    client: { code: string } | null
    workItemId: string | null
    item: Work | null
  }
}

export const firstPage = (who: Someone, clients: readonly string[] | null = null, first = 25) =>
  reading<Page>(who, worklistText, { clients, first, after: null })

/** The whole queue, page behind page. */
export const walk = async (who: Someone, clients: readonly string[] | null = null): Promise<readonly Work[]> => {
  const rows: Work[] = []
  for (let after: string | null = null, isMore = true; isMore; ) {
    const { worklist }: Page = await reading<Page>(who, worklistText, { clients, first: 100, after })
    rows.push(...worklist.edges.map(({ node }) => node))
    after = worklist.pageInfo.endCursor
    isMore = worklist.pageInfo.hasNextPage
  }
  return rows
}

/** B's ledger is all settled: what its ERP sends this morning, in four currencies. */
const liveRows = [
  ['0379-NEVHP', 'INVOICE', 'USD', '1250.40', '2020-02-20', '2020-03-21', false],
  ['0379-NEVHP', 'INVOICE', 'USD', '310.00', '2020-04-01', '2020-05-01', false],
  ['8976-AMJEO', 'INVOICE', 'EUR', '98000.00', '2020-01-10', '2020-02-09', false],
  ['8976-AMJEO', 'CREDIT_MEMO', 'EUR', '-1500.00', '2020-04-20', '2020-04-20', false],
  ['2820-XGXSB', 'INVOICE', 'KWD', '412.345', '2020-03-15', '2020-04-14', false],
  ['9322-YCTQO', 'DEBIT_MEMO', 'JPY', '880000', '2020-04-10', '2020-05-10', false],
  // Not to be asked for: the one is disputed, the other not due.
  ['9322-YCTQO', 'INVOICE', 'EUR', '5000.00', '2020-03-01', '2020-03-31', true],
  ['6627-ELFBK', 'INVOICE', 'USD', '700.00', '2020-05-15', '2020-06-14', false],
] as const

let sent: Promise<unknown> | undefined

/** The live work of B, once; with it the queues of both clients stand. */
export const bothQueues = async () => {
  await loaded()
  sent ??= (async () => {
    const { b, integrationB } = await theWorld()
    const rows = liveRows.map(([customerNumber, kind, currency, amount, documentOn, dueOn, isDisputed], index) => ({
      legalEntity: '391',
      customerNumber,
      kind,
      number: `LIVE-${index + 1}`,
      sourceKey: `LIVE-${index + 1}`,
      currency,
      amount,
      documentOn,
      dueOn,
      isDisputed,
    }))
    const input = { client: b.gid, source: 'MERIDIAN-ERP', rows, idempotencyKey: 'this morning' }
    return run(integrationB, 'importOpenItems', input, 'effects { inserted changed unchanged customersAdded } rows { outcome }')
  })()
  return sent
}

type Due = { clientId: string; customerId: string; currency: string; open: bigint; overdue: bigint; toBeCollected: bigint }

/** What the queue of these clients has to be, counted from the open items alone. */
export const dueIn = async (clients: readonly RealClient[]): Promise<readonly Due[]> => {
  const { sql } = await theWorld()
  return sql<Due>(
    `with due as (
       select client_id as "clientId", customer_id as "customerId", currency, sum(open_minor)::bigint as open,
         coalesce(sum(open_minor) filter (where kind <> 'CREDIT_MEMO' and due_on < $2::date), 0)::bigint as overdue,
         coalesce(sum(open_minor) filter (where kind <> 'CREDIT_MEMO' and due_on <= $2::date and not is_disputed), 0)::bigint as "toBeCollected"
       from open_item where client_id = any ($1::uuid[]) and closed_on is null group by 1, 2, 3)
     select * from due where ("clientId", "customerId") in (select "clientId", "customerId" from due where "toBeCollected" > 0)`,
    [clients.map(({ id }) => id), today],
  )
}

export const amountLine = (who: string, currency: string, amounts: readonly bigint[]) => `${who} ${currency} ${amounts.join(' ')}`

export const inQueue = (rows: readonly Work[]) =>
  rows
    .flatMap(({ customer, amounts }) =>
      amounts.map(({ open, overdue, toBeCollected }) =>
        amountLine(
          decodeGlobalId(customer.id)?.id ?? '',
          open.currency,
          [open, overdue, toBeCollected].map(({ minor }) => BigInt(minor)),
        ),
      ),
    )
    .toSorted()

export const summed = (due: readonly Due[]) => {
  const sums = new Map<string, [bigint, bigint, bigint]>()
  for (const { currency, open, overdue, toBeCollected } of due) {
    const [a, b, c] = sums.get(currency) ?? [0n, 0n, 0n]
    sums.set(currency, [a + open, b + overdue, c + toBeCollected])
  }
  return [...sums].map(([currency, amounts]) => amountLine('all', currency, amounts)).toSorted()
}

export const totalsOf = ({ worklist }: Page) =>
  worklist.totalAmount
    .map(({ open, overdue, toBeCollected }) =>
      amountLine(
        'all',
        open.currency,
        [open, overdue, toBeCollected].map(({ minor }) => BigInt(minor)),
      ),
    )
    .toSorted()
