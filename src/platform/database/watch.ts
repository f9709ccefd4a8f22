import pg from 'pg'
import type { Log } from '../log.ts'

export type Watch = {
  /** There may be something to do: looks at once, or again if it is looking. */
  readonly wake: () => void
  readonly isStopped: () => boolean
  /** Ends the look that is under way, and the connection. */
  readonly stop: () => Promise<void>
}

export type Watched = {
  readonly url: string
  /** How the connection is called, in the log and by the server. */
  readonly name: string
  readonly pollMs: number
  readonly log: Log
  readonly begun?: (connection: pg.Client) => Promise<void> | void
  /** Looks, and does what there is to do; whether there may be more at once. */
  readonly look: (connection: pg.Client) => Promise<boolean>
  /** The connection is gone, and another one will come unless the watch was stopped. */
  readonly ended?: () => void
}

/** One connection of a role of its own that looks whenever it is woken or some time has passed, and comes back when it is lost. */
export const keepWatch = ({ url, name, pollMs, log, begun, look, ended }: Watched): Watch => {
  let isStopped = false
  let isWoken = false
  let wakeUp: () => void = () => {}
  const wake = () => {
    isWoken = true
    wakeUp()
  }

  /** Until somebody wakes it, or until a word that got lost could have. */
  const sleep = () =>
    new Promise<void>((resolve) => {
      if (isWoken || isStopped) return resolve()
      const timer = setTimeout(resolve, pollMs)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const serve = async (connection: pg.Client) => {
    await begun?.(connection)
    while (!isStopped) {
      isWoken = false
      const isMore = await look(connection)
      if (!isMore) await sleep()
    }
  }

  const run = async () => {
    while (!isStopped) {
      const connection = new pg.Client({ connectionString: url, application_name: `quittance ${name}`, keepAlive: true })
      connection.on('error', wake)
      try {
        await connection.connect()
        await serve(connection)
      } catch (error) {
        if (!isStopped) log.warn({ error: String(error) }, `the ${name} lost its connection and tries again`)
      }
      ended?.()
      await connection.end().catch(() => {})
      isWoken = false
      if (!isStopped) await sleep()
    }
  }

  const running = run()
  return {
    wake,
    isStopped: () => isStopped,
    stop: async () => {
      isStopped = true
      wake()
      await running
    },
  }
}
