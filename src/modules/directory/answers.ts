import { builder, RefusalType } from '../../platform/graphql/builder.ts'
import type { Context } from '../../platform/graphql/context.ts'
import { Client } from '../client/index.ts'
import { AlreadyEnded, AlreadyExists, LastAdministrator, RoleNotAllowed } from './rules.ts'
import { ApiKey, ClientRole, Grant, Integration, Team, User } from './types.ts'

// What the commands of the directory answer with: their payloads, and the refusals that are theirs alone.

builder.objectType(RoleNotAllowed, {
  name: 'RoleNotAllowed',
  description: 'This kind of holder cannot have the role.',
  interfaces: [RefusalType],
  fields: (t) => ({
    role: t.expose('role', { type: ClientRole, description: 'The role asked for.' }),
    allowedRoles: t.field({
      type: [ClientRole],
      description: 'The roles this holder can have.',
      resolve: ({ allowedRoles }) => [...allowedRoles],
    }),
  }),
})
builder.objectType(AlreadyExists, {
  name: 'AlreadyExists',
  description: 'There is one already, and there can be only one.',
  interfaces: [RefusalType],
  fields: (t) => ({
    what: t.exposeString('what', {
      description: 'What there is already: code, email, subject, membership, service or grant.',
    }),
  }),
})
builder.objectType(AlreadyEnded, {
  name: 'AlreadyEnded',
  description: 'What was to be ended has ended before.',
  interfaces: [RefusalType],
  fields: (t) => ({ endedAt: t.expose('endedAt', { type: 'DateTime', description: 'When it ended.' }) }),
})
builder.objectType(LastAdministrator, {
  name: 'LastAdministrator',
  description: 'The provider would have nobody left to run its directory.',
  interfaces: [RefusalType],
})

const inProvider = ({ viewer }: Context, id: string) => ({ where: { providerId_id: { providerId: viewer.providerId, id } } })

export const teamPayload = (name: string, description: string) =>
  builder.objectRef<{ teamId: string }>(name).implement({
    description,
    fields: (t) => ({
      team: t.prismaField({
        type: Team,
        description: 'The team.',
        resolve: (query, { teamId }, _args, context) =>
          context.tx.prisma.team.findUniqueOrThrow({ ...query, ...inProvider(context, teamId) }),
      }),
    }),
  })

export const userPayload = (name: string, description: string) =>
  builder.objectRef<{ userId: string }>(name).implement({
    description,
    fields: (t) => ({
      user: t.prismaField({
        type: User,
        description: 'The user.',
        resolve: (query, { userId }, _args, context) =>
          context.tx.prisma.principal.findUniqueOrThrow({ ...query, ...inProvider(context, userId) }),
      }),
    }),
  })

export const integrationPayload = (name: string, description: string) =>
  builder.objectRef<{ integrationId: string }>(name).implement({
    description,
    fields: (t) => ({
      integration: t.prismaField({
        type: Integration,
        description: 'The integration.',
        resolve: (query, { integrationId }, _args, context) =>
          context.tx.prisma.principal.findUniqueOrThrow({ ...query, ...inProvider(context, integrationId) }),
      }),
    }),
  })

export const newKeyPayload = (name: string, description: string) =>
  builder.objectRef<{ integrationId: string; apiKeyId: string; text: string }>(name).implement({
    description,
    fields: (t) => ({
      integration: t.prismaField({
        type: Integration,
        description: 'The integration.',
        resolve: (query, { integrationId }, _args, context) =>
          context.tx.prisma.principal.findUniqueOrThrow({ ...query, ...inProvider(context, integrationId) }),
      }),
      apiKey: t.prismaField({
        type: ApiKey,
        description: 'The key as it is listed.',
        resolve: (query, { apiKeyId }, _args, context) =>
          context.tx.prisma.apiKey.findUniqueOrThrow({ ...query, ...inProvider(context, apiKeyId) }),
      }),
      key: t.exposeString('text', {
        description: 'The key itself, to be sent as a bearer credential. It is shown this once and kept nowhere.',
      }),
    }),
  })

export const apiKeyPayload = (name: string, description: string) =>
  builder.objectRef<{ apiKeyId: string }>(name).implement({
    description,
    fields: (t) => ({
      apiKey: t.prismaField({
        type: ApiKey,
        description: 'The key.',
        resolve: (query, { apiKeyId }, _args, context) =>
          context.tx.prisma.apiKey.findUniqueOrThrow({ ...query, ...inProvider(context, apiKeyId) }),
      }),
    }),
  })

export const membershipPayload = (name: string, description: string) =>
  builder.objectRef<{ teamId: string; principalId: string }>(name).implement({
    description,
    fields: (t) => ({
      team: t.prismaField({
        type: Team,
        description: 'The team.',
        resolve: (query, { teamId }, _args, context) =>
          context.tx.prisma.team.findUniqueOrThrow({ ...query, ...inProvider(context, teamId) }),
      }),
      user: t.prismaField({
        type: User,
        description: 'The member.',
        resolve: (query, { principalId }, _args, context) =>
          context.tx.prisma.principal.findUniqueOrThrow({ ...query, ...inProvider(context, principalId) }),
      }),
    }),
  })

export const servicePayload = (name: string, description: string) =>
  builder.objectRef<{ clientId: string; teamId: string }>(name).implement({
    description,
    fields: (t) => ({
      client: t.prismaField({
        type: Client,
        description: 'The client.',
        resolve: (query, { clientId }, _args, { tx }) =>
          tx.prisma.client.findUniqueOrThrow({ ...query, where: { id: clientId } }),
      }),
      team: t.prismaField({
        type: Team,
        description: 'The team.',
        resolve: (query, { teamId }, _args, context) =>
          context.tx.prisma.team.findUniqueOrThrow({ ...query, ...inProvider(context, teamId) }),
      }),
    }),
  })

export const grantPayload = (name: string, description: string) =>
  builder.objectRef<{ clientId: string; grantId: string }>(name).implement({
    description,
    fields: (t) => ({
      grant: t.prismaField({
        type: Grant,
        description: 'The grant.',
        resolve: (query, { clientId, grantId }, _args, { tx }) =>
          tx.prisma.clientGrant.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id: grantId } } }),
      }),
    }),
  })

export const RevokeProviderAdminPayload = builder.objectRef<{ userId: string }>('RevokeProviderAdminPayload').implement({
  description: 'The person no longer runs the provider’s directory.',
  fields: (t) => ({
    user: t.prismaField({
      type: User,
      nullable: true,
      description: 'The user; null when it was you, because you no longer read the directory.',
      resolve: (query, { userId }, _args, context) =>
        context.tx.prisma.principal.findUnique({ ...query, ...inProvider(context, userId) }),
    }),
  }),
})
