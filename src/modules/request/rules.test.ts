import { describe, expect, it } from 'vitest'
import { deadlineAfter, dueAt, type Entitled, ownerFor, owns } from './rules.ts'

const hours = 60
const by = (from: string, minutes: number, timeZone: string, countWeekends = false) =>
  deadlineAfter(new Date(from), minutes, { timeZone, countWeekends }).toISOString()

describe('a deadline', () => {
  it('is so many minutes later on days of the week', () => {
    expect(by('2026-03-02T10:00:00Z', 90, 'UTC')).toBe('2026-03-02T11:30:00.000Z')
    expect(by('2026-03-02T23:00:00Z', 2 * hours, 'UTC')).toBe('2026-03-03T01:00:00.000Z')
  })

  it('leaves the weekend out, wherever the client is', () => {
    expect(by('2026-03-06T22:00:00Z', 4 * hours, 'UTC')).toBe('2026-03-09T02:00:00.000Z')
    // Friday evening in New York is Saturday in UTC.
    expect(by('2026-03-07T01:00:00Z', 2 * hours, 'America/New_York')).toBe('2026-03-07T03:00:00.000Z')
    expect(by('2026-03-07T12:00:00Z', 60, 'UTC')).toBe('2026-03-09T01:00:00.000Z')
  })

  it('that is reached as Friday ends is at the end of Friday', () => {
    expect(by('2026-03-06T22:00:00Z', 2 * hours, 'UTC')).toBe('2026-03-07T00:00:00.000Z')
  })

  it('counts real minutes where clocks change over a weekend', () => {
    // New York goes from -05:00 to -04:00 on Sunday the 8th: Monday begins at 04:00 UTC, not at 05:00.
    expect(by('2026-03-07T03:00:00Z', 4 * hours, 'America/New_York')).toBe('2026-03-09T06:00:00.000Z')
    // And back on Sunday, November 1st.
    expect(by('2026-10-31T02:00:00Z', 4 * hours, 'America/New_York')).toBe('2026-11-02T07:00:00.000Z')
  })

  it('counts 23 hours of a Friday on which clocks leap, and 25 of a Thursday that has an hour twice', () => {
    // Jerusalem leaps on Friday, March 27th: from Thursday 22:00 UTC that day has 23 hours.
    expect(by('2026-03-26T22:00:00Z', 24 * hours, 'Asia/Jerusalem')).toBe('2026-03-29T22:00:00.000Z')
    // Cairo goes back as Thursday, October 29th, ends.
    expect(by('2026-10-28T21:00:00Z', 25 * hours, 'Africa/Cairo')).toBe('2026-10-29T22:00:00.000Z')
  })

  it('counts weekends where the client wants that', () => {
    expect(by('2026-03-06T22:00:00Z', 4 * hours, 'UTC', true)).toBe('2026-03-07T02:00:00.000Z')
  })

  it('that is next is to acknowledge, then to answer, then none', () => {
    const [soon, late] = [new Date('2026-03-02T10:00:00Z'), new Date('2026-03-02T12:00:00Z')]
    expect(dueAt('RAISED', { acknowledgeBy: soon, answerBy: late })).toBe(soon)
    expect(dueAt('RAISED', { acknowledgeBy: late, answerBy: soon })).toBe(soon)
    expect(dueAt('ACKNOWLEDGED', { acknowledgeBy: soon, answerBy: late })).toBe(late)
    for (const state of ['ANSWERED', 'RETURNED', 'RESOLVED', 'WITHDRAWN'] as const)
      expect(dueAt(state, { acknowledgeBy: soon, answerBy: late })).toBeNull()
  })
})

const person = (id: string, roles: readonly string[]): Entitled => ({ kind: 'PERSON', id, name: id, roles, members: [id] })
const team = (id: string, members: readonly string[]): Entitled => ({ kind: 'TEAM', id, name: id, roles: [], members })

describe('the owner that a level asks for', () => {
  const people = [person('ann', ['LEAD']), person('bob', ['LEAD', 'MANAGER']), person('eve', ['ANALYST']), team('cash', ['eve'])]
  const nobody = { leftOut: [], live: new Map<string, number>() }

  it('is who is named, or nobody if they do not work on the client', () => {
    expect(ownerFor({ id: 'cash' }, people, nobody)?.id).toBe('cash')
    expect(ownerFor({ id: 'gone' }, people, nobody)).toBeNull()
  })

  it('is of a role whoever has the fewest requests, and of equals the first by name', () => {
    expect(ownerFor({ role: 'LEAD' }, people, nobody)?.id).toBe('ann')
    expect(ownerFor({ role: 'LEAD' }, people, { leftOut: [], live: new Map([['ann', 1]]) })?.id).toBe('bob')
  })

  it('is nobody who is left out, and nobody where no other has the role', () => {
    expect(ownerFor({ role: 'LEAD' }, people, { ...nobody, leftOut: ['ann'] })?.id).toBe('bob')
    expect(ownerFor({ role: 'ANALYST' }, people, { ...nobody, leftOut: ['eve'] })).toBeNull()
  })

  it('is anybody of the team that owns', () => {
    expect(owns(people, 'cash', 'eve')).toBe(true)
    expect(owns(people, 'cash', 'ann')).toBe(false)
    expect(owns([], 'ann', 'ann')).toBe(true)
  })
})
