/** Prints each figure as a JSON line for machines, and at the end a table for people. */
export type Figures = {
  readonly add: (figure: string, value: number, unit: string, runs?: number) => void
  readonly table: () => void
}

export const createFigures = (bench: string): Figures => {
  const rows: { figure: string; value: number; unit: string; runs: number }[] = []
  return {
    add: (figure, value, unit, runs = 1) => {
      const rounded = Math.round(value * 1_000) / 1_000
      rows.push({ figure, value: rounded, unit, runs })
      console.log(JSON.stringify({ bench, figure, value: rounded, unit, runs }))
    },
    table: () => console.table(rows),
  }
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
