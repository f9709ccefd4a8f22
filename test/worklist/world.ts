import { aCustomer, anItem, aReceipt, ask, asOwner, beginDay, type Row, type TestClient } from '../harness/index.ts'

type Who = Parameters<typeof ask>[0]

/** Debtors of a client, each with one overdue invoice and money enough to pay it in small parts. */
export type Debtors = {
  readonly customers: readonly Row[]
  readonly items: readonly Row[]
  /** Pays a part of what the nth debtor owes; several in one go are one operation. */
  readonly pay: (at: number, amount?: string, times?: number) => Promise<void>
}

let keys = 0
export const aKey = () => {
  keys += 1
  return `k${keys}`
}

export const debtors = async (
  client: TestClient,
  count = 1,
  openMinor = 500_000n,
  arrange = async () => {},
): Promise<Debtors> => {
  const owing = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const customer = await aCustomer(client)
      const item = await anItem(client, customer, { openMinor: openMinor + BigInt(n) * 100n, daysOverdue: 20 + n })
      return { customer, item, receipt: await aReceipt(client, customer, openMinor + BigInt(n) * 100n), version: 1 }
    }),
  )
  await arrange()
  await beginDay(client)
  return {
    customers: owing.map(({ customer }) => customer),
    items: owing.map(({ item }) => item),
    pay: async (at, amount = '1.00', times = 1) => {
      const debtor = owing[at]
      if (debtor === undefined) throw new Error(`there is no debtor ${at}`)
      const names = Array.from({ length: times }, (_, n) => `i${n}`)
      const variables = Object.fromEntries(
        names.map((name, n) => [
          name,
          {
            receipt: debtor.receipt.gid,
            openItem: debtor.item.gid,
            amount: { amount, currency: 'USD' },
            expectedVersion: debtor.version + n,
            idempotencyKey: aKey(),
          },
        ]),
      )
      const text = `mutation Pay(${names.map((name) => `$${name}: ApplyReceiptInput!`).join(', ')}) {
        ${names.map((name) => `${name}: applyReceipt(input: $${name}) { __typename ... on Refusal { message } }`).join('\n')} }`
      const { data, errors } = await ask<Record<string, { __typename: string; message?: string }>>(
        client.integration,
        text,
        variables,
      )
      const refused = Object.values(data ?? {}).find(({ __typename }) => __typename !== 'ApplyReceiptPayload')
      if (errors !== undefined || refused !== undefined) throw new Error(`not paid: ${JSON.stringify(errors ?? refused)}`)
      debtor.version += times
    },
  }
}

export type Ledger = {
  readonly customerNumber: string | null
  readonly customerName?: string
  readonly sourceKey: string
  readonly amount: string
  readonly openAmount?: string
  readonly currency?: string
  readonly dueOn: string
  readonly isDisputed?: boolean
  readonly kind?: 'INVOICE' | 'DEBIT_MEMO' | 'CREDIT_MEMO'
  readonly closedOn?: string
}

/** Rows as a ledger sends them, over the API. */
export const importRows = async (client: TestClient, rows: readonly Ledger[], who: Who = client.integration) => {
  const document = `mutation Load($input: ImportOpenItemsInput!) { importOpenItems(input: $input) {
    __typename ... on Refusal { message } ... on ImportOpenItemsPayload { effects { inserted changed unchanged } } } }`
  const input = {
    client: client.gid,
    source: 'ERP',
    idempotencyKey: aKey(),
    rows: rows.map((row) => ({
      legalEntity: 'LE1',
      kind: 'INVOICE',
      currency: 'USD',
      number: row.sourceKey,
      documentOn: '2020-01-01',
      ...row,
    })),
  }
  type Out = { importOpenItems: { __typename: string; effects: { inserted: number; changed: number; unchanged: number } } }
  const { data, errors } = await ask<Out>(who, document, { input })
  if (data?.importOpenItems.__typename !== 'ImportOpenItemsPayload')
    throw new Error(`not loaded: ${JSON.stringify({ data, errors })}`)
  return data.importOpenItems.effects
}

type Promised = { readonly __typename: string; readonly promise?: { readonly id: string; readonly version: number } }

export const promise = async (client: TestClient, item: Row, amount: string, promisedOn = daysFromNow(5)): Promise<Promised> => {
  const document = `mutation Promise($input: RecordPromiseInput!) { recordPromise(input: $input) {
    __typename ... on RecordPromisePayload { promise { id version } } } }`
  const input = { openItem: item.gid, amount: { amount, currency: 'USD' }, promisedOn }
  const { data, errors } = await ask<{ recordPromise: Promised }>(client.analyst, document, { input })
  if (data === undefined || data === null) throw new Error(JSON.stringify(errors))
  return data.recordPromise
}

export const withdraw = async (client: TestClient, { promise: made }: Promised): Promise<Promised> => {
  const document = `mutation Withdraw($input: WithdrawPromiseInput!) { withdrawPromise(input: $input) {
    __typename ... on WithdrawPromisePayload { promise { id version } } } }`
  const input = { promise: made?.id, expectedVersion: made?.version, reason: 'recorded in error' }
  const { data, errors } = await ask<{ withdrawPromise: Promised }>(client.analyst, document, { input })
  if (data === undefined || data === null) throw new Error(JSON.stringify(errors))
  return data.withdrawPromise
}

export const daysFromNow = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

/** Changes of the queue as they are written down, in the order of their numbers. */
export const toldOf = (client: TestClient) =>
  asOwner<{
    seq: bigint
    payload: { kind: string; workItemId: string; cause: string; score: number; scoreBefore: number | null }
  }>(`select seq, payload from event where client_id = $1 and name = 'work.changed' and seq is not null order by seq`, [
    client.id,
  ])

/** Where the client's line ends once everything that is committed has its number. */
export const lineOf = async (client: TestClient): Promise<bigint> => {
  for (;;) {
    const [row] = await asOwner<{ unnumbered: number; last: bigint }>(
      `select (select count(*)::int from event where client_id = $1 and seq is null) as unnumbered,
         coalesce((select last_seq from event_line where client_id = $1), 0) as last`,
      [client.id],
    )
    if (row?.unnumbered === 0) return row.last
  }
}

export const revoke = (client: TestClient, { id }: { readonly id: string }) =>
  asOwner('update client_grant set valid_until = now() where client_id = $1 and principal_id = $2 and valid_until is null', [
    client.id,
    id,
  ])
