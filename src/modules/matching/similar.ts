import { distanceWithin } from './distance.ts'

export type Similar<T> = { readonly value: T; readonly distance: number }

/** Finds what has a key within a distance of another, without comparing each. */
export type SimilarKeys<T> = (key: string) => readonly Similar<T>[]

/** A key and all that is left of it when up to so many characters are taken out. */
const shortened = (key: string, most: number): ReadonlySet<string> => {
  const all = new Set([key])
  let last: Iterable<string> = [key]
  for (let taken = 0; taken < most; taken += 1) {
    const next = new Set<string>()
    for (const each of last) for (let at = 0; at < each.length; at += 1) next.add(each.slice(0, at) + each.slice(at + 1))
    for (const each of next) all.add(each)
    last = next
  }
  return all
}

/**
 * Two keys so close have a shortened form in common, since every edit can be undone by taking a character out on either
 * side: forms are looked up, and only keys that share one are compared.
 */
export const similarKeys = <T>(values: readonly T[], keyOf: (value: T) => string, distanceMax: number): SimilarKeys<T> => {
  const byForm = new Map<string, T[]>()
  for (const value of values) {
    for (const form of shortened(keyOf(value), distanceMax)) {
      const list = byForm.get(form)
      if (list === undefined) byForm.set(form, [value])
      else list.push(value)
    }
  }
  return (key) => {
    const near = new Map<T, number>()
    for (const form of shortened(key, distanceMax)) {
      for (const value of byForm.get(form) ?? []) {
        if (near.has(value)) continue
        const distance = distanceWithin(key, keyOf(value), distanceMax)
        if (distance !== null) near.set(value, distance)
      }
    }
    return [...near].map(([value, distance]) => ({ value, distance }))
  }
}
