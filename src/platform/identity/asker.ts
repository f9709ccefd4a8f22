/** Whoever proved who they are, before anything is known of their rights. */
export type Asker = TokenAsker | KeyAsker | SystemAsker

/** By a verified token: `subject` is its `sub`. */
export type TokenAsker = { readonly kind: 'TOKEN'; readonly subject: string; readonly expiresAt: Date }

/** By an API key of an integration: only the hash travels further. */
export type KeyAsker = { readonly kind: 'KEY'; readonly hash: Buffer }

/** A job or the command line, for one client. */
export type SystemAsker = {
  readonly kind: 'SYSTEM'
  readonly client: { readonly id: string; readonly providerId: string; readonly timeZone: string }
}
