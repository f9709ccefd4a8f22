import { execFile } from 'node:child_process'

export const scanOutcomes = ['NOT_SCANNED', 'CLEAN'] as const
export type ScanOutcome = (typeof scanOutcomes)[number]

/** Looks at a file before it is kept. It throws where it cannot tell: nothing is kept unseen that should have been seen. */
export type Scan = (file: string) => Promise<ScanOutcome | 'INFECTED'>

/** Looks at nothing, and says so. */
export const noScan: Scan = async () => 'NOT_SCANNED'

const infectedCode = 1

/**
 * A program that is given the file as its last argument: it ends with 0 where there is nothing, with 1 where there is
 * something, as `clamdscan` does, and with anything else where it cannot tell. No shell is between.
 */
export const scanBy = (commandLine: string, timeoutMs: number): Scan => {
  const [program = '', ...args] = commandLine.trim().split(/\s+/)
  return (file) =>
    new Promise((resolve, reject) => {
      execFile(program, [...args, file], { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error) => {
        if (error === null) resolve('CLEAN')
        else if (error.code === infectedCode) resolve('INFECTED')
        else reject(new Error('the scan of a document came to no result', { cause: error }))
      })
    })
}
