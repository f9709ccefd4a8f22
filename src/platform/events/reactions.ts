import type { Write } from '../write.ts'
import type { DomainEvent } from './event.ts'

/**
 * What must hold the moment a command commits, in a module above the one that changed: the queue after a payment, say.
 * A reaction runs in the command's own transaction and fence, so it cannot be lost and cannot lag; it is told all events
 * of its names at once.
 */
export type Reaction = {
  readonly name: string
  readonly to: readonly string[]
  readonly run: (write: Write, events: readonly DomainEvent[]) => Promise<void>
}

const reactions: Reaction[] = []

/** Called by flows when they are loaded, once each; see src/flows/index.ts for the roll call. */
export const react = (reaction: Reaction) => {
  if (reactions.some(({ name }) => name === reaction.name)) throw new Error(`the reaction ${reaction.name} is registered twice`)
  reactions.push(reaction)
}

/** In the order of the roll call. What a reaction emits, later reactions hear. */
export const runReactions = async (write: Write, emitted: readonly DomainEvent[]) => {
  for (const { to, run } of reactions) {
    const heard = emitted.filter(({ name }) => to.includes(name))
    if (heard.length > 0) await run(write, heard)
  }
}
