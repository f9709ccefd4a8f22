import { domainToASCII } from 'node:url'
import { parseConnectionUrl } from 'nodemailer/lib/shared'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { limits } from '../limits.ts'

export type Envelope = { readonly from: string; readonly to: string }

/**
 * What became of a mail. `REFUSED`: the server will never take it. `LATER`: it did not take it, and may another time.
 * `UNCERTAIN`: the connection was lost before it said whether it took it.
 */
export type Delivery =
  | { readonly outcome: 'TAKEN' }
  | { readonly outcome: 'REFUSED' | 'LATER' | 'UNCERTAIN'; readonly reason: string }

/** The way out for mails: never throws, and ends within `limits.mail.sendMs`. */
export type Mailer = { readonly send: (envelope: Envelope, message: Uint8Array) => Promise<Delivery> }

/** Servers know names of domains in ASCII alone; what stands before the @ is theirs to understand or to refuse. */
const onTheWire = (address: string): string => {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1))}`
}

type SmtpFault = Error & { readonly responseCode?: number | undefined; readonly code?: string | undefined }

/** What an operator is told, on one line: a server's answer may have several, and may repeat what it was sent. */
const reasonOf = ({ message }: Error): string => message.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 400)

/** Before the message was begun nothing can have been taken, whatever went wrong. */
const beforehand = (fault: SmtpFault): Delivery => ({ outcome: 'LATER', reason: reasonOf(fault) })

/** A server that answered has said what it did; one that did not may have taken the mail. */
const meanwhile = (fault: SmtpFault): Delivery => {
  const { responseCode, code } = fault
  const reason = reasonOf(fault)
  if (responseCode !== undefined) return { outcome: responseCode >= 500 ? 'REFUSED' : 'LATER', reason }
  return { outcome: code === 'EENVELOPE' ? 'REFUSED' : 'UNCERTAIN', reason }
}

/**
 * Over SMTP, to the server of a URL: `smtps://` speaks TLS from the beginning, `smtp://` as soon as the server offers it, and
 * only then with `?requireTLS=true`. A connection for each mail: they are few, and none is kept that a server has forgotten.
 */
export const smtpMailer = (url: string): Mailer => {
  const { auth, ...options } = parseConnectionUrl(url)
  return {
    send: (envelope, message) =>
      new Promise((resolve) => {
        const connection = new SMTPConnection({
          ...options,
          connectionTimeout: limits.mail.connectMs,
          greetingTimeout: limits.mail.connectMs,
          socketTimeout: limits.mail.idleMs,
        })
        let isHandedOver = false
        const late = setTimeout(() => fail(new Error('the mail server took too long')), limits.mail.sendMs)
        const end = (delivery: Delivery) => {
          clearTimeout(late)
          resolve(delivery)
          connection.close()
        }
        const fail = (fault: SmtpFault) => end(isHandedOver ? meanwhile(fault) : beforehand(fault))
        const hand = () => {
          isHandedOver = true
          connection.send(
            { from: onTheWire(envelope.from), to: [onTheWire(envelope.to)] },
            Buffer.from(message),
            (fault: SmtpFault | null) => {
              if (fault !== null) return fail(fault)
              end({ outcome: 'TAKEN' })
            },
          )
        }
        connection.once('error', fail)
        connection.once('end', () => fail(new Error('the mail server closed the connection')))
        connection.connect((fault?: SmtpFault | null) => {
          if (fault) return fail(fault)
          if (auth === undefined || auth === null) return hand()
          connection.login(auth, (refused?: SmtpFault | null) => (refused ? fail(refused) : hand()))
        })
      }),
  }
}
