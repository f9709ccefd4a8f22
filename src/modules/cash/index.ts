export { applyReceipt, recordReceipt } from './commands.ts'
export { Application, Receipt } from './schema.ts'
