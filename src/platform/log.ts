import { pino } from 'pino'

export type Log = {
  info: (facts: object, message: string) => void
  warn: (facts: object, message: string) => void
  error: (facts: object, message: string) => void
}

/** Structured lines on standard error. Variables, tokens and keys are never logged; what slips in by name is cut. */
export const createLog = (level: string): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['authorization', '*.authorization', 'token', '*.token', 'password', '*.password', 'variables', '*.variables'],
    },
    pino.destination({ fd: 2, sync: true }),
  )

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
