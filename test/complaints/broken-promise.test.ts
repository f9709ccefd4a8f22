import { describe, expect, it } from 'vitest'
import { aClient, aCustomer, anItem, ask, type TestClient } from '../harness/index.ts'
import { aWorld } from '../promise/world.ts'

// Complaint 25, of SAP’s users: a broken promise disappears from where cash is applied.

const world = aWorld()
const { at, day, turnTo, beginDay, promise, pay } = world

type Told = { readonly state: string; readonly level: number; readonly history: readonly { readonly state: string }[] }
type Answer = {
  readonly node: {
    readonly promises: { readonly edges: readonly { readonly node: Told }[] }
    readonly customer: { readonly latestBrokenPromise: { readonly promisedOn: string } | null }
  }
}

/** Promises as whoever looks at the invoice sees them, open or paid. */
const promisesOf = async (client: TestClient, item: { readonly gid: string }) => {
  const query = `query ($id: ID!) { node(id: $id) { ... on Invoice {
    promises(first: 10) { edges { node { state level history { state } } } } customer { latestBrokenPromise { promisedOn } } } } }`
  const { data, errors } = await ask<Answer>(world.api().as(client.analyst), query, { id: item.gid }, world.api())
  if (data?.node === undefined) throw new Error(JSON.stringify(errors))
  return { all: data.node.promises.edges.map(({ node }) => node), broken: data.node.customer.latestBrokenPromise }
}

describe('25: a broken promise disappears', () => {
  it('it stays with its invoice through a second promise, the payment that comes late, and the end of the invoice', async () => {
    const client = await aClient({ timeZone: 'UTC' })
    const customer = await aCustomer(client)
    const item = await anItem(client, customer, { openMinor: 10_000n, daysOverdue: 30 })
    await beginDay(client)
    await promise(client, item, '100.00', day(1))
    turnTo(at(2))
    await beginDay(client)
    await promise(client, item, '100.00', day(4))
    expect(await promisesOf(client, item)).toEqual({
      all: [
        { state: 'BROKEN', level: 1, history: [{ state: 'OPEN' }, { state: 'BROKEN' }] },
        { state: 'OPEN', level: 2, history: [{ state: 'OPEN' }] },
      ],
      broken: { promisedOn: day(1) },
    })
    await pay(client, customer, item, '100.00', day(3))
    const { all, broken } = await promisesOf(client, item)
    expect(all.map(({ state, level }) => [state, level])).toEqual([
      ['BROKEN', 1],
      ['KEPT', 2],
    ])
    expect(broken).toEqual({ promisedOn: day(1) })
  })
})
