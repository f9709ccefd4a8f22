export { logActivity } from './commands.ts'
export { followActivities } from './store.ts'
