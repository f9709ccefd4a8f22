import { isRefusal } from '../kernel/refusal.ts'
import { condemnBytes, forgetBytes } from '../modules/evidence/index.ts'
import type { Clock } from '../platform/clock.ts'
import { type Command, perform } from '../platform/command.ts'
import type { KnownClient } from '../platform/database/clients.ts'
import type { Database } from '../platform/database/database.ts'
import { inUnit } from '../platform/database/unit.ts'
import type { DocumentStore } from '../platform/documents/document-store.ts'

type Deps = { readonly database: Database; readonly clock: Clock; readonly documents: DocumentStore }

/**
 * Removes bytes of a client whose time is over, and those of uploads that came to no end. First it is committed that they
 * are to go, then the store is asked, then that they are gone: whatever ends in between is taken up by the next round, and
 * several nodes may do it at once.
 */
export const removeEvidence = async ({ database, clock, documents }: Deps, client: KnownClient): Promise<number> => {
  const performed = async <Input, Out>(definition: Command<Input, Out, never>, input: Input): Promise<Out> => {
    const unit = { asker: { kind: 'SYSTEM', client }, readOnly: false, now: clock() } as const
    const out = await inUnit(database, unit, (tx) => perform(tx, definition, input))
    if (isRefusal(out)) throw out
    return out as Out
  }
  const clientId = client.id
  let removed = 0
  for (;;) {
    const { keys } = await performed(condemnBytes, { clientId })
    if (keys.length === 0) return removed
    const failed: unknown[] = []
    const gone: string[] = []
    for (const key of keys) {
      // One that the store does not let go must not keep the others.
      await documents.remove(key).then(
        () => gone.push(key.id),
        (thrown) => failed.push(thrown),
      )
    }
    if (gone.length === 0) throw failed[0]
    await performed(forgetBytes, { clientId, ids: gone })
    removed += gone.length
  }
}
