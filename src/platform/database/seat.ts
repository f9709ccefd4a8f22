import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../../generated/prisma/client.ts'
import { statementName } from './sql.ts'

type Send = (config: pg.QueryConfig) => Promise<pg.QueryResult>

/**
 * Prisma's driver adapter wants a pool; it gets one connection, the unit's own, on which a transaction is already open.
 * What Prisma believes to be a transaction of its own becomes a savepoint.
 */
class SeatPool extends pg.Pool {
  /** How the unit that sits here now sends: with its deadline, its count and its explanations. */
  send: Send = () => Promise.reject(new Error('no unit sits here'))
  #depth = 0

  // The adapter uses the promise form alone.
  override query = ((config: pg.QueryConfig) => this.send(config)) as never

  override connect = (async () => {
    this.#depth += 1
    const name = `prisma_${this.#depth}`
    const words: Readonly<Record<string, string>> = {
      BEGIN: `savepoint ${name}`,
      COMMIT: `release savepoint ${name}`,
      ROLLBACK: `rollback to savepoint ${name}`,
    }
    const query = (config: pg.QueryConfig) => {
      const instead = words[config.text]
      return this.send(instead === undefined ? config : { text: instead })
    }
    return {
      query,
      release: () => {
        this.#depth -= 1
      },
      on: () => {},
      removeListener: () => {},
    }
  }) as never
}

type Seat = { readonly pool: SeatPool; readonly prisma: PrismaClient }

const seats = new WeakMap<pg.PoolClient, Seat>()

const openSeat = (): Seat => {
  const pool = new SeatPool({ max: 1 })
  const adapter = new PrismaPg(pool, { statementNameGenerator: ({ sql }) => statementName(sql) as string })
  return { pool, prisma: new PrismaClient({ adapter }) }
}

/**
 * A Prisma client for each connection, made when it is first needed (about 10 ms and 3 MB). A unit has its connection to
 * itself, so nothing that Prisma batches can mix two viewers. See docs/decisions/0002-unit-owns-its-connection.md.
 */
export const prismaOn = (connection: pg.PoolClient, send: Send): PrismaClient => {
  const seat = seats.get(connection) ?? openSeat()
  seats.set(connection, seat)
  seat.pool.send = send
  return seat.prisma
}
