import { expect, it } from 'vitest'
import { aCall, aContact, log } from '../activity/world.ts'
import { aDocument } from '../evidence/world.ts'
import { aClient, ask, asOwner } from '../harness/index.ts'
import { post } from './results.ts'
import { gidOf } from './world.ts'

// A ledger that knows its customers by name is followed by one that knows their numbers.

const row = (number: string, customer: object) => ({
  number,
  sourceKey: number,
  legalEntity: 'LE1',
  kind: 'INVOICE',
  currency: 'USD',
  amount: '100.00',
  documentOn: '2026-01-05',
  dueOn: '2026-02-04',
  ...customer,
})

it('money, deductions, matches, activities, plans, approvals, requests, notices and documents of a customer known by name alone go along when the name gets its number', async () => {
  const client = await aClient()
  const load = async (rows: readonly object[], key: string) => {
    const text =
      'mutation ($input: ImportOpenItemsInput!) { done: importOpenItems(input: $input) { __typename ... on Refusal { message } } }'
    const input = { client: client.gid, source: 'ERP', idempotencyKey: key, rows }
    const { data } = await ask<{ done: { __typename: string } }>(client.integration, text, { input })
    expect(data?.done.__typename).toBe('ImportOpenItemsPayload')
  }
  await load([row('I1', { customerName: 'Tamsin Ridge' }), row('I2', { customerName: 'Tamsin Ridge' })], 'by-name')
  const [named] = await asOwner<{ id: string }>('select id from customer where client_id = $1', [client.id])
  await post(client, [
    {
      key: 'paid',
      receiptKey: 'R1',
      payment: { amount: '150.00', valueOn: '2026-02-10', reference: 'wire', payerName: 'Tamsin Ridge' },
      applications: [{ itemNumber: 'I1', amount: '90.00', deductions: [{ amount: '10.00' }] }],
    },
  ])
  await aContact(client, { id: String(named?.id), gid: '' })
  await log(client.analyst, aCall({ id: '', gid: gidOf(client, 'Customer', named?.id) }, { summary: 'known by name' }))
  await asOwner(`update contact set email = 'ann@example.test' where client_id = $1`, [client.id])
  const propose = 'mutation ($input: ProposeNoticeInput!) { done: proposeNotice(input: $input) { __typename } }'
  const notice = { customer: gidOf(client, 'Customer', named?.id), template: 'FORMAL_NOTICE', idempotencyKey: 'notice' }
  expect(await ask(client.analyst, propose, { input: notice })).toEqual({
    data: { done: { __typename: 'ProposeNoticePayload' } },
  })
  await aDocument(client, { subject: gidOf(client, 'Customer', named?.id) })
  const match = 'mutation ($input: MatchReceiptsInput!) { matchReceipts(input: $input) { __typename } }'
  await ask(client.analyst, match, { input: { client: client.gid } })

  const escalated = await ask<{ escalate: { __typename: string } }>(
    client.analyst,
    'mutation ($input: EscalateInput!) { escalate(input: $input) { __typename } }',
    { input: { subject: gidOf(client, 'Customer', named?.id), title: 'Who is this?', idempotencyKey: 'who' } },
  )
  expect(escalated.data?.escalate.__typename).toBe('EscalatePayload')
  const run = async (name: string, input: object) => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
    const text = `mutation ($input: ${type}Input!) { done: ${name}(input: $input) { ... on Refusal { message } ... on ${type}Payload { plan { id } } } }`
    return (await ask<{ done: { plan: { id: string } } }>(client.analyst, text, { input })).data?.done.plan.id
  }
  const [item] = await asOwner<{ id: string }>(`select id from open_item where client_id = $1 and number = 'I2'`, [client.id])
  const ten = { amount: '10.00', currency: 'USD' }
  const plan = await run('proposePaymentPlan', {
    customer: gidOf(client, 'Customer', named?.id),
    items: [{ openItem: gidOf(client, 'Invoice', item?.id), amount: ten }],
    installments: [{ dueOn: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10), amount: ten }],
  })
  await run('acceptPaymentPlan', { plan, expectedVersion: 1, acceptedBy: 'Tamsin' })

  await load([row('I3', { customerName: 'Tamsin Ridge', customerNumber: '70001' })], 'by-number')
  const [numbered] = await asOwner<{ id: string }>('select id from customer where client_id = $1 and number is not null', [
    client.id,
  ])
  expect(numbered?.id).not.toBe(named?.id)
  for (const table of [
    'receipt',
    'deduction',
    'cash_match',
    'open_item',
    'activity',
    'contact',
    'work_request',
    'notice',
    'evidence_link',
    'payment_plan',
    'approval_request',
  ]) {
    const rows = await asOwner<{ customer_id: string }>(`select customer_id from ${table} where client_id = $1`, [client.id])
    expect(rows.length, table).toBeGreaterThan(0)
    expect(new Set(rows.map(({ customer_id }) => customer_id)), table).toEqual(new Set([numbered?.id]))
  }
  // And it can still be used: the rest of the money settles a part of another item of theirs.
  const posted = await post(client, [{ key: 'rest', receiptKey: 'R1', applications: [{ itemNumber: 'I3', amount: '60.00' }] }])
  expect(posted.counts).toMatchObject({ done: 1 })
})
