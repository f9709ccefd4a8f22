/**
 * The fewest edits that make one text the other: a character exchanged, missing or added, or two neighbours swapped, none
 * of them edited twice (Damerau-Levenshtein, restricted). Null beyond `most`.
 */
export const distanceWithin = (one: string, other: string, most: number): number | null => {
  if (Math.abs(one.length - other.length) > most) return null
  if (one === other) return 0
  let start = 0
  while (start < one.length && one[start] === other[start]) start += 1
  let [a, b] = [one.length, other.length]
  while (a > start && b > start && one[a - 1] === other[b - 1]) {
    a -= 1
    b -= 1
  }
  return between(one.slice(start, a), other.slice(start, b), most)
}

const between = (one: string, other: string, most: number): number | null => {
  let before: number[] = []
  let above = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row]
    let least = row
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1]
      let edits = Math.min(
        (above[column] ?? most) + 1,
        (current[column - 1] ?? most) + 1,
        (above[column - 1] ?? most) + (isSame ? 0 : 1),
      )
      const isSwap = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      if (isSwap) edits = Math.min(edits, (before[column - 2] ?? most) + 1)
      current.push(edits)
      least = Math.min(least, edits)
    }
    // Rows differ by one at most, so a swap, which builds on the row before, gets no later row below this one's least.
    if (least > most) return null
    before = above
    above = current
  }
  const edits = above[other.length] ?? most + 1
  return edits <= most ? edits : null
}
