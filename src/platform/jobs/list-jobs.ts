import { narrowToClient, type Tx, widen } from '../database/unit.ts'
import type { ClientId } from '../policy.ts'
import { type JobRow, jobsOf } from './store.ts'

/** A client's jobs for an operator: what they are and how they stand, not what they were told. */
export const listJobs = async (tx: Tx, clientId: ClientId): Promise<JobRow[]> => {
  await narrowToClient(tx, clientId)
  const jobs = await jobsOf(tx, clientId)
  await widen(tx)
  return jobs
}
