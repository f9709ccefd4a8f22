import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { hasProblems, type PolicyDefinition, type PolicyInForce, type PolicyKind } from './rules.ts'

// Owner of the table policy_version.

/** Versions of a kind are numbered one after the other; held until the unit ends. */
export const latestVersion = async ({ tx, clientId }: Write, kind: PolicyKind): Promise<number> => {
  await tx.sql`select pg_advisory_xact_lock(hashtextextended(${`policy ${clientId} ${kind}`}, 0))`
  const rows = await tx.sql<{ version: number }>`
    select version from policy_version where client_id = ${clientId} and kind = ${kind} order by version desc limit 1`
  return rows[0]?.version ?? 0
}

export type NewVersion = {
  readonly kind: PolicyKind
  readonly version: number
  readonly rules: object
  readonly reason: string
  readonly effectiveFrom: Date
}

export const insertVersion = async (
  write: Write,
  { kind, version, rules, reason, effectiveFrom }: NewVersion,
): Promise<string> => {
  const { tx, clientId, viewer, now } = write
  const id = write.newId()
  await tx.sql`
    insert into policy_version (client_id, id, kind, version, rules, reason, effective_from, principal_id, published_at)
    values (${clientId}, ${id}, ${kind}, ${version}, ${JSON.stringify(rules)}::jsonb, ${reason}, ${effectiveFrom}, ${viewer.id}, ${now})`
  return id
}

type Found = { readonly version: number; readonly rules: unknown; readonly effectiveFrom: Date }

/** The rules that hold for a client at an instant: of the versions in force the latest, or the defaults. */
export const policyInForce = async <Rules extends object>(
  { tx, clientId, now }: Pick<Write, 'tx' | 'clientId' | 'now'>,
  definition: PolicyDefinition<Rules>,
): Promise<PolicyInForce<Rules>> => {
  const rows = await tx.sql<Found>`
    select version, rules, effective_from as "effectiveFrom" from policy_version
    where client_id = ${clientId} and kind = ${definition.kind} and effective_from <= ${now} order by version desc limit 1`
  return inForce(definition, rows[0])
}

/**
 * The same for rules that a whole day goes by: those of a later instant hold from the day that begins at it or behind it,
 * so that no day is worked by two; what was published to hold at once does.
 */
export const policyOfDay = async <Rules extends object>(
  { tx, clientId, now }: Pick<Write, 'tx' | 'clientId' | 'now'>,
  definition: PolicyDefinition<Rules>,
  { day, timeZone }: { readonly day: Day; readonly timeZone: string },
): Promise<PolicyInForce<Rules>> => {
  const rows = await tx.sql<Found>`
    select version, rules, effective_from as "effectiveFrom" from policy_version
    where client_id = ${clientId} and kind = ${definition.kind} and effective_from <= ${now}
      and (effective_from <= published_at or ((effective_from - interval '1 millisecond') at time zone ${timeZone})::date < ${day}::date)
    order by version desc limit 1`
  return inForce(definition, rows[0])
}

/** The rules of one version, as something was decided by them. */
export const policyOfVersion = async <Rules extends object>(
  { tx, clientId }: { readonly tx: Pick<Write['tx'], 'sql'>; readonly clientId: string },
  definition: PolicyDefinition<Rules>,
  version: number,
): Promise<Rules> => {
  const rows = await tx.sql<Found>`
    select version, rules from policy_version where client_id = ${clientId} and kind = ${definition.kind} and version = ${version}`
  if (version > 0 && rows.length === 0) throw new Error(`the policy ${definition.kind} has no version ${version}`)
  return inForce(definition, rows[0]).rules
}

const inForce = <Rules extends object>(
  { kind, parse, defaults }: PolicyDefinition<Rules>,
  found: Found | undefined,
): PolicyInForce<Rules> => {
  if (found === undefined) return { version: 0, rules: defaults, effectiveFrom: null }
  const rules = parse(found.rules)
  if (hasProblems(rules))
    throw new Error(`version ${found.version} of the policy ${kind} cannot be read: ${rules.problems.join('; ')}`)
  return { version: found.version, rules, effectiveFrom: found.effectiveFrom }
}
