import { type Fragment, nothing, part } from '../../platform/database/sql.ts'
import type { Payload } from '../../platform/events/stream.ts'
import { builder } from '../../platform/graphql/builder.ts'
import type { Viewer } from '../../platform/policy.ts'
import { directoryIdOf } from '../allocation/index.ts'
import { type ChangeKind, type ToldOwner, viewOf } from './tell.ts'

// Queues by owner: which rows somebody asks for, in a list and in a stream.

/** Every part that is given has to hold. */
export type OwnerAsked = {
  readonly teamId: string | null
  readonly personIds: readonly string[]
  readonly isUnowned: boolean
}

export const WorkOwnerFilter = builder.inputType('WorkOwnerFilter', {
  description: 'Whose work; everything that is given has to hold.',
  fields: (t) => ({
    mine: t.boolean({ description: 'Only work that you own in person; false does not narrow.' }),
    person: t.id({ description: 'Only work that this user owns in person.' }),
    team: t.id({ description: 'Only work of this team, whether or not a person of it owns it.' }),
    nobody: t.boolean({ description: 'Only work that is nobody’s; false does not narrow.' }),
  }),
})

export type OwnerArgs = {
  mine?: boolean | null | undefined
  person?: string | null | undefined
  team?: string | null | undefined
  nobody?: boolean | null | undefined
}

/** Null where nothing narrows. */
export const ownerAskedFrom = (args: OwnerArgs | null | undefined, viewer: Viewer): OwnerAsked | null => {
  const teamId = typeof args?.team === 'string' ? directoryIdOf('Team', args.team, viewer) : null
  const personIds = [
    ...(args?.mine === true ? [viewer.id] : []),
    ...(typeof args?.person === 'string' ? [directoryIdOf('User', args.person, viewer)] : []),
  ]
  const isUnowned = args?.nobody === true
  return teamId === null && personIds.length === 0 && !isUnowned ? null : { teamId, personIds, isUnowned }
}

/** Each is a walk of an index of its own where it is asked for alone. */
export const ownedAs = ({ teamId, personIds, isUnowned }: OwnerAsked): Fragment =>
  part`${teamId === null ? nothing : part`and w.owner_team_id = ${teamId}`} ${
    isUnowned ? part`and w.owner_team_id is null` : nothing
  } ${personIds[0] === undefined ? nothing : part`and w.owner_person_id = ${personIds[0]}`} ${
    personIds[1] === undefined ? nothing : part`and w.owner_person_id = ${personIds[1]}`
  }`

export const isOwnedAs = (owner: ToldOwner, { teamId, personIds, isUnowned }: OwnerAsked): boolean => {
  const [team, person] = owner ?? [null, null]
  return (teamId === null || team === teamId) && (!isUnowned || team === null) && personIds.every((id) => id === person)
}

type Told = { readonly kind: ChangeKind; readonly owner?: ToldOwner; readonly ownerBefore?: ToldOwner }

/** What a change is to who follows the queue of one owner; null for none. */
export const changeFor = (payload: Payload, asked: OwnerAsked | null): ChangeKind | null => {
  const { kind, owner = null, ownerBefore = owner } = payload as Told
  if (asked === null || kind === 'RESYNC') return kind
  return viewOf(kind, { was: isOwnedAs(ownerBefore, asked), is: isOwnedAs(owner, asked) })
}
