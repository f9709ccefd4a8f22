import type { DueLine, StillDue } from '../modules/notice/index.ts'
import { type Standing, standingOf } from '../modules/stage/index.ts'

/** Why a line is not asked for now; null where stages have nothing against it. */
const against = ({ templateCode, isAutomatic }: DueLine, stage: Standing | undefined): string | null => {
  const [hold] = stage?.holds ?? []
  if (hold !== undefined) return hold.reason
  if (!isAutomatic) return null
  if (stage?.isDue !== true) return 'NOT_DUE'
  return stage.next?.template === templateCode ? null : 'OVERTAKEN'
}

/**
 * What stages have against asking for items now: what holds one, whoever proposed it; and of what the ladder proposed, that
 * another step is next by now, or none is due. It is asked while the items are held, so that a promise or a dispute is either
 * seen here or comes behind the mail.
 */
export const stillDue: StillDue = async (write, lines) => {
  const standing = await standingOf(
    write,
    lines.map(({ openItemId }) => openItemId),
  )
  const reasons = lines.map((line) => [line.openItemId, against(line, standing.get(line.openItemId))] as const)
  return new Map(reasons.flatMap(([id, reason]) => (reason === null ? [] : [[id, reason] as const])))
}
