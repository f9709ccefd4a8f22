export { definePolicy } from './registry.ts'
export type { PolicyDefinition, PolicyInForce, PolicyProblems } from './rules.ts'
export { hasProblems, rulesFrom } from './rules.ts'
export { policyInForce, policyOfDay, policyOfVersion } from './store.ts'
