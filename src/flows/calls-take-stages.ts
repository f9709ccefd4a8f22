import { rightPartyCalls } from '../modules/activity/index.ts'
import { takeDueSteps } from '../modules/stage/index.ts'
import { react } from '../platform/events/reactions.ts'

// A call with the right party is the call that was due: nobody says twice what they did.
react({
  name: 'calls-take-stages',
  to: ['activity.logged'],
  run: async (write, events) => {
    const ids = events.map(({ payload }) => String(payload.activityId))
    for (const { id, openItemIds } of await rightPartyCalls(write, ids))
      await takeDueSteps(write, openItemIds, 'CALL', { activityId: id })
  },
})
