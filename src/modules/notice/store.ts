import type { Day } from '../../kernel/day.ts'
import type { Write } from '../../platform/command.ts'
import { part } from '../../platform/database/sql.ts'
import type { Content } from './content.ts'
import { type Channel, type Failure, liveStates, type NoticeState } from './notice-states.ts'

// Owner of the tables notice, notice_line and notice_document.

/** A notice held until the unit ends. */
export type HeldNotice = {
  readonly id: string
  readonly customerId: string
  readonly contactId: string
  readonly channel: Channel
  readonly templateCode: string
  readonly level: number
  readonly policyVersion: number
  readonly state: NoticeState
  readonly needsApproval: boolean
  readonly isAutomatic: boolean
  readonly principalId: string
  readonly approvedById: string | null
  readonly attempts: number
  readonly round: number
  readonly isUncertain: boolean
  readonly messageId: string | null
  readonly documentHash: string | null
  readonly version: number
}

const heldColumns = part`
  id, customer_id as "customerId", contact_id as "contactId", channel, template_code as "templateCode", level,
  policy_version as "policyVersion", state, needs_approval as "needsApproval",
  is_automatic as "isAutomatic", principal_id as "principalId", approved_by_id as "approvedById", attempts, round, is_uncertain as "isUncertain", message_id as "messageId",
  document_hash as "documentHash", version`

// Items before notices before customers: see docs/decisions/0007-lock-order.md.
export const lockNotice = async ({ tx, clientId }: Write, id: string): Promise<HeldNotice | null> => {
  const rows = await tx.sql<HeldNotice>`select ${heldColumns} from notice where client_id = ${clientId} and id = ${id} for update`
  return rows[0] ?? null
}

/** Several, in the order of their ids. */
export const lockNotices = ({ tx, clientId }: Write, ids: readonly string[]): Promise<HeldNotice[]> => tx.sql<HeldNotice>`
  select ${heldColumns} from notice where client_id = ${clientId} and id = any (${[...ids]}::uuid[]) order by id for update`

export type To = { readonly contactId: string; readonly channel: Channel }

/** What is under way to a contact, held. */
export const lockLive = async ({ tx, clientId }: Write, { contactId, channel }: To): Promise<HeldNotice | null> => {
  const rows = await tx.sql<HeldNotice>`
    select ${heldColumns} from notice
    where client_id = ${clientId} and contact_id = ${contactId} and channel = ${channel} and state = any (${[...liveStates]}::text[])
    for update`
  return rows[0] ?? null
}

/** What was sent to a contact on a day of the client, or is being sent. */
export const sentOnDay = async ({ tx, clientId }: Write, { contactId, channel }: To, day: Day): Promise<string | null> => {
  const rows = await tx.sql<{ id: string }>`
    select id from notice
    where client_id = ${clientId} and contact_id = ${contactId} and channel = ${channel} and sent_on = ${day}::date and state <> 'FAILED'`
  return rows[0]?.id ?? null
}

export type NewNotice = To & {
  readonly customerId: string
  readonly templateCode: string
  readonly level: number
  readonly policyVersion: number
  readonly isAutomatic: boolean
}

/**
 * Without lines and heading yet, which make it its first version. Null where somebody else proposed one to the same contact
 * meanwhile: theirs is there to be locked then.
 */
export const insertNotice = async (write: Write, notice: NewNotice): Promise<string | null> => {
  const { tx, clientId, viewer, now } = write
  const rows = await tx.sql<{ id: string }>`
    insert into notice (client_id, id, customer_id, contact_id, channel, template_code, level, policy_version, state, needs_approval,
      is_automatic, principal_id, principal_name, proposed_at, version)
    values (${clientId}, ${write.newId()}, ${notice.customerId}, ${notice.contactId}, ${notice.channel}, ${notice.templateCode},
      ${notice.level}, ${notice.policyVersion}, 'PROPOSED', true, ${notice.isAutomatic}, ${viewer.id}, ${viewer.name}, ${now}, 0)
    on conflict (client_id, contact_id, channel) where state in ('PROPOSED', 'APPROVED', 'SENDING') do nothing returning id`
  return rows[0]?.id ?? null
}

export type NewLine = {
  readonly openItemId: string
  readonly templateCode: string
  readonly level: number
  readonly currency: string
  readonly minor: bigint
}

const json = (rows: readonly object[]): string =>
  JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))

/** An item that is on the notice already keeps who proposed it, at the higher of both levels; one taken off comes back. */
export const saveLines = (
  { tx, clientId, viewer }: Write,
  noticeId: string,
  { lines, isAutomatic }: { readonly lines: readonly NewLine[]; readonly isAutomatic: boolean },
) => tx.sql`
  insert into notice_line (client_id, notice_id, open_item_id, template_code, level, currency, proposed_minor, principal_id, is_automatic)
  select ${clientId}, ${noticeId}, n."openItemId", n."templateCode", n.level, n.currency, n.minor, ${viewer.id}, ${isAutomatic}
  from jsonb_to_recordset(${json(lines)}::jsonb) as n ("openItemId" uuid, "templateCode" text, level int, currency text, minor bigint) order by n."openItemId"
  on conflict (client_id, notice_id, open_item_id) do update set level = greatest(notice_line.level, excluded.level),
    template_code = case when excluded.level > notice_line.level then excluded.template_code else notice_line.template_code end,
    proposed_minor = excluded.proposed_minor, withdrawn_reason = null, withdrawn_at = null,
    principal_id = case when notice_line.withdrawn_reason is null then notice_line.principal_id else excluded.principal_id end,
    is_automatic = case when notice_line.withdrawn_reason is null then notice_line.is_automatic else excluded.is_automatic end`

/** Lines whose template is none of some go by another from here on. */
export const recodeLines = (
  { tx, clientId }: Write,
  noticeId: string,
  { codes, templateCode, level }: { readonly codes: readonly string[]; readonly templateCode: string; readonly level: number },
) => tx.sql`
  update notice_line set template_code = ${templateCode}, level = ${level}
  where client_id = ${clientId} and notice_id = ${noticeId} and template_code <> all (${[...codes]}::text[])`

export type Line = {
  readonly openItemId: string
  readonly templateCode: string
  readonly level: number
  readonly currency: string
  readonly proposedMinor: bigint
  readonly principalId: string
  readonly isAutomatic: boolean
}

/** Lines that are asked for, by notice. */
export const linesOf = ({ tx, clientId }: Pick<Write, 'tx' | 'clientId'>, noticeIds: readonly string[]) => tx.sql<
  Line & { readonly noticeId: string }
>`
  select notice_id as "noticeId", open_item_id as "openItemId", template_code as "templateCode", level, currency, proposed_minor as "proposedMinor",
    principal_id as "principalId", is_automatic as "isAutomatic"
  from notice_line where client_id = ${clientId} and notice_id = any (${[...noticeIds]}::uuid[]) and withdrawn_reason is null
  order by notice_id, open_item_id`

/** The items that a notice asks for. */
export const itemsOn = async (write: Pick<Write, 'tx' | 'clientId'>, noticeId: string): Promise<string[]> =>
  (await linesOf(write, [noticeId])).map(({ openItemId }) => openItemId)

/** What it is about as a whole: that of its highest line. */
export const saveHeading = (
  { tx, clientId }: Write,
  id: string,
  heading: {
    readonly templateCode: string
    readonly level: number
    readonly policyVersion: number
    readonly needsApproval: boolean
  },
) => tx.sql`
  update notice set template_code = ${heading.templateCode}, level = ${heading.level}, policy_version = ${heading.policyVersion},
    needs_approval = ${heading.needsApproval}, version = version + 1
  where client_id = ${clientId} and id = ${id}`

/** By a person, or by the client's rules alone, which have no name. */
export const saveApproval = (
  { tx, clientId, now }: Write,
  ids: readonly string[],
  by: { readonly id: string; readonly name: string } | null,
) => tx.sql`
  update notice set state = 'APPROVED', approved_by_id = ${by?.id ?? null}::uuid, approved_by = ${by?.name ?? null}::text,
    approved_at = ${now}, version = version + 1
  where client_id = ${clientId} and id = any (${[...ids]}::uuid[])`

/** It wants an approval after all. */
export const saveReconsidered = ({ tx, clientId }: Write, id: string) => tx.sql`
  update notice set state = 'PROPOSED', needs_approval = true, approved_at = null, wait_reason = null, waits_until = null, version = version + 1
  where client_id = ${clientId} and id = ${id}`

export const withdrawLines = ({ tx, clientId, now }: Write, noticeId: string, reasons: ReadonlyMap<string, string>) => tx.sql`
  update notice_line l set withdrawn_reason = n.reason, withdrawn_at = ${now}, sent_minor = null
  from unnest(${[...reasons.keys()]}::uuid[], ${[...reasons.values()]}::text[]) as n (id, reason)
  where l.client_id = ${clientId} and l.notice_id = ${noticeId} and l.open_item_id = n.id`

/** It is over before it was sent. */
export const saveEnd = (
  { tx, clientId }: Write,
  id: string,
  { state, reason }: { readonly state: 'WITHDRAWN' | 'REJECTED'; readonly reason: string },
) => tx.sql`
  update notice set state = ${state}, end_reason = ${reason}, wait_reason = null, waits_until = null, version = version + 1
  where client_id = ${clientId} and id = ${id}`

type Waiting = { readonly reason: string; readonly until: Date }

/** It counts as changed only where what it waits for is another thing: it is looked at again and again. */
export const saveWait = ({ tx, clientId }: Write, id: string, { reason, until }: Waiting) => tx.sql`
  update notice set wait_reason = ${reason}, waits_until = ${until}, is_uncertain = state = 'SENDING',
    version = version + case when wait_reason is distinct from ${reason} then 1 else 0 end
  where client_id = ${clientId} and id = ${id}`

/** Nothing of it is out: what was fixed for sending is not any more. */
export const saveDeferral = async ({ tx, clientId }: Write, id: string, { reason, until }: Waiting) => {
  await tx.sql`
    update notice set state = 'APPROVED', document_hash = null, sent_on = null, wait_reason = ${reason}, waits_until = ${until},
      version = version + 1
    where client_id = ${clientId} and id = ${id}`
  await tx.sql`update notice_line set sent_minor = null where client_id = ${clientId} and notice_id = ${id}`
}

export type Rendered = {
  readonly messageId: string | null
  readonly hash: string
  readonly kind: 'MAIL' | 'LETTER'
  readonly bytes: Uint8Array
  readonly content: Content
}

/** From here on these bytes are sent, and no others. */
export const saveBeginning = async (
  write: Write,
  id: string,
  { rendered, day, amounts }: { readonly rendered: Rendered; readonly day: Day; readonly amounts: ReadonlyMap<string, bigint> },
) => {
  const { tx, clientId, now } = write
  const { messageId, hash, kind, bytes, content } = rendered
  await tx.sql`
    insert into notice_document (client_id, id, notice_id, kind, hash, bytes, content, created_at)
    values (${clientId}, ${write.newId()}, ${id}, ${kind}, decode(${hash}, 'hex'), ${bytes}, ${JSON.stringify(content)}::jsonb, ${now})
    on conflict (client_id, notice_id, hash) do nothing`
  await tx.sql`
    update notice_line l set sent_minor = n.minor
    from unnest(${[...amounts.keys()]}::uuid[], ${[...amounts.values()].map(String)}::bigint[]) as n (id, minor)
    where l.client_id = ${clientId} and l.notice_id = ${id} and l.open_item_id = n.id`
  await tx.sql`
    update notice set state = 'SENDING', message_id = ${messageId}, document_hash = ${hash}, sent_on = ${day}::date,
      wait_reason = null, waits_until = null, version = version + 1
    where client_id = ${clientId} and id = ${id}`
}

/**
 * One more time it is handed to a mail server: counted before, because what comes of it may never be told. Uncertain where it
 * was handed over before, and nothing was told.
 */
export const countAttempt = ({ tx, clientId }: Write, id: string, { isUncertain }: { readonly isUncertain: boolean }) => tx.sql`
  update notice set attempts = attempts + 1, is_uncertain = ${isUncertain} where client_id = ${clientId} and id = ${id}`

export const saveSent = ({ tx, clientId, now }: Write, ids: readonly string[]) => tx.sql`
  update notice set state = 'SENT', sent_at = ${now}, wait_reason = null, waits_until = null, version = version + 1
  where client_id = ${clientId} and id = any (${[...ids]}::uuid[])`

export const saveFailure = (
  { tx, clientId }: Write,
  id: string,
  { failure, reason }: { readonly failure: Failure; readonly reason: string },
) => tx.sql`
  update notice set state = 'FAILED', failure = ${failure}, failure_reason = ${reason}, wait_reason = null, waits_until = null,
    version = version + 1
  where client_id = ${clientId} and id = ${id}`

/** As if it had just been approved, and another mail from here on: a server may know the first by its id. */
export const saveRetry = ({ tx, clientId }: Write, id: string, { contactId, channel }: To) => tx.sql`
  update notice set state = 'APPROVED', contact_id = ${contactId}, channel = ${channel}, failure = null, failure_reason = null, attempts = 0, round = round + 1,
    message_id = null, is_uncertain = false, document_hash = null, sent_on = null, sent_at = null, version = version + 1
  where client_id = ${clientId} and id = ${id}`

export type Kept = { readonly bytes: Uint8Array; readonly content: Content; readonly kind: Rendered['kind'] }

export const keptDocument = async (
  { tx, clientId }: Pick<Write, 'tx' | 'clientId'>,
  noticeId: string,
  hash: string,
): Promise<Kept | null> => {
  const rows = await tx.sql<Kept>`
    select bytes, content, kind from notice_document
    where client_id = ${clientId} and notice_id = ${noticeId} and hash = decode(${hash}, 'hex')`
  return rows[0] ?? null
}

/** The latest mail to a contact that was sent in some days before an instant, held. */
export const lockLastMail = async (
  { tx, clientId }: Write,
  contactId: string,
  { from, until }: { readonly from: Date; readonly until: Date },
): Promise<HeldNotice | null> => {
  const rows = await tx.sql<HeldNotice>`
    select ${heldColumns} from notice
    where client_id = ${clientId} and contact_id = ${contactId} and channel = 'EMAIL' and state = 'SENT' and sent_at between ${from} and ${until}
    order by sent_at desc limit 1 for update`
  return rows[0] ?? null
}

/** Notices of a customer known by name alone go along when it gets its number. */
export const followNotices = (
  { tx, clientId }: Write,
  moves: readonly { readonly fromId: string; readonly toId: string }[],
) => tx.sql`
  update notice m set customer_id = n.to_id, version = m.version + 1
  from unnest(${moves.map(({ fromId }) => fromId)}::uuid[], ${moves.map(({ toId }) => toId)}::uuid[]) as n (from_id, to_id)
  join customer c on c.id = n.from_id and c.number is null
  where c.client_id = ${clientId} and m.client_id = ${clientId} and m.customer_id = n.from_id`

/** Of some items those that a notice is under way about, or that one was proposed about since an instant. */
export const itemsUnderWay = async (
  { tx, clientId }: Pick<Write, 'tx' | 'clientId'>,
  openItemIds: readonly string[],
  since: Date,
): Promise<ReadonlySet<string>> => {
  const rows = await tx.sql<{ openItemId: string }>`
    select distinct l.open_item_id as "openItemId" from notice_line l join notice n on n.client_id = l.client_id and n.id = l.notice_id
    where l.client_id = ${clientId} and l.open_item_id = any (${[...openItemIds]}::uuid[]) and l.withdrawn_reason is null
      and (n.state = any (${[...liveStates]}::text[]) or n.proposed_at >= ${since})`
  return new Set(rows.map(({ openItemId }) => openItemId))
}
