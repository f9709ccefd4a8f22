const isDigit = (character: string | undefined) => character !== undefined && character >= '0' && character <= '9'

const fits = (sign: string | undefined, character: string): boolean =>
  sign === '?' || (sign === '#' ? isDigit(character) : sign === character)

/**
 * Whether a whole note looks like a pattern: # is a digit, ? any character, * any text, and letters are equal in either case.
 * Clients write these, so it is no regular expression: only the last * is ever gone back to, and time stays within the
 * product of both lengths whatever the pattern.
 */
export const fitsFormat = (pattern: string, note: string): boolean => {
  const signs = [...pattern.toUpperCase()]
  const characters = [...note.toUpperCase()]
  let sign = 0
  let at = 0
  /** Where the last * stands, and how far it reaches as tried so far. */
  let star = -1
  let reach = 0
  while (at < characters.length) {
    if (signs[sign] === '*') {
      star = sign
      reach = at
      sign += 1
    } else if (fits(signs[sign], characters[at] ?? '')) {
      sign += 1
      at += 1
    } else if (star >= 0) {
      reach += 1
      at = reach
      sign = star + 1
    } else return false
  }
  while (signs[sign] === '*') sign += 1
  return sign === signs.length
}
