import { describe, expect, it } from 'vitest'
import { aDatabaseBefore, idOf as id } from '../harness/migrating.ts'

const { query, put, migrateOn } = aDatabaseBefore('20261125000200')

describe('promises of before they were judged', () => {
  it('get terms, places, levels and a history, and what was withdrawn says by whom and when', async () => {
    const promise = (n: number, state: string, day: number, version: number) =>
      `insert into promise_to_pay (client_id, id, open_item_id, customer_id, currency, amount_minor, promised_on, state, principal_id, created_at, version)
       values ('${id(1)}', '${id(n)}', '${id(2)}', '${id(4)}', 'USD', 50, '2026-02-01', '${state}', '${id(9)}', '2026-01-0${day}T09:00Z', ${version})`
    await put(
      `insert into open_item (client_id, id, legal_entity_id, customer_id, kind, number, source, source_key, currency, original_minor,
         ledger_open_minor, open_minor, document_on, due_on, source_hash, batch_id, batch_row, created_at, updated_at, version)
       values ('${id(1)}', '${id(2)}', '${id(3)}', '${id(4)}', 'INVOICE', '1', 'S', '1', 'USD', 100, 100, 100, '2026-01-01', '2026-01-01',
         decode(repeat('00', 32), 'hex'), '${id(5)}', 1, now(), now(), 7)`,
      promise(6, 'WITHDRAWN', 1, 2),
      promise(7, 'OPEN', 2, 1),
      `insert into audit_entry (client_id, id, at, principal_id, command, input, outcome)
       values ('${id(1)}', '${id(8)}', '2026-01-01T15:00Z', '${id(8)}', 'promise.withdrawPromise', '{}', '{"id": "${id(6)}"}')`,
    )

    await migrateOn()

    const terms = { item_version: 7, deadline: '2026-02-01', due: '50', paid: '0' }
    expect(
      await query(
        `select state, place, level, item_version, deadline_on::text as deadline, due_minor as due, paid_minor as paid
         from promise_to_pay order by place`,
      ),
    ).toEqual([
      { state: 'WITHDRAWN', place: 1, level: 1, ...terms },
      { state: 'OPEN', place: 2, level: 2, ...terms },
    ])
    const changes = await query(
      'select promise_id, state, cause, at, principal_id from promise_change order by promise_id, version',
    )
    expect(changes).toEqual([
      { promise_id: id(6), state: 'OPEN', cause: 'RECORDED', at: new Date('2026-01-01T09:00Z'), principal_id: id(9) },
      { promise_id: id(6), state: 'WITHDRAWN', cause: 'WITHDRAWN', at: new Date('2026-01-01T15:00Z'), principal_id: id(8) },
      { promise_id: id(7), state: 'OPEN', cause: 'RECORDED', at: new Date('2026-01-02T09:00Z'), principal_id: id(9) },
    ])
  })
})
