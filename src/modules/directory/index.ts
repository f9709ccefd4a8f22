export {
  addTeamMember,
  assignTeamToClient,
  createIntegration,
  createTeam,
  createUser,
  grantRole,
  newApiKey,
  revokeGrant,
} from './commands.ts'
export { provisionPrincipal, provisionProvider } from './provision.ts'
export { Grant, Integration, Principal, Provider, Team, User } from './schema.ts'
