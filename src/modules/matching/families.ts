import type { MatchCustomer } from './facts.ts'

/** Who pays for whom: customers tied by parents and by the receivers of their bills. */
export type Families = {
  /** A customer that stands for its whole family: its one head, or else the first of its members. */
  readonly headOf: (customerId: string) => string
  readonly membersOf: (customerId: string) => readonly string[]
  /** The payer is a parent of the customer or gets its bills, over however many steps. */
  readonly isAbove: (payerId: string, customerId: string) => boolean
}

const aboveOf = ({ id, parentId, billToId }: MatchCustomer): string[] =>
  [parentId, billToId].filter((each) => each !== null).filter((each) => each !== id)

export const familiesOf = (customers: readonly MatchCustomer[]): Families => {
  const above = new Map(customers.map((customer) => [customer.id, aboveOf(customer)]))

  // Union by smaller id, so that a family has the same name in whatever order its members come.
  const links = new Map<string, string>()
  const rootOf = (id: string): string => {
    let root = id
    for (let up = links.get(root); up !== undefined; up = links.get(root)) root = up
    if (root !== id) links.set(id, root)
    return root
  }
  for (const [id, others] of above) {
    for (const other of others) {
      const [a, b] = [rootOf(id), rootOf(other)]
      if (a !== b) links.set(a < b ? b : a, a < b ? a : b)
    }
  }

  const members = new Map<string, Set<string>>()
  const join = (id: string) => {
    const root = rootOf(id)
    const family = members.get(root)
    if (family === undefined) members.set(root, new Set([id]))
    else family.add(id)
  }
  for (const [id, others] of above) [id, ...others].forEach(join)
  const sorted = new Map([...members].map(([root, ids]) => [root, [...ids].toSorted()]))

  const heads = new Map(
    [...sorted].map(([root, ids]) => {
      const tops = ids.filter((id) => (above.get(id) ?? []).length === 0)
      return [root, tops.length === 1 ? (tops[0] ?? root) : root]
    }),
  )

  const isAbove = (payerId: string, customerId: string): boolean => {
    const seen = new Set([customerId])
    for (const id of seen) {
      for (const each of above.get(id) ?? []) {
        if (each === payerId) return true
        seen.add(each)
      }
    }
    return false
  }

  return {
    headOf: (id) => heads.get(rootOf(id)) ?? id,
    membersOf: (id) => sorted.get(rootOf(id)) ?? [id],
    isAbove,
  }
}
