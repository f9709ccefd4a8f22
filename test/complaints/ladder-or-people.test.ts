import { describe, expect, it } from 'vitest'
import { aKey } from '../cash/world.ts'
import { asOwner } from '../harness/index.ts'
import { aCollectingWorld, type Item } from './world.ts'

// Complaint 22, of Oracle’s users: either strategies with people’s steps, or dunning plans with letters, and never both.

const world = aCollectingWorld()
const { day, run, aDesk, aDebtor, beginDay, noticesShown, queue, stage, due, take } = world

const ladder = [
  { code: 'FRIENDLY', channel: 'EMAIL', offsetDays: 1, minGapDays: 2, template: 'FRIENDLY_REMINDER' },
  { code: 'CALL', channel: 'CALL', offsetDays: 4, minGapDays: 2 },
  { code: 'SALES', channel: 'TASK', offsetDays: 8, minGapDays: 2 },
  { code: 'SECOND', channel: 'LETTER', offsetDays: 12, minGapDays: 2, template: 'SECOND_NOTICE' },
  { code: 'ADVICE', channel: 'TASK', offsetDays: 16, minGapDays: 2 },
] as const

type Client = Parameters<typeof due>[0]
const call = (client: Client, items: readonly Item[]) =>
  run(client, 'logActivity', {
    ...{ customer: items[0]?.customer.gid, kind: 'CALL', direction: 'OUTBOUND', rightParty: 'YES', summary: 'they will pay' },
    ...{ openItems: items.map(({ gid }) => gid), happenedAt: null, idempotencyKey: aKey() },
  })
const print = async (client: Client) => {
  const letters = (await noticesShown(client)).filter(({ channel, state }) => channel === 'LETTER' && state === 'SENDING')
  await run(client, 'markNoticesPrinted', { client: client.gid, notices: letters.map(({ id }) => id) })
}

describe('22: a ladder of people or one of letters, never both', () => {
  it('one ladder has a mail, a call, a task and a letter, each done as such, one after the other', async () => {
    const desk = await aDesk(ladder)
    const { client } = desk
    const { A1, A2 } = await aDebtor(desk, 'A', { A1: 0, A2: 0 }, { postalAddress: 'Quay 1' })
    const { B1 } = await aDebtor(desk, 'B', { B1: 0 }, { postalAddress: 'Quay 2' })
    const nexts: Record<string, string | null>[] = []
    const theirs = [A1, A2]
    for (let days = 0; days <= 16; days += 1) {
      await beginDay(client, days)
      if (days === 4) {
        nexts.push(await queue(client))
        await call(client, theirs)
        await call(client, [B1])
      }
      if (days === 8) {
        nexts.push(await queue(client))
        for (const item of theirs) await take(client, item, 'SALES')
        // Of the other one somebody decided that nobody of sales is asked.
        await take(client, B1, 'SALES', { name: 'skipStage', reason: 'sales knows' })
      }
      if (days === 12) {
        nexts.push(await queue(client))
        await print(client)
      }
    }
    expect(nexts).toEqual([
      { A: 'CALL_CUSTOMER', B: 'CALL_CUSTOMER' },
      { A: 'DO_TASK', B: 'DO_TASK' },
      { A: 'WRITE_LETTER', B: 'WRITE_LETTER' },
    ])
    expect((await due(client)).sort()).toEqual(['A1 ADVICE', 'A2 ADVICE', 'B1 ADVICE'])
    const walked = async (item: Item) =>
      (await stage(client, item)).history.map(({ state, code }) => `${state} ${code}`).toReversed()
    for (const item of theirs) expect(await walked(item)).toEqual(['DONE FRIENDLY', 'DONE CALL', 'DONE SALES', 'DONE SECOND'])
    expect(await walked(B1)).toEqual(['DONE FRIENDLY', 'DONE CALL', 'SKIPPED SALES', 'DONE SECOND'])
    expect((await noticesShown(client)).map(({ channel, state, to, lines }) => [channel, state, to, lines])).toEqual([
      ['EMAIL', 'SENT', 'A', ['A1 100.00', 'A2 100.00']],
      ['EMAIL', 'SENT', 'B', ['B1 100.00']],
      ['LETTER', 'SENT', 'A', ['A1 100.00', 'A2 100.00']],
      ['LETTER', 'SENT', 'B', ['B1 100.00']],
    ])
    // By what each was done stays with it: a notice, a call, or a person alone.
    const by = await asOwner<{ code: string; notice: boolean; activity: boolean; count: number }>(
      `select code, notice_id is not null as notice, activity_id is not null as activity, count(*)::int as count
       from stage_entry where client_id = $1 and state = 'DONE' group by 1, 2, 3 order by 1`,
      [client.id],
    )
    expect(by).toEqual([
      { code: 'CALL', notice: false, activity: true, count: 3 },
      { code: 'FRIENDLY', notice: true, activity: false, count: 3 },
      { code: 'SALES', notice: false, activity: false, count: 2 },
      { code: 'SECOND', notice: true, activity: false, count: 3 },
    ])
    const figures = `query ($id: ID!) { client(id: $id) { stageFigures(from: "${day(0)}", to: "${day(15)}") { onTime late missed skipped } } }`
    const { data } = await world.read<{ client: { stageFigures: object } }>(client.analyst, figures, { id: client.gid })
    expect(data?.client.stageFigures).toEqual({ onTime: 11, late: 0, missed: 0, skipped: 1 })
  })

  it('a call that nobody makes does not keep the letter back, and is told as passed over', async () => {
    const desk = await aDesk(ladder)
    const { client } = desk
    const { A1 } = await aDebtor(desk, 'A', { A1: 0 }, { postalAddress: 'Quay 1' })
    const { B1 } = await aDebtor(desk, 'B', { B1: 0 }, { postalAddress: 'Quay 2' })
    for (const days of [1, 4, 8, 12]) {
      await beginDay(client, days)
      if (days === 4) await call(client, [B1])
    }
    await print(client)
    const skipped = async (item: Item) =>
      (await stage(client, item)).history
        .filter(({ state }) => state === 'SKIPPED')
        .map(({ code, reason }) => `${code} ${reason}`)
    expect((await skipped(A1)).sort()).toEqual(['CALL overtaken by SECOND', 'SALES overtaken by SECOND'])
    expect(await skipped(B1)).toEqual(['SALES overtaken by SECOND'])
    for (const item of [A1, B1]) expect(await stage(client, item)).toMatchObject({ level: 4, next: { code: 'ADVICE' } })
  })
})
