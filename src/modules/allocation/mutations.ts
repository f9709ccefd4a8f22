import { builder } from '../../platform/graphql/builder.ts'
import { commandField } from '../../platform/graphql/command-field.ts'
import { clientIdOf, keyOf } from '../../platform/graphql/ids.ts'
import { limits } from '../../platform/limits.ts'
import { Customer } from '../customer/index.ts'
import { type AllocationOutcome, assignCustomers, returnToRules } from './commands.ts'
import { directoryIdOf } from './team-reads.ts'

const RefusedAllocation = builder.objectRef<NonNullable<AllocationOutcome['refusal']>>('RefusedAllocation').implement({
  description: 'Why one customer among several stayed where it was.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'For programs; never changes: NOT_FOUND, or NOT_ASSIGNED where nothing was given by hand.',
    }),
    message: t.exposeString('message', { description: 'For people.' }),
  }),
})

type Outcome = AllocationOutcome & { readonly clientId: string }

const AllocationOutcomeType = builder.objectRef<Outcome>('AllocationOutcome').implement({
  description: 'What became of one customer among several.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Its place among the customers, from 0.' }),
    customer: t.prismaField({
      type: Customer,
      nullable: true,
      description: 'The customer, whose `ownership` is the new one; null where it was refused.',
      resolve: (query, { clientId, customerId: id }, _args, { tx }) =>
        id === null ? null : tx.prisma.customer.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
    }),
    refusal: t.field({
      type: RefusedAllocation,
      nullable: true,
      description: 'Why it was refused; null where it was not.',
      resolve: ({ refusal }) => refusal,
    }),
  }),
})

type Done = { readonly clientId: string; readonly outcomes: readonly AllocationOutcome[] }

const allocationPayload = (name: string, description: string) =>
  builder.objectRef<Done>(name).implement({
    description,
    fields: (t) => ({
      outcomes: t.field({
        type: [AllocationOutcomeType],
        description: 'What became of each, in the order they were given.',
        resolve: ({ clientId, outcomes }) => outcomes.map((outcome) => ({ ...outcome, clientId })),
      }),
    }),
  })

const reasonText = 'Why, for the audit and the customer’s history; 1 to 500 characters.'
const customersText = `1 to ${limits.command.rows} customers of the client.`

commandField(assignCustomers, {
  description:
    'Gives customers, and with them all their work, to a team or a person by hand, whatever the rules say: for a time, or until `returnToRules`. For leads.',
  input: builder.inputType('AssignCustomersInput', {
    description: 'Customers for an owner.',
    fields: (t) => ({
      client: t.id({ required: true, description: 'Whose customers.' }),
      customers: t.idList({ required: true, description: customersText }),
      team: t.id({
        required: true,
        description: 'The team that is to own them; it serves the client. See `Client.deliveryTeams`.',
      }),
      person: t.id({ description: 'Somebody of that team who can work for the client; the team together without it.' }),
      until: t.field({
        type: 'DateTime',
        description: 'When they go back to the rules, at most 366 days ahead; without it, once somebody returns them.',
      }),
      reason: t.string({ required: true, description: reasonText }),
      note: t.string({ description: 'What the new owner is to know of them, at most 2,000 characters.' }),
    }),
  }),
  payload: allocationPayload('AssignCustomersPayload', 'Each customer is with its new owner, or was refused by itself.'),
  read: ({ client, customers, team, person, until, note, reason }, { viewer }) => ({
    clientId: clientIdOf(client),
    customers: customers.map((id) => keyOf('Customer', String(id))),
    teamId: directoryIdOf('Team', team, viewer),
    personId: typeof person === 'string' ? directoryIdOf('User', person, viewer) : null,
    until: until ?? null,
    note: note ?? null,
    reason,
  }),
})

commandField(returnToRules, {
  description: 'Gives customers that were given by hand back to whom the rules say. For leads.',
  input: builder.inputType('ReturnToRulesInput', {
    description: 'Customers to return.',
    fields: (t) => ({
      client: t.id({ required: true, description: 'Whose customers.' }),
      customers: t.idList({ required: true, description: customersText }),
      reason: t.string({ required: true, description: reasonText }),
    }),
  }),
  payload: allocationPayload('ReturnToRulesPayload', 'Each customer is with whom the rules say, or was refused by itself.'),
  read: ({ client, customers, reason }) => ({
    clientId: clientIdOf(client),
    customers: customers.map((id) => keyOf('Customer', String(id))),
    reason,
  }),
})
