import type { IncomingMessage } from 'node:http'

export class BodyTooLong extends Error {}

/** Reads a small body whole; a longer one is refused as soon as it is known to be, whatever its header promised. */
export const readBody = async (request: IncomingMessage, most: number, withinMs: number): Promise<Buffer> => {
  if (Number(request.headers['content-length'] ?? 0) > most) throw new BodyTooLong()
  // A body that trickles in would hold its connection for as long as it likes.
  const late = setTimeout(() => request.destroy(), withinMs)
  request.once('close', () => clearTimeout(late))
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > most) throw new BodyTooLong()
    chunks.push(chunk)
  }
  clearTimeout(late)
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}
