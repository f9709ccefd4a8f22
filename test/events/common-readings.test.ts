import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodePlaces } from '../../src/platform/events/cursor.ts'
import { aDesk, assign } from '../allocation/world.ts'
import { aClient, aPerson, ask, grant, type Heard, listen, type Person, startTestApp, type TestClient } from '../harness/index.ts'
import { type Debtors, debtors, lineOf, revoke } from '../worklist/world.ts'

// One reading serves all who ask the same and may read the same; nobody is told what only another may be told.

type App = Awaited<ReturnType<typeof startTestApp>>
type Change = {
  readonly kind: string
  readonly cursor: string
  readonly workItemId: string | null
  readonly item: {
    readonly id: string
    readonly version: number
    readonly claim: { readonly by: string; readonly isMine: boolean } | null
    readonly client: { readonly grants: { readonly edges: readonly { readonly node: { readonly role: string } }[] } | null }
  } | null
}
type Told = { readonly worklistChanged: Change | null }

const document = (more = '') =>
  `subscription Follow($after: Cursor) { worklistChanged(after: $after) { kind cursor workItemId item { id version ${more} } } }`

let app: App
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const changesIn = ({ messages }: Heard<Told>): Change[] =>
  messages.flatMap(({ data }) => (data?.worklistChanged ? [data.worklistChanged] : []))
/** Once all that happened before has its number: none of it is told any more. */
const follow = async (client: TestClient, who: Person, more?: string, after?: string): Promise<Heard<Told>> => {
  await lineOf(client)
  const heard = await listen<Told>(who, document(more), after === undefined ? {} : { after }, app)
  await heard.until((messages) => messages.length > 0)
  return heard
}
const aColleague = async (client: TestClient, role: 'ANALYST' | 'MANAGER' = 'ANALYST') => {
  const person = await aPerson(client.provider.id, 'PERSON', 'colleague')
  await grant(client, person, role)
  return person
}
const worksOf = async (client: TestClient): Promise<string[]> => {
  const query = 'query ($clients: [ID!]) { worklist(clients: $clients, first: 50) { edges { node { id } } } }'
  const { data } = await ask<{ worklist: { edges: { node: { id: string } }[] } }>(client.analyst, query, {
    clients: [client.gid],
  })
  return data?.worklist.edges.map(({ node }) => node.id) ?? []
}
const claim = async (who: Person, workItem: string) => {
  const query = 'mutation ($input: ClaimWorkInput!) { claimWork(input: $input) { __typename } }'
  const answer = await ask<{ claimWork: { __typename: string } }>(who, query, { input: { workItem } })
  expect(answer.data?.claimWork.__typename).toBe('ClaimWorkPayload')
}

/** Statements that look for events, of all who are served here, while something happens. */
const readingsDuring = async (happens: () => Promise<void>): Promise<{ readings: number; isRightsRead: boolean }> => {
  let readings = 0
  let isRightsRead = false
  app.engine.database.observe = (text) => {
    if (text.includes('from event e')) readings += 1
    if (text.startsWith('select * from fence.who')) isRightsRead = true
  }
  await happens()
  app.engine.database.observe = undefined
  return { readings, isRightsRead }
}

describe('a change', () => {
  it('is read once for all who ask the same and may read the same, each with a cursor of their own', async () => {
    const client = await aClient()
    const other = await aClient({ provider: client.provider })
    const owing: Debtors = await debtors(client, 2)
    const person = await aColleague(client)
    await grant(other, person, 'ANALYST')
    const heards = await Promise.all([client.analyst, client.analyst, person, person].map((who) => follow(client, who)))
    const all = (count: number) => Promise.all(heards.map((heard) => heard.until(() => changesIn(heard).length > count)))
    // Tests beside this one give and take rights all the time: everybody then reads by themselves, once.
    for (let paid = 1; ; paid += 1) {
      const during = await readingsDuring(async () => {
        await owing.pay(0)
        await all(paid)
      })
      if (!during.isRightsRead && during.readings === 1) break
      expect(paid).toBeLessThan(30)
    }
    const told = heards.map(changesIn)
    for (const changes of told)
      expect(changes.map(({ workItemId }) => workItemId)).toEqual(told[0]?.map(({ workItemId }) => workItemId))
    const places = told.map((changes) => decodePlaces(changes.at(-1)?.cursor ?? ''))
    expect(places.map((place) => place?.get(client.id))).toEqual(Array(4).fill(places[0]?.get(client.id)))
    expect(places.map((place) => place?.has(other.id))).toEqual([false, false, true, true])
    for (const heard of heards) heard.stop()
  })

  it('is told to each as it is to them where the answer depends on who asks', async () => {
    const client = await aClient()
    await debtors(client, 4)
    const works = await worksOf(client)
    const person = await aColleague(client)
    const people = [client.analyst, person]
    const heards = await Promise.all(people.map((who) => follow(client, who, 'claim { by isMine }')))
    // More than are needed to find out that these answers are each reader’s own.
    for (const [at, work] of works.entries()) {
      const holder = people[at % 2] as Person
      await claim(holder, work)
      for (const [n, heard] of heards.entries()) {
        await heard.until(() => changesIn(heard).some(({ workItemId }) => workItemId === work))
        const change = changesIn(heard).findLast(({ workItemId }) => workItemId === work)
        expect(change?.item?.claim).toEqual({ by: holder.name, isMine: people[n] === holder })
      }
    }
    for (const heard of heards) heard.stop()
  })

  it('shows those with more rights more of it, and nobody else', async () => {
    const client = await aClient()
    const owing = await debtors(client, 1)
    const manager = await aColleague(client, 'MANAGER')
    const more = 'client { grants(first: 10) { edges { node { role } } } }'
    const heards = await Promise.all([manager, client.analyst].map((who) => follow(client, who, more)))
    for (let paid = 1; paid <= 4; paid += 1) {
      await owing.pay(0)
      for (const heard of heards) await heard.until(() => changesIn(heard).length > paid)
    }
    const [managers, analysts] = heards.map((heard) => changesIn(heard).slice(1))
    for (const change of managers ?? []) expect(change.item?.client.grants?.edges.length).toBeGreaterThan(1)
    for (const change of analysts ?? []) expect(change.item?.client.grants?.edges ?? []).toEqual([])
    for (const heard of heards) heard.stop()
  })

  it('of one’s own queue is told to its owner alone, though all ask for theirs in the same words', async () => {
    const desk = await aDesk()
    const { client, one } = desk
    const { customers, pay } = await debtors(client, 2)
    const people = one.people.slice(0, 2)
    for (const [at, person] of people.entries())
      await assign(client.lead, desk, customers.slice(at, at + 1), { team: one, person })
    await lineOf(client)
    const text =
      'subscription { worklistChanged(filter: { owner: { mine: true } }) { kind cursor workItemId item { id version } } }'
    const heards: Heard<Told>[] = []
    for (const person of people) {
      const heard = await listen<Told>(person, text, {}, app)
      await heard.until((messages) => messages.length === 1)
      heards.push(heard)
    }
    // Of the second first: a reading for whoever came first would leave out what is not theirs.
    for (const at of [1, 0, 1, 0]) {
      const count = changesIn(heards[at] as Heard<Told>).length
      await pay(at)
      await heards[at]?.until(() => changesIn(heards[at] as Heard<Told>).length > count)
    }
    const [ones, others] = heards.map(
      (heard) =>
        new Set(
          changesIn(heard)
            .slice(1)
            .map(({ workItemId }) => workItemId),
        ),
    )
    expect([ones?.size, others?.size]).toEqual([1, 1])
    expect(ones).not.toEqual(others)
    for (const heard of heards) heard.stop()
  })

  it('behind a right that was taken is told to those who still have it, and not to who lost it', async () => {
    const client = await aClient()
    const owing = await debtors(client, 1)
    const person = await aColleague(client)
    const [stays, leaves] = await Promise.all([client.analyst, person].map((who) => follow(client, who)))
    if (stays === undefined || leaves === undefined) throw new Error('nobody listens')
    await owing.pay(0)
    for (const heard of [stays, leaves]) await heard.until(() => changesIn(heard).length === 2)
    await revoke(client, person)
    await owing.pay(0)
    await stays.until(() => changesIn(stays).length === 3)
    await leaves.until((messages) => leaves.isComplete() || messages.some(({ errors }) => errors !== undefined))
    expect(changesIn(leaves)).toHaveLength(2)
    for (const heard of [stays, leaves]) heard.stop()
  })

  it('is told once to who comes back behind a cursor while others follow on', async () => {
    const client = await aClient()
    const owing = await debtors(client, 3)
    const stays = await follow(client, client.analyst)
    let back = await follow(client, client.analyst)
    const heard: Change[] = []
    for (let round = 0; round < 12; round += 1) {
      await owing.pay(round % 3)
      await stays.until(() => changesIn(stays).length === round + 2)
      if (round % 4 !== 3) continue
      const wanted = changesIn(stays).at(-1)?.cursor
      await back.until(() => changesIn(back).at(-1)?.cursor === wanted)
      heard.push(...changesIn(back).slice(1))
      back.stop()
      // Between the two sockets something happens that only the cursor tells of.
      await owing.pay(round % 3)
      await stays.until(() => changesIn(stays).length === round + 3)
      back = await follow(client, client.analyst, undefined, wanted)
      await back.until(() => changesIn(back).length === 2)
      break
    }
    heard.push(...changesIn(back).slice(1))
    expect(heard.map(({ cursor }) => cursor)).toEqual(
      changesIn(stays)
        .slice(1)
        .map(({ cursor }) => cursor),
    )
    for (const one of [stays, back]) one.stop()
  })
})
