import { describe, expect, it } from 'vitest'
import { post } from '../cash/results.ts'
import { gidOf } from '../cash/world.ts'
import {
  type Answer,
  aClient,
  aCustomer,
  anItem,
  aReceipt,
  ask,
  asOwner,
  type Person,
  type Row,
  rowsOf,
  type TestClient,
} from '../harness/index.ts'
import { aDocument, aPdf, decide, hangingOn, send, shownOf } from './world.ts'

const dayFrom = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
const usd = (amount: string) => ({ amount, currency: 'USD' })

const done = async (who: Person, name: string, made: string, input: object): Promise<Row> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const document = `mutation ($input: ${type}Input!) { out: ${name}(input: $input) { ... on ${type}Payload { made: ${made} { id } } } }`
  const { data, errors } = await ask<{ out: { made?: { id: string } } }>(who, document, { input })
  const gid = data?.out.made?.id
  if (gid === undefined) throw new Error(`${name} was not done: ${JSON.stringify(errors ?? data)}`)
  return { gid, id: '' }
}

const numberOf = async (client: TestClient, { id }: Row): Promise<string> => {
  const [row] = await asOwner<{ number: string }>('select number from open_item where client_id = $1 and id = $2', [
    client.id,
    id,
  ])
  return row?.number ?? ''
}

/** One subject of each kind there is, of one client. */
const everything = async (client: TestClient) => {
  const customer = await aCustomer(client, { number: 'EV1' })
  const item = await anItem(client, customer, { openMinor: 10_000n })
  const receipt = await aReceipt(client, customer, 5_000n)
  const promise = await done(client.analyst, 'recordPromise', 'promise', {
    openItem: item.gid,
    amount: usd('5.00'),
    promisedOn: dayFrom(5),
  })
  const plan = await done(client.analyst, 'proposePaymentPlan', 'plan', {
    customer: customer.gid,
    items: [{ openItem: item.gid, amount: usd('5.00') }],
    installments: [{ dueOn: dayFrom(5), amount: usd('5.00'), openItem: item.gid }],
  })
  await post(client, [
    {
      key: 'short',
      receiptKey: 'SHORT',
      payment: { amount: '40.00', valueOn: dayFrom(0), reference: 'wire', customerNumber: 'EV1' },
      applications: [{ itemNumber: await numberOf(client, item), amount: '40.00', deductions: [{ amount: '5.00' }] }],
    },
  ])
  const [deduction] = await rowsOf(client, 'deduction')
  const id = String(deduction?.id)
  return [
    { typename: 'Customer', field: 'customer', subject: customer },
    { typename: 'Invoice', field: 'openItem', subject: item },
    { typename: 'Receipt', field: 'receipt', subject: receipt },
    { typename: 'Deduction', field: 'deduction', subject: { id, gid: gidOf(client, 'Deduction', id) } },
    { typename: 'PromiseToPay', field: 'promise', subject: promise },
    { typename: 'PaymentPlan', field: 'paymentPlan', subject: plan },
  ] as const
}

const told = async (client: TestClient) =>
  (
    await asOwner<{ name: string }>(`select name from event where client_id = $1 and area = 'evidence' order by id`, [client.id])
  ).map(({ name }) => name)

describe('a document', () => {
  it('hangs on subjects of every kind, is listed by each, and is taken off with a reason', async () => {
    const client = await aClient()
    const subjects = await everything(client)
    const id = await aDocument(client)
    for (const { subject, typename } of subjects) {
      expect(await hangingOn(client.analyst, subject, typename)).toEqual([])
      expect(await decide(client.analyst, 'attachEvidence', { evidence: id, subject: subject.gid })).toMatchObject({
        __typename: 'AttachEvidencePayload',
      })
      expect(await hangingOn(client.analyst, subject, typename)).toEqual([id])
    }
    const shown = await shownOf(client.analyst, id)
    expect(
      shown?.links.map((link) => Object.entries(link).find(([, value]) => typeof value === 'object' && value !== null)),
    ).toEqual(subjects.map(({ field, subject }) => [field, { id: subject.gid }]))

    for (const { subject, typename } of subjects) {
      const input = { evidence: id, subject: subject.gid, reason: 'it is of another delivery' }
      expect(await decide(client.analyst, 'detachEvidence', input)).toMatchObject({ __typename: 'DetachEvidencePayload' })
      expect(await hangingOn(client.analyst, subject, typename)).toEqual([])
      expect(await decide(client.analyst, 'detachEvidence', input)).toMatchObject({ __typename: 'NotFound' })
    }
    const kept = await rowsOf(client, 'evidence_link')
    expect(kept).toHaveLength(6)
    for (const link of kept) expect(link).toMatchObject({ detach_reason: 'it is of another delivery' })
    expect(await told(client)).toEqual([
      'evidence.recorded',
      ...Array.from({ length: 6 }, () => 'evidence.attached'),
      ...Array.from({ length: 6 }, () => 'evidence.detached'),
    ])
  })

  it('hangs on a subject once, however often and by however many at once it is attached', async () => {
    const client = await aClient()
    const customer = await aCustomer(client)
    const id = await aDocument(client)
    const input = { evidence: id, subject: customer.gid }
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => decide(client.analyst, 'attachEvidence', input)))
    expect(new Set(outcomes.map(({ __typename }) => __typename))).toEqual(new Set(['AttachEvidencePayload']))
    expect(await rowsOf(client, 'evidence_link')).toHaveLength(1)
    await decide(client.analyst, 'detachEvidence', { ...input, reason: 'oh' })
    await decide(client.analyst, 'attachEvidence', input)
    expect(await hangingOn(client.analyst, customer, 'Customer')).toEqual([id])
  })

  it('hangs on a hundred subjects and no more', async () => {
    const client = await aClient()
    const id = await aDocument(client)
    await asOwner(
      `with many as (
         insert into customer (client_id, id, number, name, created_at)
         select $1, gen_random_uuid(), 'N' || n, 'Name ' || n, now() from generate_series(1, 100) n returning id)
       insert into evidence_link (client_id, id, evidence_id, customer_id, principal_id, principal_name, created_at)
       select $1, gen_random_uuid(), (select id from evidence where client_id = $1), many.id, $2, 'test', now() from many`,
      [client.id, client.analyst.id],
    )
    const one = await aCustomer(client)
    expect(await decide(client.analyst, 'attachEvidence', { evidence: id, subject: one.gid })).toMatchObject({
      __typename: 'InvalidInput',
      message: expect.stringContaining('100'),
    })
    expect((await shownOf(client.analyst, id))?.links).toHaveLength(100)
  })

  it('is no use to another client: neither its subjects nor its documents are known there', async () => {
    const [client, other] = [await aClient(), await aClient()]
    const [id, theirs] = [await aDocument(client), await aDocument(other)]
    const [customer, foreign] = [await aCustomer(client), await aCustomer(other)]
    const attempts = [
      { evidence: id, subject: foreign.gid },
      { evidence: id, subject: gidOf(client, 'Customer', foreign.id) },
      { evidence: theirs, subject: customer.gid },
      { evidence: id, subject: gidOf(client, 'Activity') },
    ]
    for (const input of attempts)
      expect(await decide(client.analyst, 'attachEvidence', input)).toMatchObject({ __typename: 'NotFound' })
    expect(await rowsOf(client, 'evidence_link')).toEqual([])
    expect(await rowsOf(other, 'evidence_link')).toEqual([])
  })

  it('hangs on nothing that who attaches it may not read', async () => {
    const client = await aClient()
    const promise = (await everything(client)).find(({ typename }) => typename === 'PromiseToPay')?.subject.gid ?? ''
    const id = await aDocument(client, { who: client.integration })
    expect(await decide(client.integration, 'attachEvidence', { evidence: id, subject: promise })).toMatchObject({
      __typename: 'NotFound',
    })
    await decide(client.analyst, 'attachEvidence', { evidence: id, subject: promise })
    // That it hangs somewhere is told, and where is not.
    expect((await shownOf(client.integration, id))?.links).toMatchObject([{ promise: null, attachedBy: client.analyst.name }])
    const detach = { evidence: id, subject: promise, reason: 'mine' }
    expect(await decide(client.integration, 'detachEvidence', detach)).toMatchObject({ __typename: 'NotFound' })
  })

  it('is nothing that a portal user, an administrator or a stranger sees or touches', async () => {
    const client = await aClient()
    const customer = await aCustomer(client)
    const id = await aDocument(client, { subject: customer.gid })
    for (const who of [client.portal, client.stranger, client.provider.admin]) {
      expect(await shownOf(who, id)).toBeNull()
      const input = { evidence: id, expectedVersion: 1, reason: 'gone with it' }
      for (const name of ['withdrawEvidence', 'holdEvidence', 'releaseEvidence'])
        expect(await decide(who, name, input)).toMatchObject({ __typename: 'NotFound' })
    }
    expect(await shownOf(client.analyst, id)).toMatchObject({ version: 1, state: 'STANDING' })
  })

  it('is listed latest first, by type, and page by page', async () => {
    const client = await aClient()
    const customer = await aCustomer(client)
    const ids: string[] = []
    for (const type of ['POD', 'BOL', 'POD', 'POD'])
      ids.unshift(await aDocument(client, { subject: customer.gid, type, bytes: aPdf() }))
    expect(await hangingOn(client.analyst, customer, 'Customer')).toEqual(ids)
    const pods = ids.filter((_, place) => place !== 2)
    expect(await hangingOn(client.analyst, customer, 'Customer', 'first: 10, type: "POD"')).toEqual(pods)

    type Page = { edges: { node: { id: string } }[]; pageInfo: { endCursor: string; hasNextPage: boolean } }
    const pages = async (of: string, key: string): Promise<string[]> => {
      const seen: string[] = []
      let after: string | null = null
      for (;;) {
        const query: string = `query ($id: ID!, $after: String) { node(id: $id) { ... on ${of} {
          evidence(first: 2, after: $after) { edges { node { id } } pageInfo { endCursor hasNextPage } } } } }`
        const answer: Answer<{ node: { evidence: Page } }> = await ask<{ node: { evidence: Page } }>(client.analyst, query, {
          id: key,
          after,
        })
        const page: Page | undefined = answer.data?.node.evidence
        if (page === undefined) throw new Error(JSON.stringify(answer))
        seen.push(...page.edges.map(({ node }) => node.id))
        if (!page.pageInfo.hasNextPage) return seen
        after = page.pageInfo.endCursor
      }
    }
    expect(await pages('Customer', customer.gid)).toEqual(ids)
    expect(await pages('Client', client.gid)).toEqual(ids)
  })
})

describe('what a document is', () => {
  it('cannot be changed by the service, nor that it was, nor where it hung', async () => {
    const rows = await asOwner<{ name: string; columns: string[] | null; deletes: boolean }>(
      `select t as name, has_table_privilege('quittance_app', t, 'delete') as deletes,
         (select array_agg(attname::text order by attname) from pg_attribute a where a.attrelid = t::regclass and a.attnum > 0
            and not attisdropped and has_column_privilege('quittance_app', t, attname, 'update')) as columns
       from unnest(array['evidence', 'evidence_content', 'evidence_link']) t order by t`,
    )
    const own = [
      'held_at',
      'held_by',
      'hold_reason',
      'removed_at',
      'version',
      'withdrawal_reason',
      'withdrawn_at',
      'withdrawn_by',
    ]
    expect(rows).toEqual([
      { name: 'evidence', columns: own, deletes: false },
      { name: 'evidence_content', columns: ['since', 'state'], deletes: false },
      { name: 'evidence_link', columns: ['customer_id', 'detach_reason', 'detached_at', 'detached_by'], deletes: false },
    ])
  })
})

describe('a document that was withdrawn', () => {
  it('leaves the lists that do not ask for it, says why, hangs on nothing more, and makes room for another', async () => {
    const client = await aClient()
    const customer = await aCustomer(client)
    const bytes = aPdf()
    const id = await aDocument(client, { subject: customer.gid, bytes })
    const input = { evidence: id, expectedVersion: 1, reason: 'of another customer' }
    expect(await decide(client.analyst, 'withdrawEvidence', { ...input, reason: ' ' })).toMatchObject({
      __typename: 'InvalidInput',
    })
    expect(await decide(client.analyst, 'withdrawEvidence', { ...input, expectedVersion: 2 })).toMatchObject({
      __typename: 'VersionConflict',
    })
    expect(await decide(client.analyst, 'withdrawEvidence', input)).toMatchObject({
      evidence: { state: 'WITHDRAWN', version: 2, withdrawal: { by: client.analyst.name, reason: 'of another customer' } },
    })
    expect(await hangingOn(client.analyst, customer, 'Customer')).toEqual([])
    expect(await hangingOn(client.analyst, customer, 'Customer', 'first: 10, withWithdrawn: true')).toEqual([id])
    for (const [name, move] of [
      ['withdrawEvidence', { ...input, expectedVersion: 2 }],
      ['attachEvidence', { evidence: id, subject: customer.gid }],
    ] as const)
      expect(await decide(client.analyst, name, move)).toMatchObject({ __typename: 'IllegalMove' })
    const again = await send(client, { bytes, subject: customer.gid })
    expect(again.status).toBe(201)
    expect(again.body.id).not.toBe(id)
  })
})

describe('a customer that was known by name alone', () => {
  const load = async (client: TestClient, number: string, customer: object) => {
    const text =
      'mutation ($input: ImportOpenItemsInput!) { done: importOpenItems(input: $input) { __typename ... on Refusal { message } } }'
    const dates = { documentOn: '2026-01-05', dueOn: '2026-02-04' }
    const row = {
      number,
      sourceKey: number,
      legalEntity: 'LE1',
      kind: 'INVOICE',
      currency: 'USD',
      amount: '1.00',
      ...dates,
      ...customer,
    }
    const input = { client: client.gid, source: 'ERP', idempotencyKey: number, rows: [row] }
    const { data } = await ask<{ done: { __typename: string } }>(client.integration, text, { input })
    expect(data?.done.__typename).toBe('ImportOpenItemsPayload')
  }

  it('takes its documents along when the name gets a number, and what hangs on both hangs once', async () => {
    const client = await aClient()
    await load(client, 'I1', { customerName: 'Orla Quill', customerNumber: '70001' })
    await load(client, 'I2', { customerName: 'Tamsin Ridge' })
    const [named] = await asOwner<{ id: string }>('select id from customer where client_id = $1 and number is null', [client.id])
    const [numbered] = await asOwner<{ id: string }>('select id from customer where client_id = $1 and number is not null', [
      client.id,
    ])
    const [from, to] = [gidOf(client, 'Customer', named?.id), gidOf(client, 'Customer', numbered?.id)]
    const [one, both] = [await aDocument(client, { subject: from }), await aDocument(client, { subject: from })]
    await decide(client.analyst, 'attachEvidence', { evidence: both, subject: to })
    await load(client, 'I3', { customerName: 'Tamsin Ridge', customerNumber: '70001' })
    expect(await hangingOn(client.analyst, { id: '', gid: to }, 'Customer')).toEqual([both, one])
    const links = await rowsOf(client, 'evidence_link')
    expect(links.filter(({ detached_at }) => detached_at !== null)).toMatchObject([
      { customer_id: numbered?.id, detach_reason: 'it hangs on the same customer already' },
    ])
  })
})
