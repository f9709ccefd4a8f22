import { placesFrom, planned, type StreamPlan, type StreamStep } from '../events/stream.ts'
import { limits } from '../limits.ts'
import { can, clientsWhere, type Permission, type Viewer } from '../policy.ts'
import { builder } from './builder.ts'
import { coded, notFound } from './errors.ts'
import { clientIdOf } from './ids.ts'

// What all subscriptions to changes of a client's rows share.

/** The clients named, each of which the viewer must hold the permission for; or all for which they do. Null where one is not theirs. */
export const clientsHeld = (
  viewer: Viewer,
  permission: Permission,
  named: readonly string[] | null | undefined,
): string[] | null => {
  if (named === null || named === undefined) return clientsWhere(viewer, permission)
  const ids = [...new Set(named.map(clientIdOf))]
  return named.length <= limits.command.clients && ids.every((id) => can(viewer, permission, id)) ? ids : null
}

/** Which clients to follow, and behind which cursor. */
export const followArgs = (all: string, origin: string) =>
  builder.args((t) => ({
    clients: t.idList({ description: `At most ${limits.command.clients} clients; ${all} without it.` }),
    after: t.field({ type: 'Cursor', description: `Go on behind this cursor of ${origin}; from now on without it.` }),
  }))

type Asked = Omit<StreamPlan, 'after' | 'clientsFor'> & {
  readonly permission: Permission
  readonly clients: readonly string[] | null | undefined
  readonly after: string | null | undefined
  /** Where a cursor is to be taken from. */
  readonly origin: string
}

/** A stream of changes, whose reader must hold the permission for its clients whenever something is delivered. */
export const followed = (viewer: Viewer, { permission, clients, after, origin, ...plan }: Asked): AsyncIterable<StreamStep> => {
  const places = placesFrom(after)
  if (places === null) throw coded('BAD_USER_INPUT', `after is not a cursor of a stream; take it from ${origin}.`)
  if (clientsHeld(viewer, permission, clients) === null) throw notFound('client')
  return planned({ ...plan, after: places ?? null, clientsFor: (now) => clientsHeld(now, permission, clients) })
}
