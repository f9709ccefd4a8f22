import type { Asker, SystemAsker } from '../identity/asker.ts'
import {
  type ClientId,
  type Held,
  holdsOf,
  isRole,
  type Permission,
  type PrincipalKind,
  type Role,
  type Viewer,
} from '../policy.ts'
import type { Database } from './database.ts'

export const whoText = 'select * from fence.who($1, $2, $3)'

/** A row of fence.who(): `grants` is "ROLE:client;ROLE:client", or a bare ROLE for the provider; `zones` is "client=Zone;...". */
export type WhoRow = {
  readonly provider_id: string
  readonly principal_id: string
  readonly kind: PrincipalKind
  readonly name: string
  readonly provider_code: string
  readonly grants: string
  readonly zones: string
  readonly version: string
  readonly changes_at: Date | null
}

/** What was read of somebody's rights: good while the version of all rights is this one, and until time changes them. */
export type Remembered = { readonly viewer: Viewer; readonly version: string; readonly changesAt: Date | null }

/** Version numbers mean something in their own database only. */
const memories = new WeakMap<Database, Map<string, Remembered>>()

const memoryOf = (database: Database): Map<string, Remembered> => {
  const memory = memories.get(database) ?? new Map<string, Remembered>()
  memories.set(database, memory)
  return memory
}

const nameOf = (asker: Exclude<Asker, SystemAsker>): string =>
  asker.kind === 'TOKEN' ? `t${asker.subject}` : `k${asker.hash.toString('hex')}`

export const recall = (database: Database, asker: Asker, now: Date): Remembered | null => {
  if (asker.kind === 'SYSTEM') return null
  const found = memoryOf(database).get(nameOf(asker))
  return found === undefined || (found.changesAt !== null && found.changesAt <= now) ? null : found
}

export const remember = (database: Database, asker: Asker, row: WhoRow) => {
  if (asker.kind === 'SYSTEM') return
  const memory = memoryOf(database)
  if (memory.size >= knownMax) memory.clear()
  memory.set(nameOf(asker), { viewer: viewerFrom(row), version: row.version, changesAt: row.changes_at })
}

const known = new Map<string, Viewer>()
const knownMax = 2_000

/** Equal rows are the same viewer object: rights are read at every unit, but taken apart only when they changed. */
export const viewerFrom = (row: WhoRow): Viewer => {
  const key = `${row.principal_id} ${row.name} ${row.grants} ${row.zones}`
  let viewer = known.get(key)
  if (viewer === undefined) {
    if (known.size >= knownMax) known.clear()
    viewer = parse(row)
    known.set(key, viewer)
  }
  return viewer
}

const parse = (row: WhoRow): Viewer => {
  const zones = new Map(row.zones.split(';').map((pair) => pair.split('=', 2) as [ClientId, string]))
  const roles = new Map<ClientId, Role[]>()
  const providerRoles: Role[] = []
  for (const grant of row.grants.split(';')) {
    const [role = '', clientId] = grant.split(':')
    if (!isRole(role)) continue
    if (clientId === undefined) providerRoles.push(role)
    else roles.set(clientId, [...(roles.get(clientId) ?? []), role])
  }
  return {
    id: row.principal_id,
    kind: row.kind,
    name: row.name,
    providerId: row.provider_id,
    providerCode: row.provider_code,
    providerRoles,
    held: new Map([...roles].map(([clientId, list]) => [clientId, heldBy(list, zones.get(clientId) ?? 'UTC')])),
  }
}

const heldBy = (roles: readonly Role[], timeZone: string): Held => ({
  roles,
  permissions: new Set<Permission>(roles.flatMap((role) => [...holdsOf(role)])),
  timeZone,
})

/** Who a job or the command line is, in audit entries. */
export const systemId = '00000000-0000-7000-8000-000000000000'

export const systemViewer = ({ client }: SystemAsker): Viewer => ({
  id: systemId,
  kind: 'SYSTEM',
  name: 'Quittance',
  providerId: client.providerId,
  providerCode: '',
  providerRoles: [],
  held: new Map([[client.id, heldBy(['SYSTEM'], client.timeZone)]]),
})
