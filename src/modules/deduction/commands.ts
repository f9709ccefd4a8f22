import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Write } from '../../platform/command.ts'
import { can } from '../../platform/policy.ts'
import { IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { type Amount, readAmount } from '../cash/index.ts'
import { documentsOf, evidencePolicy, type StandingDocument } from '../evidence/index.ts'
import { policyInForce } from '../policy/index.ts'
import type { Verdict } from './deduction-states.ts'
import { badNote, deductionFor, moveAll, type OnDeduction } from './moving.ts'
import { MissingEvidence } from './refusals.ts'
import { missingOf } from './rules.ts'
import { type HeldDeduction, insertDeductions, type NewDeduction } from './store.ts'

/** What a person writes about a move, and the most of it. */
export const noteMax = 2_000

const scope = ({ deduction }: OnDeduction) => ({ clientId: deduction.clientId })
const keyOf = ({ clientId }: Write, { id }: { readonly id: string }) => ({ clientId, id })

export const startResearch = command({
  name: 'deduction.startResearch',
  permission: 'deduction:work',
  refusals: [NotFound, VersionConflict, IllegalMove],
  scope: (input: OnDeduction) => scope(input),
  async run(write, input) {
    const before = await deductionFor(write, input, 'startResearch')
    if (isRefusal(before)) return before
    await moveAll(write, [{ before, after: { state: 'RESEARCH' }, move: 'startResearch' }])
    return keyOf(write, before)
  },
})

export type RequestBackup = OnDeduction & { readonly from: string; readonly types: readonly string[]; readonly note: string }

export const requestBackup = command({
  name: 'deduction.requestBackup',
  permission: 'deduction:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: (input: RequestBackup) => scope(input),
  async run(write, { from, types, note, ...on }) {
    const bad = badNote(from, 200, ['input', 'from'])
    if (bad !== null) return bad
    if (note.length > noteMax) return new InvalidInput(`a note has at most ${noteMax} characters`, ['input', 'note'])
    const { rules } = await policyInForce(write, evidencePolicy)
    const known = rules.types.map(({ code }) => code)
    if (types.length < 1 || types.length > 20 || types.some((type) => !known.includes(type)))
      return new InvalidInput(`1 to 20 types of documents are asked for, of ${known.join(', ')}`, ['input', 'types'])
    const before = await deductionFor(write, on, 'requestBackup')
    if (isRefusal(before)) return before
    const asked = { backupFrom: from, backupTypes: [...new Set(types)].join(' '), backupAsks: before.backupAsks + 1 }
    await moveAll(write, [{ before, after: { ...asked, state: 'AWAITING_BACKUP' }, move: 'requestBackup', note }])
    return keyOf(write, before)
  },
})

/** Documents that stand for a deduction, those of what it was split from among them. */
const documentsFor = async (write: Write, { id, parentId }: HeldDeduction): Promise<StandingDocument[]> => {
  const found = await documentsOf(write, 'DEDUCTION', parentId === null ? [id] : [id, parentId])
  return [...found.values()].flat()
}

export type ValidateDeduction = OnDeduction & {
  readonly verdict: Verdict
  readonly rationale: string
  /** What of it is valid, where it is so in part. */
  readonly validAmount: Amount | null
  /** Why documents that are asked for are not needed; a lead's to say. */
  readonly withoutEvidence: string | null
}

/** How much of a deduction is valid, or why that cannot be. */
const validOf = (
  { currency, amountMinor }: HeldDeduction,
  { verdict, validAmount }: ValidateDeduction,
): bigint | InvalidInput => {
  const path = ['input', 'validAmount']
  if ((verdict === 'PARTIAL') !== (validAmount !== null))
    return new InvalidInput('what is valid is told where it is so in part, and nowhere else', path)
  if (validAmount === null) return verdict === 'VALID' ? amountMinor : 0n
  const minor = readAmount(validAmount, path)
  if (isRefusal(minor)) return minor
  return validAmount.currency === currency && minor < amountMinor
    ? minor
    : new InvalidInput(`a part is less than the whole, in ${currency}`, path)
}

export const validateDeduction = command({
  name: 'deduction.validateDeduction',
  permission: 'deduction:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove, MissingEvidence],
  scope: (input: ValidateDeduction) => scope(input),
  reason: ({ withoutEvidence }) => withoutEvidence,
  async run(write, input) {
    const { verdict, rationale, withoutEvidence } = input
    const bad = badNote(rationale, noteMax, ['input', 'rationale'])
    if (bad !== null) return bad
    if (withoutEvidence !== null) {
      if (!can(write.viewer, 'deduction:override', write.clientId))
        return new NotFound('right to do without documents', ['input', 'withoutEvidence'])
      const why = badNote(withoutEvidence, 500, ['input', 'withoutEvidence'])
      if (why !== null) return why
    }
    const before = await deductionFor(write, input, 'validate')
    if (isRefusal(before)) return before
    const valid = validOf(before, input)
    if (isRefusal(valid)) return valid
    const [{ rules }, documents] = await Promise.all([policyInForce(write, evidencePolicy), documentsFor(write, before)])
    const missing = missingOf(
      rules.required[before.reasonCode] ?? [],
      documents.map(({ type }) => type),
    )
    if (verdict !== 'INVALID' && missing.length > 0 && withoutEvidence === null)
      return new MissingEvidence(missing, ['input', 'verdict'])
    const note = withoutEvidence === null ? rationale : `${rationale}\n\nWithout ${missing.join(', ')}: ${withoutEvidence}`
    const state = verdict === 'PARTIAL' ? 'SPLIT' : 'VALIDATED'
    await moveAll(write, [{ before, after: { state, verdict }, move: 'validate', note, documents }])
    if (verdict === 'PARTIAL') await split(write, before, valid)
    return keyOf(write, before)
  },
})

/** The two parts of a deduction, which go on as decisions of their own. */
const split = (write: Write, whole: HeldDeduction, valid: bigint) => {
  const part = (verdict: 'VALID' | 'INVALID', amountMinor: bigint): NewDeduction => ({
    ...whole,
    ...{ id: write.newId(), parentId: whole.id, amountMinor, verdict, state: 'VALIDATED' },
  })
  return insertDeductions(write, [part('VALID', valid), part('INVALID', whole.amountMinor - valid)], { move: 'split' })
}

export type DenyDeduction = OnDeduction & { readonly text: string }

export const denyDeduction = command({
  name: 'deduction.denyDeduction',
  permission: 'deduction:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: (input: DenyDeduction) => scope(input),
  async run(write, { text, ...on }) {
    const bad = badNote(text, noteMax, ['input', 'text'])
    if (bad !== null) return bad
    const before = await deductionFor(write, on, 'deny')
    if (isRefusal(before)) return before
    const documents = await documentsFor(write, before)
    await moveAll(write, [{ before, after: { state: 'DENIED' }, move: 'deny', note: text, documents }])
    return keyOf(write, before)
  },
})

export type WithNote = OnDeduction & { readonly note: string }

/** A step that a person takes with a word about it, and nothing else. */
const step = <Name extends 'chaseRepayment' | 'dispute' | 'placeLegal' | 'close', Command extends string>(
  move: Name,
  name: `deduction.${Command}`,
  state: 'REPAYMENT_CHASE' | 'RESEARCH' | 'PLACED_LEGAL' | 'CLOSED',
) =>
  command({
    name,
    permission: 'deduction:work',
    refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
    scope: (input: WithNote) => scope(input),
    async run(write, { note, ...on }) {
      const bad = badNote(note, noteMax, ['input', 'note'])
      if (bad !== null) return bad
      const before = await deductionFor(write, on, move)
      if (isRefusal(before)) return before
      // What the customer disputes is decided anew.
      const verdict = move === 'dispute' ? null : before.verdict
      await moveAll(write, [{ before, after: { state, verdict }, move, note }])
      return keyOf(write, before)
    },
  })

export const chaseRepayment = step('chaseRepayment', 'deduction.chaseRepayment', 'REPAYMENT_CHASE')
export const disputeDenial = step('dispute', 'deduction.disputeDenial', 'RESEARCH')
export const placeDeductionLegal = step('placeLegal', 'deduction.placeDeductionLegal', 'PLACED_LEGAL')
export const closeDeduction = step('close', 'deduction.closeDeduction', 'CLOSED')
