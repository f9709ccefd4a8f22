import { expect, it } from 'vitest'
import { aDatabaseBefore, idOf as id } from '../harness/migrating.ts'

const { query, put, migrateOn } = aDatabaseBefore('20261126000600')

it('plans that were agreed before there were approvals are accepted again; others stay as they are', async () => {
  const plan = (n: number, state: string) =>
    `insert into payment_plan (client_id, id, customer_id, currency, amount_minor, state, grace_business_days, missed_to_default, days_late_to_default,
       accelerate, policy_version, accepted_by, accepted_at, principal_id, created_at)
     values ('${id(1)}', '${id(n)}', '${id(2)}', 'USD', 100, '${state}', 0, 1, 1, true, 0, 'CFO', now(), '${id(9)}', now())`
  const states = ['PROPOSED', 'CUSTOMER_ACCEPTED', 'APPROVED', 'ACTIVE', 'CANCELLED']
  await put(...states.map((state, n) => plan(n + 3, state)))

  await migrateOn()

  expect(await query('select state, accepted_by is null as unheard, version from payment_plan order by id')).toEqual([
    { state: 'PROPOSED', unheard: false, version: 1 },
    { state: 'PROPOSED', unheard: true, version: 2 },
    { state: 'PROPOSED', unheard: true, version: 2 },
    { state: 'ACTIVE', unheard: false, version: 1 },
    { state: 'CANCELLED', unheard: false, version: 1 },
  ])
})
