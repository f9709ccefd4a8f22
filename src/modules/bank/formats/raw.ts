const charsMax = 16_384

/** What stood in the file, as much of it as is kept; half a character at the cut is left out. */
export const rawOf = (text: string): string => {
  const cut = text.slice(0, charsMax)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}
