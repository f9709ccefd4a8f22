/** Groups rows under a key, in the order they came. */
export const groupInto = <Row, Value>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  pick: (row: Row) => Value,
): Map<string, Value[]> => {
  const groups = new Map<string, Value[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group === undefined) groups.set(keyOf(row), [pick(row)])
    else group.push(pick(row))
  }
  return groups
}
