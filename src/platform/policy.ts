export type ClientId = string
export type ProviderId = string

/** The areas a table can be fenced by: `call fence.client_table('receipt', 'cash')` in a migration, `cash:read` here. */
export const areas = [
  'client',
  'directory',
  'customer',
  'intake',
  'receivable',
  'cash',
  'work',
  'approval',
  'evidence',
  'sla',
  'audit',
] as const
export type Area = (typeof areas)[number]

/** Only a running command reads this area: kept answers of idempotency keys. No role ever holds it. */
export const commandArea = 'command'

const reads = (...list: readonly Area[]) => list.map((area) => `${area}:read` as const)
const ledger = reads('client', 'customer', 'intake', 'receivable', 'cash', 'evidence')

/** What whoever works a client's queues does. */
const collecting = [
  'cash:record',
  'cash:apply',
  'promise:record',
  'plan:propose',
  'work:mark',
  'activity:log',
  'contact:edit',
  'request:work',
  'dispute:work',
  'stage:work',
  'notice:propose',
  'evidence:attach',
  'deduction:work',
] as const

/** What whoever answers for that work does besides: decides, steers, overrides, and brings in what is worked. */
const leading = [
  ...collecting,
  'approval:decide',
  'notice:approve',
  'work:steer',
  'request:steer',
  'stage:steer',
  'activity:override',
  'intake:import',
  'customer:edit',
  'evidence:hold',
  'deduction:override',
] as const

/** The one place that says who may do what. What is missing from a row is denied. */
const permissionsOf = {
  OBSERVER: reads('client', 'sla'),
  PORTAL: reads('client', 'sla'),
  /** The client’s own: decides what needs the client, and reads nothing of the ledger. */
  APPROVER: [...reads('client', 'sla', 'approval'), 'approval:decide'],
  ANALYST: [...ledger, ...reads('work', 'approval', 'sla'), ...collecting],
  LEAD: [...ledger, ...reads('work', 'approval', 'sla'), ...leading],
  MANAGER: [...ledger, ...reads('work', 'approval', 'sla', 'directory', 'audit'), ...leading, 'policy:publish'],
  INTEGRATION: [...ledger, 'cash:record', 'cash:apply', 'intake:import', 'customer:edit', 'contact:edit', 'evidence:attach'],
  AUDITOR: reads(...areas),
  /** Of the provider: runs the directory of every client it serves and reads none of their ledgers. */
  PROVIDER_ADMIN: [...reads('client', 'directory'), 'directory:manage', 'client:create'],
  /** The service itself: jobs and the command line, for one client at a time. Nobody can be granted it. */
  SYSTEM: [
    ...reads(...areas),
    'cash:record',
    'cash:apply',
    'promise:record',
    'plan:propose',
    'approval:expire',
    'activity:log',
    'contact:edit',
    'stage:work',
    'notice:propose',
    'notice:send',
    'intake:import',
    'customer:edit',
    'policy:publish',
    'worklist:refresh',
    'evidence:remove',
    'deduction:work',
    'job:decide',
  ],
} as const satisfies Record<string, readonly `${string}:${string}`[]>

export type Role = keyof typeof permissionsOf
export type Permission = (typeof permissionsOf)[Role][number]

/** Roles that a person or integration can be granted for a client. */
export const clientRoles = ['OBSERVER', 'ANALYST', 'LEAD', 'MANAGER', 'PORTAL', 'APPROVER', 'INTEGRATION', 'AUDITOR'] as const
export type ClientRole = (typeof clientRoles)[number]

export const holdsOf = (role: Role): ReadonlySet<Permission> => new Set<Permission>(permissionsOf[role])

export const isRole = (text: string): text is Role => Object.hasOwn(permissionsOf, text)

/** What a viewer holds for one client, and the zone in which that client's days begin. */
export type Held = { readonly roles: readonly Role[]; readonly permissions: ReadonlySet<Permission>; readonly timeZone: string }

export type PrincipalKind = 'PERSON' | 'PORTAL' | 'INTEGRATION' | 'SYSTEM'

/** Who asks, and what they hold for each client. Read from the database when a unit begins, never from a token's claims. */
export type Viewer = {
  readonly id: string
  readonly kind: PrincipalKind
  readonly name: string
  readonly providerId: ProviderId
  readonly providerCode: string
  readonly providerRoles: readonly Role[]
  readonly held: ReadonlyMap<ClientId, Held>
}

export const can = (viewer: Viewer, permission: Permission, clientId: ClientId): boolean =>
  viewer.held.get(clientId)?.permissions.has(permission) ?? false

export const clientsWhere = (viewer: Viewer, permission: Permission): ClientId[] =>
  [...viewer.held].filter(([, { permissions }]) => permissions.has(permission)).map(([clientId]) => clientId)

/** Stops at the first: whoever is asked this of a shared reading has no other client to be asked about. */
export const canSomewhere = ({ held }: Viewer, permission: Permission): boolean => {
  for (const { permissions } of held.values()) if (permissions.has(permission)) return true
  return false
}

/** Rights over the provider itself come from a provider role alone. */
export const canForProvider = (viewer: Viewer, permission: Permission, providerId: ProviderId): boolean =>
  viewer.providerId === providerId && viewer.providerRoles.some((role) => holdsOf(role).has(permission))
