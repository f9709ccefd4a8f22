import './mutations.ts'

export { ApprovalRequest } from './types.ts'
