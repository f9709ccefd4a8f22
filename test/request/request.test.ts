import { describe, expect, it } from 'vitest'
import { legalMoves, mayMove } from '../../src/kernel/state-machine.ts'
import {
  type RequestMove,
  requestKinds,
  requestMachines,
  requestMoves,
  requestStates,
} from '../../src/modules/request/request-states.ts'
import { aClient, aPerson, aReceipt, asOwner, grant, type Person, rowsOf } from '../harness/index.ts'
import { aDesk, asked, aTeam, aWorld, type Desk, type Told, userGid } from './world.ts'

const world = aWorld()
const { run, done, query } = world

const historyOf = ({ history }: Told) => history as { kind: string; owner: string; note: string; by: string }[]
const events = async ({ client }: Desk) =>
  asOwner<{ move: string; state: string }>(
    `select payload ->> 'move' as move, payload ->> 'state' as state from event where client_id = $1 and name = 'request.changed' order by id`,
    [client.id],
  )

describe('an escalation', () => {
  it('goes to the first level of the path, from who asks to somebody else, and is answered and resolved', async () => {
    const desk = await aDesk()
    const { client, customer, item } = desk
    const raised = await done(
      client.analyst,
      'escalate',
      asked(customer, { openItems: [item.gid], text: 'They do not call back' }),
    )
    expect(raised).toMatchObject({
      kind: 'ESCALATION',
      state: 'RAISED',
      level: 1,
      owner: { kind: 'PERSON', name: client.lead.name, isEntitled: true, isMe: false },
      acknowledgeBy: world.at(4).toISOString(),
      answerBy: world.at(24).toISOString(),
    })
    world.turnTo(1)
    const on = { request: raised.id }
    const taken = await done(client.lead, 'acknowledgeRequest', { ...on, expectedVersion: 1 })
    expect(taken).toMatchObject({ state: 'ACKNOWLEDGED', acknowledgedAt: world.at(1).toISOString(), owner: { isMe: true } })
    const answered = await done(client.lead, 'answerRequest', { ...on, expectedVersion: 2, answer: 'I called their CFO' })
    expect(answered).toMatchObject({ state: 'ANSWERED', answer: 'I called their CFO' })
    const over = await done(client.analyst, 'resolveRequest', { ...on, expectedVersion: 3, resolution: 'they pay' })
    expect(over).toMatchObject({ state: 'RESOLVED', version: 4, legalMoves: ['reopen'] })
    expect(historyOf(over).map(({ kind, by, note }) => [kind, by, note])).toEqual([
      ['RAISED', client.analyst.name, ''],
      ['ACKNOWLEDGED', client.lead.name, ''],
      ['ANSWERED', client.lead.name, 'I called their CFO'],
      ['RESOLVED', client.analyst.name, 'they pay'],
    ])
    expect((await events(desk)).map(({ move }) => move)).toEqual(['raise', 'acknowledge', 'answer', 'resolve'])
  })

  it('of a lead passes the lead over: nobody escalates to themselves', async () => {
    const { client, customer, manager } = await aDesk()
    const raised = await done(client.lead, 'escalate', asked(customer))
    expect(raised).toMatchObject({ level: 2, owner: { name: manager.name } })
  })

  it('is refused where nobody is left to answer, and nothing is written', async () => {
    const { client, customer, manager } = await aDesk()
    await asOwner(`update client_grant set valid_until = now() where client_id = $1 and principal_id = any ($2)`, [
      client.id,
      [client.lead.id, manager.id],
    ])
    expect(await run(client.analyst, 'escalate', asked(customer))).toMatchObject({ __typename: 'NoOwner', code: 'NO_OWNER' })
    expect(await rowsOf(client, 'work_request')).toEqual([])
  })

  it('goes up the path of the client’s own policy, and is told which there are', async () => {
    const { client, customer, manager } = await aDesk()
    const rules = {
      paths: [
        { code: 'USUAL', levels: [{ owner: { role: 'LEAD' } }] },
        { code: 'LEGAL', levels: [{ owner: { person: userGid(client, manager) }, acknowledgeWithin: 30, answerWithin: 60 }] },
      ],
    }
    await query(manager, `mutation ($input: PublishPolicyInput!) { publishPolicy(input: $input) { __typename } }`, {
      input: { client: client.gid, kind: 'ESCALATION', rules: JSON.stringify(rules), reason: 'as agreed', expectedVersion: 0 },
    })
    const raised = await done(client.analyst, 'escalate', asked(customer, { path: 'LEGAL' }))
    expect(raised).toMatchObject({ owner: { name: manager.name }, acknowledgeBy: world.at(0.5).toISOString() })
    expect(await run(client.analyst, 'escalate', asked(customer, { path: 'NONE' }))).toMatchObject({
      __typename: 'InvalidInput',
      path: ['input', 'path'],
      message: expect.stringContaining('USUAL, LEGAL'),
    })
  })

  it('is of a team where the path says so: anybody of it acknowledges, and the team answers for it', async () => {
    const { client, customer, manager } = await aDesk()
    const team = await aTeam(client, [client.analyst, client.lead])
    const rules = { paths: [{ code: 'CASH', levels: [{ owner: { team: team.gid } }] }], countWeekends: true }
    await query(manager, `mutation ($input: PublishPolicyInput!) { publishPolicy(input: $input) { __typename } }`, {
      input: { client: client.gid, kind: 'ESCALATION', rules: JSON.stringify(rules), reason: 'as agreed', expectedVersion: 0 },
    })
    const raised = await done(manager, 'escalate', asked(customer))
    expect(raised).toMatchObject({ teamName: team.name, owner: { kind: 'TEAM', name: team.name, isMe: false } })
    expect(await done(client.analyst, 'acknowledgeRequest', { request: raised.id, expectedVersion: 1 })).toMatchObject({
      state: 'ACKNOWLEDGED',
      owner: { kind: 'TEAM', isMe: true },
    })
  })

  it('raised twice under one key is one', async () => {
    const { client, customer } = await aDesk()
    const input = asked(customer)
    const [first, second] = await Promise.all([done(client.analyst, 'escalate', input), done(client.analyst, 'escalate', input)])
    expect(second.id).toBe(first.id)
    expect(await rowsOf(client, 'work_request')).toHaveLength(1)
  })

  it('goes back down a level, and not below the first', async () => {
    const { client, customer, manager } = await aDesk()
    const raised = await done(client.analyst, 'escalate', asked(customer))
    await asOwner('update work_request set level = 2, owner_id = $3, owner_name = $4 where client_id = $1 and id = $2', [
      client.id,
      (await rowsOf(client, 'work_request'))[0]?.id,
      manager.id,
      manager.name,
    ])
    const back = await done(manager, 'deEscalateRequest', { request: raised.id, expectedVersion: 1, reason: 'yours first' })
    expect(back).toMatchObject({ state: 'RAISED', level: 1, owner: { name: client.lead.name } })
    expect(await run(client.lead, 'deEscalateRequest', { request: raised.id, expectedVersion: 2, reason: 'no' })).toMatchObject({
      __typename: 'NoOwner',
    })
  })
})

describe('an internal request', () => {
  it('to a person is theirs, and to a department that of who asks', async () => {
    const { client, item, customer } = await aDesk()
    const toLead = await done(
      client.analyst,
      'raiseInternalRequest',
      asked(item, { owner: userGid(client, client.lead), answerBy: world.at(5).toISOString() }),
    )
    expect(toLead).toMatchObject({
      kind: 'INTERNAL_REQUEST',
      answerBy: world.at(5).toISOString(),
      owner: { name: client.lead.name },
    })
    const department = { name: 'Billing', side: 'CLIENT' }
    const toBilling = await done(client.analyst, 'raiseInternalRequest', asked(customer, { department }))
    expect(toBilling.owner).toMatchObject({ name: client.analyst.name, isMe: true })
    for (const wrong of [{}, { department, owner: userGid(client, client.lead) }])
      expect(await run(client.analyst, 'raiseInternalRequest', asked(customer, wrong))).toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('never goes to somebody without a right to work on the client', async () => {
    const { client, customer } = await aDesk()
    const observer = await aPerson(client.provider.id, 'PERSON', 'observer')
    await grant(client, observer, 'OBSERVER')
    for (const who of [observer, client.portal, client.integration, client.stranger])
      expect(
        await run(client.analyst, 'raiseInternalRequest', asked(customer, { owner: userGid(client, who) })),
        who.name,
      ).toMatchObject({ __typename: 'NotFound', path: ['input', 'owner'] })
    expect(await rowsOf(client, 'work_request')).toEqual([])
  })

  it('is begun anew with a new clock, and counts how often', async () => {
    const { client, customer } = await aDesk()
    const raised = await done(client.analyst, 'raiseInternalRequest', asked(customer, { owner: userGid(client, client.lead) }))
    const on = { request: raised.id }
    await done(client.lead, 'acknowledgeRequest', { ...on, expectedVersion: 1 })
    await done(client.lead, 'answerRequest', { ...on, expectedVersion: 2, answer: 'no' })
    world.turnTo(30)
    const again = await done(client.analyst, 'reopenRequest', { ...on, expectedVersion: 3, reason: 'not what I asked' })
    expect(again).toMatchObject({
      ...{ state: 'RAISED', reopened: 1, acknowledgedAt: null, answeredAt: null, answer: null },
      ...{ acknowledgeBy: world.at(38).toISOString(), owner: { name: client.lead.name } },
    })
  })
})

describe('a hand-off', () => {
  it('is accepted and completed by the team', async () => {
    const { client, item } = await aDesk()
    const team = await aTeam(client, [client.lead])
    const handed = await done(client.analyst, 'handOff', asked(item, { team: team.gid }))
    expect(handed).toMatchObject({ kind: 'HANDOFF', teamName: team.name, owner: { kind: 'TEAM', name: team.name, isMe: false } })
    const accepted = await done(client.lead, 'acknowledgeRequest', { request: handed.id, expectedVersion: 1 })
    expect(accepted).toMatchObject({ state: 'ACKNOWLEDGED', owner: { kind: 'TEAM', isMe: true } })
    const taken = await done(client.lead, 'takeOwnership', { request: handed.id, expectedVersion: 2 })
    expect(taken).toMatchObject({ teamName: team.name, owner: { kind: 'PERSON', name: client.lead.name } })
    const over = await done(client.lead, 'resolveRequest', { request: handed.id, expectedVersion: 3, resolution: 'corrected' })
    expect(over.state).toBe('RESOLVED')
  })

  it('that is returned is with who handed it off again, with the reason, and goes to the team once more', async () => {
    const { client, item } = await aDesk()
    const team = await aTeam(client, [client.lead])
    const handed = await done(client.analyst, 'handOff', asked(item, { team: team.gid }))
    const returned = await done(client.lead, 'returnHandoff', {
      ...{ request: handed.id, expectedVersion: 1, reason: 'the invoice is not ours' },
    })
    expect(returned).toMatchObject({ state: 'RETURNED', owner: { kind: 'PERSON', name: client.analyst.name } })
    expect(historyOf(returned).at(-1)).toMatchObject({ kind: 'RETURNED', note: 'the invoice is not ours', by: client.lead.name })
    const again = await done(client.analyst, 'reopenRequest', { request: handed.id, expectedVersion: 2, reason: 'it is' })
    expect(again).toMatchObject({ state: 'RAISED', owner: { kind: 'TEAM', name: team.name } })
  })

  it('goes to no team that does not serve the client, and to none in which nobody works on it', async () => {
    const { client, item } = await aDesk()
    const outsider = await aPerson(client.provider.id, 'PERSON', 'outsider')
    for (const team of [await aTeam(client, [client.lead], false), await aTeam(client, [outsider])])
      expect(await run(client.analyst, 'handOff', asked(item, { team: team.gid }))).toMatchObject({
        __typename: 'NotFound',
        path: ['input', 'team'],
      })
  })
})

describe('the owner', () => {
  it('alone acknowledges, and others are told who it is; whoever takes it over answers for it alone', async () => {
    const { client, customer, manager } = await aDesk()
    const raised = await done(client.analyst, 'escalate', asked(customer))
    const on = { request: raised.id, expectedVersion: 1 }
    expect(await run(client.analyst, 'acknowledgeRequest', on)).toMatchObject({
      __typename: 'NotOwner',
      message: expect.stringContaining(client.lead.name),
    })
    const taken = await done(client.analyst, 'takeOwnership', on)
    expect(taken).toMatchObject({ state: 'ACKNOWLEDGED', owner: { name: client.analyst.name, isMe: true } })
    const colleague = await aPerson(client.provider.id, 'PERSON', 'colleague')
    await grant(client, colleague, 'ANALYST')
    const answer = { request: raised.id, expectedVersion: 2, answer: 'done' }
    expect(await run(colleague, 'answerRequest', answer)).toMatchObject({ __typename: 'NotOwner' })
    expect(await done(manager, 'answerRequest', answer)).toMatchObject({ owner: { name: client.analyst.name } })
  })

  it('is one, whoever of fifty acknowledges or takes over at once', async () => {
    const { client, customer, manager } = await aDesk()
    const raised = await done(client.analyst, 'escalate', asked(customer))
    const on = { request: raised.id, expectedVersion: 1 }
    const people = [client.analyst, client.lead, manager]
    const outs = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        index % 5 === 4 ? run(client.lead, 'acknowledgeRequest', on) : run(people[index % 3] as Person, 'takeOwnership', on),
      ),
    )
    expect(outs.filter(({ request }) => request !== undefined)).toHaveLength(1)
    expect(outs.filter(({ __typename }) => __typename === 'VersionConflict')).toHaveLength(49)
    const [row] = await rowsOf(client, 'work_request')
    const changes = await rowsOf(client, 'work_request_change')
    expect(row).toMatchObject({ version: 2, state: 'ACKNOWLEDGED' })
    expect(changes).toHaveLength(2)
    const winner = outs.find(({ request }) => request !== undefined)?.request?.owner.name
    expect(changes.find(({ version }) => version === 2)).toMatchObject({ owner: winner })
    expect(row?.owner_name).toBe(winner)
  })

  it('whose right has ended is shown as such, and the request is among those that somebody has to take', async () => {
    const { client, customer, manager } = await aDesk()
    const raised = await done(client.analyst, 'escalate', asked(customer))
    await done(client.lead, 'acknowledgeRequest', { request: raised.id, expectedVersion: 1 })
    const orphaned = () =>
      query<{ client: { requests: { edges: { node: { id: string; owner: { isEntitled: boolean; id: string | null } } }[] } } }>(
        manager,
        `query ($id: ID!) { client(id: $id) { requests(filter: { orphaned: true }, first: 5) { edges { node { id owner { isEntitled id } } } } } }`,
        { id: client.gid },
      ).then((data) => data.client.requests.edges.map(({ node }) => node))
    expect(await orphaned()).toEqual([])
    await asOwner(`update client_grant set valid_until = now() where client_id = $1 and principal_id = $2`, [
      client.id,
      client.lead.id,
    ])
    expect(await orphaned()).toEqual([{ id: raised.id, owner: { isEntitled: false, id: null } }])
    await done(manager, 'takeOwnership', { request: raised.id, expectedVersion: 2 })
    expect(await orphaned()).toEqual([])
  })
})

/** What each command needs besides the request. */
const inputs: Record<Exclude<RequestMove, 'climb'>, { readonly name: string; readonly input: object }> = {
  acknowledge: { name: 'acknowledgeRequest', input: {} },
  takeOwnership: { name: 'takeOwnership', input: {} },
  answer: { name: 'answerRequest', input: { answer: 'so' } },
  resolve: { name: 'resolveRequest', input: { resolution: 'so' } },
  return: { name: 'returnHandoff', input: { reason: 'so' } },
  withdraw: { name: 'withdrawRequest', input: { reason: 'so' } },
  reopen: { name: 'reopenRequest', input: { reason: 'so' } },
  deEscalate: { name: 'deEscalateRequest', input: { reason: 'so' } },
}

describe.each(requestKinds)('a request of the kind %s', (kind) => {
  it.each(requestStates)(
    'in the state %s refuses every move that its machine does not have, and says which it has',
    async (state) => {
      const { client, customer, manager } = await aDesk()
      const raised = await done(manager, 'raiseInternalRequest', asked(customer, { owner: userGid(client, manager) }))
      const isOver = state === 'RESOLVED' || state === 'WITHDRAWN'
      const isDue = state === 'RAISED' || state === 'ACKNOWLEDGED'
      const [path, level] = kind === 'ESCALATION' ? ['DEFAULT', 1] : [null, null]
      await asOwner(
        `update work_request set kind = $2, state = $3, path_code = $4, level = $5, due_at = case when $6 then answer_by end,
         ended_at = case when $7 then raised_at end where client_id = $1`,
        [client.id, kind, state, path, level, isDue, isOver],
      )
      const machine = requestMachines[kind]
      const before = await rowsOf(client, 'work_request')
      let tried = 0
      for (const move of requestMoves) {
        if (move === 'climb' || mayMove(machine, move, state)) continue
        const { name, input } = inputs[move]
        tried += 1
        expect([move, await run(manager, name, { request: raised.id, expectedVersion: 1, ...input })]).toMatchObject([
          move,
          { __typename: 'IllegalMove', legal: legalMoves(machine, state) },
        ])
      }
      expect(tried).toBeGreaterThan(0)
      expect(await rowsOf(client, 'work_request')).toEqual(before)
    },
  )
})

describe('whoever has no right', () => {
  it('is answered as if there were no request, whatever they try', async () => {
    const { client, customer } = await aDesk()
    const raised = await done(client.analyst, 'escalate', asked(customer))
    for (const who of [client.portal, client.integration, client.stranger]) {
      for (const { name, input } of Object.values(inputs))
        expect(await run(who, name, { request: raised.id, expectedVersion: 1, ...input })).toMatchObject({ code: 'NOT_FOUND' })
      expect(await run(who, 'commentRequest', { request: raised.id, text: 'x', idempotencyKey: 'x' })).toMatchObject({
        code: 'NOT_FOUND',
      })
      expect(await run(who, 'escalate', asked(customer))).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(await rowsOf(client, 'work_request_change')).toHaveLength(1)
  })

  it('to steer does not take back what others asked for', async () => {
    const { client, customer, manager } = await aDesk()
    const raised = await done(manager, 'escalate', asked(customer))
    const input = { request: raised.id, expectedVersion: 1, reason: 'no need' }
    expect(await run(client.analyst, 'withdrawRequest', input)).toMatchObject({ __typename: 'NotOwner' })
    expect(await done(client.lead, 'withdrawRequest', input)).toMatchObject({ state: 'WITHDRAWN' })
  })

  it('to an item or a customer of another client finds none', async () => {
    const [here, elsewhere] = [await aDesk(), await aDesk()]
    for (const wrong of [asked(elsewhere.customer), asked(here.customer, { openItems: [elsewhere.item.gid] })])
      expect(await run(here.client.analyst, 'escalate', wrong)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await rowsOf(here.client, 'work_request')).toEqual([])
    expect(await rowsOf(elsewhere.client, 'work_request')).toEqual([])
  })
})

describe('a comment', () => {
  it('is kept in order with who said it, in any state, and changes no version', async () => {
    const { client, customer } = await aDesk()
    const raised = await done(client.analyst, 'escalate', asked(customer))
    const say = (who: Person, text: string) => done(who, 'commentRequest', { request: raised.id, text, idempotencyKey: text })
    await say(client.analyst, 'first')
    await say(client.lead, 'second')
    await say(client.lead, 'second')
    await done(client.analyst, 'withdrawRequest', { request: raised.id, expectedVersion: 1, reason: 'over' })
    const last = await say(client.analyst, 'third')
    expect(last.version).toBe(2)
    expect(historyOf(last).map(({ kind, note }) => [kind, note])).toEqual([
      ['RAISED', ''],
      ['COMMENTED', 'first'],
      ['COMMENTED', 'second'],
      ['WITHDRAWN', 'over'],
      ['COMMENTED', 'third'],
    ])
  })
})

describe('a receipt', () => {
  it('can be what a request is about, and is held while it changes', async () => {
    const client = await aClient()
    const receipt = await aReceipt(client, null, 5_000n)
    const raised = await done(
      client.analyst,
      'raiseInternalRequest',
      asked(receipt, { department: { name: 'Bank', side: 'CLIENT' } }),
    )
    expect(raised).toMatchObject({ kind: 'INTERNAL_REQUEST', state: 'RAISED' })
    const { node } = await query<{ node: { requests: { edges: { node: { id: string } }[] } } }>(
      client.analyst,
      `query ($id: ID!) { node(id: $id) { ... on Receipt { requests(first: 5) { edges { node { id } } } } } }`,
      { id: receipt.gid },
    )
    expect(node.requests.edges.map((edge) => edge.node.id)).toEqual([raised.id])
  })
})
