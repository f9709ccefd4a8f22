import { command } from '../../platform/command.ts'
import { InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { policyNamed } from './registry.ts'
import { hasProblems, type PolicyKind, rulesFrom } from './rules.ts'
import { insertVersion, latestVersion } from './store.ts'

export type PublishPolicy = {
  readonly clientId: string
  readonly kind: PolicyKind
  /** JSON, as text. */
  readonly rules: string
  readonly reason: string
  readonly effectiveFrom: Date | null
  readonly expectedVersion: number
}

export const publishPolicy = command({
  name: 'policy.publishPolicy',
  permission: 'policy:publish',
  refusals: [NotFound, InvalidInput, VersionConflict],
  scope: ({ clientId }: PublishPolicy) => ({ clientId }),
  reason: ({ reason }) => reason,
  async run(write, { kind, rules, reason, effectiveFrom, expectedVersion }) {
    if (reason.trim() === '' || reason.length > 500)
      return new InvalidInput('a reason has 1 to 500 characters', ['input', 'reason'])
    if (effectiveFrom !== null && effectiveFrom < write.now)
      return new InvalidInput('a policy holds from now on or later: what was decided before stays as it was', [
        'input',
        'effectiveFrom',
      ])
    const definition = policyNamed(kind)
    const from = effectiveFrom ?? write.now
    const parsed = rulesFrom(definition, rules)
    const problems = hasProblems(parsed) ? parsed.problems : ((await definition.check?.(write, parsed, from)) ?? [])
    if (hasProblems(parsed) || problems.length > 0) return new InvalidInput(problems.join('; '), ['input', 'rules'])
    const latest = await latestVersion(write, kind)
    if (latest !== expectedVersion) return new VersionConflict(latest)
    const version = latest + 1
    const id = await insertVersion(write, { kind, version, rules: parsed, reason, effectiveFrom: from })
    write.emit({ area: 'client', name: 'policy.published', payload: { kind, version, effectiveFrom: from.toISOString() } })
    return { clientId: write.clientId, id }
  },
})
