import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'

/** What may wait to be taken by the other end before whoever sends has to wait too. */
const waitingBytes = 64 * 1_024

type Callback = (error?: Error) => void

/**
 * A socket whose messages of one turn leave in one write, and that keeps nobody waiting for a message to have left until
 * too much waits for the other end: several thousand messages a second are mostly writes and waiting for them otherwise.
 */
export class BatchingSocket extends WebSocket {
  #stream: Duplex | undefined
  #isCorked = false

  /** The connection under it, known since its upgrade. */
  over(stream: Duplex) {
    this.#stream = stream
  }

  // Called with the options or without, as the class it stands for.
  override send(data: Parameters<WebSocket['send']>[0], ...rest: unknown[]): void {
    const done = rest.at(-1)
    this.#corkForTurn()
    if (typeof done !== 'function' || rest.length > 1) super.send(data, ...(rest as [Callback]))
    else if (this.bufferedAmount > waitingBytes) super.send(data, done as Callback)
    else {
      // One that fails closes the socket, which tells everybody.
      super.send(data, () => {})
      done()
    }
  }

  #corkForTurn() {
    if (this.#stream === undefined || this.#isCorked) return
    const stream = this.#stream
    this.#isCorked = true
    stream.cork()
    setImmediate(() => {
      this.#isCorked = false
      stream.uncork()
    })
  }
}
