import { describe, expect, it } from 'vitest'
import { done, expectTurnedAway, readAs, refused, told } from '../cash/answers.ts'
import { auditsOf, eventsOf, gidOf } from '../cash/world.ts'
import { ActivityWordingsDocument, CorrectActivityDocument, type CorrectActivityInput } from '../generated/operations.ts'
import { asOwner, rowsOf, startTestApp } from '../harness/index.ts'
import { aCall, aDesk, log, minutesAgo, rule } from './world.ts'

const logged = async () => {
  const desk = await aDesk()
  const { client, customer, contact, item } = desk
  const happenedAt = minutesAgo(60)
  const input = aCall(customer, {
    happenedAt,
    contact: contact.gid,
    openItems: [item.gid],
    disposition: 'SPOKE',
    summary: 'pays on friday',
  })
  return { ...desk, activity: await log(client.analyst, input), happenedAt }
}

const correcting = (activity: { readonly id: string }, facts: Partial<CorrectActivityInput> = {}): CorrectActivityInput => ({
  activity: activity.id,
  expectedVersion: 1,
  reason: 'a slip of the pen',
  rightParty: 'UNKNOWN',
  summary: 'pays on monday',
  ...facts,
})

const wordingsOf = async (
  who: Parameters<typeof readAs>[0],
  activity: string,
  facts: { first?: number; after?: string } = {},
) => {
  const { node } = await readAs(who, ActivityWordingsDocument, { activity, first: 10, ...facts })
  if (node?.__typename !== 'Activity') throw new Error('that is no activity')
  return node.versions
}

describe('correctActivity', () => {
  it('writes another wording beside the old one, which stays readable as it was', async () => {
    const { client, activity, second, happenedAt, contact, item } = await logged()
    const input = correcting(activity, { openItems: [second.gid], rightParty: 'YES' })
    const corrected = (await done(client.lead, CorrectActivityDocument, input)).activity
    expect(corrected).toMatchObject({
      id: activity.id,
      version: 2,
      happenedAt,
      contact: null,
      disposition: null,
      rightParty: 'YES',
      summary: 'pays on monday',
      loggedBy: client.analyst.name,
    })
    expect(corrected.openItems.edges.map(({ node }) => node.id)).toEqual([second.gid])
    const { edges } = await wordingsOf(client.analyst, activity.id)
    expect(edges.map(({ node }) => node)).toMatchObject([
      { version: 2, summary: 'pays on monday', reason: 'a slip of the pen', toldBy: client.lead.name, contact: null },
      {
        version: 1,
        summary: 'pays on friday',
        disposition: 'SPOKE',
        reason: null,
        toldBy: client.analyst.name,
        contact: { id: contact.gid },
        openItems: { edges: [{ node: { id: item.gid } }] },
      },
    ])
    const names = (await eventsOf(client, 'work')).map(({ name }) => name).filter((name) => name.startsWith('activity.'))
    expect(names).toEqual(['activity.logged', 'activity.corrected'])
    expect((await auditsOf(client)).map(({ command }) => command)).toEqual(['activity.logActivity', 'activity.correctActivity'])
  })

  it('has its wordings by the page, and nobody can take one away or change it', async () => {
    const { client, activity } = await logged()
    await done(client.analyst, CorrectActivityDocument, correcting(activity))
    await done(client.analyst, CorrectActivityDocument, correcting(activity, { expectedVersion: 2 }))
    const first = await wordingsOf(client.analyst, activity.id, { first: 2 })
    expect(first.edges.map(({ node }) => node.version)).toEqual([3, 2])
    const rest = await wordingsOf(client.analyst, activity.id, { first: 2, after: first.pageInfo.endCursor ?? '' })
    expect(rest.edges.map(({ node }) => node.version)).toEqual([1])
    const [may] = await asOwner<{ any: boolean }>(
      `select bool_or(has_table_privilege('quittance_app', t, p)) as any
       from unnest(array['activity_version', 'activity_item']) t, unnest(array['update', 'delete', 'truncate']) p`,
    )
    expect(may).toEqual({ any: false })
  })

  it('is judged by the rules of today', async () => {
    const desk = await logged()
    await rule(desk, { kinds: { CALL: { required: ['DISPOSITION'] } } })
    expect(await refused(desk.client, CorrectActivityDocument, correcting(desk.activity))).toMatchObject({
      code: 'INCOMPLETE_ACTIVITY',
      path: ['input', 'disposition'],
      problems: [{ field: 'DISPOSITION', problem: 'MISSING' }],
    })
    const { activity } = await done(
      desk.client.analyst,
      CorrectActivityDocument,
      correcting(desk.activity, { disposition: 'SPOKE' }),
    )
    expect(activity).toMatchObject({ policyVersion: 1, version: 2 })
  })

  it.each<[string, Partial<CorrectActivityInput>, object]>([
    ['a version that is not the latest', { expectedVersion: 2 }, { code: 'VERSION_CONFLICT', currentVersion: 1 }],
    ['no reason', { reason: ' ' }, { code: 'INVALID_INPUT', path: ['input', 'reason'] }],
    ['what has not happened yet', { happenedAt: minutesAgo(-5) }, { code: 'INVALID_INPUT', path: ['input', 'happenedAt'] }],
  ])('refuses %s', async (_case, facts, why) => {
    const { client, activity } = await logged()
    expect(await refused(client, CorrectActivityDocument, correcting(activity, facts))).toMatchObject(why)
  })

  it('of ten who read the same version lets one through', async () => {
    const app = await startTestApp({ connections: 10 })
    try {
      const { client, activity } = await logged()
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, nth) =>
          told(client.analyst, CorrectActivityDocument, correcting(activity, { summary: `wording ${nth}` }), app),
        ),
      )
      expect(outcomes.filter(({ __typename }) => __typename === 'CorrectActivityPayload')).toHaveLength(1)
      expect(outcomes.filter((outcome) => 'currentVersion' in outcome && outcome.currentVersion === 2)).toHaveLength(9)
      expect(await rowsOf(client, 'activity_version')).toHaveLength(2)
    } finally {
      await app.stop()
    }
  })

  it('is for those who work the client', async () => {
    const { client, activity } = await logged()
    const nowhere = correcting({ id: gidOf(client, 'Activity') })
    await expectTurnedAway(client, CorrectActivityDocument, { input: correcting(activity), nowhere })
    expect(await refused(client, CorrectActivityDocument, correcting(activity), client.integration)).toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})
