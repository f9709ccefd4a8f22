import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../../generated/prisma/client.ts'
import { statementName } from './sql.ts'

/**
 * Prisma's driver adapter wants a pool; it gets one connection, the unit's own, on which a transaction is already open.
 * What Prisma believes to be a transaction of its own becomes a savepoint.
 */
class SeatPool extends pg.Pool {
  #seat: pg.PoolClient
  #depth = 0

  constructor(seat: pg.PoolClient) {
    super({ max: 1 })
    this.#seat = seat
  }

  // The adapter uses the promise form alone.
  override query = ((...args: never[]) => (this.#seat.query as (...all: never[]) => unknown)(...args)) as never

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
      return instead === undefined ? this.#seat.query(config) : this.#seat.query(instead)
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

const seats = new WeakMap<pg.PoolClient, PrismaClient>()

/**
 * A Prisma client for each connection, made when it is first needed (about 10 ms and 3 MB). A unit has its connection to
 * itself, so nothing that Prisma batches can mix two viewers. See docs/decisions/0002-unit-owns-its-connection.md.
 */
export const prismaOn = (seat: pg.PoolClient): PrismaClient => {
  let prisma = seats.get(seat)
  if (prisma === undefined) {
    const adapter = new PrismaPg(new SeatPool(seat), {
      statementNameGenerator: ({ sql }) => statementName(sql) as string,
    })
    prisma = new PrismaClient({ adapter })
    seats.set(seat, prisma)
  }
  return prisma
}
