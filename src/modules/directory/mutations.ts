import { granted, perform } from '../../platform/command.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { clientIdOf, keyOf } from '../../platform/graphql/ids.ts'
import {
  apiKeyPayload,
  grantPayload,
  integrationPayload,
  membershipPayload,
  newKeyPayload,
  RevokeProviderAdminPayload,
  servicePayload,
  teamPayload,
  userPayload,
} from './answers.ts'
import * as commands from './commands.ts'
import { keyDaysMax } from './rules.ts'
import type { Key } from './store.ts'
import { ClientRole, UserKind } from './types.ts'

// What an id of the directory names. An id of another type names nobody and meets the answer of a random one.
const inDirectory = (typename: 'Team' | 'User' | 'Integration' | 'ApiKey', text: string): Key => {
  const { clientId: providerId, id } = keyOf(typename, text)
  return { providerId, id }
}
const teamOf = (text: string) => inDirectory('Team', text)
const userOf = (text: string) => inDirectory('User', text)
const integrationOf = (text: string) => inDirectory('Integration', text)
const apiKeyOf = (text: string) => inDirectory('ApiKey', text)
const nobody = integrationOf('')
const holderOf = (text: string): Key => {
  const user = userOf(text)
  return user.id === nobody.id ? integrationOf(text) : user
}

type Asked = { readonly validFrom?: Date | null | undefined; readonly validUntil?: Date | null | undefined }
const periodOf = ({ validFrom, validUntil }: Asked) => ({ validFrom: validFrom ?? null, validUntil: validUntil ?? null })

const CreateTeamInput = builder.inputType('CreateTeamInput', {
  description: 'A new team.',
  fields: (t) => ({
    code: t.string({ required: true, description: '2 to 32 capital letters, digits, `-` or `_`; unique within the provider.' }),
    name: t.string({ required: true, description: 'Name for people, at most 200 characters.' }),
  }),
})

builder.mutationField('createTeam', (t) =>
  t.field({
    type: teamPayload('CreateTeamPayload', 'The team was created.'),
    nullable: true,
    description: 'Creates a team of your provider. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.createTeam.refusals],
      union: { name: 'CreateTeamResult', description: 'What came of `createTeam`.' },
    },
    args: { input: t.arg({ type: CreateTeamInput, required: true, description: 'A new team.' }) },
    resolve: async (_root, { input }, { tx }) => granted(await perform(tx, commands.createTeam, input)),
  }),
)

const CreateUserInput = builder.inputType('CreateUserInput', {
  description: 'A new user.',
  fields: (t) => ({
    kind: t.field({ type: UserKind, required: true, description: 'Person of the provider or portal user.' }),
    name: t.string({ required: true, description: 'Name for people, at most 200 characters.' }),
    email: t.string({ required: true, description: 'Address; unique within the provider.' }),
    subject: t.string({ description: 'What the `sub` of the user’s tokens says; without it, the new id. Unique.' }),
  }),
})

builder.mutationField('createUser', (t) =>
  t.field({
    type: userPayload('CreateUserPayload', 'The user was created.'),
    nullable: true,
    description:
      'Creates a user of your provider. A user can do nothing until a grant says so. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.createUser.refusals],
      union: { name: 'CreateUserResult', description: 'What came of `createUser`.' },
    },
    args: { input: t.arg({ type: CreateUserInput, required: true, description: 'A new user.' }) },
    resolve: async (_root, { input }, { tx }) =>
      granted(await perform(tx, commands.createUser, { ...input, subject: input.subject ?? null })),
  }),
)

const DeactivateUserInput = builder.inputType('DeactivateUserInput', {
  description: 'The user to deactivate.',
  fields: (t) => ({
    user: t.id({ required: true, description: 'The `User`.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters: kept in the audit.' }),
  }),
})

builder.mutationField('deactivateUser', (t) =>
  t.field({
    type: userPayload('DeactivateUserPayload', 'The user is nobody to this API any more.'),
    nullable: true,
    description: 'Deactivates a user: whatever it holds, it can do nothing from now on. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.deactivateUser.refusals],
      union: { name: 'DeactivateUserResult', description: 'What came of `deactivateUser`.' },
    },
    args: { input: t.arg({ type: DeactivateUserInput, required: true, description: 'The user to deactivate.' }) },
    resolve: async (_root, { input }, { tx }) =>
      granted(await perform(tx, commands.deactivateUser, { key: userOf(input.user), reason: input.reason })),
  }),
)

const CreateIntegrationInput = builder.inputType('CreateIntegrationInput', {
  description: 'A new integration.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name for people, at most 200 characters.' }),
    expiresAt: t.field({
      type: 'DateTime',
      required: true,
      description: `From when on the key no longer works, at most ${keyDaysMax} days ahead.`,
    }),
  }),
})

builder.mutationField('createIntegration', (t) =>
  t.field({
    type: newKeyPayload('CreateIntegrationPayload', 'The integration was created, with its first key.'),
    nullable: true,
    description:
      'Creates an integration of your provider and its first API key. It can do nothing until a grant says so. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.createIntegration.refusals],
      union: { name: 'CreateIntegrationResult', description: 'What came of `createIntegration`.' },
    },
    args: { input: t.arg({ type: CreateIntegrationInput, required: true, description: 'A new integration.' }) },
    resolve: async (_root, { input }, { tx }) => {
      const { text, ...facts } = commands.newApiKey()
      return { ...granted(await perform(tx, commands.createIntegration, { ...input, ...facts })), text }
    },
  }),
)

const DeactivateIntegrationInput = builder.inputType('DeactivateIntegrationInput', {
  description: 'The integration to deactivate.',
  fields: (t) => ({
    integration: t.id({ required: true, description: 'The `Integration`.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters: kept in the audit.' }),
  }),
})

builder.mutationField('deactivateIntegration', (t) =>
  t.field({
    type: integrationPayload('DeactivateIntegrationPayload', 'The integration is nobody to this API any more.'),
    nullable: true,
    description: 'Deactivates an integration: none of its keys works from now on. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.deactivateIntegration.refusals],
      union: { name: 'DeactivateIntegrationResult', description: 'What came of `deactivateIntegration`.' },
    },
    args: { input: t.arg({ type: DeactivateIntegrationInput, required: true, description: 'The integration to deactivate.' }) },
    resolve: async (_root, { input }, { tx }) =>
      granted(await perform(tx, commands.deactivateIntegration, { key: integrationOf(input.integration), reason: input.reason })),
  }),
)

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'Another key of an integration.',
  fields: (t) => ({
    integration: t.id({ required: true, description: 'The `Integration`.' }),
    expiresAt: t.field({
      type: 'DateTime',
      required: true,
      description: `From when on the key no longer works, at most ${keyDaysMax} days ahead.`,
    }),
  }),
})

builder.mutationField('createApiKey', (t) =>
  t.field({
    type: newKeyPayload('CreateApiKeyPayload', 'The key was made.'),
    nullable: true,
    description:
      'Makes another API key for an integration, so that keys can be changed without a gap. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.createApiKey.refusals],
      union: { name: 'CreateApiKeyResult', description: 'What came of `createApiKey`.' },
    },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'Another key of an integration.' }) },
    resolve: async (_root, { input }, { tx }) => {
      const { text, ...facts } = commands.newApiKey()
      return {
        ...granted(
          await perform(tx, commands.createApiKey, {
            integration: integrationOf(input.integration),
            expiresAt: input.expiresAt,
            ...facts,
          }),
        ),
        text,
      }
    },
  }),
)

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'The key to revoke.',
  fields: (t) => ({
    apiKey: t.id({ required: true, description: 'The `ApiKey`.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters: kept in the audit.' }),
  }),
})

builder.mutationField('revokeApiKey', (t) =>
  t.field({
    type: apiKeyPayload('RevokeApiKeyPayload', 'The key no longer works.'),
    nullable: true,
    description: 'Revokes an API key at once. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.revokeApiKey.refusals],
      union: { name: 'RevokeApiKeyResult', description: 'What came of `revokeApiKey`.' },
    },
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'The key to revoke.' }) },
    resolve: async (_root, { input }, { tx }) =>
      granted(await perform(tx, commands.revokeApiKey, { apiKey: apiKeyOf(input.apiKey), reason: input.reason })),
  }),
)

const AddTeamMemberInput = builder.inputType('AddTeamMemberInput', {
  description: 'A person who joins a team.',
  fields: (t) => ({
    team: t.id({ required: true, description: 'The `Team`.' }),
    user: t.id({ required: true, description: 'The `User`.' }),
    validFrom: t.field({ type: 'DateTime', description: 'From when on; without it, now. Not in the past.' }),
    validUntil: t.field({ type: 'DateTime', description: 'Until when; without it, until it is ended.' }),
  }),
})

builder.mutationField('addTeamMember', (t) =>
  t.field({
    type: membershipPayload('AddTeamMemberPayload', 'The person is a member for that time.'),
    nullable: true,
    description: 'Makes a person a member of a team. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.addTeamMember.refusals],
      union: { name: 'AddTeamMemberResult', description: 'What came of `addTeamMember`.' },
    },
    args: { input: t.arg({ type: AddTeamMemberInput, required: true, description: 'A person who joins a team.' }) },
    resolve: async (_root, { input }, { tx }) =>
      granted(
        await perform(tx, commands.addTeamMember, { team: teamOf(input.team), user: userOf(input.user), ...periodOf(input) }),
      ),
  }),
)

const RemoveTeamMemberInput = builder.inputType('RemoveTeamMemberInput', {
  description: 'A person who leaves a team.',
  fields: (t) => ({
    team: t.id({ required: true, description: 'The `Team`.' }),
    user: t.id({ required: true, description: 'The `User`.' }),
    validUntil: t.field({ type: 'DateTime', description: 'When it ends; without it, now. Not in the past.' }),
  }),
})

builder.mutationField('removeTeamMember', (t) =>
  t.field({
    type: membershipPayload('RemoveTeamMemberPayload', 'The membership ends.'),
    nullable: true,
    description: 'Ends a membership; grants held through the team end with it. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.removeTeamMember.refusals],
      union: { name: 'RemoveTeamMemberResult', description: 'What came of `removeTeamMember`.' },
    },
    args: { input: t.arg({ type: RemoveTeamMemberInput, required: true, description: 'A person who leaves a team.' }) },
    resolve: async (_root, { input }, { tx }) =>
      granted(
        await perform(tx, commands.removeTeamMember, {
          team: teamOf(input.team),
          user: userOf(input.user),
          validUntil: input.validUntil ?? null,
        }),
      ),
  }),
)

const AssignTeamToClientInput = builder.inputType('AssignTeamToClientInput', {
  description: 'A team that begins to serve a client.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'The `Client`.' }),
    team: t.id({ required: true, description: 'The `Team`.' }),
    validFrom: t.field({ type: 'DateTime', description: 'From when on; without it, now. Not in the past.' }),
    validUntil: t.field({ type: 'DateTime', description: 'Until when; without it, until it is ended.' }),
  }),
})

builder.mutationField('assignTeamToClient', (t) =>
  t.field({
    type: servicePayload('AssignTeamToClientPayload', 'The team serves the client for that time.'),
    nullable: true,
    description:
      'Lets a team serve a client. Its members need grants of their own to do anything there. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.assignTeamToClient.refusals],
      union: { name: 'AssignTeamToClientResult', description: 'What came of `assignTeamToClient`.' },
    },
    args: {
      input: t.arg({ type: AssignTeamToClientInput, required: true, description: 'A team that begins to serve a client.' }),
    },
    resolve: async (_root, { input }, { tx }) =>
      granted(
        await perform(tx, commands.assignTeamToClient, {
          clientId: clientIdOf(input.client),
          team: teamOf(input.team),
          ...periodOf(input),
        }),
      ),
  }),
)

const WithdrawTeamFromClientInput = builder.inputType('WithdrawTeamFromClientInput', {
  description: 'A team that stops serving a client.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'The `Client`.' }),
    team: t.id({ required: true, description: 'The `Team`.' }),
    validUntil: t.field({ type: 'DateTime', description: 'When it ends; without it, now. Not in the past.' }),
  }),
})

builder.mutationField('withdrawTeamFromClient', (t) =>
  t.field({
    type: servicePayload('WithdrawTeamFromClientPayload', 'The service ends.'),
    nullable: true,
    description:
      'Ends the service of a team to a client; grants held through the team end with it. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.withdrawTeamFromClient.refusals],
      union: { name: 'WithdrawTeamFromClientResult', description: 'What came of `withdrawTeamFromClient`.' },
    },
    args: {
      input: t.arg({ type: WithdrawTeamFromClientInput, required: true, description: 'A team that stops serving a client.' }),
    },
    resolve: async (_root, { input }, { tx }) =>
      granted(
        await perform(tx, commands.withdrawTeamFromClient, {
          clientId: clientIdOf(input.client),
          team: teamOf(input.team),
          validUntil: input.validUntil ?? null,
        }),
      ),
  }),
)

const GrantRoleInput = builder.inputType('GrantRoleInput', {
  description: 'What a user or an integration may do for a client.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'The `Client`.' }),
    holder: t.id({ required: true, description: 'The `User` or `Integration`.' }),
    role: t.field({
      type: ClientRole,
      required: true,
      description:
        'What it may do there. Persons: OBSERVER, ANALYST, LEAD, MANAGER or AUDITOR. Portal users: PORTAL or APPROVER.',
    }),
    team: t.id({ description: 'The `Team` it is held through: needed for ANALYST, LEAD and MANAGER.' }),
    validFrom: t.field({ type: 'DateTime', description: 'From when on; without it, now. Not in the past.' }),
    validUntil: t.field({ type: 'DateTime', description: 'Until when; without it, until it is revoked.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters: kept in the audit.' }),
  }),
})

builder.mutationField('grantRole', (t) =>
  t.field({
    type: grantPayload('GrantRolePayload', 'The grant was given.'),
    nullable: true,
    description: 'Gives a user or an integration a role for one client. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.grantRole.refusals],
      union: { name: 'GrantRoleResult', description: 'What came of `grantRole`.' },
    },
    args: {
      input: t.arg({ type: GrantRoleInput, required: true, description: 'What a user or an integration may do for a client.' }),
    },
    resolve: async (_root, { input }, { tx }) =>
      granted(
        await perform(tx, commands.grantRole, {
          clientId: clientIdOf(input.client),
          holder: holderOf(input.holder),
          role: input.role,
          team: typeof input.team === 'string' ? teamOf(input.team) : null,
          reason: input.reason,
          ...periodOf(input),
        }),
      ),
  }),
)

const RevokeGrantInput = builder.inputType('RevokeGrantInput', {
  description: 'The grant to revoke.',
  fields: (t) => ({
    grant: t.id({ required: true, description: 'The `Grant`.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters: kept in the audit.' }),
  }),
})

builder.mutationField('revokeGrant', (t) =>
  t.field({
    type: grantPayload('RevokeGrantPayload', 'The grant no longer holds.'),
    nullable: true,
    description: 'Revokes a grant at once. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.revokeGrant.refusals],
      union: { name: 'RevokeGrantResult', description: 'What came of `revokeGrant`.' },
    },
    args: { input: t.arg({ type: RevokeGrantInput, required: true, description: 'The grant to revoke.' }) },
    resolve: async (_root, { input }, { tx }) =>
      granted(
        await perform(tx, commands.revokeGrant, {
          clientId: keyOf('Grant', input.grant).clientId,
          grantId: keyOf('Grant', input.grant).id,
          reason: input.reason,
        }),
      ),
  }),
)

const GrantProviderAdminInput = builder.inputType('GrantProviderAdminInput', {
  description: 'A person who is to run the provider.',
  fields: (t) => ({
    user: t.id({ required: true, description: 'The `User`.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters: kept in the audit.' }),
  }),
})

builder.mutationField('grantProviderAdmin', (t) =>
  t.field({
    type: userPayload('GrantProviderAdminPayload', 'The person runs the provider’s directory.'),
    nullable: true,
    description: 'Makes a person an administrator of your provider. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.grantProviderAdmin.refusals],
      union: { name: 'GrantProviderAdminResult', description: 'What came of `grantProviderAdmin`.' },
    },
    args: {
      input: t.arg({ type: GrantProviderAdminInput, required: true, description: 'A person who is to run the provider.' }),
    },
    resolve: async (_root, { input }, { tx }) =>
      granted(await perform(tx, commands.grantProviderAdmin, { user: userOf(input.user), reason: input.reason })),
  }),
)

const RevokeProviderAdminInput = builder.inputType('RevokeProviderAdminInput', {
  description: 'An administrator who stops being one.',
  fields: (t) => ({
    user: t.id({ required: true, description: 'The `User`.' }),
    reason: t.string({ required: true, description: 'Why, at most 500 characters: kept in the audit.' }),
  }),
})

builder.mutationField('revokeProviderAdmin', (t) =>
  t.field({
    type: RevokeProviderAdminPayload,
    nullable: true,
    description: 'Ends the rights of an administrator of your provider. The last one stays. Needs the right directory:manage.',
    authScopes: { isKnown: true },
    errors: {
      types: [...commands.revokeProviderAdmin.refusals],
      union: { name: 'RevokeProviderAdminResult', description: 'What came of `revokeProviderAdmin`.' },
    },
    args: {
      input: t.arg({ type: RevokeProviderAdminInput, required: true, description: 'An administrator who stops being one.' }),
    },
    resolve: async (_root, { input }, { tx }) =>
      granted(await perform(tx, commands.revokeProviderAdmin, { user: userOf(input.user), reason: input.reason })),
  }),
)
