import { command } from '../../platform/command.ts'
import type { ClientId } from '../../platform/policy.ts'
import {
  failBatchesBefore,
  finishBatch,
  insertBatch,
  insertRejects,
  type NewBatch,
  type Outcome,
  type Progress,
  type RejectedRow,
  saveProgress,
} from './store.ts'

// The steps of a load that commit by themselves: they tell how it goes while it goes, and keep its rejects when it is refused.

type OfClient = { readonly clientId: ClientId }
type OfBatch = OfClient & { readonly batchId: string }

export const startImport = command({
  name: 'intake.startImport',
  permission: 'intake:import',
  refusals: [],
  scope: ({ clientId }: OfClient & { readonly batch: NewBatch }) => ({ clientId }),
  async run(write, { batch }) {
    const batchId = await insertBatch(write, batch)
    write.emit({ area: 'intake', name: 'import.started', payload: { batchId } })
    return { batchId }
  },
})

export const keepRejects = command({
  name: 'intake.keepRejects',
  permission: 'intake:import',
  refusals: [],
  scope: ({ clientId }: OfBatch & { readonly rows: readonly RejectedRow[] }) => ({ clientId }),
  audited: ({ clientId, batchId, rows }) => ({ clientId, batchId, rows: rows.length }),
  async run(write, { batchId, rows }) {
    await insertRejects(write, batchId, rows)
    return {}
  },
})

export const noteProgress = command({
  name: 'intake.noteProgress',
  permission: 'intake:import',
  refusals: [],
  scope: ({ clientId }: OfBatch & Progress) => ({ clientId }),
  isAudited: () => false,
  async run(write, { batchId, rowsRead, rowsTotal }) {
    await saveProgress(write, batchId, { rowsRead, rowsTotal })
    write.emit({ area: 'intake', name: 'import.progressed', payload: { batchId, rowsRead, rowsTotal } })
    return {}
  },
})

/** Ends a load that changes nothing: refused, failed, or done for show only. An applied one ends in its own transaction. */
export const finishImport = command({
  name: 'intake.finishImport',
  permission: 'intake:import',
  refusals: [],
  scope: ({ clientId }: OfBatch & { readonly outcome: Outcome }) => ({ clientId }),
  audited: ({ clientId, batchId, outcome: { state } }) => ({ clientId, batchId, state }),
  async run(write, { batchId, outcome }) {
    const isFinished = await finishBatch(write, batchId, outcome)
    if (isFinished) write.emit({ area: 'intake', name: 'import.finished', payload: { batchId, state: outcome.state } })
    return { isFinished }
  },
})

export const failAbandoned = command({
  name: 'intake.failAbandoned',
  permission: 'intake:import',
  refusals: [],
  scope: ({ clientId }: OfClient & { readonly startedBefore: Date }) => ({ clientId }),
  isAudited: ({ batchIds }: { readonly batchIds: readonly string[] }) => batchIds.length > 0,
  async run(write, { startedBefore }) {
    const batchIds = await failBatchesBefore(write, startedBefore)
    for (const batchId of batchIds) {
      write.emit({ area: 'intake', name: 'import.finished', payload: { batchId, state: 'FAILED' } })
    }
    return { batchIds }
  },
})
