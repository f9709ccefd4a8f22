import type { Job, Payload } from '../platform/jobs/job.ts'
import { endImport } from './abandoned-imports.ts'
import { reallocateCustomers } from './allocate-customers.ts'
import { beginDay } from './begin-days.ts'
import { climb } from './climb-requests.ts'
import { endMarks } from './end-marks.ts'
import { escalateDue } from './escalate-disputes.ts'
import { proposeStages } from './propose-stages.ts'
import { recodeJob } from './recode-deductions.ts'
import { rescore } from './rescore-work.ts'
import { restageJob } from './restage.ts'
import { retryWaiting } from './retry-results.ts'
import { sendNotice } from './send-notices.ts'
import { expireRequest } from './settle-approvals.ts'

/** The roll call of jobs: a worker runs these kinds and leaves others to those who know them. */
export const jobs: readonly Job<Payload>[] = [
  beginDay,
  climb,
  endImport,
  endMarks,
  escalateDue,
  expireRequest,
  proposeStages,
  reallocateCustomers,
  recodeJob,
  rescore,
  restageJob,
  retryWaiting,
  sendNotice,
]
