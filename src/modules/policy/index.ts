export { definePolicy } from './registry.ts'
export type { PolicyDefinition, PolicyInForce, PolicyProblems } from './rules.ts'
export { policyInForce } from './store.ts'
