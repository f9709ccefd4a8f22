import type { ActivityKind, ActivityRules } from './templates.ts'

const dayMs = 86_400_000
const minuteMs = 60_000

/** An outbound contact that a customer had. */
export type HadContact = { readonly id: string; readonly kind: ActivityKind; readonly happenedAt: Date }

export type ContactLimit = ActivityRules['contactLimits'][number]
export type QuietHours = NonNullable<ActivityRules['quietHours']>

export type Breach = { readonly limit: ContactLimit; readonly counted: readonly HadContact[] }

const isAmong = (kinds: readonly ActivityKind[], kind: ActivityKind): boolean => kinds.includes(kind)

/** The most days over which a client counts contacts of a kind; 0 where it does not. */
export const daysCounted = ({ contactLimits }: ActivityRules, kind: ActivityKind): number =>
  Math.max(0, ...contactLimits.filter(({ kinds }) => isAmong(kinds, kind)).map(({ days }) => days))

/**
 * The contacts with which one more at an instant would be more than a limit lets through. One that is told late lies between
 * others, so every span around it counts and not only the one that ends with it. Contacts are in the order they happened.
 */
const breachOf = (limit: ContactLimit, had: readonly HadContact[], at: Date): Breach | null => {
  const counting = had.filter(({ kind }) => isAmong(limit.kinds, kind))
  const before = counting.filter(({ happenedAt }) => happenedAt <= at)
  const after = counting.filter(({ happenedAt }) => happenedAt > at)
  for (let earlier = limit.contactsMax; earlier >= 0; earlier -= 1) {
    const later = limit.contactsMax - earlier
    if (earlier > before.length || later > after.length) continue
    const counted = [...before.slice(before.length - earlier), ...after.slice(0, later)]
    const first = earlier > 0 ? counted[0]?.happenedAt : at
    const last = later > 0 ? counted.at(-1)?.happenedAt : at
    if (first !== undefined && last !== undefined && last.getTime() - first.getTime() < limit.days * dayMs)
      return { limit, counted }
  }
  return null
}

/** The first of a client's limits that a contact would go beyond; null where it goes beyond none. */
export const limitReached = (
  { contactLimits }: ActivityRules,
  kind: ActivityKind,
  had: readonly HadContact[],
  at: Date,
): Breach | null => {
  for (const limit of contactLimits) {
    const breach = isAmong(limit.kinds, kind) ? breachOf(limit, had, at) : null
    if (breach !== null) return breach
  }
  return null
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))

/** `minute` is that of the day, where the customer is. */
const isQuietAt = ({ from, to }: QuietHours, minute: number): boolean => {
  const [begin, end] = [minutesOf(from), minutesOf(to)]
  return begin < end ? minute >= begin && minute < end : minute >= begin || minute < end
}

/** How late it is where the customer is, in minutes of its day. */
export type MinuteAt = (at: Date) => number

export const isQuiet = ({ quietHours }: ActivityRules, kind: ActivityKind, at: Date, minuteAt: MinuteAt): boolean =>
  quietHours !== undefined && isAmong(quietHours.kinds, kind) && isQuietAt(quietHours, minuteAt(at))

/** Minute by minute, because a day on which the clocks are changed has more or fewer of them than its times say. */
const endOfQuiet = (rules: ActivityRules, kind: ActivityKind, at: Date, minuteAt: MinuteAt): Date => {
  let minute = Math.floor(at.getTime() / minuteMs) * minuteMs
  while (isQuiet(rules, kind, new Date(minute), minuteAt)) minute += minuteMs
  return new Date(minute)
}

/** The first instant from then on at which the client's rules let such a contact through. */
export const nextAllowed = (
  rules: ActivityRules,
  kind: ActivityKind,
  had: readonly HadContact[],
  from: Date,
  minuteAt: MinuteAt,
): Date => {
  let at = from
  for (;;) {
    const breach = limitReached(rules, kind, had, at)
    if (breach !== null) {
      // With none before it the contact moves behind the next one, from where that one counts; otherwise the earliest expires.
      const first = breach.counted[0]?.happenedAt ?? at
      at = first > at ? first : new Date(first.getTime() + breach.limit.days * dayMs)
    } else if (isQuiet(rules, kind, at, minuteAt)) at = endOfQuiet(rules, kind, at, minuteAt)
    else return at
  }
}
