import { isRefusal } from '../../kernel/refusal.ts'
import { command } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import { badKey } from '../cash/index.ts'
import { badComment, insertComment } from '../comment/index.ts'
import { lockDeductions, saidSomething } from './store.ts'

export type CommentDeduction = { readonly deduction: RowKey; readonly text: string; readonly idempotencyKey: string }

/** Whatever its state and whoever else is at it: a comment changes nothing of the deduction but how long it was quiet. */
export const commentDeduction = command({
  name: 'deduction.commentDeduction',
  permission: 'deduction:work',
  refusals: [NotFound, InvalidInput],
  scope: ({ deduction }: CommentDeduction) => ({ clientId: deduction.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  async run(write, { deduction, text, idempotencyKey }) {
    const bad = badKey(idempotencyKey) ?? badComment(text)
    if (isRefusal(bad)) return bad
    const [found] = await lockDeductions(write, [deduction.id])
    if (found === undefined) return new NotFound('deduction', ['input', 'deduction'])
    await insertComment(write, { kind: 'DEDUCTION', id: found.id }, text)
    await saidSomething(write, found.id)
    write.emit({
      area: 'receivable',
      name: 'deduction.commented',
      payload: { deductionId: found.id, customerIds: [found.customerId] },
    })
    return { clientId: write.clientId, id: found.id }
  },
})
