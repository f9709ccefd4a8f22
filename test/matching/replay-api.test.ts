import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { aClient, ask, asOwner, theApp } from '../harness/index.ts'
import { dataFolder } from '../real-ledger/raw.ts'
import { type ReplayStyle, shareOf } from './replay.ts'
import { clearedFile, clearedPath, invoicesOf, replayThroughApi } from './replay-api.ts'

// The Canadian company of the real ledger, through the API and the database. The bench does the same with all of it.

const company = 'CA02'
const isThere = existsSync(dataFolder)

/** The rows of one company, as the file has them. */
const ofCompany = () =>
  Readable.from(
    (async function* () {
      let isHeader = true
      for await (const line of createInterface({ input: createReadStream(clearedPath) })) {
        if (isHeader || line.split(',').includes(company)) yield `${line}\n`
        isHeader = false
      }
    })(),
  )

const aWorld = async () => {
  const client = await aClient()
  const { engine } = await theApp()
  return {
    client: { id: client.id, providerId: client.provider.id, timeZone: 'UTC' },
    database: engine.database,
    ask: async <Data>(query: string, variables: object): Promise<Data> => {
      const { data, errors } = await ask<Data>(client.integration, query, variables as Record<string, unknown>)
      if (data === undefined || data === null) throw new Error(JSON.stringify(errors))
      return data
    },
    query: <Row extends object>(text: string, values: readonly unknown[]) => asOwner<Row>(text, [...values]),
  }
}

describe.skipIf(!isThere)(`the real ledger of ${company}, paid once more through the API`, () => {
  const replay = async (style: ReplayStyle) => {
    const invoices = invoicesOf().filter((invoice) => invoice.company === company)
    const source = { ...clearedFile, open: ofCompany }
    const figures = await replayThroughApi(await aWorld(), { style, invoices, source })
    const shares = {
      line_hit: shareOf(figures.hit, figures.lines),
      straight_through: shareOf(figures.automatic, figures.receipts),
    }
    process.stdout.write(
      `${style} ${JSON.stringify({ ...shares, false: figures.wrong, receipts: figures.receipts, tied: figures.isTied })}\n`,
    )
    expect(figures.isTied).toBe(true)
    expect(figures.wrong).toBe(0)
    return { ...figures, ...shares }
  }

  it('exact ids: at least 99.5 % of the lines by themselves, and none wrong', async () => {
    expect((await replay('EXACT')).line_hit).toBeGreaterThanOrEqual(0.995)
  }, 180_000)

  it('noisy ids: at least 97 % of the lines by themselves, and none wrong', async () => {
    expect((await replay('NOISY')).line_hit).toBeGreaterThanOrEqual(0.97)
  }, 180_000)

  it('amounts only: proposals, and nothing by itself', async () => {
    const { automatic, suggested, hit } = await replay('AMOUNT_ONLY')
    expect({ automatic, hit }).toEqual({ automatic: 0, hit: 0 })
    expect(suggested).toBeGreaterThan(0)
  }, 180_000)
})

it.skipIf(isThere)('of ../shared/data is absent: nothing was replayed', (context) => context.skip(`there is no ${dataFolder}`))
