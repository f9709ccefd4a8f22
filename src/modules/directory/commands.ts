import { randomBytes } from 'node:crypto'
import { isRefusal } from '../../kernel/refusal.ts'
import { command, type Scope } from '../../platform/command.ts'
import { hashApiKey } from '../../platform/identity/authenticate.ts'
import { type ClientId, type ClientRole, can, type Viewer } from '../../platform/policy.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import {
  AlreadyEnded,
  AlreadyExists,
  type AskedPeriod,
  checkKeyExpiry,
  checkName,
  checkReason,
  checkRole,
  checkTeam,
  checkUser,
  endFrom,
  LastAdministrator,
  type NewTeam,
  type NewUser,
  normalEmail,
  periodFrom,
  RoleNotAllowed,
} from './rules.ts'
import * as store from './store.ts'

type Key = store.Key

const permission = 'directory:manage'

const ofProvider = (viewer: Viewer): Scope => ({ providerId: viewer.providerId, clientId: null })

/**
 * The fence opens for a client only where the viewer runs its directory. For another provider's client it stays shut,
 * `write.clientId` is empty, and the command answers as if there were no such client.
 */
const ofClient = (clientId: ClientId, viewer: Viewer): Scope => ({
  providerId: viewer.providerId,
  clientId: can(viewer, permission, clientId) ? clientId : null,
})

const noClient = () => new NotFound('client', ['input', 'client'])
const noTeam = () => new NotFound('team', ['input', 'team'])
const noUser = () => new NotFound('user', ['input', 'user'])
const noIntegration = () => new NotFound('integration', ['input', 'integration'])

export const createTeam = command({
  name: 'directory.createTeam',
  permission,
  refusals: [NotFound, InvalidInput, AlreadyExists],
  scope: (_input: NewTeam, viewer) => ofProvider(viewer),
  async run(write, input) {
    const wrong = checkTeam(input)
    if (wrong !== null) return wrong
    const teamId = await store.insertTeam(write, input)
    return teamId === null ? new AlreadyExists('code', ['input', 'code']) : { teamId }
  },
})

/** Without a subject the new id is it: what a token's `sub` must then say. */
export type CreateUser = Omit<NewUser, 'subject'> & { readonly subject: string | null }

export const createUser = command({
  name: 'directory.createUser',
  permission,
  refusals: [NotFound, InvalidInput, AlreadyExists],
  scope: (_input: CreateUser, viewer) => ofProvider(viewer),
  async run(write, { kind, name, email, subject }) {
    const id = write.newId()
    const user = { kind, name, email: normalEmail(email), subject: subject ?? id }
    const wrong = checkUser(user)
    if (wrong !== null) return wrong
    if (await store.insertPrincipal(write, { id, ...user })) return { userId: id }
    // What is not this provider's email is a subject, of this provider or of another: the answer is the same.
    const what = (await store.emailIsTaken(write, user.email)) ? 'email' : 'subject'
    return new AlreadyExists(what, ['input', what])
  },
})

export type Deactivate = { readonly key: Key; readonly reason: string }

export const deactivateUser = command({
  name: 'directory.deactivateUser',
  permission,
  refusals: [NotFound, InvalidInput, AlreadyEnded, LastAdministrator],
  scope: (_input: Deactivate, viewer) => ofProvider(viewer),
  reason: ({ reason }) => reason,
  async run(write, { key, reason }) {
    const wrong = checkReason(reason)
    if (wrong !== null) return wrong
    if (key.id === write.viewer.id) return new InvalidInput('you cannot deactivate yourself', ['input', 'user'])
    await store.lockProvider(write)
    const user = await store.lockPrincipal(write, key)
    if (user === null || user.kind === 'INTEGRATION') return noUser()
    if (user.deactivatedAt !== null) return new AlreadyEnded(user.deactivatedAt)
    if ((await store.isAdministrator(write, user.id)) && !(await store.hasOtherAdministrator(write, user.id)))
      return new LastAdministrator()
    await store.markDeactivated(write, user.id)
    return { userId: user.id }
  },
})

export const deactivateIntegration = command({
  name: 'directory.deactivateIntegration',
  permission,
  refusals: [NotFound, InvalidInput, AlreadyEnded],
  scope: (_input: Deactivate, viewer) => ofProvider(viewer),
  reason: ({ reason }) => reason,
  async run(write, { key, reason }) {
    const wrong = checkReason(reason)
    if (wrong !== null) return wrong
    const integration = await store.lockPrincipal(write, key)
    if (integration?.kind !== 'INTEGRATION') return noIntegration()
    if (integration.deactivatedAt !== null) return new AlreadyEnded(integration.deactivatedAt)
    await store.markDeactivated(write, integration.id)
    return { integrationId: integration.id }
  },
})

export type NewApiKey = { readonly text: string; readonly prefix: string; readonly hash: Buffer }

/** Made at the edge and handed to the command as its hash, so that the key itself reaches neither the audit nor a row. */
export const newApiKey = (): NewApiKey => {
  const secret = randomBytes(32).toString('base64url')
  const text = `qtk_${secret}`
  return { text, prefix: secret.slice(0, 8), hash: hashApiKey(text) }
}

export type CreateIntegration = store.KeyFacts & { readonly name: string }

export const createIntegration = command({
  name: 'directory.createIntegration',
  permission,
  refusals: [NotFound, InvalidInput],
  scope: (_input: CreateIntegration, viewer) => ofProvider(viewer),
  audited: ({ name, prefix, expiresAt }) => ({ name, prefix, expiresAt }),
  async run(write, { name, ...key }) {
    const wrong = checkName(name) ?? checkKeyExpiry(write.now, key.expiresAt)
    if (wrong !== null) return wrong
    const id = write.newId()
    const isNew = await store.insertPrincipal(write, { id, kind: 'INTEGRATION', name, email: null, subject: id })
    if (!isNew) throw new Error('a new id is taken as a subject')
    return { integrationId: id, apiKeyId: await store.insertApiKey(write, id, key) }
  },
})

export type CreateApiKey = store.KeyFacts & { readonly integration: Key }

export const createApiKey = command({
  name: 'directory.createApiKey',
  permission,
  refusals: [NotFound, InvalidInput],
  scope: (_input: CreateApiKey, viewer) => ofProvider(viewer),
  audited: ({ integration, prefix, expiresAt }) => ({ integration, prefix, expiresAt }),
  async run(write, { integration, ...key }) {
    const wrong = checkKeyExpiry(write.now, key.expiresAt)
    if (wrong !== null) return wrong
    const holder = await store.lockPrincipal(write, integration)
    if (holder?.kind !== 'INTEGRATION') return noIntegration()
    if (holder.deactivatedAt !== null) return new InvalidInput('the integration is not active', ['input', 'integration'])
    return { integrationId: holder.id, apiKeyId: await store.insertApiKey(write, holder.id, key) }
  },
})

export type RevokeApiKey = { readonly apiKey: Key; readonly reason: string }

export const revokeApiKey = command({
  name: 'directory.revokeApiKey',
  permission,
  refusals: [NotFound, InvalidInput, AlreadyEnded],
  scope: (_input: RevokeApiKey, viewer) => ofProvider(viewer),
  reason: ({ reason }) => reason,
  async run(write, { apiKey, reason }) {
    const wrong = checkReason(reason)
    if (wrong !== null) return wrong
    const known = await store.lockApiKey(write, apiKey)
    if (known === null) return new NotFound('API key', ['input', 'apiKey'])
    if (known.revokedAt !== null) return new AlreadyEnded(known.revokedAt)
    await store.markRevoked(write, apiKey.id)
    return { apiKeyId: apiKey.id }
  },
})

export type AddTeamMember = AskedPeriod & { readonly team: Key; readonly user: Key }

export const addTeamMember = command({
  name: 'directory.addTeamMember',
  permission,
  refusals: [NotFound, InvalidInput, AlreadyExists],
  scope: (_input: AddTeamMember, viewer) => ofProvider(viewer),
  async run(write, { team, user, ...asked }) {
    const period = periodFrom(write.now, asked)
    if (isRefusal(period)) return period
    if (!(await store.lockTeam(write, team))) return noTeam()
    const member = await store.lockPrincipal(write, user)
    if (member === null || member.kind === 'INTEGRATION') return noUser()
    if (member.kind !== 'PERSON') return new InvalidInput('only persons are members of a team', ['input', 'user'])
    if (member.deactivatedAt !== null) return new InvalidInput('the user is not active', ['input', 'user'])
    const membership = { teamId: team.id, principalId: user.id }
    if (await store.isMember(write, membership, period)) return new AlreadyExists('membership', ['input', 'user'])
    await store.insertMember(write, membership, period)
    return membership
  },
})

export type RemoveTeamMember = { readonly team: Key; readonly user: Key; readonly validUntil: Date | null }

export const removeTeamMember = command({
  name: 'directory.removeTeamMember',
  permission,
  refusals: [NotFound, InvalidInput],
  scope: (_input: RemoveTeamMember, viewer) => ofProvider(viewer),
  async run(write, { team, user, validUntil }) {
    const end = endFrom(write.now, validUntil)
    if (isRefusal(end)) return end
    if (!(await store.lockTeam(write, team))) return noTeam()
    const membership = { teamId: team.id, principalId: user.id }
    if (!(await store.endMemberships(write, membership, end))) return new NotFound('membership', ['input', 'user'])
    return membership
  },
})

export type AssignTeam = AskedPeriod & { readonly clientId: ClientId; readonly team: Key }

export const assignTeamToClient = command({
  name: 'directory.assignTeamToClient',
  permission,
  refusals: [NotFound, InvalidInput, AlreadyExists],
  scope: ({ clientId }: AssignTeam, viewer) => ofClient(clientId, viewer),
  async run(write, { team, validFrom, validUntil }) {
    if (write.clientId === '') return noClient()
    const period = periodFrom(write.now, { validFrom, validUntil })
    if (isRefusal(period)) return period
    if (!(await store.lockTeam(write, team))) return noTeam()
    if (await store.servesClient(write, team.id, period)) return new AlreadyExists('service', ['input', 'team'])
    await store.insertService(write, team.id, period)
    write.emit({ area: 'directory', name: 'team.assigned', payload: { teamId: team.id, ...period } })
    return { clientId: write.clientId, teamId: team.id }
  },
})

export type WithdrawTeam = { readonly clientId: ClientId; readonly team: Key; readonly validUntil: Date | null }

export const withdrawTeamFromClient = command({
  name: 'directory.withdrawTeamFromClient',
  permission,
  refusals: [NotFound, InvalidInput],
  scope: ({ clientId }: WithdrawTeam, viewer) => ofClient(clientId, viewer),
  async run(write, { team, validUntil }) {
    if (write.clientId === '') return noClient()
    const end = endFrom(write.now, validUntil)
    if (isRefusal(end)) return end
    if (!(await store.lockTeam(write, team))) return noTeam()
    if (!(await store.endServices(write, team.id, end))) return new NotFound('service', ['input', 'team'])
    write.emit({ area: 'directory', name: 'team.withdrawn', payload: { teamId: team.id, validUntil: end } })
    return { clientId: write.clientId, teamId: team.id }
  },
})

export type GrantRole = AskedPeriod & {
  readonly clientId: ClientId
  readonly holder: Key
  readonly role: ClientRole
  readonly team: Key | null
  readonly reason: string
}

export const grantRole = command({
  name: 'directory.grantRole',
  permission,
  refusals: [NotFound, InvalidInput, RoleNotAllowed, AlreadyExists],
  scope: ({ clientId }: GrantRole, viewer) => ofClient(clientId, viewer),
  reason: ({ reason }) => reason,
  async run(write, { holder: key, role, team, reason, ...asked }) {
    if (write.clientId === '') return noClient()
    const period = periodFrom(write.now, asked)
    if (isRefusal(period)) return period
    const blank = checkReason(reason)
    if (blank !== null) return blank

    if (team !== null && !(await store.lockTeam(write, team))) return noTeam()
    const holder = await store.lockPrincipal(write, key)
    if (holder === null) return new NotFound('user or integration', ['input', 'holder'])
    if (holder.deactivatedAt !== null) return new InvalidInput('the holder is not active', ['input', 'holder'])
    const refused = checkRole({ kind: holder.kind, role, isThroughTeam: team !== null })
    if (refused !== null) return refused

    // A grant that could never hold would read as a right and be none.
    if (team !== null && !(await store.servesClient(write, team.id, period)))
      return new InvalidInput('the team does not serve the client in that time', ['input', 'team'])
    if (team !== null && !(await store.isMember(write, { teamId: team.id, principalId: holder.id }, period)))
      return new InvalidInput('the holder is not a member of the team in that time', ['input', 'holder'])

    const right = { principalId: holder.id, role, teamId: team?.id ?? null }
    if (await store.hasGrant(write, right, period)) return new AlreadyExists('grant', ['input', 'role'])
    const grantId = await store.insertGrant(write, right, period, reason)
    write.emit({ area: 'directory', name: 'grant.given', payload: { grantId, ...right, ...period } })
    return { clientId: write.clientId, grantId }
  },
})

export type RevokeGrant = { readonly clientId: ClientId; readonly grantId: string; readonly reason: string }

export const revokeGrant = command({
  name: 'directory.revokeGrant',
  permission,
  refusals: [NotFound, InvalidInput, AlreadyEnded],
  scope: ({ clientId }: RevokeGrant, viewer) => ofClient(clientId, viewer),
  reason: ({ reason }) => reason,
  async run(write, { grantId, reason }) {
    const wrong = checkReason(reason)
    if (wrong !== null) return wrong
    const grant = write.clientId === '' ? null : await store.lockGrant(write, grantId)
    if (grant === null) return new NotFound('grant', ['input', 'grant'])
    const { validUntil, principalId, role, teamId } = grant
    // One that was taken before it began lies in the future with nothing in it.
    if (validUntil !== null && (validUntil <= write.now || validUntil <= grant.validFrom)) return new AlreadyEnded(validUntil)
    await store.endGrant(write, grantId)
    write.emit({ area: 'directory', name: 'grant.revoked', payload: { grantId, principalId, role, teamId } })
    return { clientId: write.clientId, grantId }
  },
})

export type ChangeAdministrator = { readonly user: Key; readonly reason: string }

export const grantProviderAdmin = command({
  name: 'directory.grantProviderAdmin',
  permission,
  refusals: [NotFound, InvalidInput, AlreadyExists],
  scope: (_input: ChangeAdministrator, viewer) => ofProvider(viewer),
  reason: ({ reason }) => reason,
  async run(write, { user: key, reason }) {
    const wrong = checkReason(reason)
    if (wrong !== null) return wrong
    await store.lockProvider(write)
    const user = await store.lockPrincipal(write, key)
    if (user === null || user.kind === 'INTEGRATION') return noUser()
    if (user.kind !== 'PERSON') return new InvalidInput('only persons run a provider', ['input', 'user'])
    if (user.deactivatedAt !== null) return new InvalidInput('the user is not active', ['input', 'user'])
    if (await store.isAdministrator(write, user.id)) return new AlreadyExists('grant', ['input', 'user'])
    await store.insertAdministrator(write, user.id)
    return { userId: user.id }
  },
})

export const revokeProviderAdmin = command({
  name: 'directory.revokeProviderAdmin',
  permission,
  refusals: [NotFound, InvalidInput, LastAdministrator],
  scope: (_input: ChangeAdministrator, viewer) => ofProvider(viewer),
  reason: ({ reason }) => reason,
  async run(write, { user, reason }) {
    const wrong = checkReason(reason)
    if (wrong !== null) return wrong
    await store.lockProvider(write)
    if (!(await store.isAdministrator(write, user.id))) return new NotFound('administrator', ['input', 'user'])
    if (!(await store.hasOtherAdministrator(write, user.id))) return new LastAdministrator()
    await store.endAdministrator(write, user.id)
    return { userId: user.id }
  },
})
