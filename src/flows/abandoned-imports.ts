import { z } from 'zod'
import { failAbandoned } from '../modules/intake/index.ts'
import { perform } from '../platform/command.ts'
import { react } from '../platform/events/reactions.ts'
import { type Attempt, job } from '../platform/jobs/job.ts'
import { limits } from '../platform/limits.ts'

/** Loads that a dead process left running: a live one never runs as long. */
export const failAbandonedImports = ({ tx, clientId, now }: Pick<Attempt, 'tx' | 'clientId' | 'now'>) =>
  perform(tx, failAbandoned, { clientId, startedBefore: new Date(now.getTime() - limits.database.loadMs) })

/** The end that a load comes to if nobody else brings it to one. */
export const endImport = job({
  name: 'intake.endImport',
  payload: z.object({ batchId: z.uuid() }),
  run: (attempt) => failAbandonedImports(attempt),
})

/** A load is over by then, if its process lives: so much later that its last commit is not raced. */
const graceMs = 60_000

react({
  name: 'end-imports',
  to: ['import.started'],
  run: async (write, events) => {
    for (const { payload } of events) {
      const batchId = String(payload.batchId)
      const runAt = new Date(write.now.getTime() + limits.database.loadMs + graceMs)
      write.enqueue(endImport, { batchId }, { runAt, key: batchId })
    }
  },
})
