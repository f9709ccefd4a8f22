import { expect } from 'vitest'
import { rowsOf } from '../harness/index.ts'
import { readAs } from './answers.ts'
import type { Crowd } from './crowd.ts'
import { minorOf } from './model.ts'
import { type Result, source } from './results.ts'

// What an integration was told of its own results, against what the ledger holds.

type Step = { readonly kind: string; readonly state: string }
type Told = {
  client: { cashResults: { edges: { node: { key: string; steps: Step[] } }[]; pageInfo: { hasNextPage: boolean } } }
}
type Application = { readonly itemNumber: string; readonly amount: string; readonly deductions?: readonly { amount: string }[] }

const document = `query Steps($code: String!) { client(code: $code) { cashResults(first: 100) {
  edges { node { key steps { kind state } } } pageInfo { hasNextPage } } } }`

const restFields = ['onAccount', 'refunded', 'charges'] as const

/** What of each posted result is done, as the API tells it: amounts by kind of step. */
const doneOf = (result: Result, steps: readonly Step[]) => {
  const isDone = (kind: string) => steps.filter((step) => step.kind === kind).map(({ state }) => state === 'DONE')
  const settled = isDone('SETTLE')
  const moved = isDone('MOVE')
  const applications = (result.applications ?? []) as readonly Application[]
  const rests = restFields.flatMap((field) =>
    typeof result[field] === 'string' ? [[field, String(result[field])] as const] : [],
  )
  return {
    applications: applications.filter((_one, at) => settled[at]),
    rests: rests.filter((_one, at) => moved[at]),
    isReversal: isDone('REVERSE').includes(true),
  }
}

const sum = (amounts: readonly string[]) => amounts.reduce((all, amount) => all + minorOf(amount), 0n)

/** Holds the receipts of the integration to the steps of its results, and gives what those put against each item. */
export const expectedOfResults = async ({ client, app, results }: Crowd): Promise<ReadonlyMap<string, bigint>> => {
  const { client: told } = await readAs<Told, object>(client.analyst, { toString: () => document }, { code: client.code }, app)
  expect(told.cashResults.pageInfo.hasNextPage).toBe(false)
  const steps = new Map(told.cashResults.edges.map(({ node }) => [node.key, node.steps]))
  const taken = results.filter(({ key }, at) => results.findIndex((other) => other.key === key) === at)
  // Whatever was answered as taken is there, and nothing else is.
  expect([...steps.keys()].toSorted()).toEqual(taken.map(({ key }) => key).toSorted())

  const rows = (await rowsOf(client, 'receipt')).filter((row) => row.source === source)
  const deductions = (await rowsOf(client, 'deduction')).filter(({ state }) => state !== 'VOIDED')
  const onItems = new Map<string, bigint>()
  for (const row of rows) {
    const parts = taken
      .filter(({ receiptKey }) => receiptKey === row.source_key)
      .map((result) => doneOf(result, steps.get(result.key) ?? []))
    const isReversed = parts.some(({ isReversal }) => isReversal)
    const applications = isReversed ? [] : parts.flatMap((part) => part.applications)
    const rest = (field: string) =>
      isReversed ? 0n : sum(parts.flatMap(({ rests }) => rests.flatMap(([name, amount]) => (name === field ? amount : []))))
    expect(row).toMatchObject({
      applied_minor: sum(applications.map(({ amount }) => amount)),
      on_account_minor: rest('onAccount'),
      refunded_minor: rest('refunded'),
      charges_minor: rest('charges'),
      reversed_minor: isReversed ? row.amount_minor : 0n,
    })
    const deducted = deductions.filter(({ receipt_id: id }) => id === row.id).map(({ amount_minor: minor }) => minor as bigint)
    const stated = applications.flatMap((application) => application.deductions ?? [])
    expect(deducted.reduce((all, minor) => all + minor, 0n)).toBe(sum(stated.map(({ amount }) => amount)))
    for (const { itemNumber, amount } of applications) onItems.set(itemNumber, (onItems.get(itemNumber) ?? 0n) + minorOf(amount))
  }
  return onItems
}
