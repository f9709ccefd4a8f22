import { aKey, gidOf } from '../cash/world.ts'
import { aClient, asOwner, type Person, type TestClient } from '../harness/index.ts'
import type { aWorld, Outcome } from '../promise/world.ts'

type World = ReturnType<typeof aWorld>

export type Kept = {
  readonly id: string
  readonly state: string
  readonly verdict: string | null
  readonly reason_code: string
  readonly coded_by: string
  readonly coded_version: number
  readonly amount_minor: bigint
  readonly parent_id: string | null
  readonly version: number
  readonly [column: string]: unknown
}

export const deductionsOf = (client: TestClient) =>
  asOwner<Kept>('select * from deduction where client_id = $1 order by id', [client.id])

export const movesOf = async (client: TestClient, id: string) =>
  (
    await asOwner<{ move: string }>(
      'select move from deduction_change where client_id = $1 and deduction_id = $2 order by version',
      [client.id, id],
    )
  ).map(({ move }) => move)

/** What a payer wrote about what it kept back of an item of 100.00. */
export type Short = { readonly amount: string; readonly code?: string; readonly codeList?: string; readonly text?: string }

export const aDeductionWorld = (world: World) => {
  /** An item of 100.00 that is overdue, and a payment that leaves open what was deducted. Gives the deductions in their order. */
  const shortPay = async (
    client: TestClient,
    shorts: readonly Short[],
    { number = aKey().slice(0, 8), customerNumber = 'C1' }: { number?: string; customerNumber?: string } = {},
  ) => {
    await world.load(client, [
      { number, sourceKey: number, customerNumber, customerName: customerNumber, amount: '100.00', dueOn: '2020-02-01' },
    ])
    const kept = shorts.reduce((all, { amount }) => all + Math.round(Number(amount) * 100), 0)
    const amount = ((10_000 - kept) / 100).toFixed(2)
    const result = {
      key: `paid ${number}`,
      receiptKey: number,
      currency: 'USD',
      payment: { amount, valueOn: world.day(0), reference: 'wire', customerNumber },
      applications: [{ itemNumber: number, amount, deductions: shorts }],
    }
    const out = await world.runAs(
      client.integration,
      'postCashResults',
      { client: client.gid, source: 'HUB', results: [result] },
      'counts { done } ',
    )
    if ((out.counts as { done: number } | undefined)?.done !== 1) throw new Error(JSON.stringify(out))
    const [item] = await asOwner<{ id: string; customer_id: string }>(
      'select id, customer_id from open_item where client_id = $1 and source_key = $2',
      [client.id, number],
    )
    if (item === undefined) throw new Error('there is no item')
    const [receipt] = await asOwner<{ id: string; version: number }>(
      'select id, version from receipt where client_id = $1 and source_key = $2',
      [client.id, number],
    )
    const deductions = (await deductionsOf(client)).filter(({ open_item_id: id }) => id === item.id)
    return {
      deductions,
      item: { id: item.id, gid: gidOf(client, 'Invoice', item.id), number },
      customer: { id: item.customer_id, gid: gidOf(client, 'Customer', item.customer_id) },
      receipt: { receipt: gidOf(client, 'Receipt', receipt?.id), version: receipt?.version ?? 0 },
    }
  }

  const kept = async (client: TestClient, id: string): Promise<Kept> => {
    const found = (await deductionsOf(client)).find((one) => one.id === id)
    if (found === undefined) throw new Error('there is no such deduction')
    return found
  }

  /** Runs a command on a deduction as it is now, and gives what came of it. */
  const tryOn = async (
    client: TestClient,
    who: Pick<Person, 'subject'>,
    id: string,
    name: string,
    facts: object = {},
  ): Promise<Outcome> =>
    world.runAs(who, name, {
      deduction: gidOf(client, 'Deduction', id),
      expectedVersion: (await kept(client, id)).version,
      ...facts,
    })

  /** The same, and throws where it is refused. */
  const on = async (
    client: TestClient,
    id: string,
    name: string,
    facts: object = {},
    who: Pick<Person, 'subject'> = client.analyst,
  ) => {
    const out = await tryOn(client, who, id, name, facts)
    if (!out.__typename.endsWith('Payload')) throw new Error(`${name} was refused: ${JSON.stringify(out)}`)
    return kept(client, id)
  }

  /** A deduction of 10.00 in research, of a reason that needs no documents unless told otherwise. */
  const inResearch = async (client: TestClient, { code = '76', amount = '10.00' } = {}) => {
    const found = await shortPay(client, [{ amount, code, codeList: 'X12_426' }])
    const [{ id }] = found.deductions as [Kept]
    await on(client, id, 'startResearch')
    return { ...found, id }
  }

  const decided = async (client: TestClient, verdict: 'VALID' | 'INVALID', facts: { code?: string; amount?: string } = {}) => {
    const found = await inResearch(client, facts)
    await on(client, found.id, 'validateDeduction', { verdict, rationale: 'looked at' })
    return found
  }

  /** An invalid one that the customer was denied and asked to repay. */
  const chased = async (client: TestClient, facts: { code?: string; amount?: string } = {}) => {
    const found = await decided(client, 'INVALID', facts)
    await on(client, found.id, 'denyDeduction', { text: 'we delivered it all' })
    await on(client, found.id, 'chaseRepayment', { note: 'called' })
    return found
  }

  return { ...{ aClient, shortPay, kept, on, tryOn, inResearch, decided, chased } }
}
