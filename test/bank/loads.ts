import { asOwner, type Person, type TestClient, theApp, tokenFor } from '../harness/index.ts'

export type Effects = {
  readonly inserted: number
  readonly changed: number
  readonly unchanged: number
  readonly bank: {
    readonly receiptsRecorded: number
    readonly entriesWithoutReceipt: number
    readonly remittances: number
    readonly remittancesTied: number
    readonly receiptsReversed: number
  }
}

export type Report = {
  readonly state: string
  readonly batchId: string
  readonly profile: string
  readonly rowsRead: number
  readonly reasons: readonly {
    readonly code: string
    readonly message: string
    readonly line?: number
    readonly field?: string
  }[]
  readonly totals: readonly {
    readonly legalEntity: string
    readonly currency: string
    readonly read: { rows: number; amount: string }
  }[]
  readonly warnings: readonly { readonly code: string; readonly rows: number }[]
  readonly faults: readonly { readonly code: string; readonly column: string | null }[]
  readonly effects: Effects | null
}

export type Words = Partial<Record<'format' | 'profile' | 'account' | 'currency' | 'dryRun' | 'name', string>>

/** A file over the upload endpoint, as HTTP answers it. */
export const send = async (
  client: { readonly code: string },
  content: string | Buffer,
  { by, ...words }: Words & { readonly by: Person },
): Promise<{ status: number; body: Report & { errors?: readonly { extensions: { code: string } }[] } }> => {
  const { url } = await theApp()
  const query = new URLSearchParams({ client: client.code, name: 'file', ...words })
  const response = await fetch(new URL(`/bank-files?${query}`, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${tokenFor(by.subject)}` },
    body: content as string,
  })
  return { status: response.status, body: (await response.json()) as Report }
}

/** A file that is taken, by a lead of the client; what became of it. */
export const load = async (client: TestClient, content: string | Buffer, words: Words = {}): Promise<Effects> => {
  const { status, body } = await send(client, content, { by: client.lead, ...words })
  if (status !== 200 || body.effects === null) throw new Error(`the file was not taken: ${JSON.stringify(body)}`)
  return body.effects
}

export type ReceiptRow = {
  readonly id: string
  readonly currency: string
  readonly amount_minor: bigint
  readonly reversed_minor: bigint
  readonly value_on: string
  readonly reference: string
  readonly payer_name: string | null
  readonly payer_account: string | null
  readonly bank_text: string
  readonly bank_fee_minor: bigint | null
  readonly source: string
  readonly state: string
  readonly reversal_reason: string | null
  readonly has_remittance: boolean
  readonly bank_entry_id: string
}
export type EntryRow = {
  readonly id: string
  readonly status: string
  readonly direction: string
  readonly format: string
  readonly account: string | null
  readonly amount_minor: bigint
  readonly booked_on: string | null
  readonly bank_reference: string | null
  readonly repeats_id: string | null
  readonly receipt_count: number
  readonly raw: string
}

export const receipts = (client: TestClient): Promise<ReceiptRow[]> =>
  asOwner<ReceiptRow>('select * from receipt where client_id = $1 order by id', [client.id])
export const entries = (client: TestClient): Promise<EntryRow[]> =>
  asOwner<EntryRow>('select * from bank_entry where client_id = $1 order by id', [client.id])

export type LineRow = {
  readonly receipt_id: string | null
  readonly reference: string | null
  readonly paid_minor: bigint | null
  readonly deductions: readonly { readonly amountMinor: string; readonly code: string | null }[]
}

/** What payers said, line by line, with the receipt that it was found to be about. */
export const lines = (client: TestClient): Promise<LineRow[]> =>
  asOwner<LineRow>(
    `select a.receipt_id, l.reference, l.paid_minor, l.deductions from remittance_advice a
     join remittance_line l on l.client_id = a.client_id and l.advice_id = a.id where a.client_id = $1 order by a.id, l.place`,
    [client.id],
  )

const tables = [
  'bank_entry',
  'bank_reference',
  'bank_message',
  'receipt',
  'receipt_move',
  'remittance_advice',
  'cash_result',
  'work_item',
]

/** How many rows a client has of what a load writes. */
export const counts = async (client: TestClient): Promise<Record<string, number>> => {
  const each = tables.map((table) => `select '${table}' as name, count(*)::int as n from ${table} where client_id = $1`)
  const rows = await asOwner<{ name: string; n: number }>(each.join(' union all '), [client.id])
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]))
}
