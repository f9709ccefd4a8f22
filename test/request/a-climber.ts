// A worker as a process of its own, to be killed: an escalation has climbed but for the commit when it says so and stands still.
import '../../src/flows/index.ts'
import { climb } from '../../src/flows/climb-requests.ts'
import { openDatabase } from '../../src/platform/database/database.ts'
import { type Job, job, type Payload } from '../../src/platform/jobs/job.ts'
import { startWorker } from '../../src/platform/jobs/worker.ts'
import { silentLog } from '../../src/platform/log.ts'

const { APP_URL = '', WATCH_URL = '', NOW = '' } = process.env
const stuck = job({
  ...climb,
  run: async (attempt, payload: Parameters<typeof climb.run>[1]) => {
    await climb.run(attempt, payload)
    process.stdout.write('running\n')
    await new Promise((resolve) => setTimeout(resolve, 600_000))
  },
})
startWorker({
  database: openDatabase(APP_URL, { log: silentLog, connections: 2 }),
  watchUrl: WATCH_URL,
  jobs: [stuck as Job<Payload>],
  clock: () => new Date(NOW),
  log: silentLog,
})
