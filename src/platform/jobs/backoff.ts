const firstMs = 5_000
const lastMs = 3_600_000

/** How long after its n-th attempt began a job is due again: 5 seconds, then three times as long each time, up to an hour. */
export const retryAfterMs = (attempt: number): number => Math.min(lastMs, firstMs * 3 ** (attempt - 1))
