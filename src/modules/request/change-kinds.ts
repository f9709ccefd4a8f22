import type { ChangeMove } from './store.ts'

/** What happens to a request, as the API names it: in its history, and to whoever follows it. */
export const changeKinds = {
  RAISED: { value: 'raise', description: 'Somebody raised it.' },
  ACKNOWLEDGED: { value: 'acknowledge', description: 'Its owner said that they are at it.' },
  OWNED: { value: 'takeOwnership', description: 'Somebody took it over.' },
  ANSWERED: { value: 'answer', description: 'It was answered.' },
  RESOLVED: { value: 'resolve', description: 'It is done.' },
  RETURNED: { value: 'return', description: 'A team returned it.' },
  WITHDRAWN: { value: 'withdraw', description: 'It was taken back.' },
  REOPENED: { value: 'reopen', description: 'It began anew.' },
  CLIMBED: { value: 'climb', description: 'Nobody acknowledged it in time, and it went up a level.' },
  EXHAUSTED: { value: 'exhaust', description: 'Nobody acknowledged it at the top of its path either.' },
  DE_ESCALATED: { value: 'deEscalate', description: 'It went back down a level.' },
  COMMENTED: { value: 'comment', description: 'Somebody said something about it.' },
} as const satisfies Record<string, { readonly value: ChangeMove; readonly description: string }>
