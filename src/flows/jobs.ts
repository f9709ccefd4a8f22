import type { Job, Payload } from '../platform/jobs/job.ts'
import { endImport } from './abandoned-imports.ts'
import { beginDay } from './begin-days.ts'
import { endMarks } from './end-marks.ts'
import { rescore } from './rescore-work.ts'
import { expireRequest } from './settle-approvals.ts'

/** The roll call of jobs: a worker runs these kinds and leaves others to those who know them. */
export const jobs: readonly Job<Payload>[] = [beginDay, endImport, endMarks, expireRequest, rescore]
