import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { limits } from '../../platform/limits.ts'
import type { ClientId } from '../../platform/policy.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import { giveBack, giveByHand, type Reallocated, reallocateBehind } from './judging.ts'
import { NotAssigned, type Owner, ownerOf } from './rules.ts'
import { teamsAt } from './team-reads.ts'

type OnCustomers = { readonly clientId: ClientId; readonly customers: readonly RowKey[]; readonly reason: string }

/** What became of one customer among several. */
export type AllocationOutcome = {
  readonly index: number
  readonly customerId: string | null
  readonly refusal: { readonly code: string; readonly message: string } | null
}

const noteMax = 2_000

/** Nothing lasts longer by hand without being looked at, unless it was given until it is lifted. */
const longestMs = 366 * 86_400_000

const wrongIn = ({ customers, reason }: OnCustomers): InvalidInput | null => {
  if (reason.trim() === '' || reason.length > 500)
    return new InvalidInput('a reason has 1 to 500 characters', ['input', 'reason'])
  if (customers.length < 1 || customers.length > limits.command.rows)
    return new InvalidInput(`1 to ${limits.command.rows} customers are taken at once`, ['input', 'customers'])
  return null
}

/** Customers of another client are nobody's here. */
const idsIn = (write: Write, customers: readonly RowKey[]): string[] => [
  ...new Set(customers.filter(({ clientId }) => clientId === write.clientId).map(({ id }) => id)),
]

const outcomesOf = (
  customers: readonly RowKey[],
  refusalOf: (key: RowKey, path: readonly string[]) => AllocationOutcome['refusal'],
): AllocationOutcome[] =>
  customers.map((key, index) => {
    const refusal = refusalOf(key, ['input', 'customers', String(index)])
    return { index, customerId: refusal === null ? key.id : null, refusal }
  })

type Done = { readonly outcomes: readonly AllocationOutcome[] }

/** A call that refused each customer changed nothing. */
const wasAnyDone = ({ outcomes }: Done): boolean => outcomes.some(({ customerId }) => customerId !== null)

const told = ({ code, message }: NotFound | NotAssigned) => ({ code, message })

export type AssignCustomers = OnCustomers & {
  readonly teamId: string
  readonly personId: string | null
  readonly until: Date | null
  readonly note: string | null
}

/** Whom a lead names: a team that serves the client, and of it somebody who can work. */
const namedOwner = async (write: Write, { teamId, personId }: AssignCustomers): Promise<Owner | NotFound> => {
  const found = (await teamsAt(write, write.now)).find(({ id, serves }) => id === teamId && serves)
  if (found === undefined) return new NotFound('team', ['input', 'team'])
  if (personId === null) return ownerOf(found, null)
  const one = found.people.find(({ id, canWork }) => id === personId && canWork)
  return one === undefined ? new NotFound('user', ['input', 'person']) : ownerOf(found, one)
}

export const assignCustomers = command({
  name: 'allocation.assignCustomers',
  permission: 'work:steer',
  refusals: [NotFound, InvalidInput],
  scope: ({ clientId }: AssignCustomers) => ({ clientId }),
  reason: ({ reason }) => reason,
  async run(write, input) {
    const { customers, reason, until, note } = input
    const wrong = wrongIn(input)
    if (wrong !== null) return wrong
    if (note !== null && (note.trim() === '' || note.length > noteMax))
      return new InvalidInput(`a note has 1 to ${noteMax} characters`, ['input', 'note'])
    if (until !== null && until <= write.now) return new InvalidInput('it has to lie ahead', ['input', 'until'])
    if (until !== null && until.getTime() - write.now.getTime() > longestMs)
      return new InvalidInput('it lies at most 366 days ahead; leave it out for until it is lifted', ['input', 'until'])
    const owner = await namedOwner(write, input)
    if (owner instanceof NotFound) return owner
    const given = await giveByHand(write, idsIn(write, customers), { owner, reason, note, endsAt: until })
    const found = new Set(given.found)
    if (until !== null && found.size > 0)
      write.emit({ area: 'work', name: 'customers.lent', payload: { endsAt: until.toISOString() } })
    const outcomes = outcomesOf(customers, ({ id }, path) => (found.has(id) ? null : told(new NotFound('customer', path))))
    return { clientId: write.clientId, outcomes }
  },
  isAudited: (out) => isRefusal(out) || wasAnyDone(out),
})

export type ReturnToRules = OnCustomers

export const returnToRules = command({
  name: 'allocation.returnToRules',
  permission: 'work:steer',
  refusals: [InvalidInput],
  scope: ({ clientId }: ReturnToRules) => ({ clientId }),
  reason: ({ reason }) => reason,
  async run(write, input) {
    const wrong = wrongIn(input)
    if (wrong !== null) return wrong
    const given = await giveBack(write, idsIn(write, input.customers))
    const [found, returned] = [new Set(given.found), new Set(given.returned)]
    const outcomes = outcomesOf(input.customers, ({ id }, path) => {
      if (!found.has(id)) return told(new NotFound('customer', path))
      return returned.has(id) ? null : told(new NotAssigned(path))
    })
    return { clientId: write.clientId, outcomes }
  },
  isAudited: (out) => isRefusal(out) || wasAnyDone(out),
})

/** Idempotent: done again, or by two nodes at once, it ends the same. */
export const reallocate = command({
  name: 'allocation.reallocate',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: { readonly clientId: ClientId }) => ({ clientId }),
  isAudited: ({ customers }: Reallocated) => customers > 0,
  run: reallocateBehind,
})
