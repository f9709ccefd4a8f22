export { followActivities } from './store.ts'
