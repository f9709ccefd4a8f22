export { beginWorkDay } from './commands.ts'
export { refreshWork } from './refresh.ts'
export { WorkItem } from './schema.ts'
