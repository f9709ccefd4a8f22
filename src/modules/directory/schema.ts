import './mutations.ts'
import './viewer.ts'

export { ApiKey, ClientRole, Grant, Integration, Principal, Provider, Team, User } from './types.ts'
