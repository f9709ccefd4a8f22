import { type StillDue, whyHeldBack } from '../modules/notice/index.ts'
import { standingOf } from '../modules/stage/index.ts'

/**
 * What stages have against asking for items now. It is asked while the items are held, so that a promise or a dispute is
 * either seen here or comes behind the mail.
 */
export const stillDue: StillDue = async (write, lines) => {
  const standing = await standingOf(
    write,
    lines.map(({ openItemId }) => openItemId),
  )
  const reasons = lines.map((line) => [line.openItemId, whyHeldBack(line, standing.get(line.openItemId))] as const)
  return new Map(reasons.flatMap(([id, reason]) => (reason === null ? [] : [[id, reason] as const])))
}
