import { addDays, beginOfDay, dayIn } from '../../kernel/day.ts'
import { isBusinessDay } from '../promise/rules.ts'
import type { RequestState } from './request-states.ts'

const minuteMs = 60_000

/**
 * The instant at which so many minutes have passed. Those of a Saturday or Sunday in the zone do not count, unless asked.
 * Minutes are real ones: on a day on which clocks leap forward 23 hours pass, and on the day that has an hour twice 25.
 */
export const deadlineAfter = (
  from: Date,
  minutes: number,
  { timeZone, countWeekends }: { readonly timeZone: string; readonly countWeekends: boolean },
): Date => {
  let at = from.getTime()
  let left = minutes * minuteMs
  if (countWeekends) return new Date(at + left)
  for (;;) {
    const day = dayIn(timeZone, new Date(at))
    const end = beginOfDay(timeZone, addDays(day, 1)).getTime()
    if (isBusinessDay(day)) {
      if (left <= end - at) return new Date(at + left)
      left -= end - at
    }
    at = end
  }
}

export type Deadlines = { readonly acknowledgeBy: Date; readonly answerBy: Date }

/** The deadline that is to be kept next; null where none is left. */
export const dueAt = (state: RequestState, { acknowledgeBy, answerBy }: Deadlines): Date | null => {
  if (state === 'RAISED') return acknowledgeBy < answerBy ? acknowledgeBy : answerBy
  return state === 'ACKNOWLEDGED' ? answerBy : null
}

/** Who answers for a request: one person, or one team. */
export type Owner = { readonly kind: 'PERSON' | 'TEAM'; readonly id: string; readonly name: string }

/** Somebody who can: with the roles of a person, and the people of a team. */
export type Entitled = Owner & { readonly roles: readonly string[]; readonly members: readonly string[] }

export type OwnerAsked = { readonly role: string } | { readonly id: string }

/**
 * Who owns what a level asks for: who is named, or of a role whoever has the fewest live requests, and of equals the first
 * by name. Nobody who is left out comes by a role: whoever escalates does not escalate to themselves.
 */
export const ownerFor = (
  asked: OwnerAsked,
  entitled: readonly Entitled[],
  { leftOut, live }: { readonly leftOut: readonly string[]; readonly live: ReadonlyMap<string, number> },
): Entitled | null => {
  if ('id' in asked) return entitled.find(({ id }) => id === asked.id) ?? null
  const load = ({ id }: Owner) => live.get(id) ?? 0
  const able = entitled.filter(({ kind, roles, id }) => kind === 'PERSON' && roles.includes(asked.role) && !leftOut.includes(id))
  const [first] = able.sort((a, b) => load(a) - load(b) || (a.name < b.name ? -1 : 1))
  return first ?? null
}

/** Somebody is the owner, or one of the team that is. */
export const owns = (entitled: readonly Entitled[], ownerId: string, principalId: string): boolean =>
  ownerId === principalId ||
  entitled.some(({ id, kind, members }) => kind === 'TEAM' && id === ownerId && members.includes(principalId))

/** What a row keeps of its owner. The team that had it last stays when a person takes it over. */
export const ownedBy = ({ kind, id, name }: Owner) => ({
  ...{ ownerKind: kind, ownerId: id, ownerName: name },
  ...(kind === 'TEAM' ? { teamId: id, teamName: name } : {}),
})
