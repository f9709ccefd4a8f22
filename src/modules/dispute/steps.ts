import type { Day } from '../../kernel/day.ts'
import { addDays } from '../../kernel/day.ts'
import { isRefusal } from '../../kernel/refusal.ts'
import { command } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { IllegalMove, InvalidInput, NotFound, VersionConflict } from '../../platform/refusals.ts'
import { withdrawApproval } from '../approval/index.ts'
import { badKey, badReason } from '../cash/index.ts'
import { badComment, insertComment } from '../comment/index.ts'
import { followOpen } from './amounts.ts'
import { takenOut } from './commands.ts'
import { type Party, pendingOn } from './dispute-states.ts'
import { badDeadline, byReason, entitledHere, processedBy, reasonNamed, routed, rulesOf, somebody } from './disputing.ts'
import { disputeFor, disputeScope, type OnDispute, onPath, resolutionApproval } from './holding.ts'
import { moveCase, tellDispute, turn, turnedBy } from './move.ts'
import type { Priority } from './policy.ts'
import { AlreadyDisputed } from './refusals.ts'
import { caseOf, type KeptItem, lockDispute, releasedOf } from './store.ts'

type WithReason = OnDispute & { readonly reason: string }

/** No resolution is proposed any more. */
const unresolved = { outcome: null, resolutionMinor: null, resolutionNote: null } as const

export type TriageDispute = OnDispute & {
  readonly reason: string
  readonly rootCause: string | null
  readonly priority: Priority | null
  readonly deadlineOn: Day | null
  readonly processor: RowKey | null
}

/** Says why it is disputed, and by that who works on it and by when. A case that runs is triaged anew the same way. */
export const triageDispute = command({
  name: 'dispute.triageDispute',
  permission: 'dispute:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: (input: TriageDispute) => disputeScope(input),
  async run(write, { reason: code, rootCause, priority, deadlineOn, processor: asked, ...on }) {
    const entitled = await entitledHere(write)
    const named = asked === null ? null : somebody(entitled, asked, 'processor')
    if (isRefusal(named)) return named
    const { rules, version: policyVersion, today } = await rulesOf(write)
    const reason = reasonNamed(rules, code)
    if (isRefusal(reason)) return reason
    const cause = rules.rootCauses.find((one) => one.code === rootCause)
    if (rootCause !== null && cause === undefined)
      return new InvalidInput(`the client’s root causes are ${rules.rootCauses.map((one) => one.code).join(', ')}`, [
        'input',
        'rootCause',
      ])
    const fault = badDeadline(deadlineOn, today)
    if (fault !== null) return fault
    const held = await disputeFor(write, on, 'triage')
    if (isRefusal(held)) return held
    const { dispute } = held
    const by = named ?? routed(entitled, reason)
    const facts = byReason(reason, { priority, deadlineOn, today })
    const isLater = facts.deadlineOn >= today && facts.deadlineOn !== dispute.deadlineOn
    const { dispute: triaged } = await moveCase(write, held, 'triage', {
      changes: {
        ...{ state: 'TRIAGED', ...facts, policyVersion, rootCause: rootCause ?? dispute.rootCause },
        // What went wrong says who answers for it; until that is known, what it is about does.
        department: cause?.department ?? (dispute.rootCause === null ? facts.department : dispute.department),
        ...(by === null ? {} : processedBy(by)),
        ...(isLater ? { escalatedAt: null, escalationReason: null } : {}),
      },
      note: reason.label,
    })
    return { clientId: write.clientId, id: triaged.id }
  },
})

/** Begins to work on it, or goes on. A resolution that was proposed and is not carried out is taken back. */
export const startReview = command({
  name: 'dispute.startReview',
  permission: 'dispute:work',
  refusals: [NotFound, VersionConflict, IllegalMove],
  scope: (input: OnDispute) => disputeScope(input),
  async run(write, on) {
    const held = await disputeFor(write, on, 'startReview', { withApprovals: true })
    if (isRefusal(held)) return held
    const subject = { action: resolutionApproval, subjectId: held.dispute.id } as const
    if (held.dispute.outcome !== null) await withdrawApproval(write, { ...subject, reason: 'the resolution was taken back' })
    const { dispute } = await moveCase(write, held, 'startReview', { changes: { state: 'IN_REVIEW', ...unresolved } })
    return { clientId: write.clientId, id: dispute.id }
  },
})

export type AwaitParty = WithReason & { readonly party: Party }

export const awaitParty = command({
  name: 'dispute.awaitParty',
  permission: 'dispute:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: (input: AwaitParty) => disputeScope(input),
  reason: ({ reason }) => reason,
  async run(write, { party, reason, ...on }) {
    const fault = badReason(reason)
    if (fault !== null) return fault
    const held = await disputeFor(write, on, 'awaitParty')
    if (isRefusal(held)) return held
    const { dispute } = await moveCase(write, held, 'awaitParty', { changes: { state: pendingOn[party] }, note: reason })
    return { clientId: write.clientId, id: dispute.id }
  },
})

/** It is over: the ledger shows what was decided, and somebody looked at it. From here on it does not follow the ledger. */
export const closeDispute = command({
  name: 'dispute.closeDispute',
  permission: 'dispute:work',
  refusals: [NotFound, VersionConflict, IllegalMove],
  scope: (input: OnDispute) => disputeScope(input),
  async run(write, on) {
    const held = await disputeFor(write, on, 'close')
    if (isRefusal(held)) return held
    const turned = turnedBy(held.items.map((item) => turn(item, [], 'LEDGER', { isLive: false })))
    const { dispute } = await moveCase(write, held, 'close', { changes: { state: 'CLOSED', endedAt: write.now }, turned })
    return { clientId: write.clientId, id: dispute.id }
  },
})

/** It was opened in error: nothing of it is disputed, and never was. */
export const voidDispute = command({
  name: 'dispute.voidDispute',
  permission: 'dispute:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove],
  scope: (input: WithReason) => disputeScope(input),
  reason: ({ reason }) => reason,
  async run(write, { reason, ...on }) {
    const fault = badReason(reason)
    if (fault !== null) return fault
    const held = await disputeFor(write, on, 'void', { withApprovals: true })
    if (isRefusal(held)) return held
    await withdrawApproval(write, { action: resolutionApproval, subjectId: held.dispute.id, reason })
    const turned = turnedBy(held.items.map((item) => turn(item, takenOut(item), 'VOIDED', { isLive: false })))
    const { dispute } = await moveCase(write, held, 'void', {
      changes: { state: 'VOIDED', endedAt: write.now, endReason: reason },
      ...{ turned, note: reason },
    })
    return { clientId: write.clientId, id: dispute.id }
  },
})

/** What the ledger took back of an item while its case was closed, and what was given in of it. */
const disputedAgain = (item: KeptItem, openMinor: bigint, released: ReadonlyMap<string, bigint>) => {
  const seenOpenMinor = openMinor > 0n ? openMinor : 0n
  const back = turn(item, followOpen(item, openMinor, 'LEDGER', null), 'LEDGER', { seenOpenMinor, isLive: true })
  const room = seenOpenMinor - back.item.disputedMinor
  const given = released.get(item.openItemId) ?? 0n
  const amountMinor = given < room ? given : room
  const again = turn(back.item, amountMinor > 0n ? [{ kind: 'INCLUDED', amountMinor }] : [], 'REOPENED')
  return { item: again.item, movements: [...back.movements, ...again.movements] }
}

/** The same case, under a new deadline: what the ledger took back, and what was given in, is disputed again. */
export const reopenDispute = command({
  name: 'dispute.reopenDispute',
  permission: 'dispute:work',
  refusals: [NotFound, InvalidInput, VersionConflict, IllegalMove, AlreadyDisputed],
  scope: (input: WithReason) => disputeScope(input),
  reason: ({ reason }) => reason,
  async run(write, { reason, ...on }) {
    const fault = badReason(reason)
    if (fault !== null) return fault
    const held = await disputeFor(write, on, 'reopen', { isOver: true })
    if (isRefusal(held)) return held
    const released = await releasedOf(write, held.dispute.id)
    const turns = held.items.map((item) => disputedAgain(item, held.openItems.get(item.openItemId)?.openMinor ?? 0n, released))
    const again = turns.filter(({ item }) => item.disputedMinor > 0n)
    const [taken] = await caseOf(
      write,
      again.map(({ item }) => item.openItemId),
    )
    if (taken !== undefined) return new AlreadyDisputed({ clientId: write.clientId, id: taken[1] }, onPath)
    const { rules, today } = await rulesOf(write)
    const days = rules.reasons.find(({ code }) => code === held.dispute.reasonCode)?.deadlineDays ?? rules.deadlineDays
    const { dispute } = await moveCase(write, { ...held, items: [] }, 'reopen', {
      changes: {
        ...{ state: 'REOPENED', ...unresolved, endedAt: null, deadlineOn: addDays(today, days) },
        ...{ escalatedAt: null, escalationReason: null, reopened: held.dispute.reopened + 1 },
      },
      turned: turnedBy(again),
      note: reason,
    })
    return { clientId: write.clientId, id: dispute.id }
  },
})

export type CommentDispute = { readonly dispute: RowKey; readonly text: string; readonly idempotencyKey: string }

export const commentDispute = command({
  name: 'dispute.commentDispute',
  permission: 'dispute:work',
  refusals: [NotFound, InvalidInput],
  scope: (input: CommentDispute) => disputeScope(input),
  idempotencyKey: ({ idempotencyKey }) => idempotencyKey,
  async run(write, { dispute, text, idempotencyKey }) {
    const fault = badComment(text) ?? badKey(idempotencyKey)
    if (fault !== null) return fault
    const found = await lockDispute(write, dispute.id)
    if (found === null) return new NotFound('dispute', onPath)
    await insertComment(write, { kind: 'DISPUTE', id: found.id }, text)
    tellDispute(write, 'comment', found, found)
    return { clientId: write.clientId, id: found.id }
  },
})
