import { followItems } from '../modules/promise/index.ts'
import { react } from '../platform/events/reactions.ts'

type Identified = { readonly moves: readonly { readonly fromId: string; readonly toId: string }[] }

// Items that were known by a name alone got their customer: what was promised for them goes along.
react({
  name: 'follow-customers',
  to: ['customers.identified'],
  run: async (write, events) => {
    const moves = events.flatMap(({ payload }) => (payload as Identified).moves)
    await followItems(
      write,
      moves.map(({ fromId }) => fromId),
    )
  },
})
