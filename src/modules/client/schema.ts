import { granted, perform } from '../../platform/command.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { coded, notFound } from '../../platform/graphql/errors.ts'
import { clientIdOf } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { newId } from '../../platform/new-id.ts'
import { NotFound } from '../../platform/refusals.ts'
import { addLegalEntity, createClient } from './commands.ts'

export const Client = builder.prismaNode('Client', {
  description: 'A company whose receivables are worked: the boundary behind which nobody sees without a grant.',
  id: { field: 'id', description: 'Opaque id of the client.' },
  nullable: true,
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Short name, unique within the provider.' }),
    name: t.exposeString('name', { description: 'Name of the company.' }),
    timeZone: t.exposeString('timeZone', { description: 'IANA zone in which the client’s days begin and end.' }),
    baseCurrency: t.expose('baseCurrency', { type: 'CurrencyCode', description: 'The currency the client reports in.' }),
    calendarCode: t.exposeString('calendarCode', { description: 'ISO 3166 country or region whose holidays the client keeps.' }),
    today: t.field({
      type: 'Date',
      description: 'The civil day at the client right now: what "overdue" is counted from.',
      resolve: ({ id }, _args, { today }) => today(id),
    }),
  }),
})

export const LegalEntity = builder.prismaNode('LegalEntity', {
  description: 'A company of the client that owns receivables: a company code of its ledger.',
  id: { field: 'clientId_id', description: 'Opaque id of the legal entity.' },
  nullable: true,
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Company code, as the ledger has it.' }),
    name: t.exposeString('name', { description: 'Name of the company; its code until somebody says better.' }),
  }),
})

const LegalEntityConnection = connectionOf(LegalEntity, 'LegalEntity', 'legal entities')
export const ClientConnection = connectionOf(Client, 'Client', 'clients')

builder.prismaObjectField(Client, 'legalEntities', (t) =>
  t.field({
    type: LegalEntityConnection,
    description: 'The companies of the client, by code.',
    args: pageArgs,
    resolve: ({ id }, args, { tx }) =>
      keyset(
        'legalEntities',
        args,
        [
          { field: 'code', as: 'text' },
          { field: 'id', as: 'uuid' },
        ],
        ({ where, orderBy, take }) => tx.prisma.legalEntity.findMany({ where: { clientId: id, ...where }, orderBy, take }),
      ),
  }),
)

builder.queryField('clients', (t) =>
  t.field({
    type: ClientConnection,
    nullable: true,
    description: 'The clients for which you hold any right, by code.',
    authScopes: { isKnown: true },
    args: pageArgs,
    resolve: (_root, args, { tx }) =>
      keyset(
        'clients',
        args,
        [
          { field: 'code', as: 'text' },
          { field: 'id', as: 'uuid' },
        ],
        ({ where, orderBy, take }) => tx.prisma.client.findMany({ where, orderBy, take }),
      ),
  }),
)

builder.queryField('client', (t) =>
  t.prismaField({
    type: Client,
    nullable: true,
    description: 'One client, by id or by code: everything of it hangs here.',
    authScopes: { isKnown: true },
    args: {
      id: t.arg.id({ description: 'Its id; either this or `code`.' }),
      code: t.arg.string({ description: 'Its code within the provider; either this or `id`.' }),
    },
    resolve: async (query, _root, { id, code }, { tx }) => {
      if ((typeof id === 'string') === (typeof code === 'string'))
        throw coded('BAD_USER_INPUT', 'Name the client by id or by code, one of the two.')
      const where = typeof id === 'string' ? { id: clientIdOf(id) } : { code: code ?? '' }
      const client = await tx.prisma.client.findFirst({ ...query, where })
      if (client === null) throw notFound('client')
      return client
    },
  }),
)
const PlanningRateInput = builder.inputType('PlanningRateInput', {
  description: 'What one unit of a currency is worth in the client’s base currency, for weighing work: never for booking.',
  fields: (t) => ({
    currency: t.field({ type: 'CurrencyCode', required: true, description: 'The other currency.' }),
    rate: t.field({ type: 'Decimal', required: true, description: 'Base-currency units for one unit of it; positive.' }),
  }),
})

const CreateClientInput = builder.inputType('CreateClientInput', {
  description: 'A new client of your provider.',
  fields: (t) => ({
    code: t.string({ required: true, description: '2 to 32 capital letters, digits, `-` or `_`; unique within the provider.' }),
    name: t.string({ required: true, description: 'Name of the company, at most 200 characters.' }),
    timeZone: t.string({ required: true, description: 'IANA zone in which its days begin, such as America/Chicago.' }),
    baseCurrency: t.field({ type: 'CurrencyCode', required: true, description: 'The currency it reports in.' }),
    calendarCode: t.string({
      required: true,
      description: 'ISO 3166 country or region whose holidays it keeps, such as US or DE-BY.',
    }),
    planningRates: t.field({
      type: [PlanningRateInput],
      description: 'Rates for weighing work in other currencies; a currency without one counts at par.',
    }),
  }),
})

const CreateClientPayload = builder.objectRef<{ clientId: string }>('CreateClientPayload').implement({
  description: 'The client was created.',
  fields: (t) => ({
    client: t.prismaField({
      type: Client,
      description: 'The new client.',
      resolve: (query, { clientId }, _args, { tx }) => tx.prisma.client.findUniqueOrThrow({ ...query, where: { id: clientId } }),
    }),
  }),
})

builder.mutationField('createClient', (t) =>
  t.field({
    type: CreateClientPayload,
    nullable: true,
    description: 'Creates a client of your provider. Needs the right client:create, which provider administrators have.',
    authScopes: { isKnown: true },
    errors: {
      types: [...createClient.refusals, NotFound],
      union: { name: 'CreateClientResult', description: 'What was done, or why not.' },
    },
    args: { input: t.arg({ type: CreateClientInput, required: true, description: 'What the client is.' }) },
    resolve: async (_root, { input }, { tx, now }) =>
      granted(await perform(tx, createClient, { ...input, id: newId(now), planningRates: input.planningRates ?? [] })),
  }),
)

const AddLegalEntityInput = builder.inputType('AddLegalEntityInput', {
  description: 'A company of a client.',
  fields: (t) => ({
    client: t.id({ required: true, description: 'Whose company it is.' }),
    code: t.string({
      required: true,
      description: 'Company code as its ledger has it, at most 40 characters; unique within the client.',
    }),
    name: t.string({ required: true, description: 'Name of the company, at most 200 characters.' }),
  }),
})

const AddLegalEntityPayload = builder.objectRef<RowKey>('AddLegalEntityPayload').implement({
  description: 'The company was added.',
  fields: (t) => ({
    legalEntity: t.prismaField({
      type: LegalEntity,
      description: 'The new company.',
      resolve: (query, { clientId, id }, _args, { tx }) =>
        tx.prisma.legalEntity.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
  }),
})

builder.mutationField('addLegalEntity', (t) =>
  t.field({
    type: AddLegalEntityPayload,
    nullable: true,
    description: 'Adds a company to a client. Loads add those they meet by themselves, under their code alone.',
    authScopes: { isKnown: true },
    errors: {
      types: [...addLegalEntity.refusals, NotFound],
      union: { name: 'AddLegalEntityResult', description: 'The company, or why not.' },
    },
    args: { input: t.arg({ type: AddLegalEntityInput, required: true, description: 'The company.' }) },
    resolve: async (_root, { input: { client, code, name } }, { tx }) =>
      granted(await perform(tx, addLegalEntity, { clientId: clientIdOf(client), code, name })),
  }),
)
