import { restage } from '../../src/modules/stage/index.ts'
import { perform } from '../../src/platform/command.ts'
import type { Tx } from '../../src/platform/database/unit.ts'
import { aKey, gidOf } from '../cash/world.ts'
import { aClient, aCustomer, aPerson, asOwner, grant, type Person, type Row, type TestClient } from '../harness/index.ts'
import type { aWorld, Outcome } from '../promise/world.ts'

type World = ReturnType<typeof aWorld>

export type Step = {
  readonly code: string
  readonly channel: 'CALL' | 'EMAIL' | 'LETTER' | 'TASK'
  readonly offsetDays: number | null
  readonly minGapDays?: number
  readonly graceDays?: number
}

export const steps = (rows: readonly Step[]) => rows.map((row) => ({ label: `Step ${row.code}`, ...row }))

/** A ladder from a week before the due date to a demand. */
export const ladder = steps([
  { code: 'PRE', channel: 'EMAIL', offsetDays: -7 },
  { code: 'FIRST', channel: 'LETTER', offsetDays: 1, minGapDays: 5 },
  { code: 'CALL', channel: 'CALL', offsetDays: 7, minGapDays: 5 },
  { code: 'SECOND', channel: 'LETTER', offsetDays: 15, minGapDays: 7 },
  { code: 'DEMAND', channel: 'TASK', offsetDays: 60, minGapDays: 10 },
])

export type Shown = {
  readonly level: number
  readonly state: string | null
  readonly nextDueOn: string | null
  readonly next: { readonly code: string } | null
  readonly current: { readonly code: string } | null
  readonly holds: readonly { readonly reason: string; readonly until: string | null }[]
  readonly history: readonly { readonly state: string; readonly code: string | null; readonly reason: string | null }[]
  readonly version: number | null
}

const shown = `level state nextDueOn next { code } current { code } holds { reason until }
  history(first: 100) { state code reason } version`

/** What a client with a ladder, its staging and its people do. */
export const staging = (world: World) => {
  const publish = async (client: TestClient, manager: Person, rules: object, expectedVersion = 0, facts: object = {}) => {
    const input = {
      client: client.gid,
      kind: 'STAGING',
      rules: JSON.stringify(rules),
      reason: 'agreed',
      expectedVersion,
      ...facts,
    }
    const out = await world.runAs(manager, 'publishPolicy', input)
    if (out.__typename !== 'PublishPolicyPayload') throw new Error(JSON.stringify(out))
  }

  /** A client that stages, and one customer of it. */
  const aDesk = async (rules: object = {}, options: Parameters<typeof aClient>[0] = {}) => {
    const client = await aClient(options)
    const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
    await grant(client, manager, 'MANAGER')
    await publish(client, manager, { isActive: true, steps: ladder, ...rules })
    return { client, manager, customer: await aCustomer(client, { number: `C${client.canary}` }) }
  }
  type Desk = Awaited<ReturnType<typeof aDesk>>

  const load = (client: TestClient, rows: readonly object[]) =>
    world.load(
      client,
      rows.map((row) => ({ customerNumber: `C${client.canary}`, amount: '100.00', openAmount: '100.00', ...row })),
    )

  /** An invoice of the client's ledger, due some days from day 0. */
  const anInvoice = async (
    { client }: Pick<Desk, 'client'>,
    sourceKey: string,
    due: number,
    facts: object = {},
  ): Promise<Row & { customer: Row }> => {
    await load(client, [{ sourceKey, number: sourceKey, dueOn: world.day(due), ...facts }])
    const [row] = await asOwner<{ id: string; customer_id: string }>(
      'select id, customer_id from open_item where client_id = $1 and source_key = $2',
      [client.id, sourceKey],
    )
    if (row === undefined) throw new Error(`there is no ${sourceKey}`)
    const gid = (typename: string, id: string) => gidOf(client, typename, id)
    return { id: row.id, gid: gid('Invoice', row.id), customer: { id: row.customer_id, gid: gid('Customer', row.customer_id) } }
  }

  const stage = async (client: TestClient, { gid }: { readonly gid: string }): Promise<Shown> => {
    const document = `query ($id: ID!) { node(id: $id) { ... on OpenItem { stage { ${shown} } } } }`
    const { data, errors } = await world.read<{ node: { stage: Shown } }>(client.analyst, document, { id: gid })
    if (data?.node?.stage === undefined) throw new Error(JSON.stringify(errors))
    return data.node.stage
  }

  const due = async (client: TestClient, args = '') => {
    const document = `query ($id: ID!) { client(id: $id) { stagesDue(first: 100${args}) { totalCount { value } edges { node { next { code } nextDueOn state openItem { number } } } } } }`
    type Node = { next: { code: string }; nextDueOn: string; state: string; openItem: { number: string } }
    type Data = { client: { stagesDue: { totalCount: { value: number }; edges: { node: Node }[] } } }
    const { data, errors } = await world.read<Data>(client.analyst, document, { id: client.gid })
    if (data?.client?.stagesDue === undefined) throw new Error(JSON.stringify(errors))
    const { edges, totalCount } = data.client.stagesDue
    const rows = edges.map(({ node }) => `${node.openItem.number} ${node.next.code}`)
    if (rows.length !== totalCount.value) throw new Error('the list and its count disagree')
    return rows
  }

  const take = async (
    client: TestClient,
    item: { readonly gid: string },
    code: string,
    {
      who = client.analyst,
      name = 'completeStage',
      ...facts
    }: { who?: Pick<Person, 'subject'>; name?: string; reason?: string } = {},
  ): Promise<Outcome> => {
    const { version } = await stage(client, item)
    return world.runAs(who, name, { openItem: item.gid, stage: code, expectedVersion: version ?? 0, ...facts })
  }

  const hold = (client: TestClient, subject: object, facts: object = {}, who: Pick<Person, 'subject'> = client.lead) =>
    world.runAs(
      who,
      'holdStaging',
      { ...subject, reason: 'CLIENT_HOLD', note: 'they asked for it', idempotencyKey: aKey(), ...facts },
      'hold { id version }',
    )

  return { publish, aDesk, load, anInvoice, stage, due, take, hold }
}

export const toldOf = (client: TestClient) =>
  asOwner<{ name: string; payload: { stages: { code: string }[] } }>(
    `select name, payload from event where client_id = $1 and name like 'stage.%' order by id`,
    [client.id],
  )

/** Where everything stands, without how often it was written. */
export const standing = (client: TestClient) =>
  asOwner(
    `select o.source_key, s.customer_id, s.ladder_version, s.level, s.next, s.channel, s.due_on, s.missed_on, s.holds, s.is_held, s.changes_on
     from item_stage s join open_item o on o.client_id = s.client_id and o.id = s.open_item_id where s.client_id = $1 order by 1`,
    [client.id],
  )

/** Where everything stands is thrown away and made of the facts. */
export const rebuild = async (
  client: TestClient,
  asService: (client: TestClient, work: (tx: Tx) => Promise<unknown>) => Promise<unknown>,
) => {
  await asOwner('delete from item_stage where client_id = $1', [client.id])
  await asService(client, (tx) => perform(tx, restage, { clientId: client.id, after: null }))
}
