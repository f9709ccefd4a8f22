export { climbRequest } from './climbing.ts'
export { requestChanged } from './move.ts'
export { followRequests } from './store.ts'
