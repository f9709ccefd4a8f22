import type { PolicyDefinition, PolicyKind } from './rules.ts'

const definitions = new Map<PolicyKind, PolicyDefinition<object>>()

/** Called once for each kind by the module that obeys it, when it is loaded. */
export const definePolicy = <Rules extends object>(definition: PolicyDefinition<Rules>): PolicyDefinition<Rules> => {
  if (definitions.has(definition.kind)) throw new Error(`the policy ${definition.kind} is defined twice`)
  definitions.set(definition.kind, definition)
  return definition
}

export const policyNamed = (kind: PolicyKind): PolicyDefinition<object> => {
  const definition = definitions.get(kind)
  if (definition === undefined) throw new Error(`nobody says what the policy ${kind} looks like`)
  return definition
}
