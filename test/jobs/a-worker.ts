// A worker as a process of its own, to be killed: it does its job but for the commit, says so, and stands still.
import { z } from 'zod'
import { perform } from '../../src/platform/command.ts'
import { openDatabase } from '../../src/platform/database/database.ts'
import { job } from '../../src/platform/jobs/job.ts'
import { startWorker } from '../../src/platform/jobs/worker.ts'
import { silentLog } from '../../src/platform/log.ts'
import { note } from './note.ts'

const { APP_URL = '', WATCH_URL = '', NOW = '' } = process.env
const stuck = job({
  name: 'test.stuck',
  attempts: 3,
  payload: z.object({ text: z.string() }),
  run: async ({ tx, clientId }, { text }) => {
    await perform(tx, note, { clientId, text })
    process.stdout.write('running\n')
    await new Promise((resolve) => setTimeout(resolve, 600_000))
  },
})
startWorker({
  database: openDatabase(APP_URL, { log: silentLog, connections: 2 }),
  watchUrl: WATCH_URL,
  jobs: [stuck],
  clock: () => new Date(NOW),
  log: silentLog,
})
