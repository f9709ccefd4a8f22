import type { Area } from '../policy.ts'

/** What a module tells: named `subject.pastTense`, readable by whoever reads its area. */
export type DomainEvent = { readonly area: Area; readonly name: string; readonly payload: Readonly<Record<string, unknown>> }
