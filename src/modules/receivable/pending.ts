const size = (amount: bigint): bigint => (amount < 0n ? -amount : amount)
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/**
 * What is still pending once the ledger speaks again. A fall of its open amount is taken for what was applied here and
 * arrives there; only a fall beyond that is news. What is pending never exceeds what is open, on either side of zero.
 */
export const stillPending = (
  pendingMinor: bigint,
  { before, after }: { readonly before: bigint; readonly after: bigint },
): bigint => {
  const changesSign = before < 0n !== after < 0n
  const fall = changesSign ? size(before) : size(before) - size(after)
  const unconfirmed = fall > 0n ? size(pendingMinor) - fall : size(pendingMinor)
  if (unconfirmed <= 0n) return 0n
  const left = least(unconfirmed, size(after))
  return after < 0n ? -left : left
}
