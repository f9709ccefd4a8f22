import { addDays, beginOfDay } from '../../kernel/day.ts'
import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { coded } from '../../platform/graphql/errors.ts'
import { Client } from '../client/index.ts'
import {
  type Elapsed,
  elapsedOf,
  levelsOf,
  movesIn,
  type OfLevel,
  type OfTeam,
  type Period,
  type Standing,
  standingOf,
  teamsOf,
} from './figure-reads.ts'

const ElapsedType = builder.objectRef<Elapsed>('RequestElapsed').implement({
  description: 'How long something took, in seconds as they passed, weekends and nights among them.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How often it happened.' }),
    medianSeconds: t.exposeFloat('medianSeconds', { nullable: true, description: 'Half took no longer; null where none was.' }),
    ninetiethSeconds: t.exposeFloat('ninetiethSeconds', {
      nullable: true,
      description: 'Nine of ten took no longer; null where none was.',
    }),
  }),
})

const OfLevelType = builder.objectRef<OfLevel>('RequestsOfLevel').implement({
  description: 'Escalations that stand at one level of a path now.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Code of the path.' }),
    level: t.exposeInt('level', { description: 'The level, from 1.' }),
    open: t.exposeInt('open', { description: 'Those that are not over.' }),
    overdue: t.exposeInt('overdue', { description: 'Those of them with a deadline that has passed.' }),
  }),
})

const OfTeamType = builder.objectRef<OfTeam>('RequestsOfTeam').implement({
  description: 'Requests that one team owns now or was handed.',
  fields: (t) => ({
    team: t.exposeString('team', { description: 'Name of the team.' }),
    open: t.exposeInt('open', { description: 'Those that are not over.' }),
    overdue: t.exposeInt('overdue', { description: 'Those of them with a deadline that has passed.' }),
    handOffs: t.exposeInt('handOffs', { description: 'Hand-offs that the team has neither completed nor returned.' }),
    medianAgeSeconds: t.exposeFloat('medianAgeSeconds', {
      nullable: true,
      description: 'Half of these hand-offs are no older, in seconds since their clock began; null where there is none.',
    }),
    oldestAt: t.expose('oldestAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the clock of the oldest of them began.',
    }),
  }),
})

const RequestFigures = builder.objectRef<Period & Standing>('RequestFigures').implement({
  description: 'How requests stand now, and how quickly they were taken and answered in a period.',
  fields: (t) => ({
    from: t.expose('from', { type: 'Date', description: 'First day at the client.' }),
    to: t.expose('to', { type: 'Date', description: 'Last day at the client.' }),
    open: t.exposeInt('open', { description: 'Requests that are not over now.' }),
    overdue: t.exposeInt('overdue', { description: 'Those of them with a deadline that has passed.' }),
    raised: t.int({
      description: 'Requests that were raised in the period.',
      resolve: (period, _args, { tx }) => movesIn(tx, period, 'raise'),
    }),
    climbed: t.int({
      description: 'How often an escalation went up a level in the period because nobody acknowledged it in time.',
      resolve: (period, _args, { tx }) => movesIn(tx, period, 'climb'),
    }),
    timeToAcknowledge: t.field({
      type: ElapsedType,
      description:
        'From the beginning of the clock to its first acknowledgement, and again to the one behind a de-escalation, of those in the period.',
      resolve: (period, _args, { tx }) => elapsedOf(tx, period, ['acknowledge', 'takeOwnership']),
    }),
    timeToAnswer: t.field({
      type: ElapsedType,
      description: 'From the beginning of the clock to its first answer or end, of those answered in the period.',
      resolve: (period, _args, { tx }) => elapsedOf(tx, period, ['answer', 'resolve']),
    }),
    byLevel: t.field({
      type: [OfLevelType],
      description: 'Escalations that are not over now, by path and level.',
      resolve: ({ clientId }, _args, { tx }) => levelsOf(tx, clientId),
    }),
    byTeam: t.field({
      type: [OfTeamType],
      description: 'Requests that are not over now, by the team that owns them or was handed them.',
      resolve: ({ clientId }, _args, { tx }) => teamsOf(tx, clientId),
    }),
  }),
})

builder.prismaObjectField(Client, 'requestFigures', (t) =>
  t.field({
    type: RequestFigures,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'How requests stand now, and how quickly they were taken and answered in a period.',
    args: {
      from: t.arg({ type: 'Date', required: true, description: 'First day at the client.' }),
      to: t.arg({ type: 'Date', required: true, description: 'Last day at the client; at most 366 days behind the first.' }),
    },
    resolve: async ({ id }, { from, to }, { tx, viewer }) => {
      if (to < from || Date.parse(to) - Date.parse(from) > 366 * 86_400_000)
        throw coded('BAD_USER_INPUT', 'to is from the day of from to 366 days behind it.')
      const zone = viewer.held.get(id)?.timeZone ?? 'UTC'
      const [since, until] = [beginOfDay(zone, from), beginOfDay(zone, addDays(to, 1))]
      return { ...(await standingOf(tx, id)), clientId: id, from, to, since, until }
    },
  }),
)
