export { settleApproval } from './approving.ts'
export { proposePaymentPlan } from './commands.ts'
export { judgeDuePlans, judgePlans, planEvents } from './judging.ts'
export { followPlanned } from './store.ts'
