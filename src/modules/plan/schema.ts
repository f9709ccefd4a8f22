import './mutations.ts'

export { PaymentPlan } from './types.ts'
