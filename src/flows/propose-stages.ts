import { z } from 'zod'
import { beginOfDay, dayIn } from '../kernel/day.ts'
import { isRefusal } from '../kernel/refusal.ts'
import { clientFacts } from '../modules/client/index.ts'
import {
  AlreadyNotified,
  itemsUnderWay,
  linesOf,
  NothingOwed,
  type ProposalRefusal,
  proposeLines,
  Undeliverable,
} from '../modules/notice/index.ts'
import { holdProposals, stepsToWrite, type ToWrite, takeSentSteps } from '../modules/stage/index.ts'
import { command, perform } from '../platform/command.ts'
import { react } from '../platform/events/reactions.ts'
import { type Attempt, type Enqueue, job } from '../platform/jobs/job.ts'
import { limits } from '../platform/limits.ts'
import { InvalidInput, NotFound } from '../platform/refusals.ts'

type DueTexts = {
  readonly clientId: string
  readonly customerId: string
  readonly channel: ToWrite['channel']
  readonly steps: readonly ToWrite[]
}

type ProposedTexts = { readonly noticeId: string | null }

/**
 * Proposes one notice about all steps of a customer that are due and go by one channel; the highest of them speaks, and each
 * item keeps its own. What a notice is under way about, or was proposed about today, is left out: run again it does nothing.
 * What is due was read before, and is asked again when the notice is sent.
 */
const proposeDueTexts = command({
  name: 'stage.proposeDueTexts',
  permission: 'notice:propose',
  refusals: [NotFound, InvalidInput, NothingOwed, Undeliverable, AlreadyNotified],
  scope: ({ clientId }: DueTexts) => ({ clientId }),
  audited: ({ customerId, channel }) => ({ customerId, channel }),
  isAudited: (out: ProposedTexts | ProposalRefusal) => !isRefusal(out) && out.noticeId !== null,
  async run(write, { customerId, channel, steps }): Promise<ProposedTexts | ProposalRefusal> {
    // Of two runs the second sees what the first has proposed.
    await holdProposals(write, customerId)
    const { timeZone } = await clientFacts(write)
    const ids = steps.map(({ openItemId }) => openItemId)
    const taken = await itemsUnderWay(write, ids, beginOfDay(timeZone, dayIn(timeZone, write.now)))
    const free = steps.filter(({ openItemId }) => !taken.has(openItemId)).slice(0, limits.notice.lines)
    if (free.length === 0) return { noticeId: null }
    const proposed = await proposeLines(write, {
      customerId,
      lines: free.map(({ openItemId, template }) => ({ openItemId, templateCode: template })),
      isAutomatic: true,
      // A mail becomes a letter where the customer has no address for mails; a letter is one because the ladder says so.
      channel: channel === 'EMAIL' ? null : channel,
      needsApproval: free.some(({ needsApproval }) => needsApproval),
    })
    return isRefusal(proposed) ? proposed : { noticeId: proposed.noticeId }
  },
})

const lowest = '00000000-0000-0000-0000-000000000000'
/** Customers of one attempt. */
const portion = 100

const dueAfter = ({ tx, clientId, timeZone, now }: Attempt, after: string, customers: number) =>
  stepsToWrite(tx, { clientId, today: dayIn(timeZone, now) }, { after, customers })

/** Notices about what is due of some customers; enqueues the next until none is left. One that is refused stays due. */
export const proposeStages = job({
  name: 'stage.proposeTexts',
  payload: z.object({ after: z.string() }),
  run: async (attempt, { after }) => {
    const { tx, clientId, enqueue } = attempt
    const byCustomer = Map.groupBy(await dueAfter(attempt, after, portion), ({ customerId }) => customerId)
    for (const [customerId, all] of byCustomer) {
      for (const [channel, steps] of Map.groupBy(all, (step) => step.channel))
        await perform(tx, proposeDueTexts, { clientId, customerId, channel, steps })
    }
    const last = [...byCustomer.keys()].at(-1)
    if (byCustomer.size === portion && last !== undefined) enqueueFrom(enqueue, last)
  },
})

const enqueueFrom = (enqueue: Enqueue, after: string) => enqueue(proposeStages, { after }, { key: 'due' })

/** With a new day, where something is due that has a text. */
export const enqueueProposals = async (attempt: Attempt) => {
  const [first] = await dueAfter(attempt, lowest, 1)
  if (first !== undefined) enqueueFrom(attempt.enqueue, lowest)
}

react({
  name: 'notices-take-stages',
  to: ['notice.sent'],
  run: async (write, events) => {
    for (const { payload } of events) {
      const noticeId = String(payload.noticeId)
      const lines = await linesOf(write, [noticeId])
      const sent = lines.map(({ openItemId, templateCode }) => ({ openItemId, template: templateCode }))
      await takeSentSteps(write, sent, { noticeId })
    }
  },
})
