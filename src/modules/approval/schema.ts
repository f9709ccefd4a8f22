import './changes.ts'
import './mutations.ts'

export { ApprovalRequest } from './types.ts'
