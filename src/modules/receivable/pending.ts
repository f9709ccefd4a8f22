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
  if (isUndoing(pendingMinor, before)) return stillUndoing(pendingMinor, { before, after })
  const changesSign = before < 0n !== after < 0n
  const fall = changesSign ? size(before) : size(before) - size(after)
  const unconfirmed = fall > 0n ? size(pendingMinor) - fall : size(pendingMinor)
  if (unconfirmed <= 0n) return 0n
  const left = least(unconfirmed, size(after))
  return after < 0n ? -left : left
}

/**
 * What is pending normally lies on the side of what is open, and within it. On the other side, or where nothing is open, it
 * is an application undone here, of which the ledger still shows what it did.
 */
const isUndoing = (pendingMinor: bigint, before: bigint): boolean =>
  pendingMinor !== 0n && (before === 0n || pendingMinor < 0n !== before < 0n)

/** A rise of the ledger's open amount is taken for what was undone here and arrives there. */
const stillUndoing = (pendingMinor: bigint, { before, after }: { readonly before: bigint; readonly after: bigint }): bigint => {
  const rise = pendingMinor < 0n ? after - before : before - after
  const left = size(pendingMinor) - (rise > 0n ? rise : 0n)
  if (left <= 0n) return 0n
  return pendingMinor < 0n ? -left : left
}
