import { limits } from '../limits.ts'
import { builder } from './builder.ts'

export const Count = builder.objectRef<{ count: number }>('Count').implement({
  description: 'How many there are, counted up to a limit.',
  fields: (t) => ({
    value: t.int({ description: `At most ${limits.page.count}.`, resolve: ({ count }) => Math.min(count, limits.page.count) }),
    isCapped: t.boolean({ description: 'There are more than `value`.', resolve: ({ count }) => count > limits.page.count }),
  }),
})
