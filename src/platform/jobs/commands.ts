import { command } from '../command.ts'
import type { ClientId } from '../policy.ts'
import { NotFound } from '../refusals.ts'
import { removeFailed, requeueFailed } from './store.ts'

// What an operator decides about a job that was given up. It is audited like any other decision at the client.

type OneJob = { readonly clientId: ClientId; readonly id: string }

/** With all its attempts again, at once. */
export const retryJob = command({
  name: 'job.retryJob',
  permission: 'job:decide',
  refusals: [NotFound],
  scope: ({ clientId }: OneJob) => ({ clientId }),
  run: async ({ tx, clientId }, { id }) => {
    const job = await requeueFailed(tx, { clientId, id })
    if (job === null) return new NotFound('failed job')
    tx.wroteJobs = true
    return job
  },
})

export const discardJob = command({
  name: 'job.discardJob',
  permission: 'job:decide',
  refusals: [NotFound],
  scope: ({ clientId }: OneJob) => ({ clientId }),
  run: async ({ tx, clientId }, { id }) => (await removeFailed(tx, { clientId, id })) ?? new NotFound('failed job'),
})
