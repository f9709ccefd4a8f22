import type { Day } from '../../kernel/day.ts'
import { builder, heldFor } from '../../platform/graphql/builder.ts'
import { coded } from '../../platform/graphql/errors.ts'
import { Client } from '../client/index.ts'
import { type StageCounts, stageCounts } from './reads.ts'

type Figures = StageCounts & { readonly from: Day; readonly to: Day }

const StageFigures = builder.objectRef<Figures>('StageFigures').implement({
  description: 'What became of the steps that were due in some days. Each step of an item counts once.',
  fields: (t) => ({
    from: t.expose('from', { type: 'Date', description: 'First day.' }),
    to: t.expose('to', { type: 'Date', description: 'Last day.' }),
    onTime: t.exposeInt('onTime', { description: 'Done by the end of their grace.' }),
    late: t.exposeInt('late', { description: 'Done behind it.' }),
    missed: t.exposeInt('missed', { description: 'Late, and not done until now.' }),
    skipped: t.exposeInt('skipped', { description: 'Left out by somebody while they were next. They do not count.' }),
    held: t.exposeInt('held', {
      description: 'How often items were held in these days. What is held is not late, and does not count.',
    }),
    adherence: t.float({
      nullable: true,
      description: 'onTime ÷ (onTime + late + missed), from 0 to 1; null where nothing was due.',
      resolve: ({ onTime, late, missed }) => (onTime + late + missed === 0 ? null : onTime / (onTime + late + missed)),
    }),
  }),
})

builder.prismaObjectField(Client, 'stageFigures', (t) =>
  t.field({
    type: StageFigures,
    nullable: true,
    authScopes: heldFor('work:read'),
    description: 'How well the ladder was followed: steps that were due in a period.',
    args: {
      from: t.arg({ type: 'Date', required: true, description: 'First due day.' }),
      to: t.arg({ type: 'Date', required: true, description: 'Last due day; at most 366 days behind the first.' }),
    },
    resolve: async ({ id }, { from, to }, { tx }) => {
      if (to < from || Date.parse(to) - Date.parse(from) > 366 * 86_400_000)
        throw coded('BAD_USER_INPUT', 'to is from the day of from to 366 days behind it.')
      return { ...(await stageCounts(tx, id, from, to)), from, to }
    },
  }),
)
