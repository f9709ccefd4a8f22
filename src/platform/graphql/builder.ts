import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import type PrismaTypes from '../../generated/pothos.ts'
import { getDatamodel } from '../../generated/pothos.ts'
import type { Day } from '../../kernel/day.ts'
import { decodeGlobalId, encodeGlobalId } from '../../kernel/ids.ts'
import { formatAmount, type Money } from '../../kernel/money.ts'
import { Refusal } from '../../kernel/refusal.ts'
import { limits } from '../limits.ts'
import { can, canForProvider, canSomewhere, type Permission } from '../policy.ts'
import { IdempotencyMismatch, IllegalMove, InvalidInput, NotFound, VersionConflict } from '../refusals.ts'
import type { Context } from './context.ts'
import { coded, notFound } from './errors.ts'
import { nobody } from './ids.ts'
import * as scalars from './scalars.ts'

type Held = { readonly permission: Permission; readonly clientId: string }

export const builder = new SchemaBuilder<{
  Context: Context
  PrismaTypes: PrismaTypes
  AuthScopes: { holds: Permission; holdsFor: Held; holdsForProvider: Permission; isKnown: boolean }
  DefaultAuthStrategy: 'all'
  DefaultFieldNullability: false
  DefaultEdgesNullability: false
  DefaultNodeNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    Date: { Input: Day; Output: Date | Day }
    DateTime: { Input: Date; Output: Date }
    Decimal: { Input: string; Output: string }
    CurrencyCode: { Input: string; Output: string }
    Cursor: { Input: string; Output: string }
  }
}>({
  defaultFieldNullability: false,
  plugins: [ScopeAuthPlugin, ErrorsPlugin, RelayPlugin, PrismaPlugin],
  scopeAuth: {
    authorizeOnSubscribe: true,
    defaultStrategy: 'all',
    authScopes: ({ viewer }) => ({
      // Whoever reached a resolver was known when the unit began.
      isKnown: true,
      holds: (permission) => canSomewhere(viewer, permission),
      holdsFor: ({ permission, clientId }) => can(viewer, permission, clientId),
      holdsForProvider: (permission) => canForProvider(viewer, permission, viewer.providerId),
    }),
    unauthorizedError: () => notFound(),
  },
  relay: {
    cursorType: 'String',
    edgesFieldOptions: { nullable: false, description: 'The rows of this page, in the order of the list.' },
    nodeFieldOptions: { nullable: false, description: 'The row itself.' },
    cursorFieldOptions: { description: 'The place of this row in the list; give it as `after` to go on behind it.' },
    pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
    hasNextPageFieldOptions: { description: 'There are rows behind the page.' },
    hasPreviousPageFieldOptions: { description: 'There are rows before the page.' },
    startCursorFieldOptions: { description: 'Cursor of the first row; null on an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last row: `after` for the next page; null on an empty page.' },
    idFieldOptions: { description: 'Opaque id: of a client’s or provider’s own, and good for as long as the thing exists.' },
    nodeTypeOptions: { description: 'Anything that has an id of its own and can be read again by it.' },
    encodeGlobalID: (typename, id) => {
      const [ownerId, own] = String(id).startsWith('[') ? (JSON.parse(String(id)) as [string, string]) : [String(id), String(id)]
      return encodeGlobalId({ typename, ownerId, id: own })
    },
    decodeGlobalID: (text) => {
      const decoded = decodeGlobalId(text)
      // Read as the id of nothing, so that junk meets the same answer as an id that nobody has.
      if (decoded === null) return { typename: 'Client', id: nobody }
      const { typename, ownerId, id } = decoded
      return { typename, id: typename === 'Client' || typename === 'Provider' ? id : JSON.stringify([ownerId, id]) }
    },
    nodeQueryOptions: {
      description: 'Anything by its id. An id that you have no right to is answered as one that does not exist.',
      args: { id: { description: 'The id.' } },
      authScopes: { isKnown: true },
      resolve: async (_root, { id }, _context, _info, load) => {
        const found = await load(id)
        if (found === null || found === undefined) throw notFound()
        return found
      },
    },
    nodesQueryOptions: {
      description: `Up to ${limits.page.ids} things by their ids, in the order asked; null where there is none or you have no right to it.`,
      args: { ids: { description: 'The ids.' } },
      authScopes: { isKnown: true },
      resolve: async (_root, { ids }, _context, _info, load) => {
        if (ids.length > limits.page.ids) throw coded('BAD_USER_INPUT', `nodes takes at most ${limits.page.ids} ids.`)
        return (await load(ids)) as never
      },
    },
  },
  errors: { directResult: true, defaultTypes: [] },
  prisma: {
    client: ({ tx }) => tx.prisma,
    dmmf: getDatamodel(),
    maxConnectionSize: limits.page.first,
    defaultConnectionSize: 25,
    onUnusedQuery: null,
  },
})

/** For lists of a client: whoever has no right to them is told so, rather than shown an empty one. */
export const heldFor =
  (permission: Permission) =>
  ({ id }: { readonly id: string }) => ({ holdsFor: { permission, clientId: id } })

builder.queryType({
  description: 'Reads. What belongs to a client is reached through `client`, `worklist` or `node`, and nowhere else.',
})
builder.mutationType({
  description:
    'Writes. Each bears the name of its command and answers with its payload or one of its refusals; a refused command changes nothing.',
})
builder.subscriptionType({
  description: 'Changes as they happen, over graphql-transport-ws. Each carries its client and a cursor to resume behind.',
})

builder.scalarType('Date', {
  description: 'A civil date as YYYY-MM-DD, the same day everywhere.',
  serialize: scalars.serializeDay as never,
  parseValue: scalars.parseDay,
  parseLiteral: scalars.literalOf(scalars.parseDay),
})
builder.scalarType('DateTime', {
  description: 'An instant in UTC, as 2026-03-01T09:30:00.000Z. Input may carry another offset.',
  serialize: scalars.serializeInstant as never,
  parseValue: scalars.parseInstant,
  parseLiteral: scalars.literalOf(scalars.parseInstant),
})
builder.scalarType('Decimal', {
  description: 'An exact decimal as text, such as "1234.50": never a float.',
  serialize: String,
  parseValue: scalars.parseDecimal,
  parseLiteral: scalars.literalOf(scalars.parseDecimal),
})
builder.scalarType('CurrencyCode', {
  description: 'A currency by ISO 4217, such as USD.',
  serialize: String,
  parseValue: scalars.parseCurrency,
  parseLiteral: scalars.literalOf(scalars.parseCurrency),
})
builder.scalarType('Cursor', {
  description: 'A place in a stream of changes: give it back as `after` to go on behind it. Opaque.',
  serialize: String,
  parseValue: scalars.parseText,
  parseLiteral: scalars.literalOf(scalars.parseText),
})

export const MoneyType = builder.objectRef<Money>('Money').implement({
  description: 'An exact amount of one currency. Amounts of different currencies are never added.',
  fields: (t) => ({
    amount: t.field({
      type: 'Decimal',
      description: 'In units of the currency, with as many digits as it has: "12.30" USD, "12" JPY, "12.300" KWD.',
      resolve: formatAmount,
    }),
    currency: t.expose('currency', { type: 'CurrencyCode', description: 'The currency of the amount.' }),
    minor: t.string({
      description: 'The same amount as an integer of the smallest unit (cents), as text because it may exceed 2^53.',
      resolve: ({ minor }) => minor.toString(),
    }),
  }),
})

export const MoneyInput = builder.inputType('MoneyInput', {
  description: 'An exact amount of one currency.',
  fields: (t) => ({
    amount: t.field({
      type: 'Decimal',
      required: true,
      description: 'In units of the currency; more digits than it has are refused.',
    }),
    currency: t.field({ type: 'CurrencyCode', required: true, description: 'The currency of the amount.' }),
  }),
})

export const RefusalType = builder.interfaceRef<Refusal>('Refusal').implement({
  description: 'An expected "no" that the caller can act on. Nothing was changed.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable name of the refusal, for programs.' }),
    message: t.exposeString('message', { description: 'What is wrong and what to do, for people.' }),
    path: t.exposeStringList('path', { description: 'Where in the input the cause lies, outermost first; empty for the whole.' }),
  }),
})

builder.objectType(NotFound, {
  name: 'NotFound',
  description: 'There is no such thing, or the caller has no right to it: the two look the same.',
  interfaces: [RefusalType],
})
builder.objectType(InvalidInput, {
  name: 'InvalidInput',
  description: 'A value of the input cannot be: `path` says which, `message` what to do.',
  interfaces: [RefusalType],
})
builder.objectType(IdempotencyMismatch, {
  name: 'IdempotencyMismatch',
  description: 'The idempotency key was used before with another input. The first call stands.',
  interfaces: [RefusalType],
  fields: (t) => ({ key: t.exposeString('key', { description: 'The key that was sent.' }) }),
})
builder.objectType(VersionConflict, {
  name: 'VersionConflict',
  description: 'The thing was changed since the caller read it.',
  interfaces: [RefusalType],
  fields: (t) => ({ currentVersion: t.exposeInt('currentVersion', { description: 'Its version now.' }) }),
})
builder.objectType(IllegalMove, {
  name: 'IllegalMove',
  description: 'The thing is in a state that does not take what was asked for.',
  interfaces: [RefusalType],
  fields: (t) => ({
    state: t.exposeString('state', { description: 'The state it is in.' }),
    legal: t.exposeStringList('legal', { description: 'What it takes in this state, by the names of the moves.' }),
  }),
})

export const refusalType = RefusalType
export { Refusal }
