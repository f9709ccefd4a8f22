import './queue.ts'
import './changes.ts'
import './cash-aging.ts'

export { WorkItem } from './types.ts'
