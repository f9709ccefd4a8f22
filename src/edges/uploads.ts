import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { importBankFile } from '../flows/import-bank-file.ts'
import { importLedger } from '../flows/import-ledger.ts'
import type { ImportSource, PassRequest } from '../flows/import-passes.ts'
import { isCurrency } from '../kernel/money.ts'
import { isRefusal } from '../kernel/refusal.ts'
import { type AskedWords, askedReadingOf } from '../modules/bank/index.ts'
import { clientNamed } from '../modules/client/index.ts'
import {
  batchExists,
  type ControlTotal,
  type ImportReport,
  profileNamed,
  profileNames,
  rejectsCsv,
} from '../modules/intake/index.ts'
import { inUnit, Unknown } from '../platform/database/unit.ts'
import type { Engine } from '../platform/graphql/execute.ts'
import { clientIdOf, globalIdOf, keyOf } from '../platform/graphql/ids.ts'
import type { Asker } from '../platform/identity/asker.ts'
import type { TokenRules } from '../platform/identity/token.ts'
import { limits } from '../platform/limits.ts'
import { can } from '../platform/policy.ts'
import type { NotFound } from '../platform/refusals.ts'
import { refuse } from './graphql-http.ts'
import { forCallers, type Route } from './http.ts'

class TooLong extends Error {}

/** The body on disk, where the import can read it as often as it needs, and no unit ever waits for a network. */
const spool = async (request: IncomingMessage, folder: string): Promise<string> => {
  const file = join(folder, 'upload')
  let bytes = 0
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      bytes += chunk.length
      if (bytes > limits.http.uploadBytes) throw new TooLong()
      yield chunk
    }
  }
  await pipeline(request, counted, createWriteStream(file))
  return file
}

export const json = (response: ServerResponse, status: number, body: object) => {
  response.statusCode = status
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.end(`${JSON.stringify(body)}\n`)
}

const flag = (url: URL, name: string): boolean => ['', 'true', '1'].includes(url.searchParams.get(name) ?? 'false')

/** `control=ENTITY:CURRENCY:COUNT:AMOUNT`, as often as there are totals; an empty ENTITY means all together. */
const controlsOf = (url: URL): ControlTotal[] | null => {
  const totals = url.searchParams.getAll('control').map((text): ControlTotal | null => {
    const match = /^([^:]*):([A-Z]{3}):(\d{1,9}):(-?\d{1,18}(?:\.\d{1,9})?)$/.exec(text)
    const [, entity = '', currency = '', count = '0', amount = '0'] = match ?? []
    return match === null || !isCurrency(currency)
      ? null
      : { legalEntity: entity === '' ? null : entity, currency, count: Number(count), amount }
  })
  return totals.some((total) => total === null) ? null : (totals as ControlTotal[])
}

/** What a file is loaded with, once it lies on disk. */
type Load = (request: PassRequest) => Promise<ImportReport | NotFound>

const badInput = (response: ServerResponse, message: string) => refuse(response, 400, 'BAD_USER_INPUT', message)
const tooLong = (response: ServerResponse) =>
  refuse(response, 413, 'BAD_REQUEST', `A file has at most ${limits.http.uploadBytes} bytes.`, [['connection', 'close']])

/** Takes the body of a request as a file, for whoever may import it, and answers with the report of its load. */
const receive = async (engine: Engine, { asker, request, response, url }: Call, load: Load) => {
  if (Number(request.headers['content-length'] ?? 0) > limits.http.uploadBytes) return tooLong(response)
  // Whoever may not import is told so before anything is written to disk, and not told whether the client exists.
  const clientId = await importableClient(engine, asker, url.searchParams.get('client') ?? '')
  if (clientId === null)
    return refuse(response, 404, 'NOT_FOUND', 'There is no such client, or you have no right to import into it.')

  const folder = await mkdtemp(join(tmpdir(), 'quittance-upload-'))
  try {
    const file = await spool(request, folder)
    const name = (url.searchParams.get('name') ?? 'upload').slice(0, 200)
    const source: ImportSource = { name, open: () => createReadStream(file) }
    const report = await load({ asker, clientId, source, dryRun: flag(url, 'dryRun') })
    if (isRefusal(report)) return refuse(response, 404, 'NOT_FOUND', report.message)
    const isGood = report.state === 'APPLIED' || (report.state === 'DRY_RUN' && report.reasons.length === 0)
    json(response, isGood ? 200 : 422, { ...report, batchId: globalIdOf('ImportBatch', { clientId, id: report.batchId }) })
  } catch (thrown) {
    if (!(thrown instanceof TooLong)) throw thrown
    tooLong(response)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Call = {
  readonly asker: Asker
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
}

const ledgerFile = async (engine: Engine, call: Call) => {
  const { response, url } = call
  const profile = profileNamed(url.searchParams.get('profile') ?? '')
  if (profile === null) return badInput(response, `Name a profile: ${profileNames.join(', ')}.`)
  const asOfText = url.searchParams.get('dataAsOf')
  const dataAsOf = asOfText === null ? undefined : new Date(asOfText)
  // Not even an instant compares as false, and is refused with those that lie ahead.
  if (dataAsOf !== undefined && !(dataAsOf <= engine.clock())) return badInput(response, 'dataAsOf is an instant that has been.')
  const controlTotals = controlsOf(url)
  if (controlTotals === null) return badInput(response, 'A control total is ENTITY:CURRENCY:COUNT:AMOUNT.')
  const asked = {
    profile,
    controlTotals,
    allowPartial: flag(url, 'allowPartial'),
    ...(dataAsOf === undefined ? {} : { dataAsOf }),
  }
  await receive(engine, call, (request) => importLedger(engine, { ...request, ...asked }))
}

const bankFile = async (engine: Engine, call: Call) => {
  const { response, url } = call
  const said = (name: keyof AskedWords) => url.searchParams.get(name)
  const words = { format: said('format'), profile: said('profile'), account: said('account'), currency: said('currency') }
  const asked = askedReadingOf(words)
  if ('field' in asked) return badInput(response, `${asked.field}: ${asked.message}.`)
  await receive(engine, call, (request) => importBankFile(engine, { ...request, asked }))
}

/** By id or by code; null without the right to import. */
const importableClient = async ({ database, clock }: Engine, asker: Asker, name: string): Promise<string | null> => {
  try {
    return await inUnit(database, { asker, readOnly: true, now: clock() }, async (tx) => {
      const found = await clientNamed(tx, { id: clientIdOf(name), code: name.replaceAll('\0', '') })
      return found !== null && can(tx.viewer, 'intake:import', found) ? found : null
    })
  } catch (thrown) {
    if (thrown instanceof Unknown) return null
    throw thrown
  }
}

const rejects = async ({ database, clock }: Engine, asker: Asker, response: ServerResponse, batch: string) => {
  const key = keyOf('ImportBatch', batch)
  const unit = { asker, readOnly: true, now: clock() }
  const isThere = await inUnit(database, unit, (tx) => batchExists(tx, key)).catch((thrown) => {
    if (thrown instanceof Unknown) return false
    throw thrown
  })
  if (!isThere) return refuse(response, 404, 'NOT_FOUND', 'There is no such load, or you have no right to it.')
  response.setHeader('content-type', 'text/csv; charset=utf-8')
  response.setHeader('content-disposition', 'attachment; filename="rejects.csv"')
  // A unit for each portion: a slow reader must not hold a transaction open.
  const lines = rejectsCsv((work) => inUnit(database, { asker, readOnly: true, now: clock() }, work), key)
  await pipeline(Readable.from(lines), response)
}

/** Files come and their rejects go over plain HTTP: GraphQL is not made for files. */
export const createUploadRoutes = (engine: Engine, rules: TokenRules): Route[] => {
  const files = (name: string, serve: (engine: Engine, call: Call) => Promise<void>): Route => ({
    path: new RegExp(`^/${name}$`),
    name,
    serve: forCallers(rules, engine.log, async (asker, request, response, url) => {
      if (request.method === 'POST') return serve(engine, { asker, request, response, url })
      refuse(response, 405, 'BAD_REQUEST', 'Send the file with POST.', [['allow', 'POST']])
    }),
  })
  return [
    files('imports', ledgerFile),
    files('bank-files', bankFile),
    {
      path: /^\/imports\/([A-Za-z0-9_-]{1,160})\/rejects\.csv$/,
      name: 'rejects',
      serve: forCallers(rules, engine.log, (asker, _request, response, _url, match) =>
        rejects(engine, asker, response, match[1] ?? ''),
      ),
    },
  ]
}
