import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a link lets: one viewer read one document of one client, until an instant. */
export type Link = {
  readonly clientId: string
  readonly evidenceId: string
  readonly viewerId: string
  readonly expiresAt: Date
}

const macBytes = 32
const uuidBytes = 16
const bytes = 3 * uuidBytes + 8 + macBytes

const uuidToBytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex')
const bytesToUuid = (part: Buffer): string => part.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

const macOf = (secret: string, body: Buffer): Buffer =>
  createHmac('sha256', secret).update('quittance evidence link\0').update(body).digest()

export const signLink = (secret: string, { clientId, evidenceId, viewerId, expiresAt }: Link): string => {
  const until = Buffer.alloc(8)
  until.writeBigUInt64BE(BigInt(expiresAt.getTime()))
  const body = Buffer.concat([uuidToBytes(clientId), uuidToBytes(evidenceId), uuidToBytes(viewerId), until])
  return Buffer.concat([body, macOf(secret, body)]).toString('base64url')
}

/** What a link says, if it is one of ours and its time is not over. */
export const readLink = (secret: string, text: string, now: Date): Link | null => {
  const whole = Buffer.from(text, 'base64url')
  // Written anew, since the decoder passes over what is no letter of it: one link has one text.
  if (whole.length !== bytes || whole.toString('base64url') !== text) return null
  const body = whole.subarray(0, bytes - macBytes)
  if (!timingSafeEqual(macOf(secret, body), whole.subarray(bytes - macBytes))) return null
  const expiresAt = new Date(Number(body.readBigUInt64BE(3 * uuidBytes)))
  if (expiresAt <= now) return null
  const [clientId = '', evidenceId = '', viewerId = ''] = [0, 1, 2].map((place) =>
    bytesToUuid(body.subarray(place * uuidBytes, (place + 1) * uuidBytes)),
  )
  return { clientId, evidenceId, viewerId, expiresAt }
}
