import { describe, expect, it } from 'vitest'
import { encodePlaces } from '../../src/platform/events/cursor.ts'
import { limits } from '../../src/platform/limits.ts'
import { holding, waiting } from '../cash/world.ts'
import { aClient, aCustomer, anItem, aReceipt, ask, asOwner, grant, listen, type TestClient } from '../harness/index.ts'
import { type Change, follow, placeAt, type Stream } from './stream.ts'
import { aKey, debtors, importRows, lineOf, promise, revoke, toldOf, withdraw } from './world.ts'

type Page = { worklist: { cursor: string; edges: readonly { cursor: string; node: NonNullable<Change['item']> }[] } }

const pageOf = async (client: TestClient, clients: readonly string[] = [client.gid]) => {
  const document = `query Page($clients: [ID!]) { worklist(clients: $clients, first: 50) { cursor edges { cursor node {
    id priority { score } amounts { toBeCollected { amount currency } } } } } }`
  const { data } = await ask<Page>(client.analyst, document, { clients })
  if (data === undefined || data === null) throw new Error('there is no page')
  return data.worklist
}

const kinds = ({ changes }: Stream) => changes.map(({ kind }) => kind)
/** The client's own changes behind the first message, by their numbers. */
const lineAt = (client: TestClient, { changes }: Pick<Stream, 'changes'>) =>
  changes.slice(1).flatMap((change) => (change.client?.code === client.code ? [placeAt(client, change)] : []))
const places = (client: TestClient, { changes }: Stream) => changes.map((change) => placeAt(client, change))

type Told = Awaited<ReturnType<typeof toldOf>>

/** The score before a change of a row is what the change before it, told or summed up with it, left. */
const expectNoGap = (client: TestClient, stream: Stream, told: Told) => {
  const scores = new Map(told.map(({ seq, payload }) => [seq, payload.score]))
  const left = places(client, stream).map((place) => scores.get(place ?? -1n))
  expect(stream.changes.slice(2).map(({ scoreBefore }) => scoreBefore)).toEqual(left.slice(1, -1))
}

// Waiting for a push costs time and no work: the tests of this file wait beside one another.
describe.concurrent('worklistChanged', () => {
  it('begins with START and tells what became of each row, why, and at whose queue', async () => {
    const client = await aClient()
    const { items, pay } = await debtors(client)
    const [item] = items
    if (item === undefined) throw new Error('nobody owes')
    await lineOf(client)
    const heard = await follow(client.analyst)
    expect(heard.changes).toMatchObject([
      { kind: 'START', reason: null, at: null, client: null, item: null, workItemId: null, scoreBefore: null },
    ])
    const [row] = (await pageOf(client)).edges
    const id = row?.node.id
    const score = row?.node.priority.score

    const next = async (kind: string, does: () => Promise<unknown>) => {
      const before = heard.changes.length
      await does()
      await heard.until(() => heard.changes.length > before)
      expect(heard.changes.at(-1)).toMatchObject({ kind, client: { code: client.code } })
      return heard.changes.at(-1)
    }
    const collect = (amount: string) => ({ id, amounts: [{ toBeCollected: { amount, currency: 'USD' } }] })
    expect(await next('UPDATED', () => pay(0, '0.01'))).toMatchObject({
      reason: 'cash',
      workItemId: id,
      scoreBefore: score,
      item: collect('4999.99'),
    })
    expect(await next('MOVED', () => pay(0, '1999.99'))).toMatchObject({
      reason: 'cash',
      scoreBefore: score,
      item: collect('3000.00'),
    })
    const made = promise(client, item, '3000.00')
    expect(await next('REMOVED', () => made)).toMatchObject({ reason: 'promise', workItemId: id, item: null })
    const kept = await made
    expect(await next('ADDED', () => withdraw(client, kept))).toMatchObject({
      reason: 'promise',
      workItemId: id,
      item: collect('3000.00'),
    })
    const rows = [{ customerNumber: 'N1', sourceKey: 'D1', amount: '70.00', dueOn: '2026-01-01' }]
    const added = await next('ADDED', () => importRows(client, rows))
    expect(added).toMatchObject({
      reason: 'import',
      scoreBefore: null,
      item: { amounts: [{ toBeCollected: { amount: '70.00' } }] },
    })
    expect(added?.workItemId).not.toBe(id)
    expect(await next('REMOVED', () => pay(0, '3000.00'))).toMatchObject({ reason: 'cash', workItemId: id, item: null })

    expect(kinds(heard)).toEqual(['START', 'UPDATED', 'MOVED', 'REMOVED', 'ADDED', 'ADDED', 'REMOVED'])
    const line = places(client, heard)
    expect(line).toEqual(line.toSorted((a, b) => Number((a ?? 0n) - (b ?? 0n))))
    heard.cut()
  })

  it('goes on behind a cursor, with no loss and no repetition, however often the socket is torn', async () => {
    const client = await aClient()
    // Each change is of a row of its own: none is told as one with another.
    const { pay } = await debtors(client, 50)
    const { cursor } = await pageOf(client)
    const start = await lineOf(client)
    const paying = (async () => {
      for (let n = 0; n < 50; n += 1) await pay(n, `${1 + (n % 7)}.00`)
    })()

    const heard: Change[] = []
    for (let after = cursor, sockets = 0; heard.length < 50; sockets += 1) {
      const stream = await follow(client.analyst, { clients: [client.gid], after })
      expect(stream.changes[0]).toMatchObject({ kind: 'START', cursor: after })
      const enough = sockets > 15 ? 50 : 1 + Math.floor(Math.random() * 6)
      await stream.until(() => stream.changes.length > enough || heard.length + stream.changes.length > 50)
      stream.cut()
      heard.push(...stream.changes.slice(1))
      after = heard.at(-1)?.cursor ?? after
    }
    await paying
    const told = (await toldOf(client)).filter(({ seq }) => seq > start)
    expect(heard.map((change) => placeAt(client, change))).toEqual(told.map(({ seq }) => seq))
    expect(heard.map(({ kind }) => kind)).toEqual(told.map(({ payload }) => payload.kind))
    expect(told).toHaveLength(50)
  })

  it('a page and the cursor read with it miss nothing of what happens meanwhile', async () => {
    const client = await aClient()
    const { items, pay } = await debtors(client, 4, 20_000n)
    const paying = Promise.all(
      [0, 1, 2, 3].map(async (at) => {
        for (let n = 0; n < 8; n += 1) await pay(at, '1.50')
        if (at === 3) await promise(client, items[3] ?? { id: '', gid: '' }, '100.00')
      }),
    )
    await importRows(client, [{ customerNumber: 'N1', sourceKey: 'D1', amount: '70.00', dueOn: '2026-01-01' }])
    const page = await pageOf(client)
    const stream = await follow(client.analyst, { clients: [client.gid], after: page.cursor })
    await paying
    const end = await lineOf(client)
    await stream.until(() => stream.changes.some((change) => placeAt(client, change) === end))

    const rows = new Map(page.edges.map(({ node }) => [node.id, node]))
    for (const { kind, workItemId, item } of stream.changes) {
      if (kind === 'REMOVED') rows.delete(workItemId ?? '')
      else if (item !== null) rows.set(item.id, item)
    }
    const now = await pageOf(client)
    const inOrder = [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    expect(inOrder).toEqual(now.edges.map(({ node }) => node).sort((a, b) => (a.id < b.id ? -1 : 1)))
    stream.cut()
  })

  it('brings the first page of the queue with START, and again with RESYNC, and with nothing else', async () => {
    const client = await aClient()
    const { pay } = await debtors(client, 3)
    await lineOf(client)
    type Page = { edges: { node: { id: string } }[]; totalCount: { value: number }; cursor: string } | null
    type Pushed = { worklistChanged: { kind: string; cursor: string; queue: Page } }
    const document = `subscription ($clients: [ID!], $after: Cursor) { worklistChanged(clients: $clients, after: $after) {
      kind cursor queue(first: 2) { edges { node { id } } totalCount { value } cursor } } }`
    const heard = await listen<Pushed>(client.analyst, document, { clients: [client.gid] })
    await heard.until((messages) => messages.length === 1)
    await pay(2)
    await heard.until((messages) => messages.length === 2)
    const [start, change] = heard.messages.map(({ data }) => data?.worklistChanged)
    const page = await pageOf(client)
    expect(start).toMatchObject({ kind: 'START', queue: { totalCount: { value: 3 } } })
    expect(start?.queue?.edges.map(({ node }) => node.id)).toEqual(page.edges.slice(0, 2).map(({ node }) => node.id))
    expect(change).toMatchObject({ queue: null })
    heard.stop()

    // A cursor from before all that is kept.
    await asOwner('update event_line set last_seq = last_seq + 6000 where client_id = $1', [client.id])
    const late = await listen<Pushed>(client.analyst, document, { clients: [client.gid], after: start?.cursor ?? '' })
    await late.until((messages) => messages.length === 2)
    expect(late.messages[1]?.data?.worklistChanged).toMatchObject({ kind: 'RESYNC', queue: { totalCount: { value: 3 } } })
    late.stop()
  })

  it('carries two clients in one stream, each going its own way', async () => {
    const client = await aClient()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'ANALYST')
    // Five debtors of each: changes of one row could be told as one.
    const [here, there] = [await debtors(client, 5), await debtors(other, 5)]
    await Promise.all([lineOf(client), lineOf(other)])
    const heard = await follow(client.analyst)
    for (let n = 0; n < 5; n += 1) await Promise.all([here.pay(n), there.pay(n)])
    await heard.until(() => heard.changes.length === 11)

    const codes = heard.changes.slice(1).map(({ client: whose }) => whose?.code)
    expect(codes.toSorted()).toEqual([...Array(5).fill(client.code), ...Array(5).fill(other.code)].sort())
    for (const one of [client, other]) {
      const line = places(one, heard)
      expect(line).toEqual(line.toSorted((a, b) => Number((a ?? 0n) - (b ?? 0n))))
    }
    // From the middle it goes on with the rest of both, and with nothing of what was heard.
    for (const at of [0, 3, 7, 10]) {
      const again = await follow(client.analyst, { after: heard.changes[at]?.cursor ?? '' })
      await again.until(() => again.changes.length === 11 - at)
      for (const one of [client, other]) expect(lineAt(one, again)).toEqual(lineAt(one, { changes: heard.changes.slice(at) }))
      again.cut()
    }
    const one = await follow(client.analyst, { clients: [other.gid], after: heard.changes[0]?.cursor ?? '' })
    await one.until(() => one.changes.length === 6)
    expect(one.changes.slice(1).map(({ client: whose }) => whose?.code)).toEqual(Array(5).fill(other.code))
    one.cut()
    heard.cut()
  })

  it.for([
    ['junk', () => 'nonsense'],
    ['nothing', () => ''],
    ['a cursor of a list', async (client: TestClient) => (await pageOf(client)).edges[0]?.cursor ?? ''],
    ['a cursor cut short', async (client: TestClient) => (await pageOf(client)).cursor.slice(0, -3)],
    ['a cursor of another version', async (client: TestClient) => `B${(await pageOf(client)).cursor.slice(1)}`],
    ['an id', (client: TestClient) => client.gid],
  ] as const)('does not begin behind %s', async ([, made]) => {
    const client = await aClient()
    await debtors(client)
    const stream = await follow(client.analyst, { clients: [client.gid], after: await made(client) })
    expect(stream.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    expect(stream.changes).toEqual([])
    stream.cut()
  })

  it('a cursor that tells of another’s clients opens nothing of theirs', async () => {
    const client = await aClient()
    const foreign = await aClient()
    const { pay } = await debtors(client)
    const theirs = await debtors(foreign)
    await Promise.all([lineOf(client), lineOf(foreign)])
    const after = encodePlaces(
      new Map([
        [foreign.id, 0n],
        [client.id, await lineOf(client)],
      ]),
    )
    const stream = await follow(client.analyst, { after })
    await theirs.pay(0)
    await lineOf(foreign)
    await pay(0)
    await stream.until(() => stream.changes.length === 2)
    expect(stream.changes).toMatchObject([{ kind: 'START' }, { client: { code: client.code } }])
    for (const { cursor } of stream.changes)
      expect(Buffer.from(cursor, 'base64url').toString('hex')).not.toContain(foreign.id.replaceAll('-', ''))
    expect(stream.wire.join()).not.toContain(foreign.code)
    stream.cut()
  })

  it('a reader that is too far behind is told to read again, and then goes on', async () => {
    const client = await aClient()
    const { pay } = await debtors(client)
    const { cursor } = await pageOf(client)
    const start = await lineOf(client)
    // As the relay would have left them, only faster.
    await asOwner(
      `with line as (update event_line set last_seq = last_seq + $2::int where client_id = $1 returning last_seq)
       insert into event (client_id, seq, area, name, payload, at)
       select $1, line.last_seq - $2::int + n, 'work', 'work.changed', '{}', now() from line, generate_series(1, $2::int) n`,
      [client.id, limits.socket.replay + 1],
    )
    const stream = await follow(client.analyst, { clients: [client.gid], after: cursor })
    await stream.until(() => stream.changes.length === 2)
    expect(stream.changes[1]).toMatchObject({ kind: 'RESYNC', reason: 'CURSOR_TOO_OLD', item: null, client: null, at: null })
    const resumed = placeAt(client, stream.changes[1] ?? { cursor: '' }) ?? 0n
    expect(resumed).toBe(start + BigInt(limits.socket.replay + 1))
    await pay(0)
    await stream.until(() => stream.changes.length === 3)
    expect(stream.changes[2]).toMatchObject({ client: { code: client.code }, reason: 'cash' })
    stream.cut()
  })

  it.for(['a change comes', 'nothing happens there'] as const)('ends where a named client is lost, when %s', async (when) => {
    const client = await aClient()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'ANALYST')
    const [here, there] = [await debtors(client), await debtors(other)]
    const stream = await follow(client.analyst, { clients: [client.gid, other.gid] })
    await revoke(other, client.analyst)
    if (when === 'a change comes') await there.pay(0)
    await stream.until(stream.isOver)
    expect(stream.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    expect(kinds(stream)).toEqual(['START'])
    await here.pay(0)
    expect(kinds(stream)).toEqual(['START'])
    stream.cut()
  })

  it('leaves a lost client out where none was named, and says so', async () => {
    const client = await aClient()
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'ANALYST')
    const [here, there] = [await debtors(client), await debtors(other)]
    await Promise.all([lineOf(client), lineOf(other)])
    const stream = await follow(client.analyst)
    await revoke(other, client.analyst)
    await there.pay(0)
    await stream.until(() => stream.changes.length === 2)
    expect(stream.changes[1]).toMatchObject({ kind: 'RESYNC', reason: 'RIGHTS_CHANGED' })
    expect(placeAt(other, stream.changes[1] ?? { cursor: '' })).toBeUndefined()
    await there.pay(0, '2.00')
    await lineOf(other)
    await here.pay(0)
    await stream.until(() => stream.changes.length === 3)
    expect(stream.changes[2]).toMatchObject({ client: { code: client.code } })
    expect(stream.wire.join()).not.toContain(other.code)
    stream.cut()
  })

  it('ends when the last client is lost', async () => {
    const client = await aClient()
    await debtors(client)
    const stream = await follow(client.analyst)
    await revoke(client, client.analyst)
    await stream.until(stream.isOver)
    expect(stream.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    stream.cut()
  })

  it('takes in a client that is granted while it is open', async () => {
    const client = await aClient()
    const other = await aClient({ provider: client.provider })
    const there = await debtors(other)
    await debtors(client)
    await Promise.all([lineOf(client), lineOf(other)])
    const stream = await follow(client.analyst)
    await there.pay(0)
    await grant(other, client.analyst, 'ANALYST')
    await stream.until(() => stream.changes.length === 2)
    expect(stream.changes[1]).toMatchObject({ kind: 'RESYNC', reason: 'RIGHTS_CHANGED' })
    const joined = placeAt(other, stream.changes[1] ?? { cursor: '' })
    expect(joined).toBeDefined()
    await there.pay(0)
    await stream.until(() => stream.changes.some(({ client: whose }) => whose?.code === other.code))
    stream.cut()
  })

  it('is closed to whoever does not serve the client, in the words of a client that is not there', async () => {
    const client = await aClient()
    const foreign = await aClient()
    await debtors(client)
    const nowhere = (await aClient()).gid
    const ended = async (who: { subject: string }, clients: string[]) => {
      const stream = await follow(who, { clients })
      stream.cut()
      expect(stream.changes).toEqual([])
      return stream.errors.map(({ message, extensions }) => ({ message, extensions }))
    }
    const mixed = await ended(client.analyst, [client.gid, foreign.gid])
    expect(mixed).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    expect(await ended(client.analyst, [nowhere])).toEqual(mixed)
    expect(await ended(client.analyst, ['nonsense'])).toEqual(mixed)
    expect(await ended(client.stranger, [client.gid])).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    expect(await ended(client.portal, [client.gid])).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
  })

  it('loses nothing of what a slow reader has not read yet', async () => {
    const client = await aClient()
    const { pay } = await debtors(client)
    const start = await lineOf(client)
    const stream = await follow(client.analyst, { clients: [client.gid] })
    stream.pause()
    // More than is read for a subscriber at a time.
    for (let n = 0; n < 7; n += 1) await pay(0, '1.00', 20)
    const end = await lineOf(client)
    stream.resume()
    const told = (await toldOf(client)).filter(({ seq }) => seq > start && seq <= end)
    expect(told).toHaveLength(140)
    await stream.until(() => places(client, stream).at(-1) === told.at(-1)?.seq)
    // One row, told a few times: what the last of them says is what there is.
    expect(stream.changes.length).toBeLessThan(50)
    expect(stream.changes.at(-1)?.item?.amounts).toEqual([{ toBeCollected: { amount: '4860.00', currency: 'USD' } }])
    expectNoGap(client, stream, told)
    stream.cut()
  })

  it('tells nothing of a dry run, of a refused command, or of one that was taken back', async () => {
    const client = await aClient()
    const { items, pay } = await debtors(client)
    const customer = await aCustomer(client)
    const [item] = items
    await lineOf(client)
    const stream = await follow(client.analyst)
    const receipt = await aReceipt(client, customer, 1_000n)
    const own = await anItem(client, customer, { openMinor: 1_000n })
    const put = (facts: object) => ({
      receipt: receipt.gid,
      openItem: own.gid,
      amount: { amount: '10.00', currency: 'USD' },
      expectedVersion: 1,
      idempotencyKey: aKey(),
      ...facts,
    })
    const text = 'mutation Put($input: ApplyReceiptInput!) { applyReceipt(input: $input) { __typename } }'
    const outcomes = [put({ dryRun: true }), put({ expectedVersion: 7 }), put({ openItem: item?.gid })].map((input) =>
      ask<{ applyReceipt: { __typename: string } }>(client.analyst, text, { input }),
    )
    expect((await Promise.all(outcomes)).map(({ data }) => data?.applyReceipt.__typename)).toEqual([
      'ApplyReceiptPayload',
      'VersionConflict',
      'WrongCustomer',
    ])
    await pay(0)
    await stream.until(() => stream.changes.length > 1)
    expect(stream.changes).toMatchObject([
      { kind: 'START' },
      { kind: 'UPDATED', item: { amounts: [{ toBeCollected: { amount: '4999.00' } }] } },
    ])
    stream.cut()
  })

  it('tells changes of one row in the order they were committed', async () => {
    const client = await aClient()
    const customer = await aCustomer(client)
    const item = await anItem(client, customer, { openMinor: 10_000_000n })
    const receipts = await Promise.all(Array.from({ length: 25 }, () => aReceipt(client, customer, 300_000n)))
    await debtors(client, 0)
    await lineOf(client)
    const stream = await follow(client.analyst)
    const text = 'mutation Put($input: ApplyReceiptInput!) { applyReceipt(input: $input) { __typename } }'
    await Promise.all(
      receipts.map((receipt) => {
        const amount = { amount: '3000.00', currency: 'USD' }
        const input = { receipt: receipt.gid, openItem: item.gid, amount, expectedVersion: 1, idempotencyKey: aKey() }
        return ask(client.integration, text, { input })
      }),
    )
    await lineOf(client)
    const told = await toldOf(client)
    await stream.until(() => places(client, stream).at(-1) === told.at(-1)?.seq)
    expectNoGap(client, stream, told)
    const before = stream.changes.slice(1).map(({ scoreBefore }) => scoreBefore)
    expect(before).toEqual(before.toSorted((a, b) => Number(b) - Number(a)))
    stream.cut()
  })

  it('tells in the order of commits also what was begun in another order', async () => {
    const client = await aClient()
    const [slow, quick] = [await aCustomer(client), await aCustomer(client)]
    const [first, second] = [
      await anItem(client, slow, { openMinor: 90_000n }),
      await anItem(client, quick, { openMinor: 90_000n }),
    ]
    const [late, early] = [await aReceipt(client, slow, 1_000n), await aReceipt(client, quick, 1_000n)]
    await debtors(client, 0)
    await lineOf(client)
    const { cursor } = await pageOf(client)
    const text = 'mutation Put($input: ApplyReceiptInput!) { applyReceipt(input: $input) { __typename } }'
    const put = (receipt: { gid: string }, openItem: { gid: string }) => {
      const amount = { amount: '10.00', currency: 'USD' }
      const input = { receipt: receipt.gid, openItem: openItem.gid, amount, expectedVersion: 1, idempotencyKey: aKey() }
      return ask(client.integration, text, { input })
    }
    // The first begins and waits for its receipt; the second begins behind it and commits before it.
    const release = await holding('select id from receipt where client_id = $1 and id = $2 for update', [client.id, late.id])
    const waits = put(late, first)
    await waiting('from receipt where client_id', 1)
    await put(early, second)
    await lineOf(client)
    await release()
    await waits
    const end = await lineOf(client)
    const stream = await follow(client.analyst, { clients: [client.gid], after: cursor })
    await stream.until(() => stream.changes.length === 3)
    const line = places(client, stream).slice(1)
    expect(line).toEqual((await toldOf(client)).slice(-2).map(({ seq }) => seq))
    // Whoever is cut off between the two goes on behind the first and must still hear the second.
    const resumed = await follow(client.analyst, { clients: [client.gid], after: stream.changes[1]?.cursor ?? '' })
    await resumed.until(() => resumed.changes.length === 2)
    expect(placeAt(client, resumed.changes[1] ?? { cursor: '' })).toBe(line[1])
    expect(line[1]).toBeLessThanOrEqual(end)
    for (const one of [stream, resumed]) one.cut()
  })

  it('follows two hundred clients at most, as a query does', async () => {
    const client = await aClient()
    await debtors(client)
    const many = Array.from({ length: limits.command.clients + 1 }, () => client.gid)
    const stream = await follow(client.analyst, { clients: many })
    expect(stream.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
    stream.cut()
  })
})
