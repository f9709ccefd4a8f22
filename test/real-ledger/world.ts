import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import type { App } from '../../src/app.ts'
import { decodeGlobalId } from '../../src/kernel/ids.ts'
import { provisionProvider } from '../../src/modules/directory/index.ts'
import { beginWorkDay } from '../../src/modules/worklist/index.ts'
import { perform } from '../../src/platform/command.ts'
import { removeEmbedded, startEmbedded, sweepOrphans } from '../../src/platform/database/embedded.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { prepareRoles } from '../../src/platform/database/roles.ts'
import { rowTypes } from '../../src/platform/database/sql.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { ask, startTestApp, tokenFor } from '../harness/index.ts'

/** The day on which the supplier's ledger was drawn: its last posting and its last payment are of this day. */
export const today = '2020-05-22'

/** Somebody with a credential; `subject` names the principal where a part below HTTP asks who it is. */
export type Someone = { readonly bearer: string; readonly subject: string }

export type RealClient = { readonly gid: string; readonly id: string; readonly code: string }

export type World = {
  readonly app: App
  /** The food supplier of HighRadius, and the five-country seller of IBM: two clients of one delivery team. */
  readonly a: RealClient
  readonly b: RealClient
  /** A client of another provider. */
  readonly elsewhere: RealClient
  readonly admin: Someone
  readonly lead: Someone
  /** Works both clients. */
  readonly collector: Someone
  /** Works A, and reads service levels only of B. */
  readonly analyst: Someone
  readonly portal: Someone
  readonly integrationA: Someone
  readonly integrationB: Someone
  readonly stranger: Someone
  readonly sql: <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>
  readonly stop: () => Promise<void>
}

const root = join(import.meta.dirname, '../../.data/real-ledger')

/**
 * A server of its own: here it is a day of 2020, and the housekeeping of other tests' services, which goes round every
 * client there is, would make it today.
 */
const begin = async (): Promise<World> => {
  await sweepOrphans(root)
  const folder = join(root, String(process.pid))
  const server = await startEmbedded({ folder, durable: false, log: () => {} })
  const { appUrl, relayUrl } = await prepareRoles({ url: server.url, secret: randomBytes(32).toString('hex'), log: () => {} })
  await migrate({ url: server.url, log: () => {} })
  // Shifted, not frozen: what happens later has a later instant, as everywhere.
  const shiftMs = Date.parse(`${today}T12:00:00Z`) - Date.now()
  const clock = () => new Date(Date.now() + shiftMs)
  const app = await startTestApp({ appUrl, relayUrl, clock })
  const owner = new pg.Pool({ connectionString: server.url, max: 2 })
  owner.on('error', () => {})
  const sql = async <Row extends object>(text: string, values: unknown[] = []) =>
    (await owner.query({ text, values, types: rowTypes })).rows as Row[]

  const someone = (subject: string): Someone => ({
    subject,
    bearer: tokenFor(subject, { expiresIn: Math.floor(shiftMs / 1000) + 3_600 }),
  })
  const aProvider = async (code: string) => {
    const subject = `admin of ${code}`
    const administrator = { name: subject, email: `admin@${code.toLowerCase()}.test`, subject }
    const session = await owner.connect()
    await provisionProvider(session, { code, name: `Provider ${code}`, administrator, now: clock() }).finally(() =>
      session.release(),
    )
    const admin = someone(subject)
    const run = <Payload>(command: string, input: object, payload: string) => made<Payload>(app, admin, command, input, payload)
    const { team } = await run<{ team: { id: string } }>('createTeam', { code: 'COLLECT', name: 'Collectors' }, 'team { id }')

    const client = async (facts: object): Promise<RealClient> => {
      const { client: at } = await run<{ client: { id: string; code: string } }>('createClient', facts, 'client { id code }')
      await run('assignTeamToClient', { team: team.id, client: at.id }, '__typename')
      const id = decodeGlobalId(at.id)?.id ?? ''
      // Else the service's housekeeping would begin the day at a moment of its own choice, between two looks at a table.
      const system = {
        kind: 'SYSTEM',
        client: { id, providerId: decodeGlobalId(team.id)?.ownerId ?? '', timeZone: 'UTC' },
      } as const
      await inUnit(app.engine.database, { asker: system, readOnly: false, now: clock() }, (tx) =>
        perform(tx, beginWorkDay, { clientId: id }),
      )
      return { gid: at.id, id, code: at.code }
    }
    const person = async (subject: string, grants: readonly (readonly [RealClient, string])[], kind = 'PERSON') => {
      const facts = { kind, name: `The ${subject}`, email: `${subject}@${code.toLowerCase()}.test`, subject }
      const { user } = await run<{ user: { id: string } }>('createUser', facts, 'user { id }')
      if (kind === 'PERSON') await run('addTeamMember', { team: team.id, user: user.id }, '__typename')
      for (const [at, role] of grants) {
        const through = role === 'PORTAL' ? {} : { team: team.id }
        await run('grantRole', { client: at.gid, holder: user.id, role, reason: 'works there', ...through }, '__typename')
      }
      return someone(subject)
    }
    const integration = async (name: string, at: RealClient): Promise<Someone> => {
      const expiresAt = new Date(clock().getTime() + 86_400_000).toISOString()
      const { integration: machine, key } = await run<{ integration: { id: string }; key: string }>(
        'createIntegration',
        { name, expiresAt },
        'integration { id } key',
      )
      await run(
        'grantRole',
        { client: at.gid, holder: machine.id, role: 'INTEGRATION', reason: 'sends the ledger' },
        '__typename',
      )
      return { bearer: key, subject: '' }
    }
    return { admin, client, person, integration }
  }

  const ours = await aProvider('NORTHBANK')
  const a = await ours.client({
    code: 'HARVEST-FOODS',
    name: 'Harvest Foods Supply',
    timeZone: 'America/Chicago',
    baseCurrency: 'USD',
    calendarCode: 'US',
    planningRates: [{ currency: 'CAD', rate: '0.71' }],
  })
  const b = await ours.client({
    code: 'MERIDIAN-SYSTEMS',
    name: 'Meridian Systems Trading',
    timeZone: 'Europe/Berlin',
    baseCurrency: 'EUR',
    calendarCode: 'DE',
    planningRates: [
      { currency: 'USD', rate: '0.92' },
      { currency: 'KWD', rate: '2.98' },
      { currency: 'JPY', rate: '0.0085' },
    ],
  })
  const theirs = await aProvider('FARSIDE')
  const elsewhere = await theirs.client({
    code: 'ELSEWHERE',
    name: 'Somebody Else',
    timeZone: 'UTC',
    baseCurrency: 'USD',
    calendarCode: 'US',
  })
  return {
    app,
    a,
    b,
    elsewhere,
    admin: ours.admin,
    lead: await ours.person('lead', [
      [a, 'LEAD'],
      [b, 'LEAD'],
    ]),
    collector: await ours.person('collector', [
      [a, 'ANALYST'],
      [b, 'ANALYST'],
    ]),
    analyst: await ours.person('analyst', [
      [a, 'ANALYST'],
      [b, 'OBSERVER'],
    ]),
    portal: await ours.person('portal', [[a, 'PORTAL']], 'PORTAL'),
    integrationA: await ours.integration('ERP of Harvest', a),
    integrationB: await ours.integration('ERP of Meridian', b),
    stranger: await theirs.person('stranger', [[elsewhere, 'ANALYST']]),
    sql,
    stop: async () => {
      await app.stop()
      await owner.end()
      await server.stop()
      await removeEmbedded(folder)
    },
  }
}

let world: Promise<World> | undefined

/** The same one for every test of the run: what a day of work is about is that one step builds on the other. */
export const theWorld = (): Promise<World> => {
  world ??= begin()
  return world
}

export const endWorld = async () => (await world)?.stop()

/** A command that is expected to succeed, over HTTP. */
export const made = async <Payload>(
  app: App,
  who: Someone,
  command: string,
  input: object,
  payload: string,
): Promise<Payload> => {
  const name = `${command.charAt(0).toUpperCase()}${command.slice(1)}`
  const answer = await ask<{ outcome: Payload & { __typename: string } }>(
    who,
    `mutation Run($input: ${name}Input!) { outcome: ${command}(input: $input) { __typename
      ... on ${name}Payload { ${payload} } ... on Refusal { code message path } } }`,
    { input },
    app,
  )
  if (answer.data?.outcome?.__typename !== `${name}Payload`) throw new Error(`${command}: ${JSON.stringify(answer)}`)
  return answer.data.outcome
}
