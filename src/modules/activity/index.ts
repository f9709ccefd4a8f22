export { logActivity } from './commands.ts'
export { contactStop, logSent } from './sent.ts'
export { followActivities, rightPartyCalls } from './store.ts'
