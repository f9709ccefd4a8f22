import { expect, it } from 'vitest'
import { aClient, aCustomer, anItem, aPerson, ask, grant, listen, type Person, type TestClient } from '../harness/index.ts'
import { requestsOf } from './deciding.ts'

// Over a whole node, with its relay and its socket.

type Change = {
  readonly kind: string
  readonly cursor: string
  readonly requestId: string | null
  readonly client: { readonly code: string } | null
  readonly request: { readonly state: string; readonly canDecide: boolean } | null
}

const run = async (who: Person, name: string, input: object, fields = '__typename') => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const document = `mutation ($input: ${type}Input!) { out: ${name}(input: $input) { __typename ... on ${type}Payload { ${fields} } } }`
  const { data, errors } = await ask<{ out: { __typename: string; plan: { id: string } } }>(who, document, { input })
  if (data?.out.__typename !== `${type}Payload`) throw new Error(`${name}: ${JSON.stringify(errors ?? data)}`)
  return data.out
}

const hear = async (who: Person, client: TestClient, after: string | null = null) => {
  const document = `subscription ($clients: [ID!], $after: Cursor) { approvalChanged(clients: $clients, after: $after) {
    kind cursor requestId client { code } request { state canDecide } } }`
  const heard = await listen<{ approvalChanged: Change | null }>(who, document, { clients: [client.gid], after })
  const changes = () => heard.messages.flatMap(({ data }) => data?.approvalChanged ?? [])
  return {
    ...heard,
    changes,
    until: (count: number) => heard.until(() => changes().length >= count),
    refused: () => heard.until((messages) => messages.length > 0),
  }
}

const accepted = async (client: TestClient) => {
  const customer = await aCustomer(client)
  const item = await anItem(client, customer, { openMinor: 10_000n })
  const amount = { amount: '100.00', currency: 'USD' }
  const dueOn = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
  const proposal = { customer: customer.gid, items: [{ openItem: item.gid, amount }], installments: [{ dueOn, amount }] }
  const { plan } = await run(client.analyst, 'proposePaymentPlan', proposal, 'plan { id }')
  await run(client.analyst, 'acceptPaymentPlan', { plan: plan.id, expectedVersion: 1, acceptedBy: 'CFO' })
}

it('changes of requests are pushed to who may decide and who reads them, each with their own eyes', async () => {
  const client = await aClient()
  const approver = await aPerson(client.provider.id, 'PORTAL', 'approver')
  await grant(client, approver, 'APPROVER')
  const [lead, theirs] = [await hear(client.lead, client), await hear(approver, client)]
  await Promise.all([lead.until(1), theirs.until(1)])
  expect(lead.changes()).toMatchObject([{ kind: 'START', requestId: null, request: null }])

  await accepted(client)
  await Promise.all([lead.until(2), theirs.until(2)])
  expect(lead.changes()[1]).toMatchObject({
    kind: 'CHANGED',
    client: { code: client.code },
    request: { state: 'PENDING', canDecide: true },
  })
  expect(theirs.changes()[1]).toMatchObject({ kind: 'CHANGED', request: { state: 'PENDING', canDecide: false } })

  const read = (who: Person, document: string, variables: Record<string, unknown> = {}) => ask<never>(who, document, variables)
  const [asked] = await requestsOf(read as never, client.lead, client)
  await run(client.lead, 'decideApproval', {
    ...{ request: asked?.id, decision: 'APPROVE', evidenceHash: asked?.evidenceHash, expectedVersion: asked?.version },
  })
  await lead.until(3)
  expect(lead.changes()[2]).toMatchObject({ requestId: asked?.id, request: { state: 'APPROVED', canDecide: false } })

  // Whoever missed it goes on behind the last that they heard.
  const again = await hear(client.lead, client, lead.changes()[1]?.cursor)
  await again.until(2)
  expect(again.changes().at(-1)).toMatchObject({ kind: 'CHANGED', request: { state: 'APPROVED' } })
  for (const each of [lead, theirs, again]) each.stop()
})

it('nobody without the right hears them', async () => {
  const client = await aClient()
  for (const who of [client.portal, client.integration, client.stranger]) {
    const heard = await hear(who, client)
    await heard.refused()
    expect(heard.messages).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }])
    heard.stop()
  }
})
