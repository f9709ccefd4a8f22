import { describe, expect, it } from 'vitest'
import { RequestChangedDocument, type RequestChangedSubscription } from '../generated/operations.ts'
import { aClient, ask, beginDay, grant, listen, type Person } from '../harness/index.ts'
import { follow } from '../worklist/stream.ts'
import { lineOf, revoke } from '../worklist/world.ts'
import { aDesk, asked, document, type Out } from './world.ts'

type Change = NonNullable<RequestChangedSubscription['requestChanged']>

const hear = async (who: Person, variables: { readonly clients?: readonly string[]; readonly after?: string } = {}) => {
  const heard = await listen<RequestChangedSubscription>(who, String(RequestChangedDocument), variables)
  const changes = (): Change[] => heard.messages.flatMap(({ data }) => data?.requestChanged ?? [])
  await heard.until((messages) => messages.length > 0)
  const until = (count: number) => heard.until(() => changes().length >= count)
  const isRefused = () => heard.until((messages) => messages.some(({ errors }) => errors !== undefined))
  return { ...heard, changes, until, isRefused }
}

const done = async (who: Person, name: string, input: object) => {
  const { data } = await ask<{ out: Out }>(who, document(name), { input })
  if (data?.out.request === undefined) throw new Error(`${name}: ${JSON.stringify(data)}`)
  return data.out.request
}

/** A request that is raised, taken over, answered and resolved. */
const aLife = async ({ client, customer }: Awaited<ReturnType<typeof aDesk>>) => {
  const { id: request } = await done(client.analyst, 'escalate', asked(customer))
  await done(client.lead, 'takeOwnership', { request, expectedVersion: 1 })
  await done(client.lead, 'answerRequest', { request, expectedVersion: 2, answer: 'so' })
  await done(client.analyst, 'resolveRequest', { request, expectedVersion: 3, resolution: 'so' })
  return request
}

describe('requestChanged', () => {
  it('tells each move of a request, and goes on behind a cursor', async () => {
    const desk = await aDesk()
    const { client } = desk
    await lineOf(client)
    const heard = await hear(client.analyst, { clients: [client.gid] })
    const request = await aLife(desk)
    await heard.until(5)
    expect(heard.changes().map(({ kind, stateBefore, state, requestId }) => [kind, stateBefore, state, requestId])).toEqual([
      ['START', null, null, null],
      ['RAISED', null, 'RAISED', request],
      ['OWNED', 'RAISED', 'ACKNOWLEDGED', request],
      ['ANSWERED', 'ACKNOWLEDGED', 'ANSWERED', request],
      ['RESOLVED', 'ANSWERED', 'RESOLVED', request],
    ])
    expect(heard.changes()[4]).toMatchObject({
      client: { code: client.code },
      request: { id: request, title: 'No answer for weeks' },
    })
    heard.stop()
    const again = await hear(client.lead, { after: String(heard.changes()[2]?.cursor) })
    await again.until(3)
    expect(again.changes().map(({ kind }) => kind)).toEqual(['START', 'ANSWERED', 'RESOLVED'])
    again.stop()
  })

  it('is not for whoever may not read work, and takes no cursor that is none', async () => {
    const { client } = await aDesk()
    for (const who of [client.portal, client.integration, client.stranger]) {
      const heard = await hear(who, { clients: [client.gid] })
      expect(heard.changes()).toEqual([])
      expect(JSON.stringify(heard.messages)).toContain('NOT_FOUND')
      heard.stop()
    }
    const heard = await hear(client.analyst, { after: 'nonsense' })
    expect(JSON.stringify(heard.messages)).toContain('BAD_USER_INPUT')
    heard.stop()
  })

  it('delivers nothing of a client that its reader lost meanwhile', async () => {
    const desk = await aDesk()
    const { client } = desk
    const other = await aClient({ provider: client.provider })
    await grant(other, client.analyst, 'ANALYST')
    await Promise.all([lineOf(client), lineOf(other)])
    const heard = await hear(client.analyst)
    const lost = await hear(client.analyst, { clients: [client.gid] })
    await revoke(client, client.analyst)
    const { id } = await done(client.lead, 'escalate', asked(desk.customer))
    await lost.isRefused()
    await heard.until(2)
    expect(heard.changes().map(({ kind }) => kind)).toEqual(['START', 'RESYNC'])
    expect(JSON.stringify([heard.wire, lost.wire])).not.toContain(id)
    heard.stop()
    lost.stop()
  })
})

describe('a request about work that is queued', () => {
  it('is told to whoever follows the queue, as a change of the row', async () => {
    const { client, customer } = await aDesk()
    await beginDay(client)
    await lineOf(client)
    const stream = await follow(client.lead, { clients: [client.gid] })
    const raised = await done(client.analyst, 'escalate', asked(customer))
    await stream.until(() => stream.changes.length > 1)
    expect(stream.changes[1]).toMatchObject({ kind: 'UPDATED', workKind: 'COLLECTION', reason: 'request' })
    await done(client.analyst, 'withdrawRequest', { request: raised.id, expectedVersion: 1, reason: 'they called' })
    await stream.until(() => stream.changes.length > 2)
    expect(stream.changes[2]).toMatchObject({ kind: 'UPDATED', reason: 'request', workItemId: stream.changes[1]?.workItemId })
    stream.cut()
  })
})
