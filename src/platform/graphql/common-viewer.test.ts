import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { can, canSomewhere, clientsWhere, type Held, type Viewer } from '../policy.ts'
import { keyOf } from './common-readings.ts'
import { commonViewer } from './common-viewer.ts'

const held: Held = { roles: ['ANALYST'], permissions: new Set(['work:read']), timeZone: 'Asia/Tokyo' }
const someone: Viewer = {
  id: 'someone',
  kind: 'PERSON',
  name: 'Some One',
  providerId: 'provider',
  providerCode: 'P',
  providerRoles: [],
  held: new Map([
    ['one', held],
    ['two', held],
  ]),
}

/** What is asked of the common viewer, and whether that was more than everybody has in common. */
const asked = <T>(question: (viewer: Viewer) => T) => {
  let isMore = false
  const viewer = commonViewer(someone, 'one', held, () => {
    isMore = true
  })
  return { answer: question(viewer), isMore }
}

describe('what is common to all who hold the same for a client', () => {
  it.each<[string, (viewer: Viewer) => unknown, unknown]>([
    ['a right there', (viewer) => can(viewer, 'work:read', 'one'), true],
    ['a right there that none of them has', (viewer) => can(viewer, 'work:steer', 'one'), false],
    ['a right somewhere, which they have there', (viewer) => canSomewhere(viewer, 'work:read'), true],
    ['the zone of that client', (viewer) => viewer.held.get('one')?.timeZone, 'Asia/Tokyo'],
    ['their provider', (viewer) => viewer.providerId, 'provider'],
  ])('is %s', (_name, question, answer) => expect(asked(question)).toEqual({ answer, isMore: false }))

  it.each<[string, (viewer: Viewer) => unknown]>([
    ['who they are', (viewer) => viewer.id],
    ['their name', (viewer) => viewer.name],
    ['a right at another client', (viewer) => can(viewer, 'work:read', 'two')],
    ['whether they hold anything there', (viewer) => viewer.held.has('two')],
    ['a right somewhere that they do not have here', (viewer) => canSomewhere(viewer, 'work:steer')],
    ['all their clients', (viewer) => clientsWhere(viewer, 'work:read')],
    ['how many they are', (viewer) => viewer.held.size],
    ['each of them', (viewer) => viewer.held.forEach(() => {})],
    ['their ids', (viewer) => [...viewer.held.keys()]],
    ['their entries', (viewer) => [...viewer.held.entries()]],
  ])('is not %s', (_name, question) => expect(asked(question).isMore).toBe(true))
})

describe('what is asked', () => {
  const text =
    'subscription Follow($after: Cursor, $kinds: [WorkKind!]) { worklistChanged(after: $after, kinds: $kinds) { kind } }'
  const key = (variables: object, document = text) => keyOf({ document: parse(document), variables: { ...variables } })

  it('is the same behind whichever cursor', () => {
    expect(key({ after: 'a' })).toBe(key({}))
    expect(key({ kinds: ['COLLECTION'], after: 'a' })).toBe(key({ after: 'b', kinds: ['COLLECTION'] }))
  })

  it('is another with another variable, another text, or a cursor that is asked for elsewhere too', () => {
    const twice = text.replace('{ kind }', '{ kind queue(first: 1, after: $after) { totalCount } }')
    const keys = [
      key({}),
      key({ kinds: ['COLLECTION'] }),
      key({}, text.replace('kind }', 'kind cursor }')),
      key({ after: 'a' }, twice),
      key({ after: 'b' }, twice),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('is nobody else’s where its text is not known', () => {
    expect(keyOf({ document: parse(text, { noLocation: true }) })).toBeNull()
  })
})
