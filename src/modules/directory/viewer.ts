import { queryFromInfo } from '@pothos/plugin-prisma'
import { builder } from '../../platform/graphql/builder.ts'
import { globalIdOf } from '../../platform/graphql/ids.ts'
import { limits } from '../../platform/limits.ts'
import { type Held, holdsOf, type Role as RoleName, type Viewer as ViewerFacts } from '../../platform/policy.ts'
import { Client } from '../client/index.ts'

const PrincipalKind = builder.enumType('PrincipalKind', {
  description: 'What kind of caller.',
  values: {
    PERSON: { description: 'A person of the provider.' },
    PORTAL: { description: 'A portal user of a client.' },
    INTEGRATION: { description: 'A program with an API key.' },
    SYSTEM: { description: 'The service itself: its jobs and its command line.' },
  },
})

const ViewerGrant = builder
  .objectRef<{ readonly client: typeof Client.$inferType; readonly held: Held }>('ViewerGrant')
  .implement({
    description: 'What you may do for one client right now, all your grants and teams taken together.',
    fields: (t) => ({
      client: t.field({ type: Client, description: 'The client.', resolve: ({ client }) => client }),
      roles: t.stringList({
        description: 'Your roles there: those of `ClientRole`, and PROVIDER_ADMIN for who runs the provider.',
        resolve: ({ held }) => [...new Set<RoleName>(held.roles)].sort(),
      }),
      permissions: t.stringList({
        description: 'Your rights there, each as area:verb, such as cash:apply.',
        resolve: ({ held }) => [...held.permissions].sort(),
      }),
    }),
  })

const ViewerLimits = builder.objectRef<typeof limits>('ViewerLimits').implement({
  description: 'What one request may ask for. Beyond it the answer is an error that names the limit.',
  fields: (t) => ({
    maxPageSize: t.int({ description: 'Rows that `first` may ask for.', resolve: ({ page }) => page.first }),
    maxIds: t.int({ description: 'Ids that `nodes` takes.', resolve: ({ page }) => page.ids }),
    maxCount: t.int({ description: 'Where counting a list stops.', resolve: ({ page }) => page.count }),
    maxDepth: t.int({ description: 'Fields below one another.', resolve: ({ document }) => document.depth }),
    maxCost: t.int({ description: 'Objects that an operation may return at most.', resolve: ({ document }) => document.cost }),
    maxSelections: t.int({ description: 'Fields, fragments unfolded.', resolve: ({ document }) => document.selections }),
    maxAliases: t.int({ description: 'Fields under another name.', resolve: ({ document }) => document.aliases }),
    maxRootFields: t.int({ description: 'Root fields of an operation.', resolve: ({ document }) => document.rootFields }),
    maxTokens: t.int({ description: 'Lexer tokens of a document.', resolve: ({ document }) => document.tokens }),
    maxClients: t.int({
      description: 'Clients that one query or subscription may name.',
      resolve: ({ command }) => command.clients,
    }),
    maxRows: t.int({ description: 'Rows that one command takes.', resolve: ({ command }) => command.rows }),
    maxSubscriptions: t.int({ description: 'Subscriptions of one socket.', resolve: ({ socket }) => socket.subscriptions }),
    maxSockets: t.int({ description: 'Sockets that you may have open.', resolve: ({ socket }) => socket.perPrincipal }),
    maxUploadBytes: t.int({ description: 'Bytes of an uploaded file.', resolve: ({ http }) => http.uploadBytes }),
  }),
})

const Viewer = builder.objectRef<ViewerFacts>('Viewer').implement({
  description: 'Who asks: you, and what you may do at this instant.',
  fields: (t) => ({
    id: t.id({
      description: 'Your id as a `User` or an `Integration`.',
      resolve: ({ kind, providerId, id }) =>
        globalIdOf(kind === 'INTEGRATION' ? 'Integration' : 'User', { clientId: providerId, id }),
    }),
    name: t.exposeString('name', { description: 'Your name.' }),
    kind: t.expose('kind', { type: PrincipalKind, description: 'What kind of caller you are.' }),
    providerCode: t.exposeString('providerCode', { description: 'The code of your provider.' }),
    providerPermissions: t.stringList({
      description: 'Your rights over the provider itself, each as area:verb; empty unless you run it.',
      resolve: ({ providerRoles }) => [...new Set(providerRoles.flatMap((role) => [...holdsOf(role)]))].sort(),
    }),
    grants: t.field({
      type: [ViewerGrant],
      description: 'One for each client for which you hold any right, by the client’s code.',
      resolve: async ({ held }, _args, context, info) => {
        const clients = await context.tx.prisma.client.findMany({
          ...(queryFromInfo({ context, info, path: ['client'] }) as object),
          where: { id: { in: [...held.keys()] } },
          orderBy: [{ code: 'asc' }, { id: 'asc' }],
        })
        return clients.flatMap((client) => {
          const here = held.get(client.id)
          return here === undefined ? [] : [{ client, held: here }]
        })
      },
    }),
    limits: t.field({ type: ViewerLimits, description: 'What one request may ask for.', resolve: () => limits }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    nullable: true,
    description: 'Who asks. Null only beside an error.',
    authScopes: { isKnown: true },
    resolve: (_root, _args, { viewer }) => viewer,
  }),
)
