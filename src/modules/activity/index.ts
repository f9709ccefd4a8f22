export { logActivity } from './commands.ts'
export { followActivities, rightPartyCalls } from './store.ts'
