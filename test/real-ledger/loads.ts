import { expect } from 'vitest'
import type { ImportReport } from '../../src/modules/intake/index.ts'
import { load, say, upload } from './asking.ts'
import { type Piles, thousandths } from './raw.ts'
import { theWorld } from './world.ts'

export const cleared = 'ledger-highradius/cleared.csv'
export const open = 'ledger-highradius/open.csv'
export const ibm = 'ledger-ibm/receivables.csv'

/** What ../shared/data/README.md says that the files hold, by company and currency. */
export const inCleared = {
  'CA02 CAD': [3_180, '176181467.98'],
  'U001 USD': [36_190, '1091286221.50'],
  'U002 USD': [116, '3783266.57'],
  'U005 USD': [9, '81982.60'],
  'U007 USD': [4, '13303.36'],
  'U013 CAD': [2, '7253.84'],
  'U013 USD': [499, '11247899.89'],
} as const
export const inOpen = {
  'CA02 USD': [704, '29552733.504'],
  'U001 USD': [8_887, '278746187.80'],
  'U002 USD': [18, '866107.14'],
  'U005 USD': [2, '14224.56'],
  'U007 USD': [1, '1715.04'],
  'U013 USD': [69, '1246890.93'],
} as const
export const inIbm = [2_466, '147703.18'] as const

type Told = readonly [number, string]

export const pilesIn = (told: Readonly<Record<string, Told>>): Piles =>
  new Map(Object.entries(told).map(([key, [rows, amount]]) => [key, { rows, exact: thousandths(amount) }]))

export const together = (piles: Piles, currency: string): Told => {
  const some = [...piles].filter(([key]) => key.endsWith(currency)).map(([, pile]) => pile)
  const exact = some.reduce((sum, pile) => sum + pile.exact, 0n)
  return [some.reduce((sum, { rows }) => sum + rows, 0), `${exact / 1000n}.${String(exact % 1000n).padStart(3, '0')}`]
}

const controlsOf = (told: Readonly<Record<string, Told>>) =>
  Object.entries(told).map(([key, [count, amount]]) => {
    const [legalEntity = '', currency = ''] = key.split(' ')
    return { legalEntity, currency, count, amount }
  })

export const timed = async <Value>(what: string, rows: number, work: () => Promise<Value>): Promise<Value> => {
  const start = performance.now()
  const value = await work()
  const seconds = (performance.now() - start) / 1000
  say(`${what}: ${rows} rows in ${seconds.toFixed(1)} s (${Math.round(rows / seconds)} rows/s)`)
  return value
}

type Loads = { readonly open: ImportReport; readonly cleared: ImportReport; readonly ibm: ImportReport }
let loads: Promise<Loads> | undefined

/** Each file once, whole: the open items through the door of the integration, the rest through the engine. */
export const loaded = (): Promise<Loads> => {
  loads ??= (async () => {
    const { a, b, integrationA } = await theWorld()
    const controls = controlsOf(inOpen).map(
      ({ legalEntity, currency, count, amount }) => `${legalEntity}:${currency}:${count}:${amount}`,
    )
    const first = await timed('open.csv, over HTTP into A', 9_681, () =>
      upload(integrationA, open, { client: a.code, profile: 'highradius-open' }, controls),
    )
    expect(first, JSON.stringify(first.body)).toMatchObject({ status: 200, body: { state: 'APPLIED' } })
    return {
      open: first.body,
      cleared: await timed('cleared.csv into A', 40_000, () =>
        load(a, cleared, 'highradius-cleared', { allowPartial: true, controlTotals: controlsOf(inCleared) }),
      ),
      ibm: await timed('receivables.csv into B', 2_466, () =>
        load(b, ibm, 'ibm-receivables', {
          controlTotals: [{ legalEntity: null, currency: 'USD', count: inIbm[0], amount: inIbm[1] }],
        }),
      ),
    }
  })()
  return loads
}
