export { beginWorkDay } from './commands.ts'
export { refreshWork } from './refresh.ts'
export { refreshCashWork } from './refresh-cash.ts'
export { WorkItem } from './schema.ts'
