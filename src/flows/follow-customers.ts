import { followActivities } from '../modules/activity/index.ts'
import { followApprovals } from '../modules/approval/index.ts'
import { followCustomers } from '../modules/cash/index.ts'
import { followContacts } from '../modules/customer/index.ts'
import { followDeducted } from '../modules/deduction/index.ts'
import { followDisputed } from '../modules/dispute/index.ts'
import { followEvidence } from '../modules/evidence/index.ts'
import { followMatched } from '../modules/matching/index.ts'
import { followNotices } from '../modules/notice/index.ts'
import { followPlanned } from '../modules/plan/index.ts'
import { followItems } from '../modules/promise/index.ts'
import { followRequests } from '../modules/request/index.ts'
import { followHolds } from '../modules/stage/index.ts'
import { followMarks } from '../modules/worklist/index.ts'
import { react } from '../platform/events/reactions.ts'

type Identified = { readonly moves: readonly { readonly fromId: string; readonly toId: string }[] }

// Items that were known by a name alone got their customer: what was promised, paid, deducted, done, marked and asked for them goes along, and so do their contacts.
react({
  name: 'follow-customers',
  to: ['customers.identified'],
  run: async (write, events) => {
    const moves = events.flatMap(({ payload }) => (payload as Identified).moves)
    const fromIds = moves.map(({ fromId }) => fromId)
    // Held before plans, as everywhere: docs/decisions/0007-lock-order.md
    await followApprovals(write, moves)
    await Promise.all([
      followCustomers(write, moves),
      followItems(write, fromIds),
      followPlanned(write, fromIds),
      followDeducted(write, fromIds),
      followDisputed(write, fromIds),
      followMatched(write, moves),
      followActivities(write, moves),
      followContacts(write, moves),
      followHolds(write, moves),
      followMarks(write, moves),
      followRequests(write, moves),
      followNotices(write, moves),
      followEvidence(write, moves),
    ])
  },
})
