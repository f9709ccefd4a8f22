import { addDays, dayIn } from '../../kernel/day.ts'
import { command } from '../../platform/command.ts'
import type { ClientId } from '../../platform/policy.ts'
import { clientFacts } from '../client/index.ts'
import { policyInForce } from '../policy/index.ts'
import { deductionPolicy } from './policy.ts'
import { alertDisputes } from './store.ts'

const portion = 500

/** As a day begins: windows that end soon are told, each once, a portion at a time. */
export const tellDisputes = command({
  name: 'deduction.tellDisputes',
  permission: 'deduction:work',
  refusals: [],
  scope: ({ clientId }: { readonly clientId: ClientId }) => ({ clientId }),
  isAudited: ({ told }: { readonly told: number }) => told > 0,
  async run(write) {
    const [{ rules }, { timeZone }] = await Promise.all([policyInForce(write, deductionPolicy), clientFacts(write)])
    const due = await alertDisputes(write, addDays(dayIn(timeZone, write.now), rules.alertDaysBefore), portion)
    for (const { id, customerId, disputeBy } of due)
      write.emit({
        area: 'receivable',
        name: 'deduction.disputeDue',
        payload: { deductionId: id, disputeBy, customerIds: [customerId] },
      })
    return { told: due.length, isMore: due.length === portion }
  },
})
