import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import type { Tx } from '../../platform/database/unit.ts'
import { loader } from '../../platform/graphql/loader.ts'
import type { ClientRole } from '../../platform/policy.ts'
import type { HolderKind, NewTeam, NewUser, Period } from './rules.ts'

// Owner of the tables provider, principal, team, team_member, team_client, provider_grant, client_grant and api_key.
// Locks are taken in this order: provider, team, principal, then what hangs on them.

/** A thing of a provider's directory, as its global id names it. The fence shows a command its own provider's alone. */
export type Key = { readonly providerId: string; readonly id: string }

/** What holds at some instant of the period. A right that was taken before it began has an empty one and never holds. */
const during = ({ validFrom, validUntil }: Period) => part`
  ${notEnded(validFrom)} and (${validUntil}::timestamptz is null or valid_from < ${validUntil}::timestamptz)`

const notEnded = (at: Date) => part`(valid_until is null or (valid_until > ${at} and valid_until > valid_from))`

// ---- teams

export const insertTeam = async (write: Write, { code, name }: NewTeam): Promise<string | null> => {
  const { tx, viewer, now } = write
  const rows = await tx.sql<{ id: string }>`
    insert into team (provider_id, id, code, name, created_at)
    values (${viewer.providerId}, ${write.newId()}, ${code}, ${name}, ${now})
    on conflict (provider_id, code) do nothing returning id`
  return rows[0]?.id ?? null
}

/** Held until the unit ends, so that two who add the same member or client meet. */
export const lockTeam = async ({ tx }: Write, { providerId, id }: Key): Promise<boolean> => {
  const rows = await tx.sql`select 1 from team where provider_id = ${providerId} and id = ${id} for no key update`
  return rows.length > 0
}

type Membership = { readonly teamId: string; readonly principalId: string }

export const isMember = async ({ tx, viewer }: Write, { teamId, principalId }: Membership, period: Period): Promise<boolean> => {
  const rows = await tx.sql`
    select 1 from team_member
    where provider_id = ${viewer.providerId} and team_id = ${teamId} and principal_id = ${principalId} and ${during(period)}`
  return rows.length > 0
}

export const insertMember = async (write: Write, { teamId, principalId }: Membership, { validFrom, validUntil }: Period) => {
  await write.tx.sql`
    insert into team_member (provider_id, id, team_id, principal_id, valid_from, valid_until)
    values (${write.viewer.providerId}, ${write.newId()}, ${teamId}, ${principalId}, ${validFrom}, ${validUntil})`
}

/** False when there was none to end. */
export const endMemberships = async ({ tx, viewer }: Write, { teamId, principalId }: Membership, end: Date): Promise<boolean> => {
  const rows = await tx.sql`
    update team_member set valid_until = greatest(valid_from, ${end})
    where provider_id = ${viewer.providerId} and team_id = ${teamId} and principal_id = ${principalId} and ${notEnded(end)}
    returning id`
  return rows.length > 0
}

export const servesClient = async ({ tx, clientId }: Write, teamId: string, period: Period): Promise<boolean> => {
  const rows = await tx.sql`select 1 from team_client where client_id = ${clientId} and team_id = ${teamId} and ${during(period)}`
  return rows.length > 0
}

export const insertService = async (write: Write, teamId: string, { validFrom, validUntil }: Period) => {
  const { tx, clientId, viewer } = write
  await tx.sql`
    insert into team_client (client_id, id, provider_id, team_id, valid_from, valid_until)
    values (${clientId}, ${write.newId()}, ${viewer.providerId}, ${teamId}, ${validFrom}, ${validUntil})`
}

/** False when there was none to end. */
export const endServices = async ({ tx, clientId, viewer }: Write, teamId: string, end: Date): Promise<boolean> => {
  const rows = await tx.sql`
    update team_client set valid_until = greatest(valid_from, ${end})
    where client_id = ${clientId} and provider_id = ${viewer.providerId} and team_id = ${teamId} and ${notEnded(end)} returning id`
  return rows.length > 0
}

// ---- principals

type Holder = { readonly id: string; readonly kind: HolderKind; readonly deactivatedAt: Date | null }

/** Held until the unit ends, so that two who give the same right, or one who gives and one who deactivates, meet. */
export const lockPrincipal = async ({ tx }: Write, { providerId, id }: Key): Promise<Holder | null> => {
  const rows = await tx.sql<Holder>`
    select id, kind, deactivated_at as "deactivatedAt" from principal
    where provider_id = ${providerId} and id = ${id} for no key update`
  return rows[0] ?? null
}

type NewPrincipal = { readonly id: string; readonly kind: HolderKind; readonly name: string; readonly subject: string } & {
  readonly email: NewUser['email'] | null
}

/** False when the email is taken within the provider, or the subject anywhere. */
export const insertPrincipal = async ({ tx, viewer, now }: Write, principal: NewPrincipal): Promise<boolean> => {
  const { id, kind, name, email, subject } = principal
  const rows = await tx.sql`
    insert into principal (provider_id, id, kind, name, email, subject, created_at)
    values (${viewer.providerId}, ${id}, ${kind}, ${name}, ${email}, ${subject}, ${now})
    on conflict do nothing returning id`
  return rows.length > 0
}

export const emailIsTaken = async ({ tx, viewer }: Write, email: string): Promise<boolean> => {
  const rows = await tx.sql`select 1 from principal where provider_id = ${viewer.providerId} and email = ${email}`
  return rows.length > 0
}

export const markDeactivated = async ({ tx, viewer, now }: Write, id: string) => {
  await tx.sql`update principal set deactivated_at = ${now} where provider_id = ${viewer.providerId} and id = ${id}`
}

/** Holders by id for all grants of an answer; absent where the directory is not the viewer's to read. */
export const holders = loader(
  async (tx, keys) => {
    const rows = await tx.prisma.principal.findMany({
      where: { providerId: { in: [...new Set(keys.map(({ clientId }) => clientId))] }, id: { in: keys.map(({ id }) => id) } },
    })
    return new Map<string, PrincipalRow | null>(rows.map((row) => [row.id, row]))
  },
  null as PrincipalRow | null,
)

export type PrincipalRow = Awaited<ReturnType<Tx['prisma']['principal']['findUniqueOrThrow']>>

// ---- API keys

export type KeyFacts = { readonly prefix: string; readonly hash: Buffer; readonly expiresAt: Date }

export const insertApiKey = async (write: Write, principalId: string, { prefix, hash, expiresAt }: KeyFacts): Promise<string> => {
  const { tx, viewer, now } = write
  const id = write.newId()
  await tx.sql`
    insert into api_key (provider_id, id, principal_id, prefix, hash, created_at, expires_at)
    values (${viewer.providerId}, ${id}, ${principalId}, ${prefix}, ${hash}, ${now}, ${expiresAt})`
  return id
}

export const lockApiKey = async ({ tx }: Write, { providerId, id }: Key): Promise<{ revokedAt: Date | null } | null> => {
  const rows = await tx.sql<{ revokedAt: Date | null }>`
    select revoked_at as "revokedAt" from api_key where provider_id = ${providerId} and id = ${id} for update`
  return rows[0] ?? null
}

export const markRevoked = async ({ tx, viewer, now }: Write, id: string) => {
  await tx.sql`update api_key set revoked_at = ${now} where provider_id = ${viewer.providerId} and id = ${id}`
}

// ---- grants over a client

export type Right = { readonly principalId: string; readonly role: ClientRole; readonly teamId: string | null }

export const hasGrant = async ({ tx, clientId }: Write, right: Right, period: Period): Promise<boolean> => {
  const rows = await tx.sql`
    select 1 from client_grant
    where client_id = ${clientId} and principal_id = ${right.principalId} and role = ${right.role}
      and team_id is not distinct from ${right.teamId}::uuid and ${during(period)}`
  return rows.length > 0
}

export const insertGrant = async (write: Write, right: Right, period: Period, reason: string): Promise<string> => {
  const { tx, clientId, viewer } = write
  const id = write.newId()
  await tx.sql`
    insert into client_grant (client_id, id, provider_id, principal_id, team_id, role, valid_from, valid_until, reason)
    values (${clientId}, ${id}, ${viewer.providerId}, ${right.principalId}, ${right.teamId}, ${right.role},
      ${period.validFrom}, ${period.validUntil}, ${reason})`
  return id
}

export const lockGrant = async ({ tx, clientId, viewer }: Write, id: string): Promise<(Right & Period) | null> => {
  const rows = await tx.sql<Right & Period>`
    select principal_id as "principalId", role, team_id as "teamId", valid_from as "validFrom", valid_until as "validUntil"
    from client_grant where client_id = ${clientId} and id = ${id} and provider_id = ${viewer.providerId} for update`
  return rows[0] ?? null
}

/** A grant that has not begun ends as it begins, and so never holds. */
export const endGrant = async ({ tx, clientId, now }: Write, id: string) => {
  await tx.sql`
    update client_grant set valid_until = greatest(valid_from, ${now}) where client_id = ${clientId} and id = ${id}`
}

// ---- administrators

/** Held by whoever changes who runs the provider, so that two administrators cannot remove each other. */
export const lockProvider = async ({ tx, viewer }: Write) => {
  await tx.sql`select 1 from provider where id = ${viewer.providerId} for no key update`
}

export const isAdministrator = async ({ tx, viewer, now }: Write, principalId: string): Promise<boolean> => {
  const rows = await tx.sql`
    select 1 from provider_grant
    where provider_id = ${viewer.providerId} and principal_id = ${principalId} and ${notEnded(now)}`
  return rows.length > 0
}

/**
 * Whether the provider would still be run by somebody without this one. Rights that have an end do not count, whenever it
 * is: another node's clock may be ahead, and an end it has just written would still lie in the future here.
 */
export const hasOtherAdministrator = async ({ tx, viewer, now }: Write, principalId: string): Promise<boolean> => {
  const rows = await tx.sql`
    select 1 from provider_grant g
    join principal p on p.provider_id = g.provider_id and p.id = g.principal_id
    where g.provider_id = ${viewer.providerId} and g.principal_id <> ${principalId} and p.deactivated_at is null
      and g.valid_from <= ${now} and g.valid_until is null
    limit 1`
  return rows.length > 0
}

export const insertAdministrator = async (write: Write, principalId: string) => {
  await write.tx.sql`
    insert into provider_grant (provider_id, id, principal_id, role, valid_from)
    values (${write.viewer.providerId}, ${write.newId()}, ${principalId}, 'PROVIDER_ADMIN', ${write.now})`
}

export const endAdministrator = async ({ tx, viewer, now }: Write, principalId: string) => {
  await tx.sql`
    update provider_grant set valid_until = greatest(valid_from, ${now})
    where provider_id = ${viewer.providerId} and principal_id = ${principalId} and ${notEnded(now)}`
}
