import { limits } from '../limits.ts'
import { can, clientsWhere, type Permission, type Viewer } from '../policy.ts'
import { clientIdOf } from './ids.ts'

/** The clients named, for each of which the viewer must hold the right; all for which they do where none is; null otherwise. */
export const readableClients = (
  viewer: Viewer,
  permission: Permission,
  named: readonly string[] | null | undefined,
): string[] | null => {
  if (named === null || named === undefined) return clientsWhere(viewer, permission)
  const ids = [...new Set(named.map(clientIdOf))]
  return named.length <= limits.command.clients && ids.every((id) => can(viewer, permission, id)) ? ids : null
}
