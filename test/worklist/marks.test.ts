import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endWorkMarks } from '../../src/modules/worklist/index.ts'
import { perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { aClient, aPerson, ask, asOwner, grant, listen, rowsOf, type TestClient } from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from './api-alone.ts'
import { rowsOf as cashRowsOf, record } from './cash-world.ts'
import { daysFromNow, debtors } from './world.ts'

type Who = Parameters<typeof ask>[0]
type App = Parameters<typeof ask>[3]
type Marked = { readonly by: string; readonly endsAt: string; readonly note: string; readonly isMine: boolean } | null
type Work = {
  readonly id: string
  readonly isQueued: boolean
  readonly version: number
  readonly priority: {
    readonly score: number
    readonly factors: readonly { readonly code: string; readonly input: string; readonly points: number }[]
  }
  readonly claim: Marked
  readonly snooze: Marked
  readonly pin: Marked
  readonly callback: Marked
}
type Out = {
  readonly __typename: string
  readonly workItem?: Work
  readonly message?: string
  readonly path?: readonly string[]
  readonly holder?: string
}

const mark = '{ by endsAt note isMine }'
const work = `id isQueued version priority { score factors { code input points } } claim ${mark} snooze ${mark} pin ${mark} callback ${mark}`

const run = async (who: Who, name: string, input: object, app?: App): Promise<Out> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const text = `mutation ($input: ${type}Input!) { out: ${name}(input: $input) { __typename ... on ${type}Payload { workItem { ${work} } }
    ... on Refusal { message path } ... on WorkClaimed { holder } } }`
  const { data, errors } = await ask<{ out: Out | null }>(who, text, { input }, app)
  if (data?.out === undefined || data.out === null) throw new Error(`${name}: ${JSON.stringify(errors)}`)
  return data.out
}

const queue = async (client: TestClient, filter: object = {}, who: Who = client.analyst, app?: App): Promise<Work[]> => {
  const text = `query ($clients: [ID!], $filter: WorklistFilter) { worklist(clients: $clients, filter: $filter, first: 50) { edges { node { ${work} } } } }`
  const variables = { clients: [client.gid], filter }
  const { data, errors } = await ask<{ worklist: { edges: { node: Work }[] } | null }>(who, text, variables, app)
  if (data?.worklist === undefined || data.worklist === null) throw new Error(JSON.stringify(errors))
  return data.worklist.edges.map(({ node }) => node)
}

/** A client with some debtors in its queue, and a second analyst. */
const aTeam = async (count = 3) => {
  const client = await aClient()
  await debtors(client, count)
  const colleague = await aPerson(client.provider.id, 'PERSON', 'colleague')
  await grant(client, colleague, 'ANALYST')
  const works = await queue(client)
  expect(works).toHaveLength(count)
  return { client, colleague, works, last: works.at(-1) as Work }
}

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

describe('a claim', () => {
  it('keeps others off, and says who holds the work and until when', async () => {
    const { client, colleague, last } = await aTeam()
    const claimed = await run(client.analyst, 'claimWork', { workItem: last.id, minutes: 20 })
    expect(claimed).toMatchObject({
      __typename: 'ClaimWorkPayload',
      workItem: { isQueued: true, version: last.version + 1, claim: { by: client.analyst.name, isMine: true } },
    })
    const before = await rowsOf(client, 'work_mark')
    for (const [name, input] of [
      ['claimWork', {}],
      ['snoozeWork', { until: inHours(2), reason: 'mine' }],
      ['pinWork', { until: inHours(2), reason: 'mine' }],
      ['scheduleCallback', { on: daysFromNow(2), at: '10:00' }],
      ['releaseWork', { reason: 'mine' }],
      ['liftWorkMark', { mark: 'PIN' }],
    ] as const)
      expect([name, await run(colleague, name, { workItem: last.id, ...input })]).toMatchObject([
        name,
        { __typename: 'WorkClaimed', holder: client.analyst.name, path: ['input', 'workItem'] },
      ])
    expect(await rowsOf(client, 'work_mark')).toEqual(before)
    expect((await queue(client, {}, colleague)).find(({ id }) => id === last.id)?.claim).toMatchObject({ isMine: false })
  })

  it('of fifty who claim at once one has it, and each of the others is told who', async () => {
    const { client, works } = await aTeam(1)
    const people = await Promise.all(Array.from({ length: 50 }, (_, n) => aPerson(client.provider.id, 'PERSON', `claimer ${n}`)))
    await Promise.all(people.map((person) => grant(client, person, 'ANALYST')))
    const outs = await Promise.all(people.map((person) => run(person, 'claimWork', { workItem: works[0]?.id })))
    const won = outs.flatMap((out, place) => (out.__typename === 'ClaimWorkPayload' ? [people[place]?.name] : []))
    expect(won).toHaveLength(1)
    const lost = outs.filter(({ __typename }) => __typename === 'WorkClaimed')
    expect(lost).toHaveLength(49)
    expect(new Set(lost.map(({ holder }) => holder))).toEqual(new Set(won))
    expect(await rowsOf(client, 'work_mark')).toMatchObject([{ kind: 'CLAIM', principal_name: won[0] }])
  }, 60_000)

  it('is renewed by its holder, and released by its holder without a reason', async () => {
    const { client, colleague, last } = await aTeam()
    const first = await run(client.analyst, 'claimWork', { workItem: last.id, minutes: 1 })
    const second = await run(client.analyst, 'claimWork', { workItem: last.id, minutes: 60 })
    expect(Date.parse(second.workItem?.claim?.endsAt ?? '')).toBeGreaterThan(Date.parse(first.workItem?.claim?.endsAt ?? ''))
    expect(await run(client.analyst, 'releaseWork', { workItem: last.id })).toMatchObject({ workItem: { claim: null } })
    expect(await run(client.analyst, 'releaseWork', { workItem: last.id })).toMatchObject({ __typename: 'NotMarked' })
    expect(await run(colleague, 'claimWork', { workItem: last.id })).toMatchObject({ __typename: 'ClaimWorkPayload' })
  })

  it('of another is released by a lead alone, who says why, and it is in the audit', async () => {
    const { client, last } = await aTeam()
    await run(client.analyst, 'claimWork', { workItem: last.id })
    expect(await run(client.lead, 'releaseWork', { workItem: last.id })).toMatchObject({
      __typename: 'InvalidInput',
      path: ['input', 'reason'],
    })
    expect(await run(client.lead, 'releaseWork', { workItem: last.id, reason: 'on leave' })).toMatchObject({
      workItem: { claim: null },
    })
    const [entry] = await asOwner<{ reason: string; principal_id: string }>(
      `select reason, principal_id from audit_entry where client_id = $1 and command = 'worklist.releaseWork'`,
      [client.id],
    )
    expect(entry).toMatchObject({ reason: 'on leave', principal_id: client.lead.id })
  })

  it('narrows the queue to what is free and to what is one’s own', async () => {
    const { client, colleague, works } = await aTeam(3)
    const ids = works.map(({ id }) => id)
    await run(client.analyst, 'claimWork', { workItem: ids[0] })
    await run(colleague, 'claimWork', { workItem: ids[1] })
    const idsOf = async (who: Who, claim: string) => (await queue(client, { claim }, who)).map(({ id }) => id)
    expect(await idsOf(client.analyst, 'FREE')).toEqual([ids[0], ids[2]])
    expect(await idsOf(client.analyst, 'MINE')).toEqual([ids[0]])
    expect(await idsOf(colleague, 'FREE')).toEqual([ids[1], ids[2]])
    expect(await idsOf(client.lead, 'FREE')).toEqual([ids[2]])
    expect(await idsOf(client.lead, 'MINE')).toEqual([])
  })

  it.each([
    ['no time', 0],
    ['time of the past', -5],
    ['more than a day’s work', 481],
  ])('of %s is refused', async (_case, minutes) => {
    const { client, last } = await aTeam(1)
    expect(await run(client.analyst, 'claimWork', { workItem: last.id, minutes })).toMatchObject({
      __typename: 'InvalidInput',
      path: ['input', 'minutes'],
    })
    expect(await rowsOf(client, 'work_mark')).toEqual([])
  })
})

describe('a pin', () => {
  it('puts work first, as a factor with who, until when and why, and the points still add up', async () => {
    const { client, last } = await aTeam()
    const until = inHours(5)
    await run(client.analyst, 'pinWork', { workItem: last.id, until, reason: 'their bank runs tonight' })
    const [first] = await queue(client)
    expect(first).toMatchObject({ id: last.id, pin: { by: client.analyst.name, endsAt: until, note: 'their bank runs tonight' } })
    const factor = first?.priority.factors.find(({ code }) => code === 'PINNED')
    expect(factor).toMatchObject({ points: 1_000 })
    expect(factor?.input).toContain(client.analyst.name)
    expect(factor?.input).toContain('their bank runs tonight')
    const sum = first?.priority.factors.reduce((points, each) => points + each.points, 0)
    expect(first?.priority.score).toBe(sum)
    expect(first?.priority.score).toBe(last.priority.score + 1_000)
    await run(client.analyst, 'liftWorkMark', { workItem: last.id, mark: 'PIN' })
    const [, , again] = await queue(client)
    expect(again).toMatchObject({ id: last.id, pin: null, priority: { score: last.priority.score } })
  })

  it('ends a snooze, and a snooze ends a pin', async () => {
    const { client, last } = await aTeam()
    const input = { workItem: last.id, until: inHours(5), reason: 'so' }
    expect((await run(client.analyst, 'snoozeWork', input)).workItem).toMatchObject({ isQueued: false, pin: null })
    expect((await run(client.analyst, 'pinWork', input)).workItem).toMatchObject({ isQueued: true, snooze: null })
    expect((await run(client.analyst, 'snoozeWork', input)).workItem).toMatchObject({ isQueued: false, pin: null })
    expect(await rowsOf(client, 'work_mark')).toMatchObject([{ kind: 'SNOOZE' }])
  })
})

describe('a snooze', () => {
  it('takes work out of the list, its count and its totals alike', async () => {
    const { client, last } = await aTeam(2)
    const text = `query ($clients: [ID!]) { worklist(clients: $clients, first: 9) { edges { node { id } } totalCount { value }
      totalAmount { toBeCollected { amount } } } }`
    type Totals = { worklist: { edges: object[]; totalCount: object; totalAmount: object[] } }
    const totals = async () => (await ask<Totals>(client.analyst, text, { clients: [client.gid] })).data?.worklist
    expect(await totals()).toMatchObject({ totalCount: { value: 2 }, totalAmount: [{ toBeCollected: { amount: '10001.00' } }] })
    const out = await run(client.analyst, 'snoozeWork', { workItem: last.id, until: inHours(48), reason: 'pays on Friday' })
    expect(out.workItem).toMatchObject({ isQueued: false, snooze: { note: 'pays on Friday' } })
    const after = await totals()
    expect(after?.edges).toHaveLength(1)
    expect(after).toMatchObject({ totalCount: { value: 1 } })
    expect(after?.totalAmount).not.toEqual([{ toBeCollected: { amount: '10001.00' } }])
  })

  it('is told to whoever follows the queue', async () => {
    const { client, last } = await aTeam(1)
    const following = await listen<{ worklistChanged: { kind: string; reason: string | null; workItemId: string | null } }>(
      client.lead,
      `subscription { worklistChanged(clients: ["${client.gid}"]) { kind reason workItemId } }`,
    )
    const told = () => following.messages.map(({ data }) => data?.worklistChanged)
    const heard = (count: number) => following.until((messages) => messages.length === count)
    await heard(1)
    // One after the other: changes of one row that come together are told as one.
    for (const [place, [name, input]] of (
      [
        ['claimWork', {}],
        ['snoozeWork', { until: inHours(1), reason: 'lunch' }],
        ['liftWorkMark', { mark: 'SNOOZE' }],
        ['pinWork', { until: inHours(1), reason: 'now' }],
      ] as const
    ).entries()) {
      await run(client.analyst, name, { workItem: last.id, ...input })
      await heard(place + 2)
    }
    expect(told()).toEqual([
      { kind: 'START', reason: null, workItemId: null },
      { kind: 'UPDATED', reason: 'claim', workItemId: last.id },
      { kind: 'REMOVED', reason: 'snooze', workItemId: last.id },
      { kind: 'ADDED', reason: 'snooze', workItemId: last.id },
      { kind: 'MOVED', reason: 'pin', workItemId: last.id },
    ])
    following.stop()
  })

  it('rests cash work as well', async () => {
    const client = await aClient()
    await record(client, client.analyst)
    const [row] = await cashRowsOf(client.analyst)
    await run(client.analyst, 'snoozeWork', { workItem: row?.id, until: inHours(1), reason: 'the bank was asked' })
    expect(await cashRowsOf(client.analyst)).toEqual([])
    await run(client.analyst, 'pinWork', { workItem: row?.id, until: inHours(1), reason: 'it is large' })
    expect((await cashRowsOf(client.analyst))[0]?.priority.factors.map(({ code }) => code)).toContain('PINNED')
  })
})

describe('what a mark cannot be', () => {
  const cases: readonly [string, string, object, readonly string[]][] = [
    ['a snooze that has ended', 'snoozeWork', { until: inHours(-1), reason: 'x' }, ['input', 'until']],
    ['a snooze of a hundred days', 'snoozeWork', { until: inHours(2_400), reason: 'x' }, ['input', 'until']],
    ['a snooze without a reason', 'snoozeWork', { until: inHours(1), reason: ' ' }, ['input', 'reason']],
    ['a pin of two months', 'pinWork', { until: inHours(24 * 60), reason: 'x' }, ['input', 'until']],
    ['a pin with a reason of 501 characters', 'pinWork', { until: inHours(1), reason: 'x'.repeat(501) }, ['input', 'reason']],
    ['a callback of yesterday', 'scheduleCallback', { on: daysFromNow(-1), at: '10:00' }, ['input', 'on']],
    ['a callback at half past twenty-five', 'scheduleCallback', { on: daysFromNow(1), at: '25:30' }, ['input', 'at']],
    [
      'a callback nowhere',
      'scheduleCallback',
      { on: daysFromNow(1), at: '10:00', timeZone: 'Mars/Olympus' },
      ['input', 'timeZone'],
    ],
    [
      'a callback with a novel',
      'scheduleCallback',
      { on: daysFromNow(1), at: '10:00', note: 'x'.repeat(501) },
      ['input', 'note'],
    ],
  ]
  it.each(cases)('%s', async (_case, name, input, path) => {
    const { client, last } = await aTeam(1)
    const out = await run(client.analyst, name, { workItem: last.id, ...input })
    expect(out).toMatchObject({ __typename: 'InvalidInput', path })
    expect(await rowsOf(client, 'work_mark')).toEqual([])
    expect((await queue(client))[0]).toMatchObject({ version: last.version })
  })

  it.each(['portal', 'integration', 'stranger'] as const)('anything by the %s', async (who) => {
    const { client, last } = await aTeam(1)
    for (const [name, input] of [
      ['claimWork', {}],
      ['releaseWork', {}],
      ['snoozeWork', { until: inHours(1), reason: 'x' }],
      ['pinWork', { until: inHours(1), reason: 'x' }],
      ['scheduleCallback', { on: daysFromNow(1), at: '10:00' }],
      ['liftWorkMark', { mark: 'PIN' }],
    ] as const)
      expect(await run(client[who], name, { workItem: last.id, ...input })).toMatchObject({ __typename: 'NotFound' })
    expect(await rowsOf(client, 'work_mark')).toEqual([])
  })
})

describe('as time goes by', () => {
  let api: ApiAlone
  let now = new Date()
  beforeAll(async () => {
    api = await startApiAlone({ clock: () => now })
  })
  afterAll(() => api.stop())

  const end = (client: TestClient) => {
    const zone = { id: client.id, providerId: client.provider.id, timeZone: 'UTC' }
    const unit = { asker: { kind: 'SYSTEM', client: zone } as const, readOnly: false, now }
    return inUnit(api.engine.database, unit, (tx) => perform(tx, endWorkMarks, { clientId: client.id }))
  }
  /** Whole seconds from now, so that an instant reads back as it was given. */
  const start = () => {
    now = new Date(Math.floor(Date.now() / 1_000) * 1_000)
    return now
  }
  const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000)

  it('snoozed work comes back, a pin ends, and a claim is free, once and for all', async () => {
    start()
    const { client, works } = await aTeam(3)
    const who = api.as(client.analyst)
    const [first, second, third] = works.map(({ id }) => id)
    await run(who, 'claimWork', { workItem: first, minutes: 30 }, api)
    await run(who, 'snoozeWork', { workItem: second, until: later(2).toISOString(), reason: 'x' }, api)
    await run(who, 'pinWork', { workItem: third, until: later(3).toISOString(), reason: 'x' }, api)
    const order = async () => (await queue(client, {}, who, api)).map(({ id }) => id)
    expect(await order()).toEqual([third, first])
    now = later(0.51)
    expect(await end(client)).toMatchObject({ ended: 1 })
    expect((await queue(client, {}, who, api)).map(({ claim }) => claim)).toEqual([null, null])
    now = later(1.5)
    expect(await end(client)).toMatchObject({ ended: 1 })
    expect(await order()).toEqual([third, first, second])
    now = later(1)
    const both = await Promise.all([end(client), end(client)])
    expect(both).toContainEqual({ ended: 1, isMore: false })
    expect(await order()).toEqual([first, second, third])
    expect(await end(client)).toMatchObject({ ended: 0 })
    expect(await rowsOf(client, 'work_mark')).toEqual([])
  })

  it('its end is a job of that instant, enqueued with the mark and with nothing that was refused', async () => {
    const { client, last } = await aTeam(1)
    const until = inHours(7)
    const jobs = () =>
      asOwner<{ run_at: Date }>(`select run_at from job where client_id = $1 and name = 'worklist.endMarks'`, [client.id])
    await run(client.analyst, 'snoozeWork', { workItem: last.id, until: inHours(-7), reason: 'x' })
    expect(await jobs()).toEqual([])
    await run(client.analyst, 'snoozeWork', { workItem: last.id, until, reason: 'x' })
    expect((await jobs()).map(({ run_at }) => run_at.toISOString())).toEqual([until])
  })

  it('a claim that has ended keeps nobody off, even before anybody tidied up', async () => {
    start()
    const { client, colleague, last } = await aTeam(1)
    await run(api.as(client.analyst), 'claimWork', { workItem: last.id, minutes: 10 }, api)
    now = later(1)
    expect((await queue(client, { claim: 'FREE' }, api.as(colleague), api)).map(({ claim }) => claim)).toEqual([null])
    expect(await run(api.as(colleague), 'claimWork', { workItem: last.id }, api)).toMatchObject({
      __typename: 'ClaimWorkPayload',
      workItem: { claim: { by: colleague.name } },
    })
    // What ended was the first claim: the second one stands.
    await end(client)
    expect((await queue(client, {}, api.as(colleague), api))[0]?.claim).toMatchObject({ by: colleague.name })
  })

  it('a callback comes first at its time in the customer’s zone, and stays until it is lifted', async () => {
    start()
    const { client, last } = await aTeam(2)
    const who = api.as(client.analyst)
    const on = new Date(now.getTime() + 2 * 86_400_000).toISOString().slice(0, 10)
    const input = { workItem: last.id, on, at: '09:30', timeZone: 'Asia/Kolkata', note: 'ask for Ms Rao' }
    expect((await run(who, 'scheduleCallback', input, api)).workItem).toMatchObject({
      isQueued: false,
      callback: { endsAt: `${on}T04:00:00.000Z`, note: 'ask for Ms Rao' },
    })
    now = new Date(`${on}T03:59:59Z`)
    expect(await end(client)).toMatchObject({ ended: 0 })
    now = new Date(`${on}T04:00:00Z`)
    expect(await end(client)).toMatchObject({ ended: 1 })
    const [first] = await queue(client, {}, who, api)
    expect(first).toMatchObject({ id: last.id, isQueued: true, callback: { note: 'ask for Ms Rao' } })
    expect(first?.priority.factors.find(({ code }) => code === 'CALLBACK_DUE')?.input).toContain('ask for Ms Rao')
    now = later(30)
    expect(await end(client)).toMatchObject({ ended: 0 })
    expect((await queue(client, {}, who, api))[0]).toMatchObject({ id: last.id })
    expect((await run(who, 'liftWorkMark', { workItem: last.id, mark: 'CALLBACK' }, api)).workItem).toMatchObject({
      callback: null,
      isQueued: true,
    })
    const codes = (await queue(client, {}, who, api)).flatMap(({ priority }) => priority.factors.map(({ code }) => code))
    expect(codes).not.toContain('CALLBACK_DUE')
  })

  it('a payment goes on behind a snooze: what is paid does not come back', async () => {
    start()
    const client = await aClient()
    const { pay } = await debtors(client, 1, 10_000n)
    const [row] = await queue(client)
    const who = api.as(client.analyst)
    await run(who, 'snoozeWork', { workItem: row?.id, until: later(1).toISOString(), reason: 'x' }, api)
    await pay(0, '100.00')
    now = later(2)
    await end(client)
    expect(await queue(client, {}, who, api)).toEqual([])
  })
})

describe('the marks of a client', () => {
  const marksOf = async (client: TestClient, args: string, who: Who = client.analyst) => {
    const text = `{ client(id: "${client.gid}") { workMarks(${args}) { edges { cursor node { kind by note workItem { id } } } pageInfo { hasNextPage endCursor } } } }`
    type Marks = {
      client: {
        workMarks: { edges: { node: { kind: string; workItem: { id: string } | null } }[]; pageInfo: { endCursor: string } }
      }
    }
    const { data, errors } = await ask<Marks>(who, text)
    if (data?.client?.workMarks === undefined || data.client.workMarks === null) throw new Error(JSON.stringify(errors))
    return data.client.workMarks
  }

  it('are listed soonest first, page by page, each with its work', async () => {
    const { client, works, colleague } = await aTeam(3)
    const [first, second, third] = works.map(({ id }) => id)
    await run(client.analyst, 'snoozeWork', { workItem: first, until: inHours(9), reason: 'x' })
    await run(colleague, 'snoozeWork', { workItem: second, until: inHours(3), reason: 'x' })
    await run(client.analyst, 'snoozeWork', { workItem: third, until: inHours(6), reason: 'x' })
    const page = await marksOf(client, 'kind: SNOOZE, first: 2')
    expect(page.edges.map(({ node }) => node.workItem?.id)).toEqual([second, third])
    const next = await marksOf(client, `kind: SNOOZE, first: 2, after: "${page.pageInfo.endCursor}"`)
    expect(next.edges.map(({ node }) => node.workItem?.id)).toEqual([first])
    const own = await marksOf(client, 'kind: SNOOZE, isMine: true, first: 5', colleague)
    expect(own.edges.map(({ node }) => node.workItem?.id)).toEqual([second])
    expect((await marksOf(client, 'kind: PIN, first: 5')).edges).toEqual([])
  })
})
