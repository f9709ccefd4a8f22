import type { Write } from '../../platform/command.ts'
import type { PolicyInForce } from '../policy/index.ts'
import { allocationOf } from './allocation-policy.ts'
import {
  type AllocationRules,
  ableIn,
  allocatorOf,
  basisOf,
  canWork,
  type DeliveryTeam,
  meant,
  nobodys,
  type Owner,
} from './rules.ts'
import {
  customersBehind,
  type HeldCustomer,
  holdCustomers,
  markChecked,
  type NewOwnership,
  type Ownership,
  ownershipsOf,
  roundFor,
  roundOf,
  saveOwnerships,
} from './store.ts'
import { teamsAt } from './team-reads.ts'

/** What is told when customers are somebody else's: whoever keeps work by owner passes it on. */
export const customersPassed = 'customers.passed'

export type Told = { readonly customerIds: readonly string[]; readonly isTogether: boolean }

/** Customers allocated by one round of statements. */
const portion = 500

type Standing = {
  readonly policy: PolicyInForce<AllocationRules>
  readonly teams: readonly DeliveryTeam[]
  readonly round: number
}

type Wanted = Pick<
  Ownership,
  'source' | 'rule' | 'policyVersion' | 'endsAt' | 'setById' | 'setByName' | 'reason' | 'note' | keyof Owner
>

const unsaid = { endsAt: null, setById: null, setByName: null, reason: null, note: null }

const byRules = (standing: Standing): ((customer: HeldCustomer) => Wanted) => {
  const ruledFor = allocatorOf(standing.policy.rules)
  const policyVersion = standing.policy.version
  return (customer) => {
    const { source, rule, owner } = ruledFor(customer)
    const found = owner === null ? null : meant(standing.teams, owner)
    if (found === null) return { ...nobodys, ...unsaid, source: 'NOBODY', rule: null, policyVersion }
    return { ...found, ...unsaid, source, rule, policyVersion }
  }
}

/** What was said by hand stays for its time; a person who can work no more leaves it to their team. */
const byHand = ({ teams }: Standing, now: Date, current: Ownership | undefined): Wanted | null => {
  if (current?.source !== 'HAND' || (current.endsAt !== null && current.endsAt <= now)) return null
  return current.personId === null || canWork(teams, current) ? current : { ...current, personId: null, personName: null }
}

const isSameOwner = (a: Pick<Owner, 'teamId' | 'personId'>, b: Pick<Owner, 'teamId' | 'personId'>): boolean =>
  a.teamId === b.teamId && a.personId === b.personId

/** By the same words: a version that says the same of a customer does not begin anything new for it. */
const isSame = (a: Ownership, b: Wanted): boolean => isSameOwner(a, b) && a.source === b.source && a.rule === b.rule

const allocateSome = async (
  write: Write,
  standing: Standing,
  ids: readonly string[],
  want: (customer: HeldCustomer, current: Ownership | undefined) => Wanted,
): Promise<{ readonly passed: readonly string[] }> => {
  const [customers, current] = await Promise.all([holdCustomers(write, ids), ownershipsOf(write, ids)])
  const changed: NewOwnership[] = []
  const right: string[] = []
  const passed: string[] = []
  for (const customer of customers) {
    const before = current.get(customer.id)
    const wanted = want(customer, before)
    if (before !== undefined && isSame(before, wanted)) {
      right.push(before.id)
      continue
    }
    changed.push({ ...wanted, id: write.newId(), customerId: customer.id, checked: standing.round })
    if (!isSameOwner(before ?? nobodys, wanted)) passed.push(customer.id)
  }
  await saveOwnerships(write, changed)
  await markChecked(write, right, standing.round)
  return { passed }
}

const standingOf = async (write: Write): Promise<Standing> => {
  const [policy, teams, round] = await Promise.all([allocationOf(write), teamsAt(write, write.now), roundOf(write)])
  return { policy, teams, round }
}

/**
 * Gives customers to whom the rules in force say, in the transaction that made or changed them, and tells who was passed on.
 * By hand stays by hand. Nothing happens while a client has never published rules.
 */
export const allocate = async (write: Write, customerIds: readonly string[], { isTogether = false } = {}): Promise<boolean> => {
  if ((await roundOf(write)) === 0) return false
  await allocateAll(write, await standingOf(write), customerIds, isTogether)
  return true
}

const allocateAll = async (write: Write, standing: Standing, customerIds: readonly string[], isTogether: boolean) => {
  const ruled = byRules(standing)
  const sorted = [...new Set(customerIds)].sort()
  for (let start = 0; start < sorted.length; start += portion) {
    const some = sorted.slice(start, start + portion)
    const { passed } = await allocateSome(
      write,
      standing,
      some,
      (customer, current) => byHand(standing, write.now, current) ?? ruled(customer),
    )
    if (passed.length > 0) tellPassed(write, passed, isTogether)
  }
}

const tellPassed = (write: Write, customerIds: readonly string[], isTogether: boolean) =>
  write.emit({ area: 'work', name: customersPassed, payload: { customerIds, isTogether } satisfies Told })

/** Customers that one transaction allocates anew: nobody waits longer for one of them. */
const most = 1_000

export type Reallocated = {
  readonly version: number
  readonly customers: number
  /** No customer is behind who was not in this portion. */
  readonly isDone: boolean
}

/**
 * Allocates a portion of those customers who are behind the rules in force, or behind who can work by now. A row says in
 * which round it was found right, which is all that is kept of how far this is: done again, it finds nothing to do.
 */
export const reallocateBehind = async (write: Write): Promise<Reallocated> => {
  const [policy, teams] = await Promise.all([allocationOf(write), teamsAt(write, write.now)])
  const round = await roundFor(write, basisOf(policy.version, policy.rules, teams))
  const ids = await customersBehind(write, { round, able: ableIn(teams), most })
  await allocateAll(write, { policy, teams, round }, ids, true)
  return { version: policy.version, customers: ids.length, isDone: ids.length < most }
}

export type ByHand = {
  readonly owner: Owner
  readonly reason: string
  readonly note: string | null
  readonly endsAt: Date | null
}

/** Gives customers to somebody by hand, whatever the rules say. Those that there are not are left out. */
export const giveByHand = async (write: Write, ids: readonly string[], { owner, reason, note, endsAt }: ByHand) => {
  const round = await roundOf(write)
  const said = { reason, note, endsAt, setById: write.viewer.id, setByName: write.viewer.name }
  const customers = await holdCustomers(write, ids)
  const current = await ownershipsOf(write, ids)
  await saveOwnerships(
    write,
    customers.map(({ id }) => ({
      ...{ ...owner, ...said, id: write.newId(), customerId: id, source: 'HAND', rule: null, policyVersion: null },
      checked: round,
    })),
  )
  const passed = customers.map(({ id }) => id).filter((id) => !isSameOwner(current.get(id) ?? nobodys, owner))
  if (passed.length > 0) tellPassed(write, passed, false)
  return { found: customers.map(({ id }) => id) }
}

/** Gives customers who are with somebody by hand back to whom the rules say; tells which of them were. */
export const giveBack = async (write: Write, ids: readonly string[]) => {
  const standing = await standingOf(write)
  const held = await holdCustomers(write, ids)
  const current = await ownershipsOf(write, ids)
  const returned = held.map(({ id }) => id).filter((id) => current.get(id)?.source === 'HAND')
  const { passed } = await allocateSome(write, standing, returned, byRules(standing))
  if (passed.length > 0) tellPassed(write, passed, false)
  return { found: held.map(({ id }) => id), returned }
}
