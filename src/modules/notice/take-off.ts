import type { Write } from '../../platform/command.ts'
import { policyOfVersion } from '../policy/index.ts'
import { tellNotice } from './events.ts'
import { noticePolicy } from './notice-policy.ts'
import { templateFor } from './rules.ts'
import { type HeldNotice, type Line, saveEnd, saveHeading, withdrawLines } from './store.ts'

export type TakenOff = {
  /** Of each line that is not asked for any more, by its open item. */
  readonly reasons: ReadonlyMap<string, string>
  readonly left: readonly Line[]
  /** Why the notice is withdrawn where nothing is left. */
  readonly endReason: string
}

/** Takes lines off a notice. What is left goes under the highest level of its own; with the last line the notice is withdrawn. */
export const takeOff = async (write: Write, notice: HeldNotice, { reasons, left, endReason }: TakenOff) => {
  if (reasons.size > 0) {
    await withdrawLines(write, notice.id, reasons)
    tellNotice(write, 'notice.lineWithdrawn', notice, { openItemIds: [...reasons.keys()] })
  }
  if (left.length === 0) {
    await saveEnd(write, notice.id, { state: 'WITHDRAWN', reason: endReason })
    tellNotice(write, 'notice.withdrawn', notice, { reason: endReason })
    return
  }
  if (reasons.size === 0) return
  const { policyVersion, needsApproval } = notice
  const template = templateFor(await policyOfVersion(write, noticePolicy, policyVersion), left)
  const { templateCode, level } = template === undefined ? notice : { templateCode: template.code, level: template.level }
  await saveHeading(write, notice.id, { templateCode, level, policyVersion, needsApproval })
}
