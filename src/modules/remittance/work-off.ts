import { isRefusal, Refusal } from '../../kernel/refusal.ts'
import type { Book, BookItem, BookReceipt, WriteOffs } from '../cash/index.ts'
import type { DeductionBody, Instruction, InstructionOf, InstructionState, WaitsFor } from './instruction.ts'

/** An open item as a result may name it: its number, and the company where that is needed to tell it from another. */
export type NamedItem = { readonly id: string; readonly number: string; readonly legalEntityCode: string }

/** What the steps refer to, as far as it is there yet. */
export type Surroundings = {
  readonly receiptIdOf: (receiptKey: string) => string | null
  readonly itemsNamed: (number: string) => readonly NamedItem[]
  readonly customerIdOf: (number: string) => string | null
  readonly mayPay: (payerId: string, customerId: string) => boolean
  readonly writeOff: WriteOffs
}

export type Outcome = {
  readonly state: InstructionState
  readonly waitsFor: WaitsFor | null
  readonly settlementId: string | null
}

export type ShortPay = {
  readonly receiptId: string
  readonly settlementId: string
  readonly openItemId: string
  readonly customerId: string
  readonly currency: string
  readonly deductions: readonly DeductionBody[]
}

/** What became of the steps: those whose outcome is another than before, and what was paid short. */
export type WorkedOff = {
  readonly outcomes: ReadonlyMap<string, Outcome>
  readonly shortPays: readonly ShortPay[]
  /** By receipt: what kinds of steps were done. */
  readonly done: ReadonlyMap<string, ReadonlySet<Instruction['kind']>>
}

/** What became of a step that was tried. */
type Verdict =
  | { readonly is: 'WAITING'; readonly waitsFor: WaitsFor }
  | { readonly is: 'DONE'; readonly receiptId: string | null }
  | { readonly is: 'CANCELLED' }

const wait = (waitsFor: WaitsFor): Verdict => ({ is: 'WAITING', waitsFor })
const finished = (receiptId: string | null): Verdict => ({ is: 'DONE', receiptId })
const cancelled: Verdict = { is: 'CANCELLED' }

/** Steps are taken in this order, so that what makes room comes before what needs it. */
const order = ['IDENTIFY', 'UNDO', 'REVERSE', 'SETTLE', 'MOVE'] as const satisfies readonly Instruction['kind'][]

const total = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n)
const size = (amount: bigint) => (amount < 0n ? -amount : amount)
const isCredit = ({ body }: InstructionOf<'SETTLE'>) => body.cashMinor.startsWith('-')

/**
 * Does every step that can be done, and says of the others what they wait for. It asks what is there and not what came
 * when, so the same steps end in the same state whatever order they came in.
 */
export const workOff = (book: Book, instructions: readonly Instruction[], around: Surroundings): WorkedOff => {
  const now = new Map<string, Outcome>(
    instructions.map(({ id, state, waitsFor, settlementId }) => [id, { state, waitsFor, settlementId }]),
  )
  const shortPays: ShortPay[] = []
  const done = new Map<string, Set<Instruction['kind']>>()
  const stateOf = (id: string): InstructionState => now.get(id)?.state ?? 'WAITING'

  const keep = (steps: readonly Instruction[], verdict: Verdict) => {
    for (const { id, kind } of steps) {
      if (verdict.is === 'WAITING') now.set(id, { state: 'WAITING', waitsFor: verdict.waitsFor, settlementId: null })
      else now.set(id, { state: verdict.is, waitsFor: null, settlementId: settlementOf.get(id) ?? null })
      if (verdict.is === 'DONE' && verdict.receiptId !== null)
        done.set(verdict.receiptId, (done.get(verdict.receiptId) ?? new Set()).add(kind))
    }
  }
  /** What the steps that settled something wrote. */
  const settlementOf = new Map<string, string>()

  /** The one item that a step names, or none: several that fit are as good as none. */
  const itemOf = (step: InstructionOf<'SETTLE'>, receipt: BookReceipt): BookItem | null => {
    const isOfCredit = isCredit(step)
    const fits = around
      .itemsNamed(step.itemNumber)
      .filter(({ legalEntityCode }) => step.legalEntityCode === null || step.legalEntityCode === legalEntityCode)
      .map(({ id }) => book.item(id))
      .filter((item) => item !== null)
      .filter(({ kind }) => (kind === 'CREDIT_MEMO') === isOfCredit)
    if (fits.length <= 1) return fits[0] ?? null
    const payer = receipt.customerId
    const own = fits.filter(({ customerId }) => payer !== null && (customerId === payer || around.mayPay(payer, customerId)))
    const open = own.length > 1 ? own.filter(({ openMinor }) => openMinor !== 0n) : own
    return open.length === 1 ? (open[0] ?? null) : null
  }

  const identify = (step: InstructionOf<'IDENTIFY'>): Verdict => {
    const receiptId = around.receiptIdOf(step.receiptKey)
    const receipt = receiptId === null ? null : book.receipt(receiptId)
    if (receipt === null) return wait('RECEIPT')
    // Somebody said so before: a person's word stands.
    if (receipt.customerId !== null) return finished(null)
    const customerId = around.customerIdOf(step.customerNumber)
    if (customerId === null) return wait('CUSTOMER')
    book.identify(receipt.id, customerId)
    return finished(receipt.id)
  }

  const undo = (step: InstructionOf<'UNDO'>): Verdict => {
    const targets = instructions.filter(
      ({ resultKey, receiptKey, id }) => resultKey === step.targetKey && receiptKey === step.receiptKey && id !== step.id,
    )
    if (targets.length === 0) return wait('RESULT')
    const receiptId = around.receiptIdOf(step.receiptKey)
    const outcome = book.attempt((): Refusal | 'done' | 'short' => {
      for (const target of targets) {
        if (stateOf(target.id) !== 'DONE' || receiptId === null) continue
        const back = takeBack(receiptId, target, step.body.reason)
        if (isRefusal(back)) return back
      }
      return receiptId !== null && book.isShort(receiptId) ? 'short' : 'done'
    })
    if (isRefusal(outcome) || outcome === 'short') return wait('ROOM')
    keep(
      targets.filter(({ kind }) => kind === 'SETTLE' || kind === 'MOVE'),
      cancelled,
    )
    return finished(receiptId)
  }

  const takeBack = (receiptId: string, target: Instruction, reason: string): Refusal | null => {
    const settlementId = now.get(target.id)?.settlementId ?? null
    if (target.kind === 'SETTLE' && settlementId !== null) {
      const rows = book.undo(settlementId, { reason })
      // It was undone by other hands before: what was to be reached is reached.
      return isRefusal(rows) && rows.code !== 'ALREADY_REVERSED' ? rows : null
    }
    const receipt = book.receipt(receiptId)
    if (target.kind !== 'MOVE' || receipt?.state === 'REVERSED') return null
    const to = receipt?.customerId === null ? 'UNIDENTIFIED' : 'UNAPPLIED'
    const moved = book.move(receiptId, { from: target.body.to, to, amountMinor: BigInt(target.body.amountMinor), reason })
    return isRefusal(moved) ? moved : null
  }

  const reverse = (step: InstructionOf<'REVERSE'>): Verdict => {
    const receiptId = around.receiptIdOf(step.receiptKey)
    if (receiptId === null) return wait('RECEIPT')
    const refused = book.attempt(() => book.reverse(receiptId, step.body.reason) ?? 'reversed')
    if (isRefusal(refused) && refused.code !== 'ALREADY_REVERSED') return wait('ROOM')
    return finished(receiptId)
  }

  const settleOne = (receipt: BookReceipt, step: InstructionOf<'SETTLE'>): Refusal | WaitsFor | null => {
    const item = itemOf(step, receipt)
    if (item === null) return 'OPEN_ITEM'
    const { cashMinor, receiptMinor, itemCurrency, adjustments, deductions } = step.body
    if ((itemCurrency ?? receipt.currency) !== item.currency) return 'CURRENCY'
    if (receipt.customerId === null) {
      // Whoever posts a payment against an item says whose payment it is, unless the payment itself names somebody.
      const isToBeNamed = instructions.some((other) => other.kind === 'IDENTIFY' && other.receiptKey === step.receiptKey)
      if (isToBeNamed) return 'CUSTOMER'
      book.identify(receipt.id, item.customerId)
    }
    const parts = adjustments.map(({ kind, amountMinor }) => ({ kind, amountMinor: BigInt(amountMinor) }))
    for (const { kind, amountMinor } of parts) {
      if (kind === 'WRITE_OFF' && around.writeOff.refuses(item, amountMinor) !== null) return 'TOLERANCE'
    }
    const rows = book.settle({
      receiptId: receipt.id,
      openItemId: item.id,
      cashMinor: BigInt(cashMinor),
      ...(receiptMinor === null ? {} : { receiptMinor: BigInt(receiptMinor) }),
      adjustments: parts,
    })
    if (isRefusal(rows)) return rows
    const deducted = total(deductions.map(({ amountMinor }) => BigInt(amountMinor)))
    // A deduction is what is left open: it cannot be more than that.
    if (deducted > size(book.item(item.id)?.openMinor ?? 0n)) return 'ROOM'
    const settlementId = rows[0]?.settlementId ?? null
    settled.push({ step, settlementId, item })
    return null
  }
  let settled: { step: InstructionOf<'SETTLE'>; settlementId: string | null; item: BookItem }[] = []

  const waitFor = (refusal: Refusal): WaitsFor =>
    refusal.code === 'WRONG_CUSTOMER' ? 'CUSTOMER' : refusal.code === 'CURRENCY_MISMATCH' ? 'CURRENCY' : 'ROOM'

  const settle = (group: readonly InstructionOf<'SETTLE'>[]): Verdict => {
    const receiptId = around.receiptIdOf(group[0]?.receiptKey ?? '')
    const found = receiptId === null ? null : book.receipt(receiptId)
    if (found === null) return wait('RECEIPT')
    if (found.state === 'REVERSED') return cancelled
    settled = []
    let why: WaitsFor | null = null
    // A credit memo makes room for what is paid with it, wherever it stands in the result.
    const inOrder = group.toSorted((a, b) => Number(isCredit(b)) - Number(isCredit(a)))
    book.attempt((): Refusal | null => {
      for (const step of inOrder) {
        const receipt = book.receipt(found.id)
        const refused = receipt === null ? 'RECEIPT' : settleOne(receipt, step)
        if (refused === null) continue
        why = isRefusal(refused) ? waitFor(refused) : refused
        return isRefusal(refused) ? refused : notYet
      }
      if (!book.isShort(found.id)) return null
      why = 'ROOM'
      return notYet
    })
    if (why !== null) return wait(why)
    for (const { step, settlementId, item } of settled) {
      if (settlementId !== null) settlementOf.set(step.id, settlementId)
      for (const { kind, amountMinor } of step.body.adjustments) {
        if (kind === 'WRITE_OFF') around.writeOff.noted(item, BigInt(amountMinor))
      }
      if (step.body.deductions.length === 0 || settlementId === null) continue
      const { id: openItemId, customerId, currency } = item
      shortPays.push({ receiptId: found.id, settlementId, openItemId, customerId, currency, deductions: step.body.deductions })
    }
    return finished(found.id)
  }

  const move = (step: InstructionOf<'MOVE'>): Verdict => {
    const receiptId = around.receiptIdOf(step.receiptKey)
    const receipt = receiptId === null ? null : book.receipt(receiptId)
    if (receipt === null) return wait('RECEIPT')
    if (receipt.state === 'REVERSED') return cancelled
    const { to, amountMinor, reason } = step.body
    if (receipt.customerId === null && to === 'ON_ACCOUNT') return wait('CUSTOMER')
    const from = receipt.customerId === null ? 'UNIDENTIFIED' : 'UNAPPLIED'
    const moved = book.move(receipt.id, { from, to, amountMinor: BigInt(amountMinor), reason })
    if (isRefusal(moved)) return wait('ROOM')
    return finished(receipt.id)
  }

  const attempt = (group: readonly Instruction[], first: Instruction): Verdict => {
    if (first.kind === 'IDENTIFY') return identify(first)
    if (first.kind === 'UNDO') return undo(first)
    if (first.kind === 'REVERSE') return reverse(first)
    if (first.kind === 'MOVE') return move(first)
    return settle(group as readonly InstructionOf<'SETTLE'>[])
  }

  const groups = groupsOf(instructions)
  /** Tries every step that waits, once; tells whether one of them no longer does. */
  const round = (): boolean => {
    let isMore = false
    for (const group of order.flatMap((kind) => groups.get(kind) ?? [])) {
      const [first] = group
      if (first === undefined || stateOf(first.id) !== 'WAITING') continue
      const verdict = attempt(group, first)
      keep(group, verdict)
      if (verdict.is !== 'WAITING') isMore = true
    }
    return isMore
  }
  // What one step frees, another may have waited for.
  for (let isMore = true; isMore; ) isMore = round()

  const before = new Map(instructions.map((one) => [one.id, one]))
  const outcomes = new Map(
    [...now].filter(([id, after]) => {
      const was = before.get(id)
      return was?.state !== after.state || was.waitsFor !== after.waitsFor || was.settlementId !== after.settlementId
    }),
  )
  return { outcomes, shortPays, done }
}

/** Ends an attempt without being told to anybody. */
class NotYet extends Refusal {
  readonly code = 'NOT_YET'
}
const notYet = new NotYet('not yet')

/** Steps that stand alone, and those that are done together, by kind and in the order they were posted. */
const groupsOf = (
  instructions: readonly Instruction[],
): ReadonlyMap<Instruction['kind'], readonly (readonly Instruction[])[]> => {
  const groups = new Map<Instruction['kind'], Map<string, Instruction[]>>()
  for (const one of instructions) {
    const ofKind = groups.get(one.kind) ?? new Map<string, Instruction[]>()
    groups.set(one.kind, ofKind)
    const name = `${one.resultId} ${one.groupNo}`
    ofKind.set(name, [...(ofKind.get(name) ?? []), one])
  }
  return new Map([...groups].map(([kind, named]) => [kind, [...named.values()]]))
}
