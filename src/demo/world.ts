import type { Day } from '../kernel/day.ts'
import { companies, type DemoCompany, type DemoProvider, providers } from './companies.ts'
import { type DemoPromise, type DemoReceipt, type DemoTold, planCash } from './plan-cash.ts'
import { type DemoItem, planItems } from './plan-items.ts'
import { createRandom } from './random.ts'

export type DemoClient = DemoCompany & {
  /** In the order of their dates and numbers, as an ERP exports them. */
  readonly items: readonly DemoItem[]
  readonly receipts: readonly DemoReceipt[]
  readonly promises: readonly DemoPromise[]
  readonly told: readonly DemoTold[]
}

export type World = { readonly today: Day; readonly providers: readonly DemoProvider[]; readonly clients: readonly DemoClient[] }

/** The demo as it stands on a day. Each client draws from chances of its own, so a change to one leaves the others alone. */
export const worldOf = ({ seed, today }: { seed: string; today: Day }): World => ({
  today,
  providers,
  clients: companies.map((company) => {
    const items = planItems({ company, today }, createRandom(`${seed} ${company.code} items`))
    return { ...company, items, ...planCash({ company, items, today }, createRandom(`${seed} ${company.code} cash`)) }
  }),
})
