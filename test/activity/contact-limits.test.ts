import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { done, readAs, told } from '../cash/answers.ts'
import { traces, type Who } from '../cash/world.ts'
import {
  ActivityWordingsDocument,
  CorrectActivityDocument,
  LogActivityDocument,
  type LogActivityInput,
} from '../generated/operations.ts'
import { aCustomer, asOwner, rowsOf } from '../harness/index.ts'
import { type ApiAlone, startApiAlone } from '../worklist/api-alone.ts'
import { aCall, aDesk, type Desk, log, rule } from './world.ts'

let api: ApiAlone
/** A Wednesday at noon. */
const now = new Date('2027-05-12T12:00:00Z')
beforeAll(async () => {
  api = await startApiAlone({ clock: () => now })
})
afterAll(() => api.stop())

const at = (days: number, hours = 0) => new Date(now.getTime() + (days * 24 + hours) * 3_600_000).toISOString()
const logAs = (who: Pick<Desk['manager'], 'subject'>, input: LogActivityInput) => log(api.as(who), input, api)
const twoAWeek = { contactLimits: [{ contactsMax: 2, days: 7 }] }

const aLimitedDesk = async (rules: object, options: Parameters<typeof aDesk>[0] = {}) => {
  const desk = await aDesk(options)
  await rule(desk, rules, { who: api.as(desk.manager), app: api })
  return desk
}

/** The refusal, after which the client has nothing that it had not before. */
const stopped = async (desk: Desk, input: LogActivityInput, who: Who = api.as(desk.client.analyst)) => {
  const before = await traces(desk.client)
  const outcome = await told(who, LogActivityDocument, input, api)
  expect(await traces(desk.client)).toEqual(before)
  return outcome
}

describe('a limit of contacts', () => {
  it('refuses one more, and names the limit, the contacts that fill it, and from when on the next is allowed', async () => {
    const desk = await aLimitedDesk(twoAWeek)
    const { client, customer } = desk
    const call = await logAs(client.analyst, aCall(customer, { happenedAt: at(-6) }))
    const mail = await logAs(client.analyst, aCall(customer, { kind: 'MAIL', happenedAt: at(-3) }))
    expect(await stopped(desk, aCall(customer, { kind: 'LETTER' }))).toMatchObject({
      __typename: 'ContactLimitReached',
      code: 'CONTACT_LIMIT_REACHED',
      path: ['input', 'happenedAt'],
      limit: { kinds: ['CALL', 'MAIL', 'LETTER'], contactsMax: 2, days: 7 },
      counted: [
        { happenedAt: at(-6), activity: { id: call.id, kind: 'CALL' } },
        { happenedAt: at(-3), activity: { id: mail.id, kind: 'MAIL' } },
      ],
      nextAllowedAt: at(1),
    })
    // An hour before the first of the two there is no room either: told late is still contacted.
    expect(await stopped(desk, aCall(customer, { happenedAt: at(-7, 1) }))).toMatchObject({ code: 'CONTACT_LIMIT_REACHED' })
    await logAs(client.analyst, aCall(customer, { happenedAt: at(-10) }))
  })

  it('counts what goes out to that customer alone: no call of theirs, no note, and nobody else’s', async () => {
    const { client, customer } = await aLimitedDesk({ contactLimits: [{ contactsMax: 1, days: 30 }] })
    await logAs(client.analyst, aCall(customer, { direction: 'INBOUND', happenedAt: at(-1) }))
    await logAs(client.analyst, aCall(customer, { kind: 'NOTE', direction: null, summary: 'quiet', happenedAt: at(-1) }))
    await logAs(client.analyst, aCall(await aCustomer(client), { happenedAt: at(-1) }))
    await logAs(client.analyst, aCall(customer, { happenedAt: at(-1) }))
    // They may still call, as often as they like.
    await logAs(client.analyst, aCall(customer, { direction: 'INBOUND' }))
  })

  it('is gone beyond with a reason of a lead or a manager, which the activity keeps', async () => {
    const desk = await aLimitedDesk({ contactLimits: [{ contactsMax: 1, days: 7 }] })
    const { client, customer, manager } = desk
    const within = await logAs(client.lead, aCall(customer, { happenedAt: at(-2), overrideReason: 'not needed' }))
    expect(within.overrideReason).toBeNull()
    const beyond = (overrideReason: string) => aCall(customer, { overrideReason })
    expect(await stopped(desk, beyond('they asked for it'))).toMatchObject({ code: 'CONTACT_LIMIT_REACHED' })
    expect(await stopped(desk, beyond(' '), api.as(client.lead))).toMatchObject({ path: ['input', 'overrideReason'] })
    for (const who of [client.lead, manager])
      expect(await logAs(who, beyond('they asked for it'))).toMatchObject({ overrideReason: 'they asked for it' })
    expect((await rowsOf(client, 'activity_version')).map(({ override_reason }) => override_reason)).toEqual([
      null,
      'they asked for it',
      'they asked for it',
    ])
  })

  it('of several at once lets through as many as there is room for', async () => {
    const { client, customer, manager } = await aLimitedDesk(twoAWeek)
    const asked = [client.analyst, client.lead, manager, client.analyst, client.lead, manager]
    const outcomes = await Promise.all(asked.map((who) => told(api.as(who), LogActivityDocument, aCall(customer), api)))
    expect(outcomes.map(({ __typename }) => __typename).toSorted()).toEqual([
      ...Array(4).fill('ContactLimitReached'),
      ...Array(2).fill('LogActivityPayload'),
    ])
    expect(await rowsOf(client, 'activity')).toHaveLength(2)
  })

  it('holds for a correction that tells of another instant, and for no other', async () => {
    const { client, customer } = await aLimitedDesk({ contactLimits: [{ contactsMax: 1, days: 7 }] })
    await logAs(client.analyst, aCall(customer, { happenedAt: at(-10) }))
    const late = await logAs(client.analyst, aCall(customer, { happenedAt: at(-1) }))
    const correct = (who: Who, expectedVersion: number, facts: object) => {
      const input = { activity: late.id, expectedVersion, reason: 'a slip', rightParty: 'NO' as const, summary: '', ...facts }
      return told(who, CorrectActivityDocument, input, api)
    }
    const analyst = api.as(client.analyst)
    expect(await correct(analyst, 1, { summary: 'as it was' })).toMatchObject({ activity: { version: 2 } })
    // A day off its own instant it does not count against itself, but close to the other one it does.
    expect(await correct(analyst, 2, { happenedAt: at(-2) })).toMatchObject({ activity: { version: 3 } })
    expect(await correct(analyst, 3, { happenedAt: at(-4) })).toMatchObject({ code: 'CONTACT_LIMIT_REACHED' })
    const override = { happenedAt: at(-4), overrideReason: 'that is when it was' }
    expect(await correct(api.as(client.lead), 3, override)).toMatchObject({
      activity: { version: 4, overrideReason: 'that is when it was' },
    })
    // What was let through stays so while its instant does.
    expect(await correct(analyst, 4, {})).toMatchObject({ activity: { version: 5, overrideReason: 'that is when it was' } })
    const { node } = await readAs(analyst, ActivityWordingsDocument, { activity: late.id, first: 10 }, api)
    expect(node?.__typename === 'Activity' ? node.versions.edges : []).toHaveLength(5)
  })
})

describe('quiet hours', () => {
  const quiet = { quietHours: { from: '21:00', to: '08:00', zoneByCountry: { JP: 'Asia/Tokyo' } } }

  it('are those of the client, or of the customer’s country where the rules say where that is', async () => {
    const desk = await aLimitedDesk(quiet, { timeZone: 'America/New_York' })
    const { client, customer } = desk
    // Eight in the morning in New York, nine in the evening in Tokyo.
    await logAs(client.analyst, aCall(customer))
    expect(await stopped(desk, aCall(customer, { happenedAt: at(0, -1) }))).toMatchObject({
      __typename: 'InQuietHours',
      code: 'IN_QUIET_HOURS',
      path: ['input', 'happenedAt'],
      from: '21:00',
      to: '08:00',
      timeZone: 'America/New_York',
      nextAllowedAt: at(0),
    })
    await asOwner(`update customer set country_code = 'JP' where client_id = $1`, [client.id])
    expect(await stopped(desk, aCall(customer))).toMatchObject({ timeZone: 'Asia/Tokyo', nextAllowedAt: at(0, 11) })
    await logAs(client.analyst, aCall(customer, { happenedAt: at(0, -1) }))
  })

  it('are for calls unless the rules say more, never for what comes in, and can be gone beyond', async () => {
    const { client, customer } = await aLimitedDesk(quiet, { timeZone: 'Asia/Tokyo' })
    await logAs(client.analyst, aCall(customer, { kind: 'MAIL' }))
    await logAs(client.analyst, aCall(customer, { direction: 'INBOUND' }))
    const late = aCall(customer, { overrideReason: 'they wanted to be called tonight' })
    expect(await done(api.as(client.lead), LogActivityDocument, late, api)).toMatchObject({
      activity: { overrideReason: 'they wanted to be called tonight' },
    })
  })
})
