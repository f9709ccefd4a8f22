import { Readable } from 'node:stream'
import type { ClientBase } from 'pg'
import '../flows/index.ts'
import { importLedger } from '../flows/import-ledger.ts'
import { type Day, dayIn } from '../kernel/day.ts'
import { isRefusal } from '../kernel/refusal.ts'
import { addLegalEntity } from '../modules/client/index.ts'
import { definePaymentTerms, setCustomerHierarchy } from '../modules/customer/index.ts'
import { profileNamed } from '../modules/intake/index.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { inSession } from '../platform/database/session.ts'
import { inUnit, type Tx } from '../platform/database/unit.ts'
import type { SystemAsker } from '../platform/identity/asker.ts'
import type { Log } from '../platform/log.ts'
import { companies, providers } from './companies.ts'
import { ledgerCsv } from './ledger-csv.ts'
import { loadCash } from './load-cash.ts'
import { must, provisionDemo, staffProvider } from './load-directory.ts'
import { principals } from './personas.ts'
import * as store from './store.ts'
import { type DemoClient, worldOf } from './world.ts'

export type DemoOptions = {
  readonly database: Database
  /** Of a role that the fence does not hold back. */
  readonly ownerUrl: string
  readonly clock: Clock
  readonly log: Log
  readonly seed?: string
}

/** LOADED just now, in whole or what was missing; THERE since before; NOT_EMPTY: the database is somebody's, nothing was done. */
export type DemoOutcome = 'LOADED' | 'THERE' | 'NOT_EMPTY'

/**
 * Fills an empty database. Each step is one transaction and leaves a trace that the next start finds: the providers with
 * their people; then each provider's clients and rights; then each client's ledger; then its cash. So a load that was
 * killed goes on where it stopped, and one that is done is left alone, whatever people made of it.
 */
export const loadDemo = (options: DemoOptions): Promise<DemoOutcome> =>
  inSession(options.ownerUrl, async (session) => {
    await store.holdDemo(session)
    const before = await store.providersIn(session)
    const isDemo = providers.every(({ code }) => before.some((provider) => provider.code === code))
    if (before.length > 0 && !(isDemo && (await store.principalsIn(session)).has('demo-admin'))) return 'NOT_EMPTY'
    return (await complete(options, session, before)) ? 'LOADED' : 'THERE'
  })

/** False when nothing was missing. */
const complete = async (options: DemoOptions, session: ClientBase, before: readonly store.LoadedProvider[]): Promise<boolean> => {
  const { clock, database, log, seed = 'quittance' } = options
  const startedAt = clock()
  const founded = before.length === 0
  if (founded) await provisionDemo(session, providers, startedAt)
  const there = founded ? await store.providersIn(session) : before

  const ids = await store.principalsIn(session)
  const staffed = new Set((await store.clientsIn(session)).map(({ providerId }) => providerId))
  for (const provider of providers) {
    const id = there.find(({ code }) => code === provider.code)?.id ?? ''
    if (staffed.has(id)) continue
    const served = companies.filter((company) => company.provider === provider.code)
    await staffProvider(database, { provider: { ...provider, id }, companies: served, ids, now: clock() })
  }

  const missing = (await store.clientsIn(session)).flatMap((loaded) => {
    const company = companies.find(({ code }) => code === loaded.code)
    const isDemo = there.some(({ id, code }) => id === loaded.providerId && code === company?.provider)
    return company !== undefined && isDemo && !loaded.hasCash ? [loaded] : []
  })
  if (missing.length === 0) return false
  // The day on which the load began, so that one that is finished later has the same ledgers throughout.
  const begun = there.find(({ code }) => code === providers[0]?.code)?.createdAt ?? startedAt
  const world = worldOf({ seed, today: firstDay(begun) })
  for (const loaded of missing) {
    const client = world.clients.find(({ code }) => code === loaded.code)
    if (client !== undefined) await loadClient(options, session, loaded, client)
  }
  const tookMs = clock().getTime() - startedAt.getTime()
  log.info({ clients: missing.map(({ code }) => code), tookMs }, 'the demo was loaded')
  return true
}

/** The day it is at every client or was a moment ago: no document of the demo lies in the future of any. */
const firstDay = (instant: Date): Day =>
  companies.map(({ timeZone }) => dayIn(timeZone, instant)).toSorted()[0] ?? dayIn('UTC', instant)

const loadClient = async (options: DemoOptions, session: ClientBase, loaded: store.LoadedClient, client: DemoClient) => {
  const { database, clock } = options
  const { id: clientId, providerId, timeZone } = loaded
  const system: SystemAsker = { kind: 'SYSTEM', client: { id: clientId, providerId, timeZone } }

  if (!loaded.hasItems) {
    const known = await store.legalEntitiesOf(session, clientId)
    await inUnit(database, { asker: system, readOnly: false, now: clock() }, async (tx) => {
      for (const { code, name } of client.legalEntities) {
        if (!known.has(code)) await must(tx, addLegalEntity, { clientId, code, name })
      }
      for (const [code, netDays] of Object.entries(client.terms))
        await must(tx, definePaymentTerms, { clientId, code, rule: { netDays } })
    })
    await importItems(options, system, client)
  }
  await inUnit(database, { asker: system, readOnly: false, now: clock() }, (tx) => placeChildren(tx, clientId, client))

  const analyst = principals.find(({ grants }) =>
    grants.some((grant) => grant.client === client.code && grant.role === 'ANALYST'),
  )
  if (analyst === undefined) throw new Error(`nobody of the demo is an analyst of ${client.code}`)
  const now = clock()
  const unit = { asker: { kind: 'TOKEN', subject: analyst.subject, expiresAt: now }, readOnly: false, now } as const
  await inUnit(database, unit, (tx) => loadCash(tx, clientId, client))
}

/** Ledgers do not tell who belongs to whom. A customer that has its parent is left alone, so a second start changes nothing. */
const placeChildren = async (tx: Tx, clientId: string, client: DemoClient) => {
  const rows = await tx.prisma.customer.findMany({ where: { clientId, number: { not: null } } })
  const byNumber = new Map(rows.map((row) => [row.number, row]))
  for (const { number, parent } of client.customers) {
    const [child, above] = [byNumber.get(number), byNumber.get(parent)]
    if (child === undefined || above === undefined || child.parentId !== null) continue
    const places = {
      customer: { clientId, id: child.id },
      parent: { clientId, id: above.id },
      billTo: null,
      expectedVersion: child.version,
    }
    await must(tx, setCustomerHierarchy, places)
  }
}

const importItems = async ({ database, clock, log }: DemoOptions, asker: SystemAsker, { code, items }: DemoClient) => {
  const profile = profileNamed('quittance-csv')
  if (profile === null) throw new Error('the profile quittance-csv is missing')
  const csv = [...ledgerCsv(items)].join('')
  const source = { name: `${store.demoMark}${code.toLowerCase()}.csv`, open: () => Readable.from([csv]) }
  const request = { asker, clientId: asker.client.id, profile, source, dryRun: false, allowPartial: false }
  const report = await importLedger({ database, clock, log }, request)
  if (isRefusal(report)) throw new Error(`the demo may not import: ${report.message}`, { cause: report })
  if (report.state !== 'APPLIED') {
    throw new Error(`the ledger of ${code} was not imported: ${report.reasons.map(({ message }) => message).join('; ')}`)
  }
}
