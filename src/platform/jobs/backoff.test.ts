import { describe, expect, it } from 'vitest'
import { retryAfterMs } from './backoff.ts'

describe('a job that came to nothing', () => {
  it.each([
    [1, 5],
    [2, 15],
    [3, 45],
    [6, 1_215],
    [7, 3_600],
    [8, 3_600],
    [100, 3_600],
  ])('is due again after its attempt %i in %i seconds', (attempt, seconds) => {
    expect(retryAfterMs(attempt)).toBe(seconds * 1_000)
  })
})
