import type { ClientBase } from 'pg'
import type { Refusal, RefusalClass } from '../kernel/refusal.ts'
import { isRefusal } from '../kernel/refusal.ts'
import { createClient } from '../modules/client/index.ts'
import {
  addTeamMember,
  assignTeamToClient,
  createTeam,
  grantRole,
  provisionPrincipal,
  provisionProvider,
} from '../modules/directory/index.ts'
import { type Command, perform } from '../platform/command.ts'
import type { Database } from '../platform/database/database.ts'
import { inUnit, type Tx } from '../platform/database/unit.ts'
import { newId } from '../platform/new-id.ts'
import type { DemoCompany, DemoProvider } from './companies.ts'
import { type DemoPrincipal, principals } from './personas.ts'

/** A refused command of the demo is a fault of the demo. */
export const must = async <Input, Out, No extends RefusalClass>(
  tx: Tx,
  command: Command<Input, Out, No>,
  input: Input,
): Promise<Exclude<Out, Refusal>> => {
  const out = await perform(tx, command, input)
  if (isRefusal(out)) throw new Error(`the demo was refused ${command.name}: ${out.message}`, { cause: out })
  return out as Exclude<Out, Refusal>
}

/** The providers and whoever logs in there: all of it, or nothing. */
export const provisionDemo = async (session: ClientBase, providers: readonly DemoProvider[], now: Date) => {
  await session.query('begin')
  try {
    for (const { code, name, administrator } of providers) {
      const { providerId } = await provisionProvider(session, { code, name, administrator, now })
      for (const { kind, fullName, email, subject } of principals.filter(({ provider }) => provider === code)) {
        await provisionPrincipal(session, { providerId, now }, { kind, name: fullName, email, subject })
      }
    }
    await session.query('commit')
  } catch (thrown) {
    await session.query('rollback').catch(() => {})
    throw thrown
  }
}

type Staffing = {
  readonly provider: DemoProvider & { readonly id: string }
  readonly companies: readonly DemoCompany[]
  /** Ids by subject. */
  readonly ids: ReadonlyMap<string, string>
  readonly now: Date
}

/** A provider's clients, its team and what each of its people holds: as its administrator would do it, in one unit. */
export const staffProvider = (database: Database, { provider, companies, ids, now }: Staffing): Promise<void> =>
  inUnit(
    database,
    { asker: { kind: 'TOKEN', subject: provider.administrator.subject, expiresAt: now }, readOnly: false, now },
    async (tx) => {
      const people = principals.filter((principal) => principal.provider === provider.code)
      const keyOf = ({ subject }: DemoPrincipal) => {
        const id = ids.get(subject)
        if (id === undefined) throw new Error(`nobody has the subject ${subject}`)
        return { providerId: provider.id, id }
      }
      const { teamId } = await must(tx, createTeam, provider.team)
      const team = { providerId: provider.id, id: teamId }
      const forGood = { validFrom: null, validUntil: null }
      for (const person of people.filter(({ grants }) => grants.some(({ isThroughTeam }) => isThroughTeam))) {
        await must(tx, addTeamMember, { team, user: keyOf(person), ...forGood })
      }
      for (const company of companies) {
        const { code, name, timeZone, baseCurrency, calendarCode, planningRates } = company
        const clientId = newId(now)
        await must(tx, createClient, { id: clientId, code, name, timeZone, baseCurrency, calendarCode, planningRates })
        await must(tx, assignTeamToClient, { clientId, team, ...forGood })
        for (const person of people) {
          for (const { role, isThroughTeam } of person.grants.filter(({ client }) => client === code)) {
            const grant = {
              clientId,
              holder: keyOf(person),
              role,
              team: isThroughTeam ? team : null,
              reason: 'the demo',
              ...forGood,
            }
            await must(tx, grantRole, grant)
          }
        }
      }
    },
  )
