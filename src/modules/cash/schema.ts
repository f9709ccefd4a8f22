import './mutations.ts'
import './changes.ts'

export { Application, ApplicationConnection, Receipt, ReceiptStateType, ReversalReasonType } from './types.ts'
