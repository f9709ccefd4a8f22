import { type GraphQLSchema, isObjectType } from 'graphql'
import { encodeGlobalId } from '../../kernel/ids.ts'

type Owned = { readonly clientId?: string; readonly providerId?: string; readonly id: string }

/** These own themselves; everything else belongs to a client, or to a provider's directory. */
const owners = new Set(['Client', 'Provider'])

/**
 * The relay plugin resolves every id through a promise; a page has a hundred ids. Rows know whose they are and which
 * one they are, so their ids are written down directly.
 */
export const writeIdsDirectly = (schema: GraphQLSchema): GraphQLSchema => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || !type.getInterfaces().some(({ name }) => name === 'Node')) continue
    const field = type.getFields().id
    if (field === undefined) continue
    const typename = type.name
    const isOwner = owners.has(typename)
    field.resolve = ({ clientId, providerId, id }: Owned) =>
      encodeGlobalId({ typename, ownerId: isOwner ? id : (clientId ?? providerId ?? id), id })
  }
  return schema
}
