import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decodeGlobalId, encodeGlobalId } from '../../src/kernel/ids.ts'
import { together } from '../isolation/calling.ts'
import { leaksIn } from '../isolation/seed.ts'
import { reading, rejectsFile, run, say, tableSums, told, upload } from './asking.ts'
import { needles } from './needles.ts'
import { bothQueues } from './queue.ts'
import { type Someone, theWorld, today } from './world.ts'

// Whoever has no right learns nothing: not what there is, and not even that it is there.

type Held = { readonly typename: string; readonly id: string }

/** Everything in an answer that has an id and a type. */
const idsIn = (value: unknown, found: Map<string, string>): Map<string, string> => {
  if (Array.isArray(value)) for (const inner of value) idsIn(inner, found)
  else if (typeof value === 'object' && value !== null) {
    const { __typename: typename, id } = value as { __typename?: unknown; id?: unknown }
    if (typeof typename === 'string' && typeof id === 'string') found.set(id, typename)
    for (const inner of Object.values(value)) idsIn(inner, found)
  }
  return found
}

const list = (field: string, args = 'first: 2', inner = '') => `${field}(${args}) { edges { node { __typename id ${inner} } } }`
const ledgerText = `query Ledger($client: ID!) { client(id: $client) { __typename id ${list('legalEntities')} ${list('customers')}
  ${list('invoices')}
  ${list('openItems', 'first: 8, state: OPEN', 'paymentTerms { __typename id }')}
  ${list('imports', 'first: 6', list('rejects', 'first: 1'))} ${list('receipts')} ${list('applications')} ${list('promises')} ${list('worklist')} } }`
const directoryText = `query Directory($client: ID!) { client(id: $client) { ${list('grants')} } provider { __typename id ${list('teams')}
  ${list('users')} ${list('integrations', 'first: 2', list('apiKeys', 'first: 1'))} } }`

/** Real ids of both clients and of the provider who serves them, read by those who may. */
const realIds = async (): Promise<readonly Held[]> => {
  await bothQueues()
  const { a, b, admin, collector, integrationA } = await theWorld()
  const { client } = await reading<{ client: { invoices: { edges: { node: { id: string; customer: { id: string } } }[] } } }>(
    collector,
    `query Due($client: ID!) { client(id: $client) { invoices(first: 1, state: OPEN) { edges { node { id customer { id } } } } } }`,
    { client: a.gid },
  )
  const [invoice] = client.invoices.edges.map(({ node }) => node)
  const amount = { amount: '1.00', currency: 'USD' }
  await run(collector, 'recordPromise', { openItem: invoice?.id, amount, promisedOn: today }, '__typename')
  const { receipt } = await run<{ receipt: { id: string } }>(
    integrationA,
    'recordReceipt',
    { client: a.gid, customer: invoice?.customer.id, amount, valueOn: today, reference: 'A DOLLAR', idempotencyKey: 'a dollar' },
    'receipt { id }',
  )
  await run(
    integrationA,
    'applyReceipt',
    { receipt: receipt.id, openItem: invoice?.id, amount, expectedVersion: 1, idempotencyKey: 'the dollar' },
    '__typename',
  )
  const found = new Map<string, string>()
  for (const at of [a, b]) {
    idsIn(await reading(collector, ledgerText, { client: at.gid }), found)
    idsIn(await reading(admin, directoryText, { client: at.gid }), found)
  }
  // Three of each type say as much as all of them.
  const byType = Map.groupBy([...found], ([, typename]) => typename)
  return [...byType].flatMap(([typename, ids]) => ids.slice(0, 3).map(([id]) => ({ typename, id })))
}

/** An id of the same type that nobody has: of a client that is nowhere, and of the one that is. */
const madeUp = ({ typename, id }: Held): readonly string[] => {
  const isItsOwner = ['Client', 'Provider'].includes(typename)
  const owners = isItsOwner ? [randomUUID()] : [randomUUID(), decodeGlobalId(id)?.ownerId ?? '']
  return owners.map((ownerId) => encodeGlobalId({ typename, ownerId, id: isItsOwner ? ownerId : randomUUID() }))
}

const refused = '__typename ... on Refusal { code message path }'
const command = (name: string) =>
  `mutation Try($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${refused} } }`
const dollar = { amount: '1.00', currency: 'USD' }
const row = {
  legalEntity: 'X1',
  customerNumber: '1',
  kind: 'INVOICE',
  number: '1',
  sourceKey: '1',
  ...dollar,
  documentOn: today,
  dueOn: today,
}

type Try = { readonly name: string; readonly takes: readonly string[]; readonly input: (id: string) => object }

/** Commands with an id at a place where one of its type belongs, everything else being as good as the caller can have it. */
const tries = (own: { readonly client: string; readonly receipt: string }): readonly Try[] => {
  const items = ['Invoice', 'DebitMemo', 'CreditMemo']
  const recorded = { amount: dollar, valueOn: today, reference: 'x' }
  const key = () => ({ idempotencyKey: randomUUID() })
  return [
    { name: 'recordReceipt', takes: ['Client'], input: (client) => ({ client, ...recorded, ...key() }) },
    {
      name: 'recordReceipt',
      takes: ['Customer'],
      input: (customer) => ({ client: own.client, customer, ...recorded, ...key() }),
    },
    {
      name: 'identifyReceipt',
      takes: ['Receipt'],
      input: (receipt) => ({ receipt, customer: receipt, expectedVersion: 1 }),
    },
    {
      name: 'identifyReceipt',
      takes: ['Customer'],
      input: (customer) => ({ receipt: own.receipt, customer, expectedVersion: 1 }),
    },
    {
      name: 'applyReceipt',
      takes: ['Receipt'],
      input: (receipt) => ({ receipt, openItem: receipt, amount: dollar, expectedVersion: 1, ...key() }),
    },
    {
      name: 'applyReceipt',
      takes: items,
      input: (openItem) => ({ receipt: own.receipt, openItem, amount: dollar, expectedVersion: 1, ...key() }),
    },
    { name: 'recordPromise', takes: items, input: (openItem) => ({ openItem, amount: dollar, promisedOn: today }) },
    { name: 'withdrawPromise', takes: ['PromiseToPay'], input: (promise) => ({ promise, expectedVersion: 1, reason: 'x' }) },
    { name: 'importOpenItems', takes: ['Client'], input: (client) => ({ client, source: 'X', rows: [row], ...key() }) },
    { name: 'revokeGrant', takes: ['Grant'], input: (grant) => ({ grant, reason: 'x' }) },
    { name: 'deactivateUser', takes: ['User'], input: (user) => ({ user, reason: 'x' }) },
    { name: 'deactivateIntegration', takes: ['Integration'], input: (integration) => ({ integration, reason: 'x' }) },
    { name: 'revokeApiKey', takes: ['ApiKey'], input: (apiKey) => ({ apiKey, reason: 'x' }) },
    { name: 'assignTeamToClient', takes: ['Team'], input: (team) => ({ team, client: own.client }) },
  ]
}

/** Numbers of the line of events are given a moment after what they number. */
const numbered = async () => {
  const { sql } = await theWorld()
  await expect.poll(() => sql('select 1 from event where seq is null limit 1'), { timeout: 10_000 }).toEqual([])
}

export const nobodyElse = () => {
  describe('an id of the two clients', () => {
    it('is to the stranger and to the portal user what an id is that nobody has', async () => {
      const ids = await realIds()
      const { a, elsewhere, stranger, portal } = await theWorld()
      const typenames = new Set(ids.map(({ typename }) => typename))
      expect(ids.length).toBeGreaterThanOrEqual(30)
      expect([...typenames]).toEqual(
        expect.arrayContaining([
          ...[
            'Client',
            'LegalEntity',
            'Customer',
            'PaymentTerms',
            'Invoice',
            'DebitMemo',
            'CreditMemo',
            'Receipt',
            'Application',
          ],
          ...[
            'PromiseToPay',
            'WorkItem',
            'ImportBatch',
            'ImportReject',
            'Grant',
            'Team',
            'User',
            'Integration',
            'ApiKey',
            'Provider',
          ],
        ]),
      )
      // The stranger comes with money of its own, so that what is foreign is all there is to refuse.
      const { receipt } = await run<{ receipt: { id: string } }>(
        stranger,
        'recordReceipt',
        { client: elsewhere.gid, amount: dollar, valueOn: today, reference: 'OURS', idempotencyKey: 'ours' },
        'receipt { id }',
      )
      await numbered()
      const before = await tableSums()
      const theirs = ids.find(({ typename }) => typename === 'Receipt')?.id ?? ''
      const hidden = await needles()
      const node = 'query Node($id: ID!) { node(id: $id) { __typename id } }'
      const nodes = 'query Nodes($id: ID!) { nodes(ids: [$id]) { __typename id } }'
      const seen = { asked: 0, found: [] as string[], answers: new Set<string>() }

      const compare = async (who: Someone, real: Held, query: string, variables: (id: string) => Record<string, unknown>) => {
        const blank = (answer: string, id: string) => answer.replaceAll(id, 'ID')
        const answer = blank(await told(who, query, variables(real.id)), real.id)
        seen.asked += 1
        for (const id of madeUp(real)) {
          const expected = blank(await told(who, query, variables(id)), id)
          if (answer !== expected)
            seen.found.push(`${real.typename}: ${answer} for ${query}, and ${expected} of one that nobody has`)
        }
        if (query !== nodes && !answer.includes('"code":"NOT_FOUND"')) seen.found.push(`${real.typename}: ${answer} for ${query}`)
        seen.answers.add(answer)
      }
      for (const who of [stranger, portal]) {
        // Of its client the portal user may know what it is called and which companies it has, and nothing else.
        const mayRead = ({ typename, id }: Held) =>
          who === portal && ['Client', 'LegalEntity'].includes(typename) && decodeGlobalId(id)?.ownerId === a.id
        const own = who === portal ? { client: a.gid, receipt: theirs } : { client: elsewhere.gid, receipt: receipt.id }
        await together(ids, async (real) => {
          if (!mayRead(real)) for (const query of [node, nodes]) await compare(who, real, query, (id) => ({ id }))
          for (const { name, takes, input } of tries(own)) {
            if (takes.includes(real.typename)) await compare(who, real, command(name), (id) => ({ input: input(id) }))
          }
        })
      }
      expect(seen.found).toEqual([])
      expect(leaksIn([...seen.answers].join('\n'), hidden)).toEqual([])
      expect(await told(portal, node, { id: a.gid })).toContain(a.gid)
      await numbered()
      expect(await tableSums()).toEqual(before)
      say(`${ids.length} real ids of ${typenames.size} types were asked for ${seen.asked} times by two who have no right to them`)
    })

    it('opens no queue, and every refusal to it is NOT_FOUND', async () => {
      await bothQueues()
      const { a, b, stranger, portal } = await theWorld()
      const hidden = await needles()
      const worklist =
        'query Queue($id: ID!) { worklist(clients: [$id], first: 5) { totalCount { value } edges { node { id } } } }'
      for (const who of [stranger, portal]) {
        for (const { gid } of [a, b]) {
          const answer = await told(who, worklist, { id: gid })
          expect(answer).toContain('"code":"NOT_FOUND"')
          expect(answer).toContain('"worklist":null')
          expect(leaksIn(answer, hidden)).toEqual([])
        }
        const receipt = { amount: dollar, valueOn: today, reference: 'x', idempotencyKey: 'x' }
        expect(await told(who, command('recordReceipt'), { input: { client: a.gid, ...receipt } })).toContain(
          '"code":"NOT_FOUND"',
        )
      }
    })

    it('opens no door for files: who may not import is told that there is no such client, and no reject is shown', async () => {
      const { a, collector, stranger, portal } = await theWorld()
      const batch = (await realBatch()) ?? ''
      for (const who of [stranger, portal]) {
        const real = await rejectsFile(who, batch)
        const nowhere = await rejectsFile(who, madeUp({ typename: 'ImportBatch', id: batch })[0] ?? '')
        expect(real).toEqual(nowhere)
        expect(real.status).toBe(404)
      }
      for (const who of [stranger, portal, collector]) {
        const params = (client: string) => ({ client, profile: 'ibm-receivables', dryRun: 'true' })
        const real = await upload(who, 'ledger-ibm/receivables.csv', params(a.code))
        expect(real).toEqual(await upload(who, 'ledger-ibm/receivables.csv', params('NO-SUCH-CLIENT')))
        expect(real.status).toBe(404)
      }
    })
  })
}

const realBatch = async () => {
  await bothQueues()
  const { a, collector } = await theWorld()
  const { client } = await reading<{ client: { imports: { edges: { node: { id: string } }[] } } }>(
    collector,
    'query Loads($client: ID!) { client(id: $client) { imports(first: 1) { edges { node { id } } } } }',
    { client: a.gid },
  )
  return client.imports.edges[0]?.node.id
}
