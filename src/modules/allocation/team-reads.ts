import type { Tx } from '../../platform/database/unit.ts'
import { keyOf, nobody } from '../../platform/graphql/ids.ts'
import { clientRoles, holdsOf, type Viewer } from '../../platform/policy.ts'
import type { DeliveryTeam, Worker } from './rules.ts'

export type Of = { readonly tx: Tx; readonly clientId: string }

/** Somebody or a team of the viewer’s own provider, by an id that the directory gave out; nobody’s where it is another’s. */
export const directoryIdOf = (typename: 'Team' | 'User', text: string, viewer: Viewer): string => {
  const { clientId: providerId, id } = keyOf(typename, text)
  return providerId === viewer.providerId ? id : nobody
}

/** Roles by which somebody works a client's queues. */
const workingRoles = clientRoles.filter((role) => holdsOf(role).has('work:mark'))

type Row = {
  readonly providerId: string
  readonly teamId: string
  readonly teamCode: string
  readonly teamName: string
  readonly serves: boolean
  readonly personId: string | null
  readonly personName: string | null
  readonly personEmail: string | null
  readonly canWork: boolean
}

/** The teams that serve a client, or served it once, and who of them can work for it at an instant. */
export const teamsAt = async ({ tx, clientId }: Of, at: Date): Promise<DeliveryTeam[]> => {
  const rows = await tx.sql<Row>`
    select provider_id as "providerId", team_id as "teamId", team_code as "teamCode", team_name as "teamName", serves,
      person_id as "personId", person_name as "personName", person_email as "personEmail", can_work as "canWork"
    from fence.workers(${clientId}::uuid, ${at}::timestamptz, ${workingRoles}::text[])`
  const teams = new Map<string, DeliveryTeam & { readonly people: Worker[] }>()
  for (const { providerId, teamId, teamCode, teamName, serves, personId, personName, personEmail, canWork } of rows) {
    const team = teams.get(teamId) ?? { providerId, id: teamId, code: teamCode, name: teamName, serves, people: [] }
    teams.set(teamId, team)
    if (personId !== null) team.people.push({ id: personId, name: personName ?? '', email: personEmail, canWork })
  }
  return [...teams.values()]
}
