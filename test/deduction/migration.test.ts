import { expect, it } from 'vitest'
import { aDatabaseBefore, idOf as id } from '../harness/migrating.ts'

const { query, put, migrateOn } = aDatabaseBefore('20261127000200')

it('deductions of before they were worked keep their amounts, codes and states, and hold back what they held back', async () => {
  const deduction = (n: number, state: string, reason: string) =>
    `insert into deduction (client_id, id, receipt_id, settlement_id, open_item_id, customer_id, currency, amount_minor, customer_code, code_list,
       reason_code, state, created_at)
     values ('${id(1)}', '${id(n)}', '${id(2)}', '${id(2)}', '${id(2)}', '${id(2)}', 'USD', ${n}00, '06', 'X12_426', '${reason}', '${state}', '2026-01-05T09:00Z')`
  // The table is written anew, so what its rows refer to would be looked for; none of that matters here.
  const references = ['receipt_id', 'open_item_id', 'customer_id'].map(
    (column) => `drop constraint deduction_client_id_${column}_fkey`,
  )
  await put(`alter table deduction ${references.join(', ')}`)
  await put(deduction(3, 'IDENTIFIED', 'UNKNOWN'), deduction(4, 'CODED', 'SHORT'), deduction(5, 'VOIDED', 'SHORT'))

  await migrateOn()

  expect(await query('select state, reason_code, amount_minor::int as amount, holds_back from deduction order by id')).toEqual([
    { state: 'IDENTIFIED', reason_code: 'UNKNOWN', amount: 300, holds_back: true },
    { state: 'CODED', reason_code: 'SHORT', amount: 400, holds_back: true },
    { state: 'VOIDED', reason_code: 'SHORT', amount: 500, holds_back: false },
  ])
})
