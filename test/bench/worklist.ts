import { run as strategy } from './strategy.ts'
import { run as ratio } from './worklist-ratio.ts'
import { run as scale } from './worklist-scale.ts'

const parts = { ratio, scale, strategy }

/** What is promised of the queue: its cost beside the bare statement, its pages however much there is, and new strategies. PARTS names some of them. */
export const run = async (options: Parameters<typeof scale>[0]) => {
  const asked = process.env.PARTS?.split(',') ?? Object.keys(parts)
  for (const [name, part] of Object.entries(parts)) if (asked.includes(name)) await part(options)
}
