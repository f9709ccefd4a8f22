export { reasonOf, unknownReason } from './rules.ts'
export { Deduction } from './schema.ts'
export { insertDeductions, voidDeductions } from './store.ts'
