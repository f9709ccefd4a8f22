import { queryFromInfo } from '@pothos/plugin-prisma'
import type { GraphQLResolveInfo } from 'graphql'
import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { notFound } from '../../platform/graphql/errors.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import type { ClientRole as ClientRoleName } from '../../platform/policy.ts'
import { Client } from '../client/index.ts'
import { userKinds } from './rules.ts'
import { holders } from './store.ts'

export const UserKind = builder.enumType('UserKind', {
  description: 'What kind of user.',
  values: {
    PERSON: { description: 'Works for the provider, in teams.' },
    PORTAL: { description: 'Works for a client and watches over its service.' },
  },
})

export const ClientRole = builder.enumType('ClientRole', {
  description: 'What a grant lets its holder do for one client.',
  values: {
    OBSERVER: { description: 'Reads how the client is served.' },
    ANALYST: {
      description: 'Works the ledger: reads it, records and applies cash, records promises, logs activities and keeps contacts.',
    },
    LEAD: {
      description:
        'An analyst who also decides approvals, imports files, edits customers, gives work to others and may go beyond limits of contacts.',
    },
    MANAGER: { description: 'A lead who also reads the directory and the audit of the client.' },
    PORTAL: { description: 'A portal user: reads how the client is served.' },
    APPROVER: {
      description:
        'A portal user who decides what needs the client’s approval, and reads what is asked and nothing of the ledger.',
    },
    INTEGRATION: { description: 'A program: imports, records and applies, and reads the ledger.' },
    AUDITOR: { description: 'Reads everything of the client and changes nothing.' },
  },
})

/** What holds at an instant, as a Prisma filter: an end that lies at the instant has come. */
const holdsAt = (now: Date) => ({ validFrom: { lte: now }, ...endsAfter(now) })
const endsAfter = (now: Date) => ({ OR: [{ validUntil: null }, { validUntil: { gt: now } }] })

const keyIn = (id: string): { providerId: string; id: string } => {
  const [providerId = '', own = ''] = JSON.parse(id) as string[]
  return { providerId, id: own }
}

export const Principal = builder.prismaInterface('Principal', {
  description: 'Whoever can hold a grant: a user or an integration of a provider.',
  interfaces: [builder.nodeInterfaceRef()],
  resolveType: ({ kind }) => (kind === 'INTEGRATION' ? 'Integration' : 'User'),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name for people.' }),
    isActive: t.boolean({
      description: 'False once it was deactivated: it is then nobody to this API.',
      resolve: ({ deactivatedAt }) => deactivatedAt === null,
    }),
  }),
})

// A user's id names no integration, and the other way round: the kind is a part of what is looked up.
export const User = builder.prismaNode('Principal', {
  variant: 'User',
  description: 'A person of the provider, or a portal user of a client.',
  interfaces: [Principal],
  id: { field: 'providerId_id', description: 'Opaque id of the user.' },
  findUnique: (id) => ({ providerId_id: keyIn(id), kind: { in: [...userKinds] } }),
  nullable: true,
  fields: (t) => ({
    email: t.exposeString('email', { nullable: true, description: 'Address, in small letters; unique within the provider.' }),
    kind: t.field({
      type: UserKind,
      description: 'Person of the provider or portal user.',
      resolve: ({ kind }) => (kind === 'PORTAL' ? 'PORTAL' : 'PERSON'),
    }),
  }),
})

export const Integration = builder.prismaNode('Principal', {
  variant: 'Integration',
  description: 'A program of the provider or of a client, known by its API keys.',
  interfaces: [Principal],
  id: { field: 'providerId_id', description: 'Opaque id of the integration.' },
  findUnique: (id) => ({ providerId_id: keyIn(id), kind: 'INTEGRATION' }),
  nullable: true,
})

export const ApiKey = builder.prismaNode('ApiKey', {
  description: 'A credential of an integration. The key itself was shown once, when it was made.',
  id: { field: 'providerId_id', description: 'Opaque id of the API key.' },
  nullable: true,
  fields: (t) => ({
    prefix: t.exposeString('prefix', { description: 'The 8 characters after `qtk_`: which key it is, without being it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'From when on it no longer works.' }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true, description: 'When it was revoked, if it was.' }),
  }),
})

export const Team = builder.prismaNode('Team', {
  description: 'People of the provider who serve clients together.',
  id: { field: 'providerId_id', description: 'Opaque id of the team.' },
  nullable: true,
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Short name, unique within the provider.' }),
    name: t.exposeString('name', { description: 'Name for people.' }),
  }),
})

export const Provider = builder.prismaNode('Provider', {
  description: 'The firm that runs the delivery teams. Only those who run its directory see it.',
  id: { field: 'id', description: 'Opaque id of the provider.' },
  nullable: true,
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Short name, unique.' }),
    name: t.exposeString('name', { description: 'Name of the firm.' }),
  }),
})

export const Grant = builder.prismaNode('ClientGrant', {
  variant: 'Grant',
  description: 'What one user or integration may do for one client, and since when: the only source of rights.',
  id: { field: 'clientId_id', description: 'Opaque id of the grant.' },
  nullable: true,
  fields: (t) => ({
    client: t.relation('client', { type: Client, description: 'The client it is for.' }),
    holder: t.field({
      type: Principal,
      nullable: true,
      description: 'Who holds it; null where you read the client’s grants and not the directory of its provider.',
      resolve: ({ providerId, principalId }, _args, context) => holders(context).load({ clientId: providerId, id: principalId }),
    }),
    role: t.field({
      type: ClientRole,
      description: 'What it lets its holder do.',
      resolve: ({ role }) => role as ClientRoleName,
    }),
    team: t.relation('team', {
      type: Team,
      nullable: true,
      description:
        'The team it is held through, if any: it holds while the team serves the client and the holder is a member. Null, too, where you do not read the directory.',
    }),
    validFrom: t.expose('validFrom', { type: 'DateTime', description: 'From when on it holds.' }),
    validUntil: t.expose('validUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when; null for as long as nobody revokes it.',
    }),
    reason: t.exposeString('reason', { description: 'Why it was given.' }),
  }),
})

const TeamConnection = connectionOf(Team, 'Team', 'teams')
const UserConnection = connectionOf(User, 'User', 'users')
const IntegrationConnection = connectionOf(Integration, 'Integration', 'integrations')
const ApiKeyConnection = connectionOf(ApiKey, 'ApiKey', 'API keys')
const GrantConnection = connectionOf(Grant, 'Grant', 'grants')
const ServedClientConnection = connectionOf(Client, 'ServedClient', 'clients that a team serves')

type Sort = Parameters<typeof keyset>[2]
const byId: Sort = [{ field: 'id', as: 'uuid' }]
const newestFirst: Sort = [{ field: 'id', as: 'uuid', descending: true }]
const byName: Sort = [{ field: 'name', as: 'text' }, ...byId]
const byCode: Sort = [{ field: 'code', as: 'text' }, ...byId]

type PageArgs = { readonly first: number; readonly after?: string | null | undefined }
type PrincipalWhere = NonNullable<Parameters<Context['tx']['prisma']['principal']['findMany']>[0]>['where'] & object

const principals = (name: string, args: PageArgs, { tx }: Context, filter: PrincipalWhere) =>
  keyset(name, args, byName, ({ where, orderBy, take }) =>
    tx.prisma.principal.findMany({ where: { AND: [filter, where] }, orderBy, take }),
  )

builder.prismaObjectFields(Provider, (t) => ({
  teams: t.field({
    type: TeamConnection,
    description: 'Its teams, by code.',
    args: pageArgs,
    resolve: ({ id }, args, { tx }) =>
      keyset('teams', args, byCode, ({ where, orderBy, take }) =>
        tx.prisma.team.findMany({ where: { providerId: id, ...where }, orderBy, take }),
      ),
  }),
  users: t.field({
    type: UserConnection,
    description: 'Its people and portal users by name, those deactivated included.',
    args: pageArgs,
    resolve: ({ id }, args, context) => principals('users', args, context, { providerId: id, kind: { in: [...userKinds] } }),
  }),
  integrations: t.field({
    type: IntegrationConnection,
    description: 'Its integrations by name, those deactivated included.',
    args: pageArgs,
    resolve: ({ id }, args, context) => principals('integrations', args, context, { providerId: id, kind: 'INTEGRATION' }),
  }),
  administrators: t.field({
    type: UserConnection,
    description: 'Who runs the directory now, by name.',
    args: pageArgs,
    resolve: ({ id }, args, context) =>
      principals('administrators', args, context, {
        providerId: id,
        deactivatedAt: null,
        providerGrants: { some: { role: 'PROVIDER_ADMIN', ...holdsAt(context.now) } },
      }),
  }),
}))

builder.prismaObjectFields(Team, (t) => ({
  members: t.field({
    type: UserConnection,
    description: 'Who is a member now, by name.',
    args: pageArgs,
    resolve: ({ providerId, id }, args, context) =>
      principals('members', args, context, { providerId, memberships: { some: { teamId: id, ...holdsAt(context.now) } } }),
  }),
  clients: t.field({
    type: ServedClientConnection,
    description: 'The clients it serves now, by code.',
    args: pageArgs,
    resolve: ({ providerId, id }, args, { tx, now }) =>
      keyset('servedClients', args, byCode, ({ where, orderBy, take }) =>
        tx.prisma.client.findMany({
          where: { AND: [{ providerId, services: { some: { teamId: id, ...holdsAt(now) } } }, where] },
          orderBy,
          take,
        }),
      ),
  }),
}))

builder.prismaObjectField(Integration, 'apiKeys', (t) =>
  t.field({
    type: ApiKeyConnection,
    description: 'Its keys, the newest first, those revoked and expired included.',
    args: pageArgs,
    resolve: ({ providerId, id }, args, { tx }) =>
      keyset('apiKeys', args, newestFirst, ({ where, orderBy, take }) =>
        tx.prisma.apiKey.findMany({ where: { providerId, principalId: id, ...where }, orderBy, take }),
      ),
  }),
)

const grantArgs = builder.args((t) => ({
  ...pageArgs,
  withEnded: t.boolean({
    required: true,
    defaultValue: false,
    description: 'Also those that have ended; without it, those that hold or will.',
  }),
}))

const grants = (
  name: string,
  { withEnded, ...args }: PageArgs & { readonly withEnded: boolean },
  context: Context,
  info: GraphQLResolveInfo,
  whose: { readonly clientId: string } | { readonly providerId: string; readonly principalId: string },
) =>
  keyset(name, args, byId, ({ where, orderBy, take }) =>
    context.tx.prisma.clientGrant.findMany({
      ...(queryFromInfo({ context, info, path: ['edges', 'node'] }) as object),
      where: { AND: [whose, withEnded ? {} : endsAfter(context.now), where] },
      orderBy,
      take,
    }),
  )

builder.prismaObjectField(Client, 'grants', (t) =>
  t.field({
    type: GrantConnection,
    nullable: true,
    authScopes: heldFor('directory:read'),
    description: 'Who may do what for the client, in the order given. Empty without the right directory:read there.',
    args: grantArgs,
    resolve: ({ id }, args, context, info) => grants('clientGrants', args, context, info, { clientId: id }),
  }),
)

builder.prismaInterfaceField(Principal, 'grants', (t) =>
  t.field({
    type: GrantConnection,
    description: 'What it may do for which client, in the order given.',
    args: grantArgs,
    resolve: ({ providerId, id }, args, context, info) =>
      grants('principalGrants', args, context, info, { providerId, principalId: id }),
  }),
)

builder.queryField('provider', (t) =>
  t.prismaField({
    type: Provider,
    nullable: true,
    description: 'Your provider: its teams, users and integrations. For those who run its directory.',
    authScopes: { holdsForProvider: 'directory:read' },
    resolve: async (query, _root, _args, { tx, viewer }) => {
      const provider = await tx.prisma.provider.findUnique({ ...query, where: { id: viewer.providerId } })
      if (provider === null) throw notFound('provider')
      return provider
    },
  }),
)
