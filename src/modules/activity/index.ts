export { logActivity } from './commands.ts'
export { contactStop, logSent } from './sent.ts'
export { followActivities } from './store.ts'
