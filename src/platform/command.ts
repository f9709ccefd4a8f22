import { createHash } from 'node:crypto'
import { canonical } from '../kernel/canonical.ts'
import { isRefusal, type Refusal, type RefusalClass } from '../kernel/refusal.ts'
import { inSavepoint, narrowToClient, narrowToProvider, type Tx, widen, widenAnew } from './database/unit.ts'
import type { DomainEvent } from './events/event.ts'
import { runReactions } from './events/reactions.ts'
import { takeOrders } from './jobs/enqueue.ts'
import { limits } from './limits.ts'
import { newId } from './new-id.ts'
import { type ClientId, can, canForProvider, type Permission, type ProviderId, type Viewer } from './policy.ts'
import { IdempotencyMismatch, NotFound } from './refusals.ts'
import { inSpan } from './trace.ts'
import type { Write } from './write.ts'

export type { Write } from './write.ts'

/** What a command is about: one client's data, or a provider's directory, perhaps with one client of it. */
export type Scope =
  | { readonly clientId: ClientId; readonly providerId?: undefined }
  | { readonly providerId: ProviderId; readonly clientId: ClientId | null }

export type Command<Input, Out, No extends RefusalClass> = {
  readonly name: `${string}.${string}`
  readonly permission: Permission
  readonly refusals: readonly No[]
  /** Whose data the command writes. Everything else stays out of its reach. */
  readonly scope: (input: Input, viewer: Viewer) => Scope
  /** Where money moves or something is sent: the same key with the same input is answered again, not run again. */
  readonly idempotencyKey?: (input: Input) => string | null
  readonly reason?: (input: Input) => string | null
  /** What the audit keeps of the input; without it, the whole. For inputs with secrets or thousands of rows. */
  readonly audited?: (input: Input) => object
  /** False for runs that found nothing to do, where the clock and not a person asks: they would bury the others. */
  readonly isAudited?: (out: Out) => boolean
  readonly run: (write: Write, input: Input) => Promise<Out>
}

/** Every refusal that `run` can return must stand in `refusals`: that list is what the GraphQL union is made of. */
type Undeclared<Out, No extends RefusalClass> = [Extract<Out, Refusal>] extends [InstanceType<No>]
  ? unknown
  : { readonly undeclaredRefusal: Exclude<Extract<Out, Refusal>, InstanceType<No>> }

export const command = <Input, Out, No extends RefusalClass>(
  definition: Command<Input, Out, No> & Undeclared<Out, No>,
): Command<Input, Out, No> => definition

/** Permission, fence, savepoint, idempotency, audit and events for every write, whoever asks: a mutation, an integration, a job. */
export const perform = async <Input, Out, No extends RefusalClass>(
  tx: Tx,
  definition: Command<Input, Out, No>,
  input: Input,
): Promise<Out | NotFound | IdempotencyMismatch> => {
  const scope = definition.scope(input, tx.viewer)
  if (!isAllowed(tx.viewer, definition.permission, scope)) return new NotFound(subjectOf(definition.name))

  const attempt = () =>
    inSavepoint(
      tx,
      async () => {
        // Not waited for: whatever the command asks first follows it down the same connection, and would fail with it.
        const narrowed = narrow(tx, scope)
        const [result] = await Promise.all([runOnce(tx, definition, scope, input), narrowed])
        if (!isRefusal(result)) await (scope.providerId === undefined ? widen(tx) : widenAnew(tx))
        return result
      },
      (result) => !isRefusal(result), // what a refused command wrote is rolled back, its fence with it
    )
  return inSpan('command', { 'quittance.command': definition.name }, attempt)
}

const isAllowed = (viewer: Viewer, permission: Permission, scope: Scope): boolean =>
  scope.providerId === undefined ? can(viewer, permission, scope.clientId) : canForProvider(viewer, permission, scope.providerId)

/** `cash.applyReceipt` is about a receipt as far as the caller is told. */
const subjectOf = (name: string): string =>
  name
    .slice(name.indexOf('.') + 1)
    .replace(/^[a-z]+/, '')
    .toLowerCase() || 'thing'

const narrow = (tx: Tx, scope: Scope) =>
  scope.providerId === undefined ? narrowToClient(tx, scope.clientId) : narrowToProvider(tx, scope.providerId, scope.clientId)

const runOnce = async <Input, Out, No extends RefusalClass>(
  tx: Tx,
  definition: Command<Input, Out, No>,
  scope: Scope,
  input: Input,
): Promise<Out | IdempotencyMismatch> => {
  const named = definition.idempotencyKey?.(input) ?? null
  // A key that cannot be kept is not taken: the command itself refuses it, in its own words.
  const key = tx.rollBackAtEnd || named === null || !isKey(named) ? null : named
  if (key !== null && scope.clientId !== null) {
    const before = await takeKey<Out>(tx, scope.clientId, definition.name, key, input)
    if (before !== null) return before.outcome
  }

  const events: DomainEvent[] = []
  const orders = takeOrders({ now: tx.now, newId: () => newId(tx.now) })
  const write: Write = {
    tx,
    clientId: scope.clientId ?? '',
    viewer: tx.viewer,
    now: tx.now,
    newId: () => newId(tx.now),
    emit: (event) => events.push(event),
    enqueue: orders.enqueue,
  }
  const out = await definition.run(write, input)
  if (isRefusal(out)) return out

  await runReactions(write, events)
  // Sent together: nothing of them waits for another.
  await Promise.all([
    saveEvents(write, events),
    orders.save(tx, write.clientId),
    (definition.isAudited?.(out) ?? true) ? audit(write, definition, scope, input, out) : null,
    key !== null ? keepAnswer(write, definition.name, key, out) : null,
  ])
  return out
}

/** What an idempotency key may be. */
export const isKey = (key: string): boolean =>
  key.trim() !== '' && key.length <= limits.command.idempotencyKeyChars && !key.includes('\0')

/**
 * Takes the key for this transaction, or finds the answer it was given before. Whoever comes second waits on the
 * key's row until the first has committed, and then reads its answer.
 */
const takeKey = async <Out>(
  tx: Tx,
  clientId: ClientId,
  name: string,
  key: string,
  input: unknown,
): Promise<{ outcome: Out | IdempotencyMismatch } | null> => {
  const fingerprint = createHash('sha256').update(canonical(input)).digest()
  const taken = await tx.sql`
    insert into idempotency (client_id, command, key, fingerprint, principal_id, at)
    values (${clientId}, ${name}, ${key}, ${fingerprint}, ${tx.viewer.id}, ${tx.now})
    on conflict (client_id, command, key) do nothing returning key`
  if (taken.length > 0) return null

  const [kept] = await tx.sql<{ fingerprint: Buffer; outcome: Out }>`
    select fingerprint, outcome from idempotency where client_id = ${clientId} and command = ${name} and key = ${key}`
  if (kept === undefined) throw new Error('an idempotency key vanished while its command ran')
  return { outcome: kept.fingerprint.equals(fingerprint) ? kept.outcome : new IdempotencyMismatch(key) }
}

const keepAnswer = (write: Write, name: string, key: string, out: unknown) => write.tx.sql`
  update idempotency set outcome = ${canonical(out)}::jsonb
  where client_id = ${write.clientId} and command = ${name} and key = ${key}`

/** One statement for all events of a command; the relay numbers them after the commit. */
const saveEvents = async ({ tx, clientId, now }: Write, events: readonly DomainEvent[]) => {
  if (events.length === 0) return
  await tx.sql`
    insert into event (client_id, area, name, payload, at)
    select ${clientId}, e.area, e.name, e.payload, ${now}
    from jsonb_to_recordset(${canonical(events)}::jsonb) as e (area text, name text, payload jsonb)`
  tx.wroteEvents = true
}

const audit = async <Input, Out, No extends RefusalClass>(
  { tx, clientId, viewer, now }: Write,
  { name, reason, audited }: Command<Input, Out, No>,
  scope: Scope,
  input: Input,
  out: Out,
) => {
  const facts = [newId(now), now, viewer.id, name, reason?.(input) ?? null] as const
  const [id, at, principal, command, why] = facts
  const what = canonical(audited?.(input) ?? input)
  const outcome = canonical(out ?? {})
  if (scope.providerId === undefined) {
    await tx.sql`
      insert into audit_entry (client_id, id, at, principal_id, command, reason, input, outcome)
      values (${clientId}, ${id}, ${at}, ${principal}, ${command}, ${why}, ${what}::jsonb, ${outcome}::jsonb)`
  } else {
    await tx.sql`
      insert into provider_audit_entry (provider_id, id, at, principal_id, command, reason, input, outcome)
      values (${scope.providerId}, ${id}, ${at}, ${principal}, ${command}, ${why}, ${what}::jsonb, ${outcome}::jsonb)`
  }
}

/** For the GraphQL edge: the errors plugin wants refusals thrown. */
export const granted = <T>(out: T): Exclude<T, Refusal> => {
  if (isRefusal(out)) throw out
  return out as Exclude<T, Refusal>
}
