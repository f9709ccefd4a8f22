import { isRefusal, type Refusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { limits } from '../../platform/limits.ts'
import { IdempotencyMismatch, IllegalMove, InvalidInput, NotFound } from '../../platform/refusals.ts'
import {
  type AdjustmentKind,
  type Amount,
  BeyondTolerance,
  badKey,
  badReason,
  CurrencyMismatch,
  closeBook,
  OverApplied,
  openBookOf,
  readAmount,
  WrongCustomer,
  writeOffsOf,
} from '../cash/index.ts'
import { customerExists } from '../customer/index.ts'
import { matchMachine } from './match-states.ts'
import { type MatchStep, postMatch } from './post-match.ts'
import { ProposalOutdated } from './refusals.ts'
import { createBook, type Lesson, lessonsOf } from './rules.ts'
import { runMatching } from './run-matching.ts'
import {
  allAliases,
  allCustomers,
  candidatesFor,
  countReceipts,
  currencyOf,
  decideMatch,
  deleteAlias,
  insertAliases,
  lockMatch,
  readMatch,
  remittanceLines,
} from './store.ts'
import { stepsOf } from './trace.ts'

export type MatchReceipts = { readonly clientId: string; readonly receipts: readonly RowKey[] | null; readonly first: number }

export const matchReceipts = command({
  name: 'matching.matchReceipts',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput],
  scope: ({ clientId }: MatchReceipts) => ({ clientId }),
  async run(write, { receipts, first }) {
    const most = limits.command.rows
    if (first < 1 || first > most) return new InvalidInput(`1 to ${most} receipts are matched at once`, ['input', 'first'])
    if (receipts !== null && (receipts.length < 1 || receipts.length > most))
      return new InvalidInput(`1 to ${most} receipts are matched at once`, ['input', 'receipts'])
    if (receipts?.some(({ clientId }) => clientId !== write.clientId) === true)
      return new NotFound('receipt', ['input', 'receipts'])
    const ids = receipts === null ? null : [...new Set(receipts.map(({ id }) => id))]
    if (ids !== null && (await countReceipts(write, ids)) < ids.length) return new NotFound('receipt', ['input', 'receipts'])
    return { clientId: write.clientId, matches: await runMatching(write, { ids, most: ids?.length ?? first }) }
  },
  isAudited: (out) => isRefusal(out) || out.matches.length > 0,
})

type OnMatch = { readonly match: RowKey; readonly idempotencyKey: string }

const noMatch = () => new NotFound('match', ['input', 'match'])

/** A receipt and the items of a match of it, held, and the match behind them. */
const openFor = async (write: Write, id: string, { receiptId, itemIds }: { receiptId: string; itemIds: readonly string[] }) => {
  const opened = await openBookOf(write, { receipts: [receiptId], items: itemIds, mayFree: true })
  const kept = await lockMatch(write, id)
  const receipt = opened.book.receipt(receiptId)
  return kept === null || receipt === null ? noMatch() : { opened, kept, receipt }
}

/** What a person decided: posted like what the engine is sure of, and as a whole. */
const decide = async (
  write: Write,
  { matchId, receiptId, customerId, steps, move }: Decision,
): Promise<Held | NotFound | IllegalMove | Refusal> => {
  const held = await openFor(write, matchId, { receiptId, itemIds: steps.map(({ openItemId }) => openItemId) })
  if (isRefusal(held)) return held
  const illegal = IllegalMove.unless(matchMachine, move, held.kept.state as 'PROPOSED', ['input', 'match'])
  if (illegal !== null) return illegal
  const { book, today } = held.opened
  const isWrittenOff = steps.some(({ adjustments }) => adjustments.some(({ kind }) => kind === 'WRITE_OFF'))
  const writeOffs = await writeOffsOf(write, today, isWrittenOff)
  const posted = postMatch(
    book,
    { receiptId, matchId, customerId, steps },
    writeOffs,
    () => new ProposalOutdated('an item of it is gone'),
  )
  if (isRefusal(posted)) return posted
  await closeBook(write, held.opened, () => 'receipt.applied', { tell: { matchId } })
  for (const payload of posted) write.emit({ area: 'cash', name: 'item.shortPaid', payload })
  return held
}

type Held = Exclude<Awaited<ReturnType<typeof openFor>>, Refusal>
type Decision = {
  readonly matchId: string
  readonly receiptId: string
  readonly customerId: string | null
  readonly steps: readonly MatchStep[]
  readonly move: 'accept' | 'correct'
}

/** What a decision can be refused for by the book; anything else is a fault. */
const told = (refusal: Refusal) => {
  if (refusal instanceof OverApplied || refusal instanceof WrongCustomer || refusal instanceof CurrencyMismatch)
    return new ProposalOutdated(refusal.message)
  if (refusal instanceof BeyondTolerance || refusal instanceof ProposalOutdated || refusal instanceof IllegalMove) return refusal
  if (refusal instanceof NotFound) return refusal
  throw refusal
}

export const acceptMatch = command({
  name: 'matching.acceptMatch',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, IllegalMove, ProposalOutdated, BeyondTolerance, IdempotencyMismatch],
  scope: ({ match }: OnMatch) => ({ clientId: match.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  async run(write, { match, idempotencyKey }) {
    const wrongKey = badKey(idempotencyKey)
    if (wrongKey !== null) return wrongKey
    const kept = await readMatch(write, match.id)
    if (kept === null) return noMatch()
    const { trace, receiptId } = kept
    const currency = await currencyOf(write, receiptId)
    const steps = stepsOf(trace.lines, currency)
    if (steps.length === 0)
      return new InvalidInput('it proposes nothing that can be posted; correct it instead', ['input', 'match'])
    const decision = { matchId: match.id, receiptId, customerId: trace.payer.customerId, steps, move: 'accept' } as const
    const held = await decide(write, decision)
    if (isRefusal(held)) return told(held)
    await decideMatch(write, match.id, { state: 'ACCEPTED' })
    return { clientId: write.clientId, matchId: match.id, receiptId }
  },
})

type CorrectedStep = {
  readonly openItem: RowKey
  readonly cash: Amount
  readonly adjustments: readonly { readonly kind: AdjustmentKind; readonly amount: Amount }[]
  readonly deductions: readonly {
    readonly amount: Amount
    readonly code: string | null
    readonly codeList: string | null
    readonly text: string | null
  }[]
}

const deductionMax = [60, 20, 500]

/** What a person wrote, in minor units of the receipt's currency: corrections across currencies come as results. */
const readSteps = (steps: readonly CorrectedStep[], currency: string): MatchStep[] | InvalidInput => {
  const read: MatchStep[] = []
  for (const [place, { openItem, cash, adjustments, deductions }] of steps.entries()) {
    const path = ['input', 'applications', String(place)]
    const all = [cash, ...adjustments.map(({ amount }) => amount), ...deductions.map(({ amount }) => amount)]
    const other = all.find((amount) => amount.currency !== currency)
    if (other !== undefined) return new InvalidInput(`the receipt is in ${currency}`, path)
    const amounts = all.map((amount) => readAmount({ ...amount, amount: amount.amount.replace(/^-/, '') }, path))
    const wrong = amounts.find((amount) => typeof amount !== 'bigint')
    if (wrong !== undefined) return wrong
    const signs = all.map(({ amount }) => (amount.startsWith('-') ? -1n : 1n))
    const minor = amounts.map((amount, at) => (typeof amount === 'bigint' ? amount * (signs[at] ?? 1n) : 0n))
    const count = adjustments.length
    if (minor.slice(1 + count).some((amount) => amount < 0n)) return new InvalidInput('a deduction is above zero', path)
    if (
      deductions.some(({ code, codeList, text }) =>
        [code, codeList, text].some((one, at) => one !== null && (one.trim() === '' || one.length > (deductionMax[at] ?? 0))),
      )
    )
      return new InvalidInput('a code has 1 to 60, its list 1 to 20 and a text 1 to 500 characters', path)
    read.push({
      openItemId: openItem.id,
      cashMinor: minor[0] ?? 0n,
      itemMinor: null,
      adjustments: adjustments.map(({ kind }, at) => ({ kind, amountMinor: minor[1 + at] ?? 0n })),
      deductions: deductions.map(({ code, codeList, text }, at) => ({
        amountMinor: minor[1 + count + at] ?? 0n,
        code,
        codeList,
        text,
      })),
    })
  }
  return read
}

export type CorrectMatch = OnMatch & {
  /** Who paid, where the receipt does not say so. */
  readonly customer: RowKey | null
  readonly steps: readonly CorrectedStep[]
  /** What the decision teaches is kept for the next receipt of this payer. */
  readonly isRemembered: boolean
  readonly reason: string
}

export const correctMatch = command({
  name: 'matching.correctMatch',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, IllegalMove, ProposalOutdated, BeyondTolerance, IdempotencyMismatch],
  scope: ({ match }: CorrectMatch) => ({ clientId: match.clientId }),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  reason: ({ reason }) => reason,
  async run(write, { match, customer, steps: asked, isRemembered, reason, idempotencyKey }) {
    const wrong = badKey(idempotencyKey) ?? badReason(reason)
    if (wrong !== null) return wrong
    if (asked.length < 1 || asked.length > 1_000)
      return new InvalidInput('a correction names 1 to 1000 items', ['input', 'applications'])
    const kept = await readMatch(write, match.id)
    if (kept === null) return noMatch()
    if (customer !== null && (customer.clientId !== write.clientId || !(await customerExists(write, customer.id))))
      return new NotFound('customer', ['input', 'customer'])
    if (asked.some(({ openItem }) => openItem.clientId !== write.clientId))
      return new NotFound('open item', ['input', 'applications'])
    const { receiptId } = kept
    const before = await candidateOf(write, receiptId)
    const customerId = customer?.id ?? before?.customerId ?? kept.trace.payer.customerId
    const steps = readSteps(asked, await currencyOf(write, receiptId))
    if (isRefusal(steps)) return steps
    const held = await decide(write, { matchId: match.id, receiptId, customerId, steps, move: 'correct' })
    if (isRefusal(held)) return told(held)

    const { book } = held.opened
    const payerId = book.receipt(receiptId)?.customerId ?? null
    const itemNumbers = steps.flatMap(({ openItemId }) => book.item(openItemId)?.number ?? [])
    const lessons =
      before === null || payerId === null ? [] : await learn(write, before, { customerId: payerId, itemNumbers, isRemembered })
    await decideMatch(write, match.id, {
      state: 'CORRECTED',
      reason,
      lessons,
      ...(payerId === null ? {} : { customerId: payerId }),
    })
    return { clientId: write.clientId, matchId: match.id, receiptId }
  },
})

const candidateOf = async (write: Write, receiptId: string) => {
  const [candidate] = await candidatesFor(write, { ids: [receiptId], most: 1 })
  if (candidate === undefined) return null
  return { ...candidate, lines: (await remittanceLines(write, [receiptId])).get(receiptId) ?? [] }
}

type Taught = { readonly customerId: string; readonly itemNumbers: readonly string[]; readonly isRemembered: boolean }

/** What a correction teaches. Aliases serve at once, if they are to be remembered; labels are told, for the client's policy. */
const learn = async (
  write: Write,
  receipt: NonNullable<Awaited<ReturnType<typeof candidateOf>>>,
  taught: Taught,
): Promise<readonly Lesson[]> => {
  const book = createBook({ items: [], customers: await allCustomers(write), aliases: await allAliases(write) })
  const lessons = lessonsOf(book, receipt, taught)
  if (!taught.isRemembered) return lessons.filter(({ kind }) => kind === 'LABEL')
  const aliases = lessons.flatMap((lesson) => {
    if (lesson.kind === 'LABEL') return []
    const { customerId, value } = lesson
    return [
      { customerId, value: value.slice(0, 300), kind: lesson.kind === 'NAME_ALIAS' ? ('NAME' as const) : ('ACCOUNT' as const) },
    ]
  })
  await insertAliases(write, aliases)
  return lessons
}

export type RejectMatch = { readonly match: RowKey; readonly reason: string }

export const rejectMatch = command({
  name: 'matching.rejectMatch',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput, IllegalMove],
  scope: ({ match }: RejectMatch) => ({ clientId: match.clientId }),
  reason: ({ reason }) => reason,
  async run(write, { match, reason }) {
    const wrong = badReason(reason)
    if (wrong !== null) return wrong
    const kept = await readMatch(write, match.id)
    if (kept === null) return noMatch()
    const held = await openFor(write, match.id, { receiptId: kept.receiptId, itemIds: [] })
    if (isRefusal(held)) return held
    const illegal = IllegalMove.unless(matchMachine, 'reject', held.kept.state as 'PROPOSED', ['input', 'match'])
    if (illegal !== null) return illegal
    await decideMatch(write, match.id, { state: 'REJECTED', reason })
    write.emit({ area: 'cash', name: 'match.rejected', payload: { matchId: match.id, receiptId: kept.receiptId } })
    return { clientId: write.clientId, matchId: match.id, receiptId: kept.receiptId }
  },
})

export type ForgetPayerAlias = { readonly alias: RowKey; readonly reason: string }

export const forgetPayerAlias = command({
  name: 'matching.forgetPayerAlias',
  permission: 'cash:apply',
  refusals: [NotFound, InvalidInput],
  scope: ({ alias }: ForgetPayerAlias) => ({ clientId: alias.clientId }),
  reason: ({ reason }) => reason,
  async run(write, { alias, reason }) {
    const wrong = badReason(reason)
    if (wrong !== null) return wrong
    const gone = await deleteAlias(write, alias.id)
    if (gone === null) return new NotFound('alias', ['input', 'alias'])
    write.emit({ area: 'cash', name: 'alias.forgotten', payload: { customerId: gone.customerId } })
    return { clientId: write.clientId, customerId: gone.customerId }
  },
})
