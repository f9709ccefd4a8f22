import { readdirSync, readFileSync } from 'node:fs'
import type { z } from 'zod'

/** Profiles come as JSON files, those of ledgers and those of banks: one way to check them, and one shelf to take them from. */

export type Problems = { readonly problems: readonly string[] }

/** The profile, or every reason why it is none, each with its place. */
export const parseProfileAs = <Profile extends object>(shape: z.ZodType<Profile>, json: unknown): Profile | Problems => {
  const parsed = shape.safeParse(json)
  if (parsed.success) return parsed.data
  return { problems: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'profile'}: ${message}`) }
}

/** What comes with the product, by name and in its order. A broken one stops the start, not the first import. */
export const builtInProfiles = <Profile extends { readonly name: string }>(
  folder: URL,
  parse: (json: unknown) => Profile | Problems,
): ReadonlyMap<string, Profile> => {
  const load = (file: string): Profile => {
    const profile = parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')))
    if ('problems' in profile) throw new Error(`${file}: ${profile.problems.join('; ')}`)
    if (`${profile.name}.json` !== file) throw new Error(`${file}: the profile inside is called ${profile.name}`)
    return profile
  }
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
  return new Map(files.toSorted().map((file) => [file.slice(0, -'.json'.length), load(file)]))
}
