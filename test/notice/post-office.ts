import type { AddressInfo } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'

export type Received = { readonly from: string; readonly to: readonly string[]; readonly raw: Buffer; readonly mail: Email }

/** What the server does with the next mails, instead of taking them. */
export type Mood =
  /** Says no with such a code, to the address or to the whole mail. */
  | { readonly says: number; readonly to: 'ADDRESS' | 'MAIL' }
  /** Takes the mail and ends the connection before it says so. */
  | { readonly says: null }

/** A real mail server on a port of its own, that keeps what it gets. */
export const openPostOffice = async () => {
  const received: Received[] = []
  const moods: Mood[] = []
  const refusal = (code: number) => Object.assign(new Error('as the test wants it'), { responseCode: code })
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo: (_address, _session, done) => {
      const mood = moods[0]
      if (mood?.says == null || mood.to !== 'ADDRESS') return done()
      moods.shift()
      done(refusal(mood.says))
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        const mood = moods.shift()
        if (mood?.says != null) return done(refusal(mood.says))
        const raw = Buffer.concat(chunks)
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : mailFrom.address
        received.push({ from, to: rcptTo.map(({ address }) => address), raw, mail: await PostalMime.parse(raw) })
        if (mood === undefined) return done()
        for (const connection of server.connections) connection.close()
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    /** For the next mail, and one more each time. */
    beInMood: (mood: Mood) => void moods.push(mood),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
