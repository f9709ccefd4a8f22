import { describe, expect, it } from 'vitest'
import { type ItemRow, load, post, type Result } from '../cash/results.ts'
import { contradictions, eventsOf, traces } from '../cash/world.ts'
import { aClient, ask, asOwner, grant, type TestClient } from '../harness/index.ts'
import { accept, correct, figuresOf, matchAll, receiptsOf, reject, theMatch } from './world.ts'

const acme: Omit<ItemRow, 'number' | 'amount'> = { customerNumber: '70001' }

/** A client to whom Acme owes some invoices, and to whom something was paid. */
const owed = async (
  items: readonly ItemRow[],
  results: readonly Result[],
  { provider }: Partial<Pick<TestClient, 'provider'>> = {},
): Promise<TestClient> => {
  const client = await aClient(provider === undefined ? {} : { provider })
  if (items.length > 0) await load(client, items, 'items')
  await post(client, results)
  return client
}

const paid = (amount: string, facts: Record<string, unknown> = {}, key = 'R1'): Result => ({
  key,
  receiptKey: key,
  payment: { amount, valueOn: '2026-02-10', reference: 'wire', payerName: 'Customer 70001' },
  ...facts,
})
const lines = (...all: readonly Record<string, unknown>[]) => ({ remittance: { lines: all } })

describe('what is certain', () => {
  it('is posted, says why, and leaves the queues at once', async () => {
    const items = [
      { ...acme, number: '9040010088', amount: '100.00' },
      { ...acme, number: '9040010099', amount: '50.00' },
    ]
    const client = await owed(items, [
      paid('150.00', lines({ reference: 'INV 9040-010-088' }, { reference: '9040010099', paid: '50.00' })),
    ])
    const { match: found, ...counts } = { ...(await matchAll(client)), match: null }
    expect(counts).toMatchObject({ automatic: 1, suggested: 0, fruitless: 0 })
    const [{ match } = { match: null }] = counts.matched
    expect(found).toBeNull()
    expect(match).toMatchObject({
      outcome: 'AUTOMATIC',
      state: 'POSTED',
      policyVersion: 0,
      isStraightThrough: true,
      customer: { number: '70001' },
      payer: { level: 'NAME' },
      rest: { amount: '0.00' },
      receipt: { state: 'MATCHED' },
      lines: [
        {
          outcome: 'EXACT',
          rule: { id: 'REFERENCE_NORMALISED' },
          openItem: { number: '9040010088' },
          found: { text: expect.any(String) },
        },
        {
          outcome: 'EXACT',
          rule: { id: 'REFERENCE_EXACT' },
          openItem: { number: '9040010099' },
          effects: { cash: { amount: '50.00' } },
        },
      ],
    })
    const applied = await asOwner<{ match_id: string | null }>('select match_id from application where client_id = $1', [
      client.id,
    ])
    expect(applied).toHaveLength(2)
    expect(new Set(applied.map(({ match_id }) => match_id)).size).toBe(1)
    const queued = await asOwner('select kind from work_item where client_id = $1 and is_queued', [client.id])
    expect(queued).toEqual([])
    expect((await eventsOf(client)).map(({ name }) => name)).toContain('receipt.applied')
    expect(await contradictions(client)).toEqual([])
    expect(await figuresOf(client)).toMatchObject({
      receipts: 1,
      identified: 1,
      lines: 2,
      linesMatched: 2,
      straightThrough: 1,
      falseMatches: 0,
      value: [{ received: { amount: '150.00' }, automatic: { amount: '150.00' } }],
    })
  })

  it('is short for a stated reason: a coded deduction comes with it', async () => {
    const deductions = [{ amount: '7.00', code: '06', codeList: 'X12_426' }]
    const client = await owed(
      [{ ...acme, number: '9040010088', amount: '100.00' }],
      [paid('93.00', lines({ reference: '9040010088', paid: '93.00', deductions }))],
    )
    expect(await theMatch(client)).toMatchObject({ state: 'POSTED', isStraightThrough: true, lines: [{ outcome: 'SHORT_PAY' }] })
    const kept = await asOwner('select amount_minor, customer_code, reason_code, state from deduction where client_id = $1', [
      client.id,
    ])
    expect(kept).toEqual([{ amount_minor: 700n, customer_code: '06', reason_code: 'SHORT', state: 'CODED' }])
  })

  it('is posted once by twenty who ask at once', async () => {
    const client = await owed(
      [{ ...acme, number: '9040010088', amount: '100.00' }],
      [paid('100.00', lines({ reference: '9040010088' }))],
    )
    const all = await Promise.all(Array.from({ length: 20 }, () => matchAll(client)))
    expect(all.reduce((sum, { automatic }) => sum + automatic, 0)).toBe(1)
    expect(await receiptsOf(client)).toMatchObject([{ state: 'MATCHED', applied_minor: 10_000n }])
    expect(await contradictions(client)).toEqual([])
  })

  it('comes back as a false match when it is undone as wrong', async () => {
    const client = await owed(
      [{ ...acme, number: '9040010088', amount: '100.00' }],
      [paid('100.00', lines({ reference: '9040010088' }))],
    )
    await theMatch(client)
    const { data } = await ask<{ client: { applications: { edges: { node: { id: string } }[] } } }>(
      client.analyst,
      'query ($id: ID!) { client(id: $id) { applications(first: 1) { edges { node { id } } } } }',
      { id: client.gid },
    )
    const application = data?.client.applications.edges[0]?.node.id
    const text = 'mutation ($input: ReverseApplicationInput!) { reverseApplication(input: $input) { __typename } }'
    await ask(client.analyst, text, { input: { application, reason: 'wrong', isFalseMatch: true, idempotencyKey: 'k' } })
    expect(await figuresOf(client)).toMatchObject({ automatic: 1, falseMatches: 1, falseMatchRate: 1 })
  })

  it('is only shown by a dry run', async () => {
    const client = await owed(
      [{ ...acme, number: '9040010088', amount: '100.00' }],
      [paid('100.00', lines({ reference: '9040010088' }))],
    )
    const before = await traces(client)
    expect(await matchAll(client, { dryRun: true })).toMatchObject({ automatic: 1 })
    expect(await traces(client)).toEqual(before)
  })
})

describe('what is not certain', () => {
  it('by its amount alone is proposed and never posted, until a person accepts it', async () => {
    const client = await owed([{ ...acme, number: '9040010088', amount: '123.45' }], [paid('123.45')])
    const match = await theMatch(client)
    expect(match).toMatchObject({ outcome: 'SUGGESTED', state: 'PROPOSED', lines: [{ rule: { id: 'AMOUNT_SINGLE' } }] })
    expect(match.notes).toContainEqual({ code: 'AMOUNT_ONLY', isBlocking: true })
    expect(await receiptsOf(client)).toMatchObject([{ applied_minor: 0n }])
    expect(await accept(client.analyst, match)).toMatchObject({ match: { state: 'ACCEPTED', receipt: { state: 'MATCHED' } } })
    expect(await figuresOf(client)).toMatchObject({ straightThrough: 0, automatic: 0 })
    expect(await accept(client.analyst, match)).toMatchObject({ code: 'ILLEGAL_MOVE', state: 'ACCEPTED', legal: [] })
    expect(await contradictions(client)).toEqual([])
  })

  it('is corrected by a person, and the payer is known the next time', async () => {
    const items = ['1', '2'].map((n) => ({ ...acme, number: `904001008${n}`, amount: '100.00' }))
    const stranger = {
      payment: {
        amount: '100.00',
        valueOn: '2026-02-10',
        reference: 'wire',
        payerName: 'TREASURY POOL A',
        payerAccount: 'DE89370400440532013000',
      },
    }
    const client = await owed(items, [paid('100.00', stranger)])
    const match = await theMatch(client)
    expect(match).toMatchObject({ outcome: 'NONE', state: 'FRUITLESS', payer: { level: 'NONE' } })
    const { data } = await ask<{ client: { openItems: { edges: { node: { id: string; customer: { id: string } } }[] } } }>(
      client.analyst,
      'query ($id: ID!) { client(id: $id) { openItems(first: 1) { edges { node { id customer { id } } } } } }',
      { id: client.gid },
    )
    const item = data?.client.openItems.edges[0]?.node
    const applications = [{ openItem: item?.id, cash: { amount: '100.00', currency: 'USD' } }]
    const corrected = await correct(client.analyst, match, { customer: item?.customer.id, applications })
    expect(corrected).toMatchObject({
      match: { state: 'CORRECTED', reason: 'seen on the cheque', receipt: { state: 'MATCHED' } },
    })
    expect(corrected.match.lessons.map(({ kind }) => kind).toSorted()).toEqual(['ACCOUNT_ALIAS', 'NAME_ALIAS'])

    await post(client, [paid('100.00', stranger, 'R2')])
    expect(await theMatch(client)).toMatchObject({
      outcome: 'SUGGESTED',
      customer: { number: '70001' },
      payer: { level: 'ACCOUNT' },
    })
  })

  it('is rejected by a person, and found again when it is looked for', async () => {
    const client = await owed([{ ...acme, number: '9040010088', amount: '123.45' }], [paid('123.45')])
    const match = await theMatch(client)
    expect(await reject(client.analyst, match)).toMatchObject({ match: { state: 'REJECTED', reason: 'not theirs' } })
    expect(await theMatch(client)).toMatchObject({ state: 'PROPOSED' })
  })

  it('goes when the receipt is decided about in another way', async () => {
    const client = await owed([{ ...acme, number: '9040010088', amount: '123.45' }], [paid('123.45')])
    const match = await theMatch(client)
    await post(client, [{ key: 'apply', receiptKey: 'R1', applications: [{ itemNumber: '9040010088', amount: '123.45' }] }])
    const states = await asOwner<{ state: string }>('select state from cash_match where client_id = $1', [client.id])
    expect(states).toEqual([{ state: 'SUPERSEDED' }])
    expect(await accept(client.analyst, match)).toMatchObject({ code: 'ILLEGAL_MOVE', state: 'SUPERSEDED' })
  })

  it('is refused where its item was settled meanwhile, and nothing is written', async () => {
    const client = await owed([{ ...acme, number: '9040010088', amount: '123.45' }], [paid('123.45')])
    const match = await theMatch(client)
    await post(client, [paid('123.45', { applications: [{ itemNumber: '9040010088', amount: '123.45' }] }, 'R2')])
    const before = await traces(client)
    expect(await accept(client.analyst, match)).toMatchObject({ code: 'PROPOSAL_OUTDATED' })
    expect(await traces(client)).toEqual(before)
  })

  it('beyond the month’s tolerance, is proposed with the reason', async () => {
    const client = await owed(
      [{ ...acme, number: '9040010088', amount: '1000.00' }],
      [paid('999.50', lines({ reference: '9040010088' }))],
    )
    await grant(client, client.lead, 'MANAGER')
    const publish =
      'mutation ($input: PublishPolicyInput!) { publishPolicy(input: $input) { __typename ... on Refusal { message } } }'
    const rules = JSON.stringify({ monthMax: { byCurrency: { USD: 0 } } })
    const input = { client: client.gid, kind: 'WRITE_OFF', rules, reason: 'none any more', expectedVersion: 0 }
    const { data } = await ask<{ publishPolicy: { __typename: string } }>(client.lead, publish, { input })
    expect(data?.publishPolicy).toEqual({ __typename: 'PublishPolicyPayload' })
    const match = await theMatch(client)
    expect(match).toMatchObject({ outcome: 'SUGGESTED', state: 'PROPOSED', lines: [{ outcome: 'WITHIN_TOLERANCE' }] })
    expect(match.notes).toContainEqual({ code: 'BEYOND_TOLERANCE', isBlocking: true })
    expect(await accept(client.analyst, match)).toMatchObject({ code: 'BEYOND_TOLERANCE' })
  })
})

describe('matching by', () => {
  it.each([
    ['the client’s own portal user', (client: TestClient) => client.portal],
    ['a stranger', (client: TestClient) => client.stranger],
    ['the provider’s administrator', (client: TestClient) => client.provider.admin],
  ])('%s finds nothing there, and nothing is written', async (_case, who) => {
    const client = await owed([{ ...acme, number: '9040010088', amount: '123.45' }], [paid('123.45')])
    const match = await theMatch(client)
    const before = await traces(client)
    for (const answer of [
      await matchAll(client, {}, who(client)),
      await accept(who(client), match),
      await reject(who(client), match),
    ])
      expect(answer).toMatchObject({ code: 'NOT_FOUND' })
    expect(await traces(client)).toEqual(before)
  })

  it('someone who serves two clients never touches the other', async () => {
    const one = await owed([{ ...acme, number: '9040010088', amount: '100.00' }], [])
    const other = await owed([], [paid('100.00', lines({ reference: '9040010088' }))], one)
    await grant(one, other.analyst, 'ANALYST')
    const match = await theMatch(other)
    expect(match).toMatchObject({ outcome: 'NONE' })
    expect(JSON.stringify(match)).not.toContain(one.canary)
  })
})
