import { approveLatest } from '../approval/deciding.ts'
import { aKey } from '../cash/world.ts'
import { aClient, asOwner, type Person, type Row, type TestClient } from '../harness/index.ts'
import { aWorld, itemOf, type Outcome, usd } from '../promise/world.ts'

export type Case = { readonly id: string; readonly version: number; readonly state: string; readonly [field: string]: unknown }
export type Refused = Outcome & { readonly legal?: readonly string[] }

const amounts = 'originalDisputed disputed paid credited clearedManually clearedAutomatically'
export const fields = `dispute { id version state reason category department rootCause priority deadlineOn isOverdue isCollected outcome escalationReason
  reopened legalMoves missingEvidence wasOpenedInError processor { name } coordinator { name } splitFrom { id }
  amounts { ${amounts
    .split(' ')
    .map((name) => `${name} { amount }`)
    .join(' ')} } history { kind state note by } }`

const originals = { D1: '100.00', D2: '60.00', D3: '40.00' } as const

type Told = Record<string, { readonly amount: string }>

/** Amounts of a case as [original, disputed, paid, credited, cleared manually, cleared automatically]. */
export const sums = ({ amounts: told }: Case) => amounts.split(' ').map((name) => (told as Told)[name]?.amount)

/** The promise’s world with what disputes need besides: days are counted from a Monday. */
export const aDisputeWorld = () => {
  const world = aWorld()
  const run = (who: Pick<Person, 'subject'>, name: string, input: object): Promise<Refused> =>
    world.runAs(who, name, input, fields)
  const done = async (who: Pick<Person, 'subject'>, name: string, input: object): Promise<Case> => {
    const out = await run(who, name, input)
    if (out.dispute === undefined) throw new Error(`${name} was refused: ${JSON.stringify(out)}`)
    return out.dispute as Case
  }
  const row = (key: string, open: string, facts: object = {}) => ({
    ...{ customerNumber: 'C1', number: key, sourceKey: key, dueOn: '2020-02-01' },
    ...{ amount: open, openAmount: open, ...facts },
  })

  return {
    ...world,
    run,
    done,
    /** What the client’s ledger says is open of some items of a customer. */
    ledger: (client: TestClient, open: Readonly<Record<string, string>>) =>
      world.load(
        client,
        Object.entries(open).map(([key, amount]) => row(key, amount, { amount: originals[key as keyof typeof originals] })),
      ),
    /** A client whose customer owes 100, 60 and 40. */
    aLedger: async (options: { timeZone?: string } = {}) => {
      const client = await aClient({ timeZone: 'UTC', ...options })
      await world.load(client, [row('D1', '100.00'), row('D2', '60.00'), row('D3', '40.00')])
      const [first, second, third] = await Promise.all(['D1', 'D2', 'D3'].map((key) => itemOf(client, key)))
      if (first === undefined || second === undefined || third === undefined) throw new Error('the ledger is not there')
      await world.beginDay(client)
      return { client, customer: first.customer, first, second, third }
    },
    open: (client: TestClient, customer: Row, items: readonly (readonly [Row, string | null])[], facts: object = {}) =>
      done(client.analyst, 'openDispute', asked(customer, items, facts)),
    caseNow: async (client: TestClient, id: string): Promise<Case> => {
      const { data, errors } = await world.read<{ node: Case }>(
        client.lead,
        `query ($id: ID!) { node(id: $id) { ... on Dispute { ${fields.slice(fields.indexOf('{') + 1, -1)} } } }`,
        { id },
      )
      if (data?.node === undefined || data.node === null) throw new Error(JSON.stringify(errors))
      return data.node
    },
    /** From open to approved, by an analyst and a lead. */
    approved: async (client: TestClient, { id, version }: Case, outcome: string, facts: object = {}): Promise<Case> => {
      const step = (name: string, expectedVersion: number, more: object = {}) =>
        done(client.analyst, name, { dispute: id, expectedVersion, ...more })
      const triaged = await step('triageDispute', version, { reason: 'PRICE' })
      const reviewed = await step('startReview', triaged.version)
      const proposed = await step('proposeResolution', reviewed.version, { outcome, note: 'as agreed by mail', ...facts })
      await approveLatest(world, client, client.lead)
      return { ...proposed, state: 'APPROVED', version: proposed.version + 1 }
    },
  }
}

export const asked = (customer: Row, items: readonly (readonly [Row, string | null])[], facts: object = {}) => ({
  customer: customer.gid,
  items: items.map(([item, amount]) => ({ openItem: item.gid, ...(amount === null ? {} : { amount: usd(amount) }) })),
  ...{ title: 'The price is wrong', idempotencyKey: aKey(), ...facts },
})

/** What the database holds of a client’s cases that is not the sum of their movements: nothing, ever. */
export const drifted = (client: TestClient) =>
  asOwner(
    `with moved as (
       select dispute_id, open_item_id, sum(amount_minor) filter (where kind = 'INCLUDED') as original,
         sum(amount_minor) filter (where kind = 'PAID') as paid, sum(amount_minor) filter (where kind = 'CREDITED') as credited,
         sum(amount_minor) filter (where kind = 'CLEARED_MANUALLY') as manually,
         sum(amount_minor) filter (where kind = 'CLEARED_AUTOMATICALLY') as automatically
       from dispute_movement where client_id = $1 group by 1, 2)
     select i.id::text from dispute_item i left join moved m on m.dispute_id = i.dispute_id and m.open_item_id = i.open_item_id
     where i.client_id = $1 and (i.original_minor, i.paid_minor, i.credited_minor, i.cleared_manually_minor, i.cleared_automatically_minor)
       is distinct from (coalesce(m.original, 0)::bigint, coalesce(m.paid, 0)::bigint, coalesce(m.credited, 0)::bigint,
         coalesce(m.manually, 0)::bigint, coalesce(m.automatically, 0)::bigint)
     union all
     select d.id::text from dispute d
     cross join lateral (
       select sum(i.original_minor) as original, sum(i.disputed_minor) as disputed, sum(i.paid_minor) as paid
       from dispute_item i where i.client_id = d.client_id and i.dispute_id = d.id) s
     where d.client_id = $1 and (d.original_minor, d.disputed_minor, d.paid_minor) is distinct from (s.original, s.disputed, s.paid)
     union all
     select o.id::text from open_item o
     where o.client_id = $1 and o.case_disputed_minor <> coalesce((
       select i.disputed_minor from dispute_item i join dispute d on d.client_id = i.client_id and d.id = i.dispute_id
       where i.client_id = o.client_id and i.open_item_id = o.id and i.is_live and not d.is_collected and d.state <> 'RESOLVED'
         and not (d.state = 'AWAITING_POSTING' and d.outcome = 'CUSTOMER_PAYS')), 0)`,
    [client.id],
  )
