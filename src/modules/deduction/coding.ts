import { addDays, dayIn } from '../../kernel/day.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import type { ClientId } from '../../platform/policy.ts'
import { type IllegalMove, InvalidInput, NotFound, type VersionConflict } from '../../platform/refusals.ts'
import { clientFacts } from '../client/index.ts'
import { type PolicyInForce, policyInForce } from '../policy/index.ts'
import { badNote, moveAll, refusalOf } from './moving.ts'
import { type DeductionRules, deductionPolicy, reasonNamed } from './policy.ts'
import { NoSuchReason } from './refusals.ts'
import { type Coding, codingOf, disputeDays, unknownReason } from './rules.ts'
import { type HeldDeduction, insertDeductions, lockDeductions, lockUncoded, type NewDeduction, numbersOf } from './store.ts'

type Coded = Pick<HeldDeduction, 'reasonCode' | 'kind' | 'codedBy' | 'codedVersion' | 'codingNote' | 'disputeBy'>

/** Everything that follows from a reason, by the rules that gave it. */
const codedAs = (
  { reasonCode, by, note }: Coding,
  { rules, version }: PolicyInForce<DeductionRules>,
  { customer, createdAt, timeZone }: { readonly customer: string | null; readonly createdAt: Date; readonly timeZone: string },
): Coded => {
  const reason = reasonNamed(rules, reasonCode)
  const days = disputeDays({ reasonCode, customer }, { rows: rules.disputeBy, ofReason: reason?.disputeByDays ?? null })
  return {
    reasonCode,
    kind: reason?.kind ?? null,
    ...{ codedBy: by, codedVersion: version, codingNote: note },
    disputeBy: days === null || reasonCode === unknownReason ? null : addDays(dayIn(timeZone, createdAt), days),
  }
}

const inForceOf = async (write: Write) => {
  const [policy, { timeZone }] = await Promise.all([policyInForce(write, deductionPolicy), clientFacts(write)])
  const coded = (stated: Pick<HeldDeduction, 'customerCode' | 'codeList' | 'createdAt'>, customer: string | null): Coded => {
    const day = dayIn(timeZone, stated.createdAt)
    const coding = codingOf({ code: stated.customerCode, codeList: stated.codeList }, { rows: policy.rules.map, customer, day })
    // A default of the service that the client took off its list is no reason of the client's.
    const isKnown = reasonNamed(policy.rules, coding.reasonCode) !== undefined
    const taken: Coding = isKnown ? coding : { reasonCode: unknownReason, by: 'NOBODY', note: null }
    return codedAs(taken, policy, { customer, timeZone, createdAt: stated.createdAt })
  }
  return { policy, timeZone, coded }
}

export type FoundDeduction = Pick<
  NewDeduction,
  'receiptId' | 'settlementId' | 'openItemId' | 'customerId' | 'currency' | 'amountMinor' | 'customerCode' | 'codeList' | 'text'
>

/** Keeps what customers paid less than they owe, each with its reason as far as the client's rules know it. */
export const recordDeductions = async (write: Write, found: readonly FoundDeduction[]) => {
  if (found.length === 0) return
  const [{ coded }, numbers] = await Promise.all([
    inForceOf(write),
    numbersOf(write, [...new Set(found.map(({ customerId }) => customerId))]),
  ])
  const rows = found.map((one): NewDeduction => {
    const coding = coded({ ...one, createdAt: write.now }, numbers.get(one.customerId) ?? null)
    return {
      ...{ ...one, ...coding, id: write.newId(), parentId: null, verdict: null },
      state: coding.reasonCode === unknownReason ? 'IDENTIFIED' : 'CODED',
      ...{ backupFrom: null, backupTypes: null, backupAsks: 0, toleratedOn: null },
    }
  })
  await insertDeductions(write, rows, { move: 'identify' })
}

/** The most deductions that are coded at once by hand. */
export const codingsMax = 200

export type AskedCoding = {
  readonly deduction: RowKey
  readonly expectedVersion: number
  readonly reason: string
}

export type CodeDeductions = {
  readonly clientId: ClientId
  readonly codings: readonly AskedCoding[]
  readonly note: string
}

export type CodingOutcome = {
  readonly key: RowKey
  readonly isCoded: boolean
  readonly refusal: { readonly code: string; readonly message: string } | null
}

export type Codings = { readonly clientId: ClientId; readonly outcomes: readonly CodingOutcome[] }

type Refused = NotFound | VersionConflict | IllegalMove | NoSuchReason

/** Each of them is coded or not by itself: a bulk is not lost for one that somebody else has moved on. */
export const codeDeductions = command({
  name: 'deduction.codeDeductions',
  permission: 'deduction:work',
  refusals: [NotFound, InvalidInput],
  scope: ({ clientId }: CodeDeductions) => ({ clientId }),
  reason: ({ note }) => note,
  isAudited: (out: Codings | InvalidInput) => 'outcomes' in out && out.outcomes.some(({ isCoded }) => isCoded),
  async run(write, { codings, note }): Promise<Codings | InvalidInput> {
    const bad = badNote(note, 500, ['input', 'note'])
    if (bad !== null) return bad
    const ids = codings.map(({ deduction }) => deduction.id)
    if (ids.length < 1 || ids.length > codingsMax || new Set(ids).size < ids.length)
      return new InvalidInput(`1 to ${codingsMax} deductions are coded at once, each once`, ['input', 'codings'])
    const [{ policy, timeZone }, held] = await Promise.all([inForceOf(write), lockDeductions(write, ids)])
    const byId = new Map(held.map((one) => [one.id, one]))
    const judged = codings.map((coding, index) => {
      const { deduction, expectedVersion, reason } = coding
      const before = deduction.clientId === write.clientId ? byId.get(deduction.id) : undefined
      const refusal: Refused | null =
        refusalOf(before, { expectedVersion, move: 'code' }) ??
        (reasonNamed(policy.rules, reason) === undefined
          ? new NoSuchReason(
              policy.rules.reasons.map(({ code }) => code),
              ['input', 'codings', String(index), 'reason'],
            )
          : null)
      return { coding, before, refusal }
    })
    await moveAll(
      write,
      judged.flatMap(({ coding, before, refusal }) => {
        if (before === undefined || refusal !== null) return []
        const { customerNumber: customer, createdAt } = before
        const coded = codedAs({ reasonCode: coding.reason, by: 'PERSON', note }, policy, { customer, createdAt, timeZone })
        return [{ before, after: { ...coded, state: 'CODED' as const }, move: 'code' as const, note }]
      }),
    )
    return {
      clientId: write.clientId,
      outcomes: judged.map(
        ({ coding, refusal }): CodingOutcome => ({
          key: coding.deduction,
          isCoded: refusal === null,
          refusal: isRefusal(refusal) ? { code: refusal.code, message: refusal.message } : null,
        }),
      ),
    }
  },
})

const portion = 200
const firstId = '00000000-0000-0000-0000-000000000000'

/** A portion of what has no reason yet, by the rules of now. Whoever has a reason keeps it. */
export const recodeBehind = async (
  write: Write,
  after: string | null,
): Promise<{ readonly after: string | null; readonly coded: number }> => {
  const held = await lockUncoded(write, after ?? firstId, portion)
  if (held.length === 0) return { after: null, coded: 0 }
  const { coded } = await inForceOf(write)
  const moves = held.flatMap((before) => {
    const coding = coded(before, before.customerNumber)
    return coding.reasonCode === unknownReason
      ? []
      : [{ before, after: { ...coding, state: 'CODED' as const }, move: 'code' as const, note: coding.codingNote ?? '' }]
  })
  await moveAll(write, moves)
  return { after: held.length < portion ? null : (held.at(-1)?.id ?? null), coded: moves.length }
}

export const recode = command({
  name: 'deduction.recode',
  permission: 'deduction:work',
  refusals: [],
  scope: ({ clientId }: { readonly clientId: ClientId; readonly after: string | null }) => ({ clientId }),
  isAudited: ({ coded }: { readonly coded: number }) => coded > 0,
  run: (write, { after }) => recodeBehind(write, after),
})
