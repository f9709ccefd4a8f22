export { reasonOf, unknownReason } from './rules.ts'
export { Deduction } from './schema.ts'
export { followDeducted, insertDeductions, voidDeductions } from './store.ts'
