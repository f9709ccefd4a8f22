import { isRefusal, type Refusal } from '../../kernel/refusal.ts'
import type { Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { limits } from '../../platform/limits.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import { type HeldNotice, lockNotices } from './store.ts'

/** What became of one of several notices that were decided about at once. */
export type NoticeOutcome = {
  readonly index: number
  /** Null where there is none. */
  readonly noticeId: string | null
  readonly refusal: { readonly code: string; readonly message: string } | null
}

export type Decided = { readonly clientId: string; readonly outcomes: readonly NoticeOutcome[] }

/** Where each of them was refused nothing was done, and there is nothing to audit. */
export const wasAnyDone = (out: Decided | InvalidInput): boolean =>
  isRefusal(out) || out.outcomes.some(({ refusal }) => refusal === null)

/** Several notices of the client, held, or why they cannot be decided about together. */
export const holdSeveral = async (
  write: Write,
  keys: readonly RowKey[],
): Promise<ReadonlyMap<string, HeldNotice> | InvalidInput> => {
  const path = ['input', 'notices']
  if (keys.length < 1 || keys.length > limits.notice.atOnce)
    return new InvalidInput(`1 to ${limits.notice.atOnce} notices are decided about at once`, path)
  if (new Set(keys.map(({ id }) => id)).size < keys.length) return new InvalidInput('a notice stands twice', path)
  const own = keys.filter(({ clientId }) => clientId === write.clientId).map(({ id }) => id)
  return new Map((await lockNotices(write, own)).map((notice) => [notice.id, notice]))
}

/** Each by itself: those that nothing is against, and what is told of all of them in their order. */
export const decideEach = (
  keys: readonly RowKey[],
  held: ReadonlyMap<string, HeldNotice>,
  whyNot: (notice: HeldNotice, index: number, path: readonly string[]) => Refusal | null,
): { readonly taken: readonly HeldNotice[]; readonly outcomes: readonly NoticeOutcome[] } => {
  const taken: HeldNotice[] = []
  const outcomes = keys.map(({ id }, index): NoticeOutcome => {
    const path = ['input', 'notices', String(index)]
    const notice = held.get(id)
    const refused = notice === undefined ? new NotFound('notice', path) : whyNot(notice, index, path)
    if (notice !== undefined && refused === null) taken.push(notice)
    const refusal = refused === null ? null : { code: refused.code, message: refused.message }
    return { index, noticeId: notice?.id ?? null, refusal }
  })
  return { taken, outcomes }
}
