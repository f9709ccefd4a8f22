import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { migrate } from '../../src/platform/database/migrate.ts'
import { rowTypes } from '../../src/platform/database/sql.ts'

export type OwnDatabase = {
  /** For a relay that can be told from every other one, and cut off without them. */
  readonly relayUrl: (name: string) => string
  /** The same for units. */
  readonly appUrl: (name: string) => string
  readonly owner: pg.Pool
  readonly rows: <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>
  readonly aClient: (timeZone?: string) => Promise<string>
  readonly close: () => Promise<void>
}

const inDatabase = (url: string, database: string): string => {
  const made = new URL(url)
  made.pathname = `/${database}`
  return made.toString()
}

/**
 * A database beside the run's own. One relay numbers the events of a database, whoever they belong to: a test that cuts
 * relays off, or asks which of two was elected, must be alone with its own.
 */
export const ownDatabase = async (): Promise<OwnDatabase> => {
  const name = `relay_${randomBytes(6).toString('hex')}`
  const session = new pg.Client({ connectionString: inject('ownerUrl') })
  await session.connect()
  await session.query(`create database ${name}`)
  await session.end()
  const url = inDatabase(inject('ownerUrl'), name)
  // The rights on a database are its own; the roles and their passwords are the run's, and stay as they are.
  const me = new pg.Client({ connectionString: url })
  await me.connect()
  await me.query(`grant connect on database ${name} to quittance_app, quittance_relay; grant create on database ${name} to quittance_owner;
    alter schema public owner to quittance_owner; grant usage on schema public to quittance_app, quittance_relay, quittance_bind`)
  await me.end()
  await migrate({ url, log: () => {} })
  const owner = new pg.Pool({ connectionString: url, max: 12 })
  const rows = async <Row extends object>(text: string, values: unknown[] = []) =>
    (await owner.query({ text, values, types: rowTypes })).rows as Row[]
  const providerId = randomUUID()
  await rows(`insert into provider (id, code, name, created_at) values ($1, 'P1', 'Provider', now())`, [providerId])
  const named = (roleUrl: string, application: string): string => {
    const made = new URL(inDatabase(roleUrl, name))
    made.searchParams.set('application_name', application)
    return made.toString()
  }
  return {
    owner,
    rows,
    relayUrl: (application) => named(inject('relayUrl'), application),
    appUrl: (application) => named(inject('appUrl'), application),
    aClient: async (timeZone = 'UTC') => {
      const id = randomUUID()
      await rows(
        `insert into client (id, provider_id, code, name, time_zone, base_currency, calendar_code, created_at)
         values ($1, $2, $3, 'Client', $4, 'USD', 'US', now())`,
        [id, providerId, randomBytes(6).toString('hex').toUpperCase(), timeZone],
      )
      return id
    },
    // The database itself goes with the run's server.
    close: () => owner.end(),
  }
}
