import { describe, expect, it } from 'vitest'
import { ask, asOwner, listen, rowsOf, type TestClient } from '../harness/index.ts'
import { debtors, lineOf } from '../worklist/world.ts'
import { aDesk, type Desk, run } from './world.ts'

type Who = Parameters<typeof ask>[0]
type Subject = {
  readonly customer: { readonly id: string } | null
  readonly workItem: { readonly id: string; readonly claim: { readonly by: string } | null } | null
}
type Handover = {
  readonly id: string
  readonly note: string
  readonly writtenBy: string
  readonly teamId: string | null
  readonly claimsTo: string | null
  readonly claimsPassed: number
  readonly subjects: { readonly edges: readonly { readonly node: Subject }[] }
  readonly takenBy: string | null
  readonly takenAt: string | null
}
const fields =
  'id note writtenBy teamId claimsTo claimsPassed subjects(first: 50) { edges { node { customer { id } workItem { id claim { by } } } } } takenBy takenAt'

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

const write = (who: Who, { client }: Pick<Desk, 'client'>, more: object = {}) =>
  run<{ handover: Handover }>(
    who,
    'writeHandover',
    { client: client.gid, note: 'Ann calls back at four', until: inHours(12), ...more },
    `handover { ${fields} }`,
  )
const takeOver = (who: Who, handover: string) =>
  run<{ handover: Handover }>(who, 'takeOverHandover', { handover }, `handover { ${fields} }`)

const listed = async (client: TestClient, args = '', who: Who = client.analyst): Promise<Handover[]> => {
  const text = `query ($code: String!) { client(code: $code) { handovers(first: 10${args}) { edges { node { ${fields} } } } } }`
  const { data, errors } = await ask<{ client: { handovers: { edges: { node: Handover }[] } | null } }>(who, text, {
    code: client.code,
  })
  if (data?.client.handovers === undefined || data.client.handovers === null) throw new Error(JSON.stringify(errors))
  return data.client.handovers.edges.map(({ node }) => node)
}

/** A desk with three debtors in its queue. */
const aShift = async () => {
  const desk = await aDesk()
  const { customers } = await debtors(desk.client, 3)
  const { data } = await ask<{ worklist: { edges: { node: { id: string } }[] } }>(
    desk.client.analyst,
    'query ($clients: [ID!]) { worklist(clients: $clients, first: 10) { edges { node { id } } } }',
    { clients: [desk.client.gid] },
  )
  const works = (data?.worklist.edges ?? []).map(({ node }) => node.id)
  const [early, late] = desk.one.people
  if (early === undefined || late === undefined) throw new Error('nobody is in the team')
  return { desk, client: desk.client, customers, works, early, late }
}

const takeoversOf = (client: TestClient) => asOwner('select * from handover_takeover where client_id = $1', [client.id])

describe('a handover', () => {
  it('is there for the next shift until somebody takes it over, who is known from then on', async () => {
    const { desk, client, customers, works, early, late } = await aShift()
    const customer = customers[2]?.gid
    const written = await write(early, desk, { team: desk.one.gid, customers: [customer], workItems: [works[1], works[0]] })
    expect(written).toMatchObject({
      __typename: 'WriteHandoverPayload',
      handover: { writtenBy: early.name, teamId: desk.one.gid, claimsPassed: 0, takenBy: null },
    })
    expect(written.handover.subjects.edges.map(({ node }) => node.customer?.id ?? node.workItem?.id)).toEqual([
      ...[customer, works[1], works[0]],
    ])
    const other = await write(early, desk, { note: 'for anybody' })
    expect((await listed(client, ', unread: true')).map(({ note }) => note)).toEqual(['for anybody', 'Ann calls back at four'])
    expect(await listed(client, `, team: "${desk.one.gid}"`)).toHaveLength(2)
    expect((await listed(client, `, team: "${desk.other.gid}"`)).map(({ id }) => id)).toEqual([other.handover.id])

    const { id } = written.handover
    expect(await takeOver(early, id)).toMatchObject({ __typename: 'InvalidInput' })
    expect(await takeOver(late, id)).toMatchObject({ __typename: 'TakeOverHandoverPayload', handover: { takenBy: late.name } })
    expect(await takeOver(client.lead, id)).toMatchObject({ __typename: 'HandoverTaken' })
    expect((await listed(client, ', unread: true')).map((one) => one.id)).toEqual([other.handover.id])
    expect((await listed(client)).find((one) => one.id === id)).toMatchObject({ takenBy: late.name })
  })

  it('is not unread any more once its time is over', async () => {
    const { desk, client, early } = await aShift()
    await write(early, desk)
    await asOwner(
      `update handover set written_at = now() - interval '2 hours', until = now() - interval '1 hour' where client_id = $1`,
      [client.id],
    )
    expect(await listed(client, ', unread: true')).toEqual([])
    expect(await listed(client)).toHaveLength(1)
  })

  it('of several who take it over at once has one', async () => {
    const { desk, client, early, late } = await aShift()
    const { handover } = await write(early, desk)
    const outs = await Promise.all([late, client.analyst, client.lead, desk.manager].map((who) => takeOver(who, handover.id)))
    expect(outs.map(({ __typename }) => __typename).sort()).toEqual([
      ...['HandoverTaken', 'HandoverTaken', 'HandoverTaken', 'TakeOverHandoverPayload'],
    ])
    expect(await takeoversOf(client)).toHaveLength(1)
  })

  it('passes the claims of whoever leaves on for the time that is left, and followers of the queue are told', async () => {
    const { desk, client, works, early, late } = await aShift()
    for (const workItem of works.slice(0, 2)) await run(early, 'claimWork', { workItem, minutes: 90 })
    await run(client.analyst, 'claimWork', { workItem: works[2], minutes: 90 })
    const before = await rowsOf(client, 'work_mark')
    await lineOf(client)
    const heard = await listen<{ worklistChanged: { kind: string; reason: string | null } }>(
      client.analyst,
      `subscription { worklistChanged(clients: ["${client.gid}"]) { kind reason } }`,
    )
    await heard.until((messages) => messages.length > 0)
    const out = await write(early, desk, { workItems: works, passClaimsTo: late.gid })
    expect(out.handover).toMatchObject({ claimsTo: late.name, claimsPassed: 2 })
    expect(out.handover.subjects.edges.map(({ node }) => node.workItem?.claim?.by)).toEqual([
      late.name,
      late.name,
      client.analyst.name,
    ])
    const after = await rowsOf(client, 'work_mark')
    const ends = (rows: readonly Record<string, unknown>[]) => rows.map(({ id, ends_at }) => `${id} ${String(ends_at)}`).sort()
    expect(ends(after)).toEqual(ends(before))
    await heard.until((messages) => messages.length >= 3)
    expect(heard.messages.slice(1).map(({ data }) => data?.worklistChanged)).toEqual([
      { kind: 'UPDATED', reason: 'claim' },
      { kind: 'UPDATED', reason: 'claim' },
    ])
    heard.stop()
    // They hold nothing any more, so nothing is passed on a second time.
    expect((await write(early, desk, { passClaimsTo: late.gid })).handover.claimsPassed).toBe(0)
  })

  it('says what is wrong with it, and then passes nothing on', async () => {
    const { desk, client, works, early, late } = await aShift()
    const elsewhere = await aShift()
    await run(early, 'claimWork', { workItem: works[0], minutes: 90 })
    const before = await rowsOf(client, 'work_mark')
    for (const [more, refused, path] of [
      [{ note: ' ' }, 'InvalidInput', ['note']],
      [{ note: 'x'.repeat(4_001) }, 'InvalidInput', ['note']],
      [{ until: inHours(-1) }, 'InvalidInput', ['until']],
      [{ until: inHours(24 * 15) }, 'InvalidInput', ['until']],
      [{ team: elsewhere.desk.one.gid }, 'NotFound', ['team']],
      [{ customers: [elsewhere.customers[0]?.gid] }, 'NotFound', ['customers', '0']],
      [{ workItems: [works[0], elsewhere.works[0]] }, 'NotFound', ['workItems', '1']],
      [{ passClaimsTo: elsewhere.late.gid }, 'NotFound', ['passClaimsTo']],
      [{ passClaimsTo: early.gid }, 'InvalidInput', ['passClaimsTo']],
      [{ team: desk.other.gid, passClaimsTo: late.gid }, 'NotFound', ['passClaimsTo']],
    ] as const)
      expect(await write(early, desk, { passClaimsTo: late.gid, ...more })).toMatchObject({
        __typename: refused,
        path: ['input', ...path],
      })
    expect(await rowsOf(client, 'work_mark')).toEqual(before)
    expect(await rowsOf(client, 'handover')).toEqual([])
  })

  it.each([
    ['the client itself', ({ client }: Desk) => client.portal],
    ['an integration', ({ client }: Desk) => client.integration],
    ['a stranger', ({ client }: Desk) => client.stranger],
  ])('%s writes none and takes none over', async (_case, who) => {
    const { desk, client, early } = await aShift()
    const { handover } = await write(early, desk)
    expect(await write(who(desk), desk)).toMatchObject({ __typename: 'NotFound' })
    expect(await takeOver(who(desk), handover.id)).toMatchObject({ __typename: 'NotFound' })
    expect(await rowsOf(client, 'handover')).toHaveLength(1)
    expect(await takeoversOf(client)).toEqual([])
  })
})
