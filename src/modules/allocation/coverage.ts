import { type CoverageRow, coverageRows } from './reads.ts'
import { canWork, type Owner, type Source } from './rules.ts'
import { createSums, keyOfOwner, type Sum } from './sums.ts'
import { type Of, teamsAt } from './team-reads.ts'

export type OwnerCoverage = { readonly owner: Owner; readonly sum: Sum; readonly canWork: boolean }

export type RuleCoverage = { readonly source: Source; readonly rule: string | null; readonly sum: Sum }

export type Coverage = {
  readonly owned: Sum
  readonly unowned: Sum
  readonly owners: readonly OwnerCoverage[]
  readonly rules: readonly RuleCoverage[]
}

/** Whose customers are, and with them each open item once: what is nobody's is counted as well. */
export const coverageOf = async (of: Of): Promise<Coverage> => {
  const [rows, teams] = await Promise.all([coverageRows(of), teamsAt(of, of.tx.now)])
  const byOwner = createSums<string>()
  const byRule = createSums<string>()
  const whole = createSums<boolean>()
  const owners = new Map<string, CoverageRow>()
  const rules = new Map<string, CoverageRow>()
  for (const row of rows) {
    const isOwned = row.teamId !== null
    const [owner, rule] = [keyOfOwner(row), JSON.stringify([row.source, row.rule])]
    whole.add(isOwned, row)
    byRule.add(rule, row)
    rules.set(rule, row)
    if (!isOwned) continue
    byOwner.add(owner, row)
    owners.set(owner, row)
  }
  return {
    owned: whole.of(true),
    unowned: whole.of(false),
    owners: [...owners].map(([key, owner]) => ({ owner, sum: byOwner.of(key), canWork: canWork(teams, owner) })),
    rules: [...rules].map(([key, { source, rule }]) => ({ source, rule, sum: byRule.of(key) })),
  }
}
