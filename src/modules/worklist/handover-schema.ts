import { encodeCursor, toConnection } from '../../kernel/page.ts'
import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { commandField } from '../../platform/graphql/command-field.ts'
import { connectionOf, pageArgs } from '../../platform/graphql/connection.ts'
import { clientIdOf, globalIdOf, keyOf } from '../../platform/graphql/ids.ts'
import { keyset } from '../../platform/graphql/keyset.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import { pageOf, readInt } from '../../platform/graphql/page.ts'
import { directoryIdOf } from '../allocation/index.ts'
import { Client } from '../client/index.ts'
import { Customer } from '../customer/index.ts'
import { HandoverTaken, handoverNoteMax, subjectsMost } from './handover.ts'
import { takeOverHandover, writeHandover } from './handover-commands.ts'
import { type SubjectRow, subjectsOf } from './handover-reads.ts'
import { workItems } from './reads.ts'
import { customersById } from './simulation-reads.ts'
import { WorkItem } from './types.ts'

const HandoverSubject = builder.objectRef<SubjectRow>('HandoverSubject').implement({
  description: 'A customer or a work item that a handover speaks of.',
  fields: (t) => ({
    customer: t.field({
      type: Customer,
      nullable: true,
      description: 'The customer; null for a work item.',
      resolve: ({ clientId, customerId: id }, _args, context) =>
        (id === null ? null : customersById(context).load({ clientId, id })) as never,
    }),
    workItem: t.field({
      type: WorkItem,
      nullable: true,
      description: 'The work item as it is now; null for a customer.',
      resolve: ({ clientId, workItemId: id }, _args, context) => (id === null ? null : workItems(context).load({ clientId, id })),
    }),
  }),
})

const HandoverSubjectConnection = connectionOf(HandoverSubject, 'HandoverSubject', 'what a handover speaks of')

const Handover = builder.prismaNode('Handover', {
  description: 'What one shift tells the next about a client’s work. It is never changed; another one puts it right.',
  id: { field: 'clientId_id', description: 'Opaque id of the handover.' },
  nullable: true,
  fields: (t) => ({
    note: t.exposeString('note', { description: 'What whoever comes next has to know.' }),
    writtenBy: t.exposeString('writtenByName', { description: 'Who wrote it: their name then.' }),
    writtenAt: t.expose('writtenAt', { type: 'DateTime', description: 'When.' }),
    until: t.expose('until', { type: 'DateTime', description: 'Until when it is of use.' }),
    teamId: t.id({
      nullable: true,
      description: 'Id of the team that it is for, as `Team` has it; null for whoever comes next.',
      resolve: ({ teamId }, _args, { viewer }) =>
        teamId === null ? null : globalIdOf('Team', { clientId: viewer.providerId, id: teamId }),
    }),
    teamName: t.exposeString('teamName', { nullable: true, description: 'The name of that team then.' }),
    claimsTo: t.exposeString('claimsToName', {
      nullable: true,
      description: 'Who got the writer’s claims: their name then; null where they were not passed on.',
    }),
    claimsPassed: t.exposeInt('claims', { description: 'How many claims were passed on.' }),
    subjects: t.field({
      type: HandoverSubjectConnection,
      description: 'What it speaks of: customers, then work items, each in the order they were given.',
      args: pageArgs,
      resolve: async ({ clientId, id }, args, context) => {
        const page = pageOf('subjects', 1, args)
        const after = page.after === null ? -1 : readInt(page.after[0])
        const rows = await subjectsOf(context, { take: page.first + 1, after }).load({ clientId, id })
        return toConnection(rows, page, ({ place }) => encodeCursor('subjects', [place]))
      },
    }),
    takenBy: t.string({
      nullable: true,
      select: { takeover: true },
      description: 'Who took it over: their name then; null while nobody did.',
      resolve: ({ takeover }) => takeover?.takenByName ?? null,
    }),
    takenAt: t.field({
      type: 'DateTime',
      nullable: true,
      select: { takeover: true },
      description: 'When somebody took it over.',
      resolve: ({ takeover }) => takeover?.takenAt ?? null,
    }),
  }),
})

const HandoverConnection = connectionOf(Handover, 'Handover', 'handovers')

builder.prismaObjectField(Client, 'handovers', (t) =>
  t.field({
    type: HandoverConnection,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'What shifts told one another, latest first.',
    args: {
      unread: t.arg.boolean({
        description:
          'Only those that nobody took over yet and whose time is not over: what is there for you. False does not narrow.',
      }),
      team: t.arg.id({ description: 'Only those for this team, and those for whoever comes next.' }),
      ...pageArgs,
    },
    resolve: ({ id }, { unread, team, ...args }, { tx, viewer }) =>
      keyset(
        'handovers',
        args,
        [
          { field: 'writtenAt', as: 'instant', descending: true },
          { field: 'id', as: 'uuid', descending: true },
        ],
        ({ where, orderBy, take }) => {
          const open = unread === true ? { takeover: null, until: { gt: tx.now } } : {}
          const forTeam =
            typeof team === 'string' ? { OR: [{ teamId: null }, { teamId: directoryIdOf('Team', team, viewer) }] } : {}
          return tx.prisma.handover.findMany({
            where: { AND: [{ clientId: id, ...open }, forTeam, where] },
            include: { takeover: true },
            orderBy,
            take,
          })
        },
      ),
  }),
)

builder.objectType(HandoverTaken, {
  name: 'HandoverTaken',
  description: 'Somebody took the handover over already.',
  interfaces: ['Refusal' as never],
  fields: (t) => ({
    by: t.exposeString('by', { description: 'Who.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
  }),
})

const handoverPayload = (name: string, description: string) =>
  builder.objectRef<RowKey>(name).implement({
    description,
    fields: (t) => ({
      handover: t.prismaField({
        type: Handover,
        description: 'The handover as it is now.',
        resolve: (query, { clientId, id }, _args, { tx }) =>
          tx.prisma.handover.findUniqueOrThrow({ ...query, where: { clientId_id: { clientId, id } } }),
      }),
    }),
  })

commandField(writeHandover, {
  description:
    'Tells whoever comes next what they have to know of a client’s work and, if asked, gives them the claims that you hold there.',
  input: builder.inputType('WriteHandoverInput', {
    description: 'A handover to write.',
    fields: (t) => ({
      client: t.id({ required: true, description: 'Whose work it is about.' }),
      team: t.id({ description: 'The team it is for, which serves the client; whoever comes next without it.' }),
      note: t.string({ required: true, description: `What they have to know, 1 to ${handoverNoteMax} characters.` }),
      customers: t.idList({
        description: `Customers that it speaks of; with the work items at most ${subjectsMost}.`,
      }),
      workItems: t.idList({ description: 'Work items that it speaks of.' }),
      until: t.field({ type: 'DateTime', required: true, description: 'Until when it is of use, at most 14 days ahead.' }),
      passClaimsTo: t.id({
        description:
          'Somebody who can work for the client, of that team if one is named, who gets all claims that you hold at the client, for the time that is left of each; you keep them without it.',
      }),
    }),
  }),
  payload: handoverPayload('WriteHandoverPayload', 'The handover is there for the next shift.'),
  read: ({ client, team, customers, workItems: works, passClaimsTo, note, until }, { viewer }) => ({
    clientId: clientIdOf(client),
    teamId: typeof team === 'string' ? directoryIdOf('Team', team, viewer) : null,
    customers: (customers ?? []).map((id) => keyOf('Customer', String(id))),
    workItems: (works ?? []).map((id) => keyOf('WorkItem', String(id))),
    passClaimsTo: typeof passClaimsTo === 'string' ? directoryIdOf('User', passClaimsTo, viewer) : null,
    note,
    until,
  }),
})

commandField(takeOverHandover, {
  description: 'Says that you have read a handover and take its work over. Once, and not by who wrote it.',
  input: builder.inputType('TakeOverHandoverInput', {
    description: 'A handover to take over.',
    fields: (t) => ({ handover: t.id({ required: true, description: 'The handover.' }) }),
  }),
  payload: handoverPayload('TakeOverHandoverPayload', 'You took it over.'),
  read: ({ handover }) => ({ handover: keyOf('Handover', handover) }),
})
