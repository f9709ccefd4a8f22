import { z } from 'zod'
import { Refusal } from '../../kernel/refusal.ts'
import { shaped } from '../../platform/shaped.ts'

// Who owns a customer by a client's rules. Decision 0029.

const name = z.string().trim().min(1).max(80)
const countries = z.array(z.string().regex(/^[A-Z]{2}$/, 'a country is two capital letters of ISO 3166')).max(250)

const owner = z
  .strictObject({
    team: name.describe('Code of a team that serves the client.'),
    person: z
      .email()
      .max(254)
      .optional()
      .describe('Email of somebody of that team who can work for the client; without it, or once they cannot, the team owns it.'),
  })
  .describe('Whose the customers are.')

const condition = z
  .strictObject({
    countries: countries.optional().describe('Country codes; the customer is in one of these or of the regions.'),
    regions: z.array(name).max(250).optional().describe('Names of regions, as `regions` declares them.'),
    customers: z.array(z.string().min(1).max(80)).max(5_000).optional().describe('Customer numbers.'),
    segments: z.array(z.string().min(1).max(40)).max(100).optional().describe('Segments, as `classifyCustomer` gives them.'),
  })
  .describe('Everything that is given has to hold of the customer; at least one has to be given.')

const shape = z
  .strictObject({
    regions: z.record(name, countries).default({}).describe('Regions by their names: the countries of each.'),
    rules: z
      .array(z.strictObject({ name: name.describe('What it is called; once only.'), when: condition, owner }))
      .max(500)
      .default([])
      .describe('The first rule that holds of a customer says whose it is.'),
    fallback: owner.optional().describe('Whose customers are of whom no rule holds; without it they are nobody’s.'),
  })
  .superRefine(({ regions, rules }, context) => {
    const names = new Set<string>()
    for (const [place, { name: called, when }] of rules.entries()) {
      const problem = (message: string, ...path: string[]) =>
        context.addIssue({ code: 'custom', message, path: ['rules', place, ...path] })
      if (names.has(called)) problem(`there is another rule ${called}`, 'name')
      names.add(called)
      if (Object.values(when).every((list) => list === undefined || list.length === 0)) problem('it has no condition', 'when')
      for (const region of when.regions ?? [])
        if (!Object.hasOwn(regions, region)) problem(`there is no region ${region}`, 'when', 'regions')
    }
  })

export type AllocationRules = Readonly<z.output<typeof shape>>

export const { defaults: noAllocation, parse: parseAllocation, jsonSchema: allocationJsonSchema } = shaped(shape)

/** An owner as rules name one. */
export type NamedOwner = Readonly<z.output<typeof owner>>

/** What rules may ask of a customer. */
export type CustomerFacts = {
  readonly number: string | null
  readonly countryCode: string | null
  readonly segment: string | null
}

export const sources = ['RULE', 'FALLBACK', 'HAND', 'NOBODY'] as const
export type Source = (typeof sources)[number]

/** What the rules say of a customer; the owner is null where no rule holds and there is no fallback. */
export type Ruled = { readonly source: Exclude<Source, 'HAND'>; readonly rule: string | null; readonly owner: NamedOwner | null }

/** Has a list that was not given, or the customer is on it. */
const isAmong = (set: ReadonlySet<string> | null, value: string | null): boolean =>
  set === null || (value !== null && set.has(value))

/** The rules made ready for many customers: exactly one answer for each, whatever the rules are. */
export const allocatorOf = ({ regions, rules, fallback }: AllocationRules): ((customer: CustomerFacts) => Ruled) => {
  const ready = rules.map(({ name: rule, when, owner: whose }) => {
    const places = [...(when.countries ?? []), ...(when.regions ?? []).flatMap((region) => regions[region] ?? [])]
    const isPlaced = when.countries !== undefined || when.regions !== undefined
    const setOf = (list: readonly string[] | undefined) => (list === undefined ? null : new Set(list))
    return {
      said: { source: 'RULE', rule, owner: whose } as const,
      places: isPlaced ? new Set(places) : null,
      numbers: setOf(when.customers),
      segments: setOf(when.segments),
    }
  })
  const otherwise: Ruled =
    fallback === undefined ? { source: 'NOBODY', rule: null, owner: null } : { source: 'FALLBACK', rule: null, owner: fallback }
  return ({ number, countryCode, segment }) =>
    ready.find(
      ({ places, numbers, segments }) => isAmong(places, countryCode) && isAmong(numbers, number) && isAmong(segments, segment),
    )?.said ?? otherwise
}

/** Somebody of a team that serves, or served, the client. */
export type Worker = {
  readonly id: string
  readonly name: string
  readonly email: string | null
  /** Of the team, and with a right to work for the client, at the instant that was asked about. */
  readonly canWork: boolean
}

export type DeliveryTeam = {
  readonly providerId: string
  readonly id: string
  readonly code: string
  readonly name: string
  readonly serves: boolean
  readonly people: readonly Worker[]
}

/** An owner as rows keep one. */
export type Owner = {
  readonly teamId: string | null
  readonly teamName: string | null
  readonly personId: string | null
  readonly personName: string | null
}

export const nobodys: Owner = { teamId: null, teamName: null, personId: null, personName: null }

export const ownerOf = (team: DeliveryTeam, person: Worker | null): Owner => ({
  teamId: team.id,
  teamName: team.name,
  personId: person?.id ?? null,
  personName: person?.name ?? null,
})

/** Whom a name means now: somebody who cannot work is passed over for their team. Null for a team that never served. */
export const meant = (teams: readonly DeliveryTeam[], named: NamedOwner): Owner | null => {
  const team = teams.find(({ code }) => code === named.team)
  if (team === undefined) return null
  const email = named.person?.toLowerCase()
  return ownerOf(team, team.people.find((person) => person.canWork && person.email?.toLowerCase() === email) ?? null)
}

/** Whether an owner can work: a person who may, or a team that serves and has somebody who may. */
export const canWork = (teams: readonly DeliveryTeam[], { teamId, personId }: Pick<Owner, 'teamId' | 'personId'>): boolean => {
  const team = teams.find(({ id }) => id === teamId)
  if (team === undefined || !team.serves) return false
  return team.people.some((person) => person.canWork && (personId === null || person.id === personId))
}

/** Everybody who can work, each as a team and a person of it. */
export const ableIn = (teams: readonly DeliveryTeam[]): { readonly teamId: string; readonly personId: string }[] =>
  teams.flatMap(({ id: teamId, people }) =>
    people.filter((person) => person.canWork).map(({ id: personId }) => ({ teamId, personId })),
  )

const namedIn = ({ rules, fallback }: AllocationRules): { readonly path: string; readonly owner: NamedOwner }[] => [
  ...rules.map(({ owner: named }, place) => ({ path: `rules.${place}.owner`, owner: named })),
  ...(fallback === undefined ? [] : [{ path: 'fallback', owner: fallback }]),
]

/** Owners who are none: rules speak of teams that serve the client, and of those of them who can work for it. */
export const strangersIn = (rules: AllocationRules, teams: readonly DeliveryTeam[]): string[] =>
  namedIn(rules).flatMap(({ path, owner: { team: code, person } }) => {
    const team = teams.find((one) => one.code === code)
    if (team === undefined || !team.serves) return [`${path}.team: no team ${code} serves the client`]
    if (person === undefined || meant(teams, { team: code, person })?.personId !== null) return []
    return [`${path}.person: nobody of team ${code} with the email ${person} can work for the client`]
  })

/** All that decides whose customers are, besides the customers: equal text, equal owners. */
export const basisOf = (version: number, rules: AllocationRules, teams: readonly DeliveryTeam[]): string =>
  JSON.stringify([version, namedIn(rules).map(({ owner: named }) => meant(teams, named))])

/** Nothing was given to this customer by hand. */
export class NotAssigned extends Refusal {
  readonly code = 'NOT_ASSIGNED'
  constructor(path: readonly string[]) {
    super('the customer is with whom the rules say already', path)
  }
}
