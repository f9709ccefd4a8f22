import { allocatables } from './reads.ts'
import { type AllocationRules, allocatorOf, canWork, meant, nobodys, type Owner } from './rules.ts'
import { createSums, keyOfOwner, nobodysKey, type Sum } from './sums.ts'
import { type Of, teamsAt } from './team-reads.ts'

export type OwnerChange = {
  /** Null for what is nobody's. */
  readonly owner: Owner | null
  readonly before: Sum
  readonly after: Sum
  readonly gained: Sum
  readonly lost: Sum
}

/** What rules would do if they held now: who would get and lose what. It writes nothing; by hand stays by hand. */
export const simulate = async (of: Of, rules: AllocationRules): Promise<OwnerChange[]> => {
  const [customers, teams] = await Promise.all([allocatables(of), teamsAt(of, of.tx.now)])
  const ruledFor = allocatorOf(rules)
  const [before, after] = [createSums<string>(), createSums<string>()]
  const [gained, lost] = [createSums<string>(), createSums<string>()]
  const owners = new Map<string, Owner | null>([[nobodysKey, null]])
  const keyFor = (owner: Owner): string => {
    const key = keyOfOwner(owner)
    if (!owners.has(key)) owners.set(key, owner)
    return key
  }
  for (const customer of customers) {
    const stays = customer.source === 'HAND' && (customer.endsAt === null || customer.endsAt > of.tx.now)
    const { owner: named } = ruledFor(customer)
    const ruled = named === null ? nobodys : (meant(teams, named) ?? nobodys)
    const byHand = canWork(teams, customer) ? customer : { ...customer, personId: null, personName: null }
    const [from, to] = [keyFor(customer), keyFor(stays ? byHand : ruled)]
    const one = { customers: 1, open: customer.open }
    before.add(from, one)
    after.add(to, one)
    if (from === to) continue
    lost.add(from, one)
    gained.add(to, one)
  }
  return [...owners].map(([key, owner]) => ({
    owner,
    before: before.of(key),
    after: after.of(key),
    gained: gained.of(key),
    lost: lost.of(key),
  }))
}
