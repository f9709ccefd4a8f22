import { z } from 'zod'
import { climbRequest, requestChanged } from '../modules/request/index.ts'
import { touchWorkOf } from '../modules/worklist/index.ts'
import { perform } from '../platform/command.ts'
import { react } from '../platform/events/reactions.ts'
import { job } from '../platform/jobs/job.ts'

/** The instant at which an escalation climbs unless somebody acknowledged it by then. */
export const climb = job({
  name: 'request.climb',
  payload: z.object({ requestId: z.uuid(), at: z.iso.datetime() }),
  run: ({ tx, clientId }, { requestId }) => perform(tx, climbRequest, { clientId, requestId }),
})

type Told = {
  readonly requestId: string
  readonly customerId: string | null
  readonly receiptId: string | null
  readonly climbsAt: string | null
}

// Each deadline has a job of its own, so that one that runs can enqueue the next; a deadline that was met finds nothing to do.
react({
  name: 'climb-requests',
  to: [requestChanged],
  run: async (write, events) => {
    for (const { payload } of events) {
      const { requestId, climbsAt: at } = payload as Told
      if (at !== null) write.enqueue(climb, { requestId, at }, { runAt: new Date(at), key: `${requestId} ${at}` })
    }
  },
})

// Whoever follows a queue sees what is asked about its rows as it is asked.
react({
  name: 'touch-work',
  to: [requestChanged],
  run: async (write, events) => {
    const told = events.map(({ payload }) => payload as Told)
    await touchWorkOf(
      write,
      {
        customerIds: told.flatMap(({ customerId }) => customerId ?? []),
        receiptIds: told.flatMap(({ receiptId }) => receiptId ?? []),
      },
      'request',
    )
  },
})
