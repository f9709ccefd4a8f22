import MailComposer from 'nodemailer/lib/mail-composer'

export type Mailbox = { readonly name: string; readonly address: string }

export type NewMail = {
  readonly messageId: string
  readonly at: Date
  readonly from: Mailbox
  readonly to: Mailbox
  readonly replyTo: string | null
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly language: string
}

/** The bytes of a mail: the same facts are the same bytes, so that a mail which is sent again is the same mail. */
export const composeMail = async ({
  messageId,
  at,
  from,
  to,
  replyTo,
  subject,
  text,
  html,
  language,
}: NewMail): Promise<Buffer> => {
  const root = new MailComposer({
    ...{ from, to, subject, text, html, messageId, date: at },
    ...(replyTo === null ? {} : { replyTo }),
    headers: { 'auto-submitted': 'auto-generated', 'content-language': language },
    // What separates the parts is random otherwise.
    baseBoundary: messageId.replace(/[^A-Za-z0-9]/g, '').slice(0, 40),
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile()
  return root.build()
}
