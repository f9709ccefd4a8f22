import type { ClientBase } from 'pg'
import { newId } from '../../platform/new-id.ts'
import { type HolderKind, normalEmail } from './rules.ts'

// Where a provider begins: before it there is nobody who could be allowed to create one. The caller's connection is of
// a role that the fence does not hold back, and the caller owns the transaction.

export type NewPrincipal = {
  readonly kind: HolderKind
  readonly name: string
  readonly email: string | null
  /** What a token's `sub` says; without it, the new id. */
  readonly subject?: string
}

export const provisionPrincipal = async (
  client: ClientBase,
  { providerId, now }: { providerId: string; now: Date },
  { kind, name, email, subject }: NewPrincipal,
): Promise<string> => {
  const id = newId(now)
  await client.query(
    `insert into principal (provider_id, id, kind, name, email, subject, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
    [providerId, id, kind, name, email === null ? null : normalEmail(email), subject ?? id, now],
  )
  return id
}

/** A provider and the person who runs it: everybody else is created by that person. */
export const provisionProvider = async (
  client: ClientBase,
  provider: { code: string; name: string; administrator: Omit<NewPrincipal, 'kind'>; now: Date },
): Promise<{ providerId: string; administratorId: string }> => {
  const { code, name, administrator, now } = provider
  const providerId = newId(now)
  await client.query('insert into provider (id, code, name, created_at) values ($1, $2, $3, $4)', [providerId, code, name, now])
  const administratorId = await provisionPrincipal(client, { providerId, now }, { ...administrator, kind: 'PERSON' })
  await client.query(
    `insert into provider_grant (provider_id, id, principal_id, role, valid_from) values ($1, $2, $3, 'PROVIDER_ADMIN', $4)`,
    [providerId, newId(now), administratorId, now],
  )
  return { providerId, administratorId }
}
