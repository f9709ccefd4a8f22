import './queue.ts'
import './changes.ts'
import './cash-aging.ts'
import './mark-schema.ts'
import './handover-schema.ts'
import './strategy-schema.ts'
import './simulate-schema.ts'

export { WorkItem } from './types.ts'
