import { describe, expect, it } from 'vitest'
import { aboutLoads, load, tableSums, upload } from './asking.ts'
import { cleared, ibm, loaded, open, timed } from './loads.ts'
import { theWorld } from './world.ts'

const isAboutTheLedger = `name not in ('import.started', 'import.progressed', 'import.finished')`

export const theLoadsAgain = () => {
  describe('the same files again', () => {
    it('change nothing: no item, no history, no place in the queue', async () => {
      await loaded()
      const { a, b, integrationA, sql } = await theWorld()
      const before = await tableSums(aboutLoads)
      const eventsBefore = await sql(`select count(*)::int as n from event where ${isAboutTheLedger}`)
      const { status, body } = await timed('open.csv again', 9_681, () =>
        upload(integrationA, open, { client: a.code, profile: 'highradius-open' }),
      )
      expect({ status, ...body }).toMatchObject({
        status: 200,
        state: 'APPLIED',
        effects: { inserted: 0, changed: 0, unchanged: 9_681, customersAdded: 0, itemsIdentified: 0, customersForgotten: 0 },
      })
      const again = await timed('cleared.csv again', 40_000, () => load(a, cleared, 'highradius-cleared', { allowPartial: true }))
      expect(again).toMatchObject({
        state: 'APPLIED',
        effects: { inserted: 0, changed: 0, unchanged: 39_152, customersAdded: 0, itemsIdentified: 0, customersForgotten: 0 },
      })
      const third = await timed('receivables.csv again', 2_466, () => load(b, ibm, 'ibm-receivables'))
      expect(third).toMatchObject({ state: 'APPLIED', effects: { inserted: 0, changed: 0, unchanged: 2_466, customersAdded: 0 } })
      const after = await tableSums(aboutLoads)
      expect(after).toEqual(before)
      expect(Object.keys(after)).toEqual(expect.arrayContaining(['customer', 'open_item', 'open_item_change', 'work_item']))
      expect(await sql(`select count(*)::int as n from event where ${isAboutTheLedger}`)).toEqual(eventsBefore)
    })
  })
}
