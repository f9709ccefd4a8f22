import { describe, expect, it } from 'vitest'
import { done, readAs } from '../cash/answers.ts'
import {
  CorrectActivityDocument,
  CustomerActivitiesDocument,
  type CustomerActivitiesQueryVariables,
} from '../generated/operations.ts'
import { aCustomer, ask, type Row } from '../harness/index.ts'
import { aCall, aDesk, log, minutesAgo } from './world.ts'

const timelineOf = async (
  who: Parameters<typeof ask>[0],
  customer: Pick<Row, 'gid'>,
  facts: Partial<CustomerActivitiesQueryVariables> = {},
) => {
  const { node } = await readAs(who, CustomerActivitiesDocument, { customer: customer.gid, first: 10, ...facts })
  if (node?.__typename !== 'Customer' || node.activities === null) throw new Error('that is no customer')
  return node.activities
}
const said = ({ edges }: { readonly edges: readonly { readonly node: { readonly summary: string } }[] }) =>
  edges.map(({ node }) => node.summary)

describe('the timeline of a customer', () => {
  it('has the latest first, by when it happened and not by when it was told', async () => {
    const { client, customer } = await aDesk()
    await log(client.analyst, aCall(customer, { summary: 'second', happenedAt: minutesAgo(20) }))
    await log(client.analyst, aCall(customer, { summary: 'first', happenedAt: minutesAgo(30) }))
    await log(client.analyst, aCall(customer, { summary: 'third', kind: 'MAIL', happenedAt: minutesAgo(10) }))
    await log(client.analyst, aCall(await aCustomer(client), { summary: 'of another' }))
    expect(said(await timelineOf(client.analyst, customer))).toEqual(['third', 'second', 'first'])
    expect(said(await timelineOf(client.analyst, customer, { kind: 'CALL' }))).toEqual(['second', 'first'])
    expect(said(await timelineOf(client.analyst, customer, { kind: 'LETTER' }))).toEqual([])
  })

  it('goes on behind its cursor, also among activities of one instant', async () => {
    const { client, customer } = await aDesk()
    const happenedAt = minutesAgo(10)
    for (const summary of ['a', 'b', 'c', 'd', 'e']) await log(client.analyst, aCall(customer, { summary, happenedAt }))
    const seen: string[] = []
    let after: string | null = null
    do {
      const page = await timelineOf(client.analyst, customer, { first: 2, after })
      seen.push(...said(page))
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
    } while (after !== null)
    expect(seen.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it.each(['x', Buffer.from('["activities","2026-13-01T00:00:00.000Z","x"]').toString('base64url')])(
    'does not take %s for a cursor',
    async (after) => {
      const { client, customer } = await aDesk()
      const { errors } = await ask(client.analyst, CustomerActivitiesDocument, { customer: customer.gid, first: 1, after })
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    },
  )

  it('is for who reads the work of the client: an integration and strangers are told that there is nothing', async () => {
    const { client, customer } = await aDesk()
    await log(client.analyst, aCall(customer, { summary: client.canary }))
    for (const who of [client.integration, client.portal, client.stranger]) {
      const answer = await ask(who, CustomerActivitiesDocument, { customer: customer.gid, first: 1 })
      expect(answer.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
      expect(JSON.stringify(answer)).not.toContain(client.canary)
    }
  })
})

describe('activities of a client and of an open item', () => {
  const document = `query Lists($code: String!, $kind: ActivityKind) { client(code: $code) {
    activities(first: 10, kind: $kind) { edges { node { summary } } }
    openItems(first: 5) { edges { node { id activities(first: 5) { edges { node { summary } } } } } } } }`
  type List = { edges: { node: { summary: string } }[] }
  type Lists = { client: { activities: List; openItems: { edges: { node: { id: string; activities: List } }[] } } }

  it('are those of all its customers, and those whose standing wording is about the item', async () => {
    const { client, customer, item, second } = await aDesk()
    await log(client.analyst, aCall(customer, { summary: 'both', openItems: [item.gid, second.gid], happenedAt: minutesAgo(9) }))
    const slip = await log(client.analyst, aCall(customer, { summary: 'slip', openItems: [item.gid], happenedAt: minutesAgo(8) }))
    await log(client.analyst, aCall(await aCustomer(client), { kind: 'MAIL', summary: 'another', happenedAt: minutesAgo(7) }))
    const correction = {
      activity: slip.id,
      expectedVersion: 1,
      reason: 'the other one',
      openItems: [second.gid],
      summary: 'slip',
    }
    await done(client.analyst, CorrectActivityDocument, { rightParty: 'UNKNOWN' as const, ...correction })
    const read = async (kind?: string) => {
      const { data, errors } = await ask<Lists>(client.analyst, document, { code: client.code, kind })
      if (data === null || data === undefined) throw new Error(JSON.stringify(errors))
      return data.client
    }
    const all = await read()
    expect(said(all.activities)).toEqual(['another', 'slip', 'both'])
    const byItem = new Map(all.openItems.edges.map(({ node }) => [node.id, said(node.activities)]))
    expect([byItem.get(item.gid), byItem.get(second.gid)]).toEqual([['both'], ['slip', 'both']])
    expect(said((await read('MAIL')).activities)).toEqual(['another'])
  })
})
