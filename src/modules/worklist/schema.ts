import './queue.ts'
import './changes.ts'
import './cash-aging.ts'
import './mark-schema.ts'

export { WorkItem } from './types.ts'
