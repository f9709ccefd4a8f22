import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import { systemId } from '../../src/platform/database/who.ts'
import { swift } from '../bank/statements.ts'
import { aDocument } from '../evidence/world.ts'
import {
  aClient,
  aCustomer,
  anItem,
  aPerson,
  aProvider,
  aReceipt,
  ask,
  asOwner,
  beginDay,
  grant,
  type Person,
  type Row,
  type TestClient,
} from '../harness/index.ts'
import { type Column, inOrderOfReference, ownerIn, type Table, tables } from './catalog.ts'

type Provider = Awaited<ReturnType<typeof aProvider>>

/** A client with rows in every table there is, and the people whose eyes are tried. */
export type FullClient = TestClient & {
  /** Holds every right that can be held at the client and its provider: what even they never see is nobody's to see. */
  readonly allSeeing: Person
  readonly manager: Person
  /** The client’s own, who decides and reads no ledger. */
  readonly approver: Person
}

/** The word in every text of an owner's rows. Capitals and digits alone, so that codes and numbers can carry it too. */
export const brandOf = (ownerId: string): string =>
  `ZQ${createHash('sha256').update(ownerId).digest('hex').slice(0, 12).toUpperCase()}`

/** The same, and which area the row is of: some who look may read one area of a client and not another. */
const brandIn = (table: Table, ownerId: string): string => `${brandOf(ownerId)}-${areaOf(table).toUpperCase()}`

/** Events are of many areas, and rows of the directory of none: each a word of its own. */
const areaOf = ({ fence, area }: Table): string => area ?? (fence === 'provider' ? 'provider' : 'event')

/** Texts that must keep their meaning: a zone, a rate or a subject with a foreign word in it would break the service, not test it. */
export const keepsItsMeaning: Readonly<Record<string, string>> = {
  'client.time_zone': 'the client’s days are counted in it',
  'client.planning_rates': 'amounts are weighed by it',
  'policy_version.rules': 'commands go by them',
  'principal.subject': 'tokens say it',
  'client_grant.team_id': 'a grant through a team ends with the team',
}

const expectsDone = async (what: string, asked: ReturnType<typeof ask>) => {
  const answer = await asked
  const [outcome] = Object.values(answer.data ?? {}) as ({ __typename?: string } | null)[]
  if (answer.errors !== undefined || !String(outcome?.__typename).endsWith('Payload')) {
    throw new Error(`${what} was not done: ${JSON.stringify(answer)}`)
  }
}

const dayFrom = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

/** Rows as the commands write them: audit, events and kept answers come with them. */
const byCommands = async (client: TestClient) => {
  const payer = await aCustomer(client)
  const other = await aCustomer(client)
  const item = await anItem(client, payer, { openMinor: 50_000n, daysOverdue: 45 })
  const promised = await anItem(client, payer, { openMinor: 20_000n, daysOverdue: 5 })
  // Due first, so that pages of two show one of each kind.
  await anItem(client, payer, { kind: 'DEBIT_MEMO', openMinor: 7_000n, daysOverdue: 190 })
  await anItem(client, payer, { kind: 'CREDIT_MEMO', openMinor: -3_000n, daysOverdue: 200 })
  await anItem(client, other, { openMinor: 90_000n, daysOverdue: 120 })
  await anItem(client, other, { openMinor: 12_000n, daysOverdue: 60, settledDaysLate: 20 })
  const receipt = await aReceipt(client, payer, 30_000n)
  await aReceipt(client, null, 4_000n)
  // Before the load of a ledger, which has the rejects: lists show the newest first.
  await byBank(client)
  await byLoad(client)
  await beginDay(client)

  const apply = {
    receipt: receipt.gid,
    openItem: item.gid,
    amount: { amount: '100.00', currency: 'USD' },
    expectedVersion: 1,
    idempotencyKey: 'same',
  }
  await expectsDone(
    'applyReceipt',
    ask(client.analyst, 'mutation ($input: ApplyReceiptInput!) { applyReceipt(input: $input) { __typename } }', { input: apply }),
  )
  const place = {
    receipt: receipt.gid,
    from: 'UNAPPLIED',
    to: 'ON_ACCOUNT',
    amount: { amount: '10.00', currency: 'USD' },
    reason: 'kept for the next order',
    expectedVersion: 2,
    idempotencyKey: 'same',
  }
  await expectsDone(
    'placeReceipt',
    ask(client.analyst, 'mutation ($input: PlaceReceiptInput!) { placeReceipt(input: $input) { __typename } }', { input: place }),
  )
  await byResults(client)
  // The second takes the place of the first, so that both ends of that are walked.
  for (const one of [promised, promised]) await byPromise(client, one)
  const five = { amount: '5.00', currency: 'USD' }
  for (const one of [promised, item]) {
    await expectsDone(
      'proposePaymentPlan',
      ask(client.analyst, 'mutation ($input: ProposePaymentPlanInput!) { proposePaymentPlan(input: $input) { __typename } }', {
        input: {
          customer: payer.gid,
          items: [{ openItem: one.gid, amount: five }],
          installments: [{ dueOn: dayFrom(5), amount: five, openItem: one.gid }],
        },
      }),
    )
  }
  // Every kind of item has some, though nobody promises a credit: the lists are walked all the same.
  await asOwner(
    `insert into promise_to_pay (client_id, id, open_item_id, customer_id, currency, amount_minor, promised_on, state, place, item_version,
       deadline_on, due_minor, principal_id, created_at)
     select client_id, gen_random_uuid(), id, customer_id, currency, 100, $2, 'WITHDRAWN', 1, version, $2, 100, $3, now()
     from open_item where client_id = $1 and kind <> 'INVOICE'`,
    [client.id, dayFrom(5), client.analyst.id],
  )
  await byTalking(client, payer, [item, promised])
  await byNotices(client, payer)
  await expectsDone(
    'matchReceipts',
    ask(client.analyst, 'mutation ($input: MatchReceiptsInput!) { matchReceipts(input: $input) { __typename } }', {
      input: { client: client.gid },
    }),
  )
  await byMarks(client)
  await byRequests(client, { customer: payer, item, receipt })
  await byDeductions(client)
  await byDocuments(client)
  await expectsDone(
    'createTeam',
    ask(client.provider.admin, 'mutation ($input: CreateTeamInput!) { createTeam(input: $input) { __typename } }', {
      input: { code: `T${randomBytes(5).toString('hex').toUpperCase()}`, name: 'Another team' },
    }),
  )
}

/** A ladder in force, a step of it that was taken, and customers whose stages are held. */
const byStaging = async (client: TestClient, manager: Person) => {
  const step = { code: 'ASK', label: `Ask ${client.canary}`, channel: 'CALL', offsetDays: 1 }
  const rules = JSON.stringify({
    isActive: true,
    steps: [step, { ...step, code: 'DEMAND', offsetDays: 290 }, { ...step, code: 'LAST', offsetDays: 400 }],
  })
  await expectsDone(
    'publishPolicy',
    ask(manager, 'mutation ($input: PublishPolicyInput!) { publishPolicy(input: $input) { __typename } }', {
      input: { client: client.gid, kind: 'STAGING', rules, reason: 'as agreed', expectedVersion: 0 },
    }),
  )
  // The debit memo of the load is due before all others, so that its stage is on first pages.
  const [memo] = await asOwner<{ id: string; customerId: string; code: string; version: number }>(
    `select o.id, o.customer_id as "customerId", s.next ->> 'code' as code, s.version
     from open_item o join item_stage s on s.client_id = o.client_id and s.open_item_id = o.id where o.client_id = $1 and o.number = 'L3'`,
    [client.id],
  )
  if (memo === undefined) throw new Error('the debit memo is not staged')
  const gidOf = (typename: string, id: string) => encodeGlobalId({ typename, ownerId: client.id, id })
  const openItem = gidOf('DebitMemo', memo.id)
  const complete = { openItem, stage: memo.code, expectedVersion: memo.version, note: 'told them' }
  await expectsDone(
    'completeStage',
    ask(client.analyst, 'mutation ($input: CompleteStageInput!) { completeStage(input: $input) { __typename } }', {
      input: complete,
    }),
  )
  for (const subject of [{ customer: gidOf('Customer', memo.customerId) }, { openItem }])
    await expectsDone(
      'holdStaging',
      ask(client.lead, 'mutation ($input: HoldStagingInput!) { holdStaging(input: $input) { __typename } }', {
        input: { ...subject, reason: 'LEGAL', note: 'with a lawyer', idempotencyKey: JSON.stringify(subject) },
      }),
    )
}

/** Cases: two of one that was split, with a comment and a document, of which one waits for an approval. */
const byDisputes = async (client: TestClient) => {
  const [one, other] = await asOwner<{ id: string; customerId: string }>(
    `select id, customer_id as "customerId" from open_item
     where client_id = $1 and kind = 'INVOICE' and currency = 'USD' and open_minor > 200 and closed_on is null
       and customer_id = (select customer_id from open_item
         where client_id = $1 and kind = 'INVOICE' and currency = 'USD' and open_minor > 200 group by 1 having count(*) > 1 order by 1 limit 1)
     order by id limit 2`,
    [client.id],
  )
  if (one === undefined || other === undefined) throw new Error('nobody owes two invoices')
  const gidOf = (typename: string, id: string) => encodeGlobalId({ typename, ownerId: client.id, id })
  const run = async (name: string, input: object): Promise<string> => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
    const document = `mutation ($input: ${type}Input!) { out: ${name}(input: $input) { ... on ${type}Payload { dispute { id } } ... on Refusal { message } } }`
    const { data } = await ask<{ out: { dispute?: { id: string }; message?: string } }>(client.analyst, document, { input })
    if (data?.out.dispute === undefined) throw new Error(`${name} was refused: ${data?.out.message}`)
    return data.out.dispute.id
  }
  const amount = { amount: '1.00', currency: 'USD' }
  const dispute = await run('openDispute', {
    ...{
      customer: gidOf('Customer', one.customerId),
      reason: 'QUANTITY',
      externalReference: 'their claim',
      idempotencyKey: 'seed',
    },
    ...{ title: 'Two boxes are missing', items: [one, other].map(({ id }) => ({ openItem: gidOf('Invoice', id), amount })) },
  })
  const openItems = [gidOf('Invoice', other.id)]
  await run('splitDispute', {
    ...{ dispute, openItems, title: 'The other box', reason: 'seed', expectedVersion: 1, idempotencyKey: 'seed' },
  })
  await run('triageDispute', { dispute, reason: 'QUANTITY', rootCause: 'CARRIER', expectedVersion: 2 })
  await run('startReview', { dispute, expectedVersion: 3 })
  await run('proposeResolution', { dispute, outcome: 'WRITE_OFF', note: 'seed', expectedVersion: 4 })
  await run('commentDispute', { dispute, text: 'They sent no proof', idempotencyKey: 'seed' })
  await aDocument(client, { subject: dispute })
}

/** Documents: one that hangs on everything there is, one that hangs on nothing, and one that was taken off again. */
const byDocuments = async (client: TestClient) => {
  const idsIn = async (table: string, typename: string, where = '') => {
    const rows = await asOwner<{ id: string; kind?: string }>(
      `select * from ${table} where client_id = $1 ${where} order by id`,
      [client.id],
    )
    return rows.map(({ id }) => encodeGlobalId({ typename, ownerId: client.id, id }))
  }
  const subjects = [
    ...(await idsIn('customer', 'Customer')),
    ...(await idsIn('open_item', 'Invoice', `and kind = 'INVOICE'`)),
    ...(await idsIn('open_item', 'DebitMemo', `and kind = 'DEBIT_MEMO'`)),
    ...(await idsIn('open_item', 'CreditMemo', `and kind = 'CREDIT_MEMO'`)),
    ...(await idsIn('receipt', 'Receipt')),
    ...(await idsIn('deduction', 'Deduction')),
    ...(await idsIn('promise_to_pay', 'PromiseToPay')),
    ...(await idsIn('payment_plan', 'PaymentPlan')),
  ]
  const [first = ''] = subjects
  const [evidence] = [await aDocument(client, { subject: first }), await aDocument(client)]
  const attach = 'mutation ($input: AttachEvidenceInput!) { attachEvidence(input: $input) { __typename } }'
  for (const subject of subjects)
    await expectsDone('attachEvidence', ask(client.analyst, attach, { input: { evidence, subject } }))
  const other = await aDocument(client, { subject: first })
  await expectsDone(
    'detachEvidence',
    ask(client.analyst, 'mutation ($input: DetachEvidenceInput!) { detachEvidence(input: $input) { __typename } }', {
      input: { evidence: other, subject: first, reason: 'seed' },
    }),
  )
}

/** A deduction that is valid in part: its parts hang on it. */
const byDeductions = async (client: TestClient) => {
  const [first] = await asOwner<{ id: string }>('select id from deduction where client_id = $1 order by id limit 1', [client.id])
  const deduction = encodeGlobalId({ typename: 'Deduction', ownerId: client.id, id: first?.id ?? '' })
  const steps = [
    ['startResearch', {}],
    ['requestBackup', { from: 'seed', types: ['PRICE_LIST'] }],
    [
      'validateDeduction',
      {
        ...{ verdict: 'PARTIAL', rationale: 'seed', withoutEvidence: 'seed' },
        validAmount: { amount: '2.00', currency: 'USD' },
      },
    ],
  ] as const
  const about = await asOwner<{ id: string }>('select id from deduction where client_id = $1 order by id', [client.id])
  for (const { id } of about) {
    const input = {
      deduction: encodeGlobalId({ typename: 'Deduction', ownerId: client.id, id }),
      text: 'seed',
      idempotencyKey: id,
    }
    await expectsDone(
      'commentDeduction',
      ask(client.lead, 'mutation ($input: CommentDeductionInput!) { commentDeduction(input: $input) { __typename } }', { input }),
    )
  }
  for (const [index, [name, facts]] of steps.entries()) {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    await expectsDone(
      name,
      ask(client.lead, `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`, {
        input: { deduction, expectedVersion: index + 1, ...facts },
      }),
    )
  }
}

/** Plans that the customer accepted: one is approved on behalf of the lead, the other waits. */
const byApprovals = async (client: TestClient, manager: Person) => {
  const run = (who: Person, name: string, input: object) => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    return expectsDone(name, ask(who, `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`, { input }))
  }
  type Listed = { readonly id: string; readonly version: number; readonly evidenceHash: string }
  const listed = async (list: string, fields: string) => {
    const document = `{ client(id: "${client.gid}") { list: ${list}(first: 5) { edges { node { id ${fields} } } } } }`
    const { data } = await ask<{ client: { list: { edges: { node: Listed }[] } } }>(client.lead, document)
    return data?.client.list.edges.map(({ node }) => node) ?? []
  }
  for (const { id, version } of await listed('paymentPlans', 'version'))
    await run(client.analyst, 'acceptPaymentPlan', { plan: id, expectedVersion: version, acceptedBy: 'CFO' })
  const to = encodeGlobalId({ typename: 'User', ownerId: client.provider.id, id: manager.id })
  await run(client.lead, 'delegateApprovals', { client: client.gid, to, until: hour(24).toISOString(), reason: 'away' })
  const [asked] = await listed('approvals', 'version evidenceHash')
  const [delegation] = await listed('approvalDelegations', '')
  await run(manager, 'decideApproval', {
    ...{ request: asked?.id, decision: 'APPROVE', evidenceHash: asked?.evidenceHash, expectedVersion: asked?.version },
    ...{ comment: 'fine', onBehalfOf: delegation?.id },
  })
}

/** Work that somebody is at, that was put first, and that rests. */
const byMarks = async (client: TestClient) => {
  type Queues = Record<'owed' | 'cash', { readonly edges: readonly { readonly node: { readonly id: string } }[] }>
  const { data } = await ask<Queues>(
    client.analyst,
    `{ owed: worklist(clients: ["${client.gid}"], first: 2) { edges { node { id } } }
       cash: worklist(clients: ["${client.gid}"], filter: { kinds: [UNAPPLIED_CASH, UNIDENTIFIED_CASH] }, first: 2) { edges { node { id } } } }`,
  )
  const until = new Date(Date.now() + 86_400_000).toISOString()
  const reason = 'seed'
  for (const [name, work, input] of [
    ['claimWork', data?.owed, {}],
    ['pinWork', data?.owed, { until, reason }],
    ['snoozeWork', data?.cash, { until, reason }],
  ] as const) {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    const document = `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`
    await expectsDone(name, ask(client.analyst, document, { input: { workItem: work?.edges.at(-1)?.node.id, ...input } }))
  }
}

/** What was asked about a customer, an item and a receipt, and what came of it. */
const byRequests = async (client: TestClient, about: Record<'customer' | 'item' | 'receipt', Row>) => {
  const asked = (subject: string) => ({ subject, title: 'seed', text: 'seed', idempotencyKey: `seed ${subject}` })
  const document = (name: string) => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
    return `mutation ($input: ${type}Input!) { out: ${name}(input: $input) { __typename ... on ${type}Payload { request { id } } } }`
  }
  const run = async (name: string, input: object) => {
    const answer = await ask<{ out: { request: { id: string } } }>(client.analyst, document(name), { input })
    await expectsDone(name, Promise.resolve(answer as never))
    return answer.data?.out.request.id
  }
  const department = { name: 'seed', side: 'CLIENT' }
  const { customer, memos } = await memosOf(client)
  for (let times = 0; times < 2; times += 1)
    await run('escalate', { ...asked(customer), openItems: memos, idempotencyKey: `seed ${times}` })
  await run('escalate', { ...asked(about.customer.gid), openItems: [about.item.gid] })
  await run('raiseInternalRequest', { ...asked(about.receipt.gid), openItems: [about.item.gid], department })
  const request = await run('raiseInternalRequest', { ...asked(about.item.gid), department })
  await run('takeOwnership', { request, expectedVersion: 1 })
  await run('answerRequest', { request, expectedVersion: 2, answer: 'seed' })
  await run('commentRequest', { request, text: 'seed', idempotencyKey: 'seed' })
}

const byPromise = (client: TestClient, item: { readonly gid: string }) =>
  expectsDone(
    'recordPromise',
    ask(client.analyst, 'mutation ($input: RecordPromiseInput!) { recordPromise(input: $input) { __typename } }', {
      input: { openItem: item.gid, amount: { amount: '5.00', currency: 'USD' }, promisedOn: dayFrom(5), supersede: true },
    }),
  )

/** The memos of the load, which are due before all others: what is about them is on first pages with each kind of item. */
const memosOf = async (client: TestClient) => {
  const rows = await asOwner<{ id: string; kind: 'DEBIT_MEMO' | 'CREDIT_MEMO'; customerId: string }>(
    `select id, kind, customer_id as "customerId" from open_item where client_id = $1 and number in ('L3', 'L4')`,
    [client.id],
  )
  const gidOf = (typename: string, id = '') => encodeGlobalId({ typename, ownerId: client.id, id })
  const memos = rows.map(({ kind, id }) => gidOf(kind === 'DEBIT_MEMO' ? 'DebitMemo' : 'CreditMemo', id))
  return { customer: gidOf('Customer', rows[0]?.customerId), memos }
}

/** Whom somebody spoke to and wrote to about what the customer owes, and what was corrected of it. */
const byTalking = async (client: TestClient, customer: Row, items: readonly Row[]) => {
  const add =
    'mutation ($input: AddContactInput!) { addContact(input: $input) { __typename ... on AddContactPayload { contact { id } } } }'
  const asked = await ask<{ addContact: { contact: { id: string } } }>(client.lead, add, {
    input: { customer: customer.gid, name: 'Ann', email: 'ann@example.test', postalAddress: 'Street 1' },
  })
  const contact = asked.data?.addContact.contact.id
  await expectsDone(
    'verifyContact',
    ask(client.lead, 'mutation ($input: VerifyContactInput!) { verifyContact(input: $input) { __typename } }', {
      input: { contact, source: 'the switchboard', expectedVersion: 1 },
    }),
  )
  const log = async (facts: object) => {
    const document = `mutation ($input: LogActivityInput!) {
      logActivity(input: $input) { __typename ... on LogActivityPayload { activity { id } } } }`
    const input = { customer: customer.gid, direction: 'OUTBOUND', contact, openItems: items.map(({ gid }) => gid), ...facts }
    const answer = await ask<{ logActivity: { activity: { id: string } } }>(client.analyst, document, { input })
    await expectsDone('logActivity', Promise.resolve(answer as never))
    return answer.data?.logActivity.activity.id
  }
  await log({ kind: 'CALL', disposition: 'SPOKE', nonPaymentReason: 'CASH', summary: 'pays', idempotencyKey: 'call' })
  const { customer: customerOfMemos, memos } = await memosOf(client)
  const owing = { customer: customerOfMemos, contact: null, openItems: memos }
  await log({ ...owing, kind: 'LETTER', idempotencyKey: 'letter' })
  const activity = await log({ kind: 'MAIL', summary: 'asked', idempotencyKey: 'mail' })
  const correction = {
    activity,
    expectedVersion: 1,
    reason: 'a slip',
    contact,
    openItems: items.map(({ gid }) => gid),
    summary: 'asked again',
  }
  await expectsDone(
    'correctActivity',
    ask(client.analyst, 'mutation ($input: CorrectActivityInput!) { correctActivity(input: $input) { __typename } }', {
      input: correction,
    }),
  )
}

/** A notice that waits for its approval, about each kind of item: nobody asks for a credit, but the lists are walked all the same. */
const byNotices = async (client: TestClient, customer: Row) => {
  const document = 'mutation ($input: ProposeNoticeInput!) { proposeNotice(input: $input) { __typename } }'
  const input = { customer: customer.gid, template: 'FORMAL_NOTICE', idempotencyKey: 'notice' }
  await expectsDone('proposeNotice', ask(client.analyst, document, { input }))
  await asOwner(
    `insert into notice_line (client_id, notice_id, open_item_id, template_code, level, currency, proposed_minor, principal_id, is_automatic,
       withdrawn_reason, withdrawn_at)
     select o.client_id, n.id, o.id, n.template_code, n.level, o.currency, 100, $2, false, 'BY_HAND', now()
     from open_item o join notice n on n.client_id = o.client_id where o.client_id = $1 and o.kind <> 'INVOICE' on conflict do nothing`,
    [client.id, client.analyst.id],
  )
}

/** A statement of a bank: two payments, and what the bank took. */
const byBank = async (client: TestClient) => {
  const entries = [
    { minor: 900, reference: 'S-100' },
    { minor: 800, reference: 'S-200' },
    { minor: 70, mark: 'D' },
  ]
  await expectsDone(
    'importBankFile',
    ask(client.lead, 'mutation ($input: ImportBankFileInput!) { importBankFile(input: $input) { __typename } }', {
      input: { client: client.gid, name: 'statement', content: swift(entries) },
    }),
  )
}

/** Results of an integration: a payment that is short, what it is for, and an application that waits for its item. */
const byResults = async (client: TestClient) => {
  const results = [
    {
      key: 'paid',
      receiptKey: 'R1',
      currency: 'USD',
      payment: { amount: '70.00', valueOn: dayFrom(1), reference: 'wire', customerNumber: 'SEED' },
      remittance: {
        lines: [
          { reference: 'L1', paid: '70.00', deductions: [{ amount: '5.00', code: '01', codeList: 'X12_426', text: 'price' }] },
        ],
      },
      applications: [
        { itemNumber: 'L1', amount: '70.00', deductions: [{ amount: '5.00', code: '01', codeList: 'X12_426', text: 'price' }] },
      ],
    },
    {
      key: 'memos',
      receiptKey: 'R3',
      currency: 'USD',
      payment: { amount: '14.00', valueOn: dayFrom(1), reference: 'wire', customerNumber: 'SEED' },
      applications: [
        { itemNumber: 'L3', amount: '20.00' },
        { itemNumber: 'L4', amount: '-6.00' },
      ],
    },
    { key: 'later', receiptKey: 'R2', currency: 'USD', applications: [{ itemNumber: 'L9', legalEntity: 'LE1', amount: '1.00' }] },
    { key: 'back', receiptKey: 'R2', currency: 'USD', reversal: { result: 'never', reason: 'DUPLICATE' } },
  ]
  await expectsDone(
    'postCashResults',
    ask(client.integration, 'mutation ($input: PostCashResultsInput!) { postCashResults(input: $input) { __typename } }', {
      input: { client: client.gid, source: 'SEED', results },
    }),
  )
}

/** A load with one row that is taken and one that is not. */
const byLoad = async (client: TestClient) => {
  const row = (number: string, currency: string) => ({
    sourceKey: number,
    legalEntity: 'LE1',
    customerNumber: 'SEED',
    customerName: `Named ${client.canary}`,
    kind: 'INVOICE',
    number,
    currency,
    amount: '75.00',
    documentOn: dayFrom(-40),
    dueOn: dayFrom(-10),
  })
  const input = {
    client: client.gid,
    source: 'SEED',
    idempotencyKey: 'load',
    allowPartial: true,
    rows: [
      row('L1', 'USD'),
      { ...row('L2', 'USD'), dueOn: null, paymentTerms: 'N30' },
      // Due before all others, so that they are on first pages, and settled in part, so that they have applications.
      { ...row('L3', 'USD'), kind: 'DEBIT_MEMO', amount: '30.00', dueOn: dayFrom(-300), documentOn: dayFrom(-330) },
      { ...row('L4', 'USD'), kind: 'CREDIT_MEMO', amount: '-9.00', dueOn: dayFrom(-310), documentOn: dayFrom(-330) },
    ],
  }
  await expectsDone(
    'importOpenItems',
    ask(client.lead, 'mutation ($input: ImportOpenItemsInput!) { importOpenItems(input: $input) { __typename } }', { input }),
  )
}

const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000)

/** What no command makes yet, or not without a detour. */
const byHand = async (client: TestClient, people: readonly Person[]) => {
  const { provider } = client
  for (const { id } of people) {
    await asOwner('insert into team_member (provider_id, id, team_id, principal_id, valid_from) values ($1, $2, $3, $4, $5)', [
      provider.id,
      randomUUID(),
      provider.teamId,
      id,
      hour(-1),
    ])
  }
  await asOwner('insert into team_client (client_id, id, provider_id, team_id, valid_from) values ($1, $2, $3, $4, $5)', [
    client.id,
    randomUUID(),
    provider.id,
    provider.teamId,
    hour(-1),
  ])
  await asOwner(
    `insert into client_grant (client_id, id, provider_id, principal_id, team_id, role, valid_from, reason)
     values ($1, $2, $3, $4, $5, 'LEAD', $6, 'through the team')`,
    [client.id, randomUUID(), provider.id, client.lead.id, provider.teamId, hour(-1)],
  )
  // Of a kind that no worker knows, so that it stays.
  await asOwner(
    `insert into job (client_id, id, name, key, payload, state, run_at, attempts_max, principal_id, enqueued_at)
     values ($1, $2, 'test.seeded', 'seeded', '{}', 'QUEUED', $3, 1, $4, $3)`,
    [client.id, randomUUID(), hour(-1), client.lead.id],
  )
  await asOwner(
    'insert into api_key (provider_id, id, principal_id, prefix, hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)',
    [provider.id, randomUUID(), client.integration.id, randomBytes(4).toString('hex'), randomBytes(32), hour(-1), hour(24)],
  )
}

/** Whose customers are: some by a rule, one by hand, and the others nobody’s. */
const byOwning = async (client: TestClient, manager: Person) => {
  const { teamId, id: providerId } = client.provider
  const [team] = await asOwner<{ code: string }>('select code from team where provider_id = $1 and id = $2', [providerId, teamId])
  const rules = { rules: [{ name: `${brandOf(client.id)}-CLIENT`, when: { customers: ['SEED'] }, owner: { team: team?.code } }] }
  await expectsDone(
    'publishPolicy',
    ask(manager, 'mutation ($input: PublishPolicyInput!) { publishPolicy(input: $input) { __typename } }', {
      input: { client: client.gid, kind: 'ALLOCATION', rules: JSON.stringify(rules), reason: 'as agreed', expectedVersion: 0 },
    }),
  )
  const [customer] = await asOwner<{ id: string }>(
    'select id from customer where client_id = $1 and number <> $2 order by id limit 1',
    [client.id, 'SEED'],
  )
  const gidOf = (typename: string, ownerId: string, id = '') => encodeGlobalId({ typename, ownerId, id })
  await expectsDone(
    'assignCustomers',
    ask(client.lead, 'mutation ($input: AssignCustomersInput!) { assignCustomers(input: $input) { __typename } }', {
      input: {
        client: client.gid,
        customers: [gidOf('Customer', client.id, customer?.id)],
        team: gidOf('Team', providerId, teamId),
        person: gidOf('User', providerId, client.analyst.id),
        reason: 'seed',
        note: 'seed',
      },
    }),
  )
  // The first leads to what it speaks of; the second was taken over.
  const owed = await asOwner<{ id: string }>(`select id from work_item where client_id = $1 and kind = 'COLLECTION' limit 2`, [
    client.id,
  ])
  const works = owed.map(({ id }) => gidOf('WorkItem', client.id, id))
  for (const team of [null, gidOf('Team', providerId, teamId)]) {
    const answer = await ask<{ writeHandover: { handover: { id: string } } }>(
      client.analyst,
      `mutation ($input: WriteHandoverInput!) {
        writeHandover(input: $input) { __typename ... on WriteHandoverPayload { handover { id } } } }`,
      {
        input: {
          client: client.gid,
          team,
          note: 'seed',
          customers: [gidOf('Customer', client.id, customer?.id)],
          workItems: works,
          until: hour(24).toISOString(),
          passClaimsTo: gidOf('User', providerId, client.lead.id),
        },
      },
    )
    await expectsDone('writeHandover', Promise.resolve(answer as never))
    if (team === null) continue
    await expectsDone(
      'takeOverHandover',
      ask(client.lead, 'mutation ($input: TakeOverHandoverInput!) { takeOverHandover(input: $input) { __typename } }', {
        input: { handover: answer.data?.writeHandover.handover.id },
      }),
    )
  }
}

const literals = new Map<string, string>()
/** The first value that a column's check allows by name. */
const allowedValue = async (table: Table, column: Column): Promise<string | undefined> => {
  if (literals.size === 0) {
    const rows = await asOwner<{ place: string; value: string }>(
      `select c.conrelid::regclass || '.' || a.attname as place, substring(pg_get_constraintdef(c.oid) from '''([A-Z_]+)''') as value
       from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
       where c.contype = 'c' and array_length(c.conkey, 1) = 1 and pg_get_constraintdef(c.oid) ~ 'ANY|IN'`,
    )
    for (const { place, value } of rows) literals.set(place, value)
  }
  return literals.get(`${table.name}.${column.name}`)
}

const anyValue = (type: string): unknown => {
  if (type === 'uuid') return randomUUID()
  if (type === 'jsonb') return '{}'
  if (type === 'bytea') return randomBytes(32)
  if (type === 'date') return new Date().toISOString().slice(0, 10)
  if (type.startsWith('timestamp')) return hour(-1)
  if (type === 'boolean') return false
  if (type === 'character(3)') return 'USD'
  if (type === 'character(2)') return 'US'
  return /int|numeric/.test(type) ? 1 : 'X1'
}

/** A row of a table that nothing above fills: values by type, references to rows that are there. */
const anyRow = async (table: Table, ownerId: string, client: TestClient) => {
  const values = new Map<string, unknown>()
  for (const column of table.columns) {
    if (column.isIdentity || (column.isNullable && column.name !== table.owner)) continue
    if (column.hasDefault) continue
    values.set(column.name, (await allowedValue(table, column)) ?? anyValue(column.type))
  }
  const all = await tables()
  for (const { columns, target, targetColumns } of table.foreignKeys) {
    const to = all.find(({ name }) => name === target)
    if (to === undefined || columns.some((name) => !values.has(name))) continue
    const [found] = await asOwner<Record<string, unknown>>(`select * from ${target} where ${to.owner} = $1 limit 1`, [
      ownerIn(to, client),
    ])
    columns.forEach((name, index) => void values.set(name, found?.[targetColumns[index] ?? '']))
  }
  values.set(table.owner, ownerId)
  const names = [...values.keys()]
  await asOwner(`insert into ${table.name} (${names.join()}) values (${names.map((_, index) => `$${index + 1}`).join()})`, [
    ...values.values(),
  ])
}

const rowCount = async (table: Table, ownerId: string): Promise<number> => {
  const [row] = await asOwner<{ n: number }>(`select count(*)::int as n from ${table.name} where ${table.owner} = $1`, [ownerId])
  return row?.n ?? 0
}

/** References that may be empty lead somewhere, so that every path of the graph is there to be walked. */
const fillReferences = async (table: Table, ownerId: string) => {
  for (const { columns, target, targetColumns } of table.foreignKeys) {
    const optional = columns.find((name) => table.columns.some((column) => column.name === name && column.isNullable))
    const place = columns.indexOf(optional ?? '')
    const to = (await tables()).find(({ name }) => name === target)
    if (optional === undefined || to === undefined || keepsItsMeaning[`${table.name}.${optional}`] !== undefined) continue
    const ownTarget = columns[targetColumns.indexOf(to.owner)] ?? table.owner
    const distinct = target === table.name ? 'and f.id > t.id' : ''
    await asOwner(
      `update ${table.name} t set ${optional} =
         (select f.${targetColumns[place]} from ${target} f where f.${to.owner} = t.${ownTarget} ${distinct} order by f.${targetColumns[place]} limit 1)
       where t.${table.owner} = $1 and t.${optional} is null`,
      [ownerId],
    ).catch(ignoreChecks)
  }
}

/** A check that forbids the value is the table's right: 23514, too long 22001, taken 23505. */
const ignoreChecks = (thrown: unknown) => {
  if (!['23514', '22001', '23505'].includes(String((thrown as { code?: unknown }).code))) throw thrown
}

const brandColumn = (table: Table, { name, type, isIdentity }: Column, ownerId: string, brand: string) => {
  // What the database makes of other columns carries their brand by itself.
  if (isIdentity) return null
  const place = `${table.name}.${name}`
  if (keepsItsMeaning[place] !== undefined) return null
  const number = `(select count(*) from ${table.name} b where b.${table.owner} = $1 and b.ctid <= t.ctid)`
  const where = `where t.${table.owner} = $1`
  if (/^(text|character)/.test(type))
    return asOwner(`update ${table.name} t set ${name} = $2 || '-' || ${number} ${where}`, [ownerId, brand])
  if (type !== 'jsonb') return null
  const words = `jsonb_build_object('brand', $2::text)`
  return asOwner(
    `update ${table.name} t set ${name} = case jsonb_typeof(${name})
       when 'object' then ${name} || ${words}
       when 'array' then coalesce((select jsonb_agg(case jsonb_typeof(e)
           when 'object' then e || ${words} || case when e ? 'label' then jsonb_build_object('label', $2::text, 'input', $2::text) else '{}' end
           else e end) from jsonb_array_elements(${name}) e), ${name})
       else ${name} end ${where}`,
    [ownerId, brand],
  )
}

/** Every text of every row of the owner carries its brand afterwards, wherever the table lets it. */
const brandRows = async (table: Table, ownerId: string) => {
  for (const column of table.columns) {
    const branded = brandColumn(table, column, ownerId, brandIn(table, ownerId))
    if (branded !== null) await branded.catch(ignoreChecks)
  }
}

/** Until the relay has numbered everything: a checksum taken before would differ by the numbers alone. */
export const settled = async () => {
  for (let tries = 0; tries < 200; tries += 1) {
    const [row] = await asOwner<{ n: number }>('select count(*)::int as n from event where seq is null')
    if (row?.n === 0) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('the relay leaves events unnumbered')
}

/** Rows in every table there is; a table that stays empty is named, for whoever adds one. */
export const aFullClient = async (options: { provider?: Provider } = {}): Promise<FullClient> => {
  const provider = options.provider ?? (await aProvider())
  const client = await aClient({ provider, planningRates: { EUR: '1.1' } })
  const allSeeing = await aPerson(provider.id, 'PERSON', 'all-seeing')
  const manager = await aPerson(provider.id, 'PERSON', 'manager')
  const approver = await aPerson(provider.id, 'PORTAL', 'approver')
  await byCommands(client)
  await byHand(client, [client.analyst, client.lead])
  await asOwner(
    `insert into provider_grant (provider_id, id, principal_id, role, valid_from) values ($1, $2, $3, 'PROVIDER_ADMIN', $4)`,
    [provider.id, randomUUID(), allSeeing.id, hour(-1)],
  )
  await grant(client, allSeeing, 'MANAGER')
  await grant(client, allSeeing, 'AUDITOR')
  await grant(client, manager, 'MANAGER')
  await grant(client, approver, 'APPROVER')
  await byApprovals(client, manager)
  await expectsDone(
    'publishPolicy',
    ask(manager, 'mutation ($input: PublishPolicyInput!) { publishPolicy(input: $input) { __typename } }', {
      input: { client: client.gid, kind: 'WRITE_OFF', rules: '{}', reason: 'as agreed', expectedVersion: 0 },
    }),
  )
  await byOwning(client, manager)
  await byStaging(client, manager)
  await byDisputes(client)
  await settled()

  const all = inOrderOfReference(await tables())
  for (const table of all) {
    const ownerId = ownerIn(table, client)
    if ((await rowCount(table, ownerId)) > 0) continue
    await anyRow(table, ownerId, client).catch((cause) => {
      throw new Error(`the table ${table.name} has no row of a full client: give test/isolation/seed.ts one`, { cause })
    })
  }
  for (const table of all) await fillReferences(table, ownerIn(table, client))
  for (const table of all) await brandRows(table, ownerIn(table, client))
  return { ...client, allSeeing, manager, approver }
}

/** What an owner's rows hold that a looker may not be shown: their ids and their words. */
export type Needles = { readonly ids: ReadonlySet<string>; readonly words: readonly string[] }

const uuidText = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

type Whose = { readonly id: string; readonly provider: { readonly id: string } }

const idsOf = async (whose: Whose, of: (table: Table) => boolean): Promise<ReadonlySet<string>> => {
  const chosen = (await tables()).filter(of)
  if (chosen.length === 0) return new Set()
  const each = chosen.map((table) => `select to_jsonb(t)::text as text from ${table.name} t where ${table.owner} = any ($1)`)
  const rows = await asOwner<{ text: string }>(each.join(' union all '), [[whose.id, whose.provider.id]])
  return new Set(rows.flatMap(({ text }) => text.match(uuidText) ?? []).map((id) => id.replaceAll('-', '')))
}

/**
 * What of a foreign client must not reach somebody of one's own: everything, or all but the areas they may read there.
 * Two clients of one provider share its directory, so its rows are then nobody's needles.
 */
export const needlesOf = async (foreign: TestClient, own: TestClient, readable: readonly string[] = []): Promise<Needles> => {
  const isShared = foreign.provider.id === own.provider.id
  const isHidden = (table: Table) => !readable.includes(areaOf(table)) && !(isShared && table.fence === 'provider')
  const [theirs, ours, read] = await Promise.all([
    idsOf(foreign, isHidden),
    idsOf(own, () => true),
    idsOf(foreign, (table) => !isHidden(table)),
  ])
  const words = (await tables()).filter(isHidden).map((table) => brandIn(table, ownerIn(table, foreign)))
  return { ids: new Set([...theirs].filter((id) => !ours.has(id) && !read.has(id))), words: [...new Set(words)] }
}

const hexIds = /[0-9a-f]{32}/g
const decoded = new Map<string, readonly string[]>()

/** Ids inside an opaque token: spelled out in it, or as bytes anywhere in it. */
const idsInToken = (token: string): readonly string[] => {
  let ids = decoded.get(token)
  if (ids === undefined) {
    const bytes = Buffer.from(token, 'base64url')
    const hex = bytes.toString('hex')
    const inside = Array.from({ length: Math.max(0, bytes.length - 15) }, (_, at) => hex.slice(at * 2, at * 2 + 32))
    ids = [...(bytes.toString('latin1').replaceAll('-', '').match(hexIds) ?? []), ...inside]
    if (decoded.size > 50_000) decoded.clear()
    decoded.set(token, ids)
  }
  return ids
}

/** Everything in a text that belongs to the needles: words, ids as they are, ids inside global ids and cursors. */
export const leaksIn = (text: string, { ids, words }: Needles): readonly string[] => {
  const upper = text.toUpperCase()
  const found = words.filter((word) => upper.includes(word.toUpperCase()))
  for (const id of text.match(uuidText) ?? []) if (ids.has(id.replaceAll('-', ''))) found.push(id)
  for (const token of text.match(/[A-Za-z0-9_-]{22,}/g) ?? []) {
    for (const id of idsInToken(token)) if (ids.has(id)) found.push(`${id} inside ${token}`)
  }
  return found
}

/**
 * What every row of a client and its provider adds up to: equal before and after, or somebody wrote. The service's own
 * housekeeping goes round all clients meanwhile, and is nobody.
 */
export const checksum = async (client: Whose): Promise<Readonly<Record<string, string>>> => {
  const each = (await tables()).map(
    (table) => `
      select '${table.name}' as name, count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as sum
      from ${table.name} t where ${table.owner} = ${table.fence === 'provider' ? '$2' : '$1'} and to_jsonb(t) ->> 'principal_id' is distinct from $3`,
  )
  const rows = await asOwner<{ name: string; sum: string }>(each.join(' union all '), [client.id, client.provider.id, systemId])
  return Object.fromEntries(rows.map(({ name, sum }) => [name, sum]))
}
