import { describe, expect, it } from 'vitest'
import { refreshWork } from '../../src/modules/worklist/index.ts'
import { command, perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { aClient, ask, asOwner, listen, type Row, rowsOf, type TestClient, theApp } from '../harness/index.ts'
import { record } from '../worklist/cash-world.ts'
import { debtors, lineOf } from '../worklist/world.ts'
import { aDesk, assign, type Desk, publish } from './world.ts'

type Who = Parameters<typeof ask>[0]
type Work = {
  readonly id: string
  readonly kind: string
  readonly customer: { readonly id: string } | null
  readonly owner: { readonly teamId: string; readonly personId: string | null; readonly isMine: boolean } | null
  readonly priority: { readonly rank: number | null }
}
type Queue = {
  readonly edges: readonly { readonly cursor: string; readonly node: Work }[]
  readonly totalCount: { readonly value: number }
  readonly totalAmount: readonly { readonly toBeCollected: { readonly amount: string } }[]
}

const queueOf = async (client: TestClient, owner: object, more: object = {}, who: Who = client.analyst): Promise<Queue> => {
  const text = `query ($clients: [ID!], $filter: WorklistFilter, $first: Int!, $after: String) {
    worklist(clients: $clients, filter: $filter, first: $first, after: $after) {
      edges { cursor node { id kind customer { id } owner { teamId personId isMine } priority { rank } } }
      totalCount { value } totalAmount { toBeCollected { amount } } } }`
  const { kinds, first = 50, after = null } = more as { kinds?: string[]; first?: number; after?: string }
  const variables = { clients: [client.gid], filter: { owner, ...(kinds === undefined ? {} : { kinds }) }, first, after }
  const { data, errors } = await ask<{ worklist: Queue | null }>(who, text, variables)
  if (data?.worklist === undefined || data.worklist === null) throw new Error(JSON.stringify(errors))
  return data.worklist
}

const customersIn = ({ edges }: Queue) => edges.map(({ node }) => node.customer?.id).sort()
const gids = (rows: readonly Row[]) => rows.map(({ gid }) => gid).sort()

/** Six debtors: two of a person, two of a team together, one of another team, and one of nobody. */
const aFloor = async () => {
  const desk = await aDesk()
  const { client, one, other } = desk
  const { customers, pay } = await debtors(client, 6)
  const [person] = one.people
  if (person === undefined) throw new Error('nobody is in the team')
  await assign(client.lead, desk, customers.slice(0, 2), { team: one, person })
  await assign(client.lead, desk, customers.slice(2, 4), { team: one })
  await assign(client.lead, desk, customers.slice(4, 5), { team: other })
  return { desk, client, one, other, person, customers, pay }
}

describe('the queue of an owner', () => {
  it('has what a person, a team or nobody owns, with its own places, count and totals', async () => {
    const { client, one, other, person, customers } = await aFloor()
    const mine = await queueOf(client, { mine: true }, {}, person)
    expect(customersIn(mine)).toEqual(gids(customers.slice(0, 2)))
    expect(mine.edges.map(({ node }) => node.owner)).toMatchObject([{ isMine: true }, { isMine: true }])
    expect(mine.edges.map(({ node }) => node.priority.rank)).toEqual([1, 2])
    expect(mine.totalCount.value).toBe(2)
    // Two of the six, each owing something beyond five thousand.
    expect(mine.totalAmount.map(({ toBeCollected }) => toBeCollected.amount)).toEqual(['10001.00'])
    expect(await queueOf(client, { mine: true })).toMatchObject({ edges: [], totalCount: { value: 0 }, totalAmount: [] })
    expect(customersIn(await queueOf(client, { person: person.gid }))).toEqual(gids(customers.slice(0, 2)))
    expect(customersIn(await queueOf(client, { team: one.gid }))).toEqual(gids(customers.slice(0, 4)))
    expect(customersIn(await queueOf(client, { team: other.gid }))).toEqual(gids(customers.slice(4, 5)))
    const nobodys = await queueOf(client, { nobody: true })
    expect(customersIn(nobodys)).toEqual(gids(customers.slice(5)))
    expect(nobodys.edges[0]?.node.owner).toBeNull()
    expect(customersIn(await queueOf(client, { person: person.gid, team: other.gid }))).toEqual([])
    expect(customersIn(await queueOf(client, {}))).toEqual(gids(customers))
  })

  it('goes on page by page', async () => {
    const { client, one, customers } = await aFloor()
    const found: (string | undefined)[] = []
    let after: string | null = null
    for (let pages = 0; pages < 4; pages += 1) {
      const page: Queue = await queueOf(client, { team: one.gid }, { first: 1, after })
      expect(page.edges[0]?.node.priority.rank).toBe(pages + 1)
      found.push(...customersIn(page))
      after = page.edges.at(-1)?.cursor ?? null
    }
    expect(found.sort()).toEqual(gids(customers.slice(0, 4)))
    expect((await queueOf(client, { team: one.gid }, { first: 1, after })).edges).toEqual([])
  })

  it('has the cash of its customers as well, which goes along with them', async () => {
    const { desk, client, one, other, person, customers } = await aFloor()
    const [customer] = customers
    if (customer === undefined) throw new Error('nobody owes')
    await record(client, client.analyst, { customer })
    const cash = { kinds: ['MISSING_REMITTANCE', 'UNAPPLIED_CASH', 'UNIDENTIFIED_CASH'] }
    // Each debtor has sent money already, and the first one twice by now.
    const twice = [customer, ...customers.slice(0, 2)]
    expect(customersIn(await queueOf(client, { person: person.gid }, cash))).toEqual(gids(twice))
    await assign(client.lead, desk, [customer], { team: other })
    expect(customersIn(await queueOf(client, { team: one.gid }, cash))).toEqual(gids(customers.slice(1, 4)))
    const theirs = [customer, customer, ...customers.slice(4, 5)]
    expect(customersIn(await queueOf(client, { team: other.gid }, cash))).toEqual(gids(theirs))
    // Money of nobody known is nobody’s.
    await record(client, client.analyst)
    const nobodys = await queueOf(client, { nobody: true }, { kinds: ['UNIDENTIFIED_CASH'] })
    expect(nobodys.edges).toMatchObject([{ node: { customer: null, owner: null } }])
  })

  it('stays that of the customers however much happens at once', async () => {
    const { desk, client, one, other, customers, pay } = await aFloor()
    const both = [one, other]
    await Promise.all([
      ...customers.map((customer, n) => assign(client.lead, desk, [customer], { team: both[n % 2] ?? one })),
      ...customers.map((customer, n) => assign(desk.manager, desk, [customer], { team: both[(n + 1) % 2] ?? one })),
      ...customers.map((customer) => record(client, client.analyst, { customer })),
      ...customers.map((_customer, at) => pay(at)),
      publish(desk, { fallback: { team: one.code } }),
    ])
    const rows = await asOwner<{ n: number; wrong: number }>(
      `select count(*)::int as n, (count(*) filter (where w.owner_team_id is distinct from o.team_id
           or w.owner_person_id is distinct from o.person_id))::int as wrong
       from work_item w left join customer_owner o on o.client_id = w.client_id and o.customer_id = w.customer_id and o.until is null
       where w.client_id = $1`,
      [client.id],
    )
    expect(rows).toEqual([{ n: 18, wrong: 0 }])
  })

  it('is one walk of an index of its own', async () => {
    const client = await aClient()
    // Thousands of customers of three teams, with two people each, and of nobody: to sort those of one owner is the dearer way.
    await asOwner(
      `with added as (
         insert into customer (client_id, id, number, name, created_at)
         select $1, gen_random_uuid(), 'W' || n, 'Debtor ' || n, now() from generate_series(1, 8000) as n returning client_id, id, number),
       numbered as (select client_id, id, substr(number, 2)::int as n from added)
       insert into work_item (client_id, id, kind, customer_id, is_queued, score, strategy_version, factors, amounts, overdue_days, item_count,
         scored_on, queued_at, updated_at, owner_team_id, owner_person_id)
       select client_id, gen_random_uuid(), 'COLLECTION', id, true, n % 900, 0, '[]', '[]', 1, 1, current_date, now(), now(),
         case when n % 4 > 0 then md5((n % 4)::text)::uuid end, case when n % 4 > 0 then md5((n % 8)::text)::uuid end from numbered`,
      [client.id],
    )
    await asOwner('analyze work_item')
    const plan = async (condition: string) => {
      const rows = await asOwner<{ 'QUERY PLAN': string }>(
        `explain (costs off) select score, id from work_item where client_id = '${client.id}' and kind = 'COLLECTION' and is_queued
           and ${condition} order by score desc, id limit 25`,
      )
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    }
    for (const [condition, index] of [
      [`owner_team_id = md5('1')::uuid`, 'work_item_team_idx'],
      [`owner_person_id = md5('5')::uuid`, 'work_item_person_idx'],
      ['owner_team_id is null', 'work_item_unowned_idx'],
    ] as const) {
      const text = await plan(condition)
      expect(text).toContain(index)
      expect(text).not.toContain('Sort')
    }
  })

  it('is the same when it is built at once', async () => {
    const { client, one, person } = await aFloor()
    const before = (await rowsOf(client, 'work_item')).filter(({ kind }) => kind === 'COLLECTION')
    expect(before.filter(({ owner_person_id }) => owner_person_id === person.id)).toHaveLength(2)
    const { engine } = await theApp()
    const rebuild = command({
      name: 'test.rebuild',
      permission: 'worklist:refresh',
      refusals: [],
      scope: ({ clientId }: { readonly clientId: string }) => ({ clientId }),
      run: (write) =>
        refreshWork(
          write,
          before.map(({ customer_id }) => String(customer_id)),
          'test',
        ),
    })
    const system = { kind: 'SYSTEM', client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' } } as const
    const changed = await inUnit(engine.database, { asker: system, readOnly: false, now: engine.clock() }, (tx) =>
      perform(tx, rebuild, { clientId: client.id }),
    )
    expect(changed).toBe(0)
    await asOwner('update work_item set owner_team_id = null, owner_person_id = null where client_id = $1', [client.id])
    await inUnit(engine.database, { asker: system, readOnly: false, now: engine.clock() }, (tx) =>
      perform(tx, rebuild, { clientId: client.id }),
    )
    expect((await queueOf(client, { team: one.gid })).totalCount.value).toBe(4)
  })
})

type Told = {
  readonly kind: string
  readonly reason: string | null
  readonly cursor: string
  readonly workItemId: string | null
  readonly item: { readonly id: string } | null
  readonly queue: { readonly edges: readonly { readonly node: { readonly id: string } }[] } | null
}

const follow = async ({ client }: Pick<Desk, 'client'>, who: Who, owner: object, after: string | null = null) => {
  const text = `subscription ($clients: [ID!], $filter: WorklistChangeFilter, $after: Cursor) {
    worklistChanged(clients: $clients, filter: $filter, after: $after) {
      kind reason cursor workItemId item { id } queue(first: 50) { edges { node { id } } } } }`
  const variables = { clients: [client.gid], filter: { owner }, after }
  const heard = await listen<{ worklistChanged: Told }>(who, text, variables)
  await heard.until((messages) => messages.length > 0)
  const told = () => heard.messages.map(({ data }) => data?.worklistChanged as Told)
  return { ...heard, told, kinds: () => told().map(({ kind }) => kind) }
}

describe.concurrent('who follows the queue of an owner', () => {
  it('is told that a row came and went as it goes from one to another, and nothing of the queues of others', async () => {
    const { desk, client, one, other, person, customers, pay } = await aFloor()
    await lineOf(client)
    const heard = {
      mine: await follow(desk, person, { mine: true }),
      team: await follow(desk, client.analyst, { team: one.gid }),
      other: await follow(desk, client.analyst, { team: other.gid }),
      nobody: await follow(desk, client.analyst, { nobody: true }),
    }
    expect(heard.mine.told()[0]?.queue?.edges).toHaveLength(2)
    expect(heard.nobody.told()[0]?.queue?.edges).toHaveLength(1)
    const [moved] = customers
    if (moved === undefined) throw new Error('nobody owes')
    const [row] = (await queueOf(client, { person: person.gid })).edges.filter(({ node }) => node.customer?.id === moved.gid)
    const id = row?.node.id
    await assign(client.lead, desk, [moved], { team: other })
    await pay(0, '0.01')
    // The last for each of them, behind which nothing more is to come.
    for (const at of [1, 2, 4, 5]) await pay(at, '0.01')
    await heard.mine.until((messages) => messages.length >= 3)
    await heard.team.until((messages) => messages.length >= 4)
    await heard.other.until((messages) => messages.length >= 3)
    await heard.nobody.until((messages) => messages.length >= 2)
    expect(heard.mine.told().filter(({ workItemId }) => workItemId === id)).toMatchObject([{ kind: 'REMOVED', item: null }])
    expect(heard.team.told().filter(({ workItemId }) => workItemId === id)).toMatchObject([{ kind: 'REMOVED', item: null }])
    expect(heard.other.told().find(({ workItemId }) => workItemId === id)).toMatchObject({ kind: 'ADDED', item: { id } })
    expect(heard.nobody.told().some(({ workItemId }) => workItemId === id)).toBe(false)
    expect(heard.nobody.kinds()).toEqual(['START', 'UPDATED'])
    for (const { stop } of Object.values(heard)) stop()
  })

  it('is told the sum of what happened while they were away, and goes on behind their cursor', async () => {
    const { desk, client, one, other, person, customers, pay } = await aFloor()
    await lineOf(client)
    const first = await follow(desk, person, { mine: true })
    const after = first.told()[0]?.cursor ?? ''
    first.stop()
    const [gone, back] = customers
    if (gone === undefined || back === undefined) throw new Error('nobody owes')
    await assign(client.lead, desk, [gone], { team: other })
    await assign(client.lead, desk, [gone], { team: one })
    await assign(client.lead, desk, [back], { team: other })
    await assign(client.lead, desk, [back], { team: one, person })
    await pay(5, '0.01')
    await lineOf(client)
    const again = await follow(desk, person, { mine: true }, after)
    await again.until((messages) => messages.length >= 3)
    const rows = (await queueOf(client, { team: one.gid })).edges
    const idOf = (row: Row) => rows.find(({ node }) => node.customer?.id === row.gid)?.node.id
    expect(again.told().slice(1)).toMatchObject([
      { kind: 'REMOVED', reason: 'owner', workItemId: idOf(gone) },
      { kind: 'UPDATED', reason: 'owner', workItemId: idOf(back), item: { id: idOf(back) } },
    ])
    again.stop()
  })

  it('is told to read it again when rules pass on many', async () => {
    const { desk, client, one, customers } = await aFloor()
    await lineOf(client)
    const heard = await follow(desk, client.analyst, { team: one.gid })
    await publish(desk, { fallback: { team: one.code } })
    await heard.until((messages) => messages.length >= 2)
    expect(heard.kinds()).toEqual(['START', 'RESYNC'])
    // What was nobody’s is the team’s now.
    expect(heard.told()[1]?.queue?.edges).toHaveLength(customers.length - 1)
    heard.stop()
  })
})
