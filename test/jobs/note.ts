import { command } from '../../src/platform/command.ts'

/** An effect that can be counted: each time it is done and kept, there is one event more. */
export const note = command({
  name: 'test.note',
  permission: 'worklist:refresh',
  refusals: [],
  scope: ({ clientId }: { readonly clientId: string; readonly text: string }) => ({ clientId }),
  run: async (write, { text }) => {
    write.emit({ area: 'work', name: 'work.noted', payload: { text } })
    return {}
  },
})
