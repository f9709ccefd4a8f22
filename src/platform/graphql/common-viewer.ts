import type { ClientId, Held, Viewer } from '../policy.ts'

/**
 * What everybody has in common who holds the same for one client. Whatever is asked of it beyond that, their name or
 * another client, is something that only one of them can be asked: `askedMore` is told, and the answer is not shared.
 */
export const commonViewer = (like: Viewer, clientId: ClientId, held: Held, askedMore: () => void): Viewer => ({
  kind: like.kind,
  providerId: like.providerId,
  providerCode: like.providerCode,
  providerRoles: [],
  held: new OneHeld(clientId, held, askedMore),
  get id() {
    askedMore()
    return like.id
  },
  get name() {
    askedMore()
    return like.name
  },
})

/** Somebody who is told when a plan is made for who they are, and not for what they may read. */
export const watchedViewer = (viewer: Viewer, askedWho: () => void): Viewer => ({
  ...viewer,
  get id() {
    askedWho()
    return viewer.id
  },
  get name() {
    askedWho()
    return viewer.name
  },
})

/** Rights for one client. To look for another, or past this one, is to ask more than is common. */
class OneHeld extends Map<ClientId, Held> {
  readonly #askedMore: () => void

  constructor(clientId: ClientId, held: Held, askedMore: () => void) {
    super()
    this.#askedMore = askedMore
    super.set(clientId, held)
  }

  override get(clientId: ClientId) {
    if (!super.has(clientId)) this.#askedMore()
    return super.get(clientId)
  }

  override has(clientId: ClientId) {
    if (!super.has(clientId)) this.#askedMore()
    return super.has(clientId)
  }

  override get size() {
    this.#askedMore()
    return super.size
  }

  override forEach(each: (held: Held, clientId: ClientId, map: Map<ClientId, Held>) => void) {
    this.#askedMore()
    super.forEach(each)
  }

  override *entries(): MapIterator<[ClientId, Held]> {
    yield* super.entries()
    this.#askedMore()
  }

  override *keys(): MapIterator<ClientId> {
    yield* super.keys()
    this.#askedMore()
  }

  override *values(): MapIterator<Held> {
    yield* super.values()
    this.#askedMore()
  }

  override [Symbol.iterator](): MapIterator<[ClientId, Held]> {
    return this.entries()
  }
}
