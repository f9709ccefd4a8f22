import { existsSync, readFileSync } from 'node:fs'
import { readConfig } from '../../src/config.ts'
import { importBank } from '../../src/edges/cli/import-bank.ts'

// The command line's import in a process of the bench, which tells at its end how much memory it took at most.

/** By Linux's own count for this program: what `getrusage` says includes the process that started it. */
const peakMb = (): number => {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : ''
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  return Math.round(Number(kilobytes ?? process.resourceUsage().maxRSS) / 1_024)
}

const lines: string[] = []
const hear = (line: string) => void lines.push(line)
const status = await importBank(readConfig(process.env), process.argv.slice(2), { say: hear, complain: hear })
process.send?.({ status, rssMb: peakMb(), lines }, () => process.exit(0))
