import { pageSize } from '../../platform/database/sql.ts'
import { loaderWith } from '../../platform/graphql/loader.ts'
import { groupInto } from '../../platform/group.ts'

export type SubjectRow = {
  readonly clientId: string
  readonly handoverId: string
  readonly place: number
  readonly customerId: string | null
  readonly workItemId: string | null
}

/** A page of what each of some handovers speaks of, in the order it was given: all in one statement. */
export const subjectsOf = loaderWith<{ readonly take: number; readonly after: number }, readonly SubjectRow[]>(
  async ({ tx }, keys, { take, after }) => {
    const rows = await tx.sql<SubjectRow>`
      select k.client_id as "clientId", k.handover_id as "handoverId", s.place, s.customer_id as "customerId", s.work_item_id as "workItemId"
      from unnest(${keys.map(({ clientId }) => clientId)}::uuid[], ${keys.map(({ id }) => id)}::uuid[]) as k (client_id, handover_id)
      cross join lateral (
        select s.place, s.customer_id, s.work_item_id from handover_subject s
        where s.client_id = k.client_id and s.handover_id = k.handover_id and s.place > ${after}
        order by s.place limit ${pageSize(take)}) s`
    return groupInto(
      rows,
      ({ handoverId }) => handoverId,
      (row) => row,
    )
  },
  () => [],
)
