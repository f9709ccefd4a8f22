import { openDatabase } from '../../src/platform/database/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { type PaidInvoice, type ReplayStyle, shareOf } from '../matching/replay.ts'
import { clearedFile, invoicesOf, replayThroughApi } from '../matching/replay-api.ts'
import { openCashWorld } from './cash-world.ts'

type Figure = (name: string, value: number, unit: string, runs?: number) => void

const replayStyle = async (style: ReplayStyle, invoices: readonly PaidInvoice[]) => {
  const world = await openCashWorld()
  const database = openDatabase(world.backing.appUrl, { log: createLog('error') })
  try {
    const { client, ask, owner } = world
    const query = async <Row extends object>(text: string, values: readonly unknown[]) =>
      (await owner.query<Row & Record<string, unknown>>(text, [...values])).rows as Row[]
    const figures = await replayThroughApi({ client, database, ask, query }, { style, invoices, source: clearedFile })
    if (!figures.isTied) throw new Error(`the money of ${style} does not tie`)
    return figures
  } finally {
    await database.close()
    await world.stop()
  }
}

/** A year of a real ledger paid once more, through the API and the database. */
export const run = async ({ figure }: { figure: Figure }) => {
  const invoices = invoicesOf()
  const exact = await replayStyle('EXACT', invoices)
  figure('exact_line_hit', shareOf(exact.hit, exact.lines), 'share')
  figure('exact_false', exact.wrong, 'lines')
  figure('exact_straight_through', shareOf(exact.automatic, exact.receipts), 'share')
  figure('exact_match_s', exact.seconds, 's')
  const noisy = await replayStyle('NOISY', invoices)
  figure('noisy_line_hit', shareOf(noisy.hit, noisy.lines), 'share')
  figure('noisy_false', noisy.wrong, 'lines')
  figure('noisy_straight_through', shareOf(noisy.automatic, noisy.receipts), 'share')
  const amounts = await replayStyle('AMOUNT_ONLY', invoices)
  figure('amount_auto', amounts.automatic, 'receipts')
  figure('amount_suggested', shareOf(amounts.suggested, amounts.receipts), 'share')
}
