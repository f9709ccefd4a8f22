import type { Write } from '../../platform/command.ts'
import { dueAt } from './rules.ts'
import { type ChangeMove, insertChange, type KeptRequest, saveRequest } from './store.ts'

/** What is told of a request: which move, from where to where, and when it climbs by itself unless somebody acknowledges it. */
export const requestChanged = 'request.changed'

export const tellRequest = (write: Write, move: ChangeMove, before: KeptRequest | null, after: KeptRequest) => {
  const { id, kind, state, customerId, receiptId, acknowledgeBy, exhaustedAt } = after
  const climbs = kind === 'ESCALATION' && state === 'RAISED' && exhaustedAt === null
  write.emit({
    area: 'work',
    name: requestChanged,
    payload: {
      ...{ requestId: id, kind, move, state, stateBefore: before?.state ?? null, customerId, receiptId },
      climbsAt: climbs ? acknowledgeBy.toISOString() : null,
    },
  })
}

type Changes = Partial<Omit<KeptRequest, 'id' | 'kind' | 'version' | 'dueAt' | 'endedAt'>>

/** Writes a move: the row, what became of it for ever, and the word to whoever follows it. */
export const moveRequest = async (write: Write, before: KeptRequest, move: ChangeMove, changes: Changes, note = '') => {
  const moved = { ...before, ...changes, version: before.version + 1 }
  const isOver = moved.state === 'RESOLVED' || moved.state === 'WITHDRAWN'
  const after: KeptRequest = {
    ...moved,
    dueAt: dueAt(moved.state, moved),
    endedAt: isOver ? (before.endedAt ?? write.now) : null,
  }
  const isFirst =
    (before.acknowledgedAt === null && (move === 'acknowledge' || move === 'takeOwnership')) ||
    (before.answeredAt === null && (move === 'answer' || move === 'resolve'))
  const elapsedSeconds = isFirst ? Math.floor((write.now.getTime() - before.startedAt.getTime()) / 1_000) : null
  await Promise.all([saveRequest(write, after), insertChange(write, { move, before, after, note, elapsedSeconds })])
  tellRequest(write, move, before, after)
  return { clientId: write.clientId, id: after.id }
}
