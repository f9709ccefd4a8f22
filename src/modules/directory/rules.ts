import { Refusal } from '../../kernel/refusal.ts'
import type { ClientRole } from '../../platform/policy.ts'
import { InvalidInput } from '../../platform/refusals.ts'

/** Kinds of people; an integration is the third kind of principal. */
export const userKinds = ['PERSON', 'PORTAL'] as const
export type UserKind = (typeof userKinds)[number]
export type HolderKind = UserKind | 'INTEGRATION'

/** The holder's kind cannot hold the role: a portal user never becomes an analyst. */
export class RoleNotAllowed extends Refusal {
  readonly code = 'ROLE_NOT_ALLOWED'
  readonly role: ClientRole
  readonly allowedRoles: readonly ClientRole[]
  constructor(role: ClientRole, allowedRoles: readonly ClientRole[]) {
    super(`this holder cannot have the role ${role}, only ${allowedRoles.join(', ')}`, ['input', 'role'])
    this.role = role
    this.allowedRoles = allowedRoles
  }
}

/** `what` is taken. Whose it is stays unsaid: a subject may be taken by another provider. */
export class AlreadyExists extends Refusal {
  readonly code = 'ALREADY_EXISTS'
  readonly what: string
  constructor(what: string, path: readonly string[]) {
    super(`this ${what} exists already`, path)
    this.what = what
  }
}

/** What was to be ended has ended before. */
export class AlreadyEnded extends Refusal {
  readonly code = 'ALREADY_ENDED'
  readonly endedAt: Date
  constructor(endedAt: Date) {
    super(`it ended before, at ${endedAt.toISOString()}`)
    this.endedAt = endedAt
  }
}

/** Without an administrator nobody could ever run the provider's directory again. */
export class LastAdministrator extends Refusal {
  readonly code = 'LAST_ADMINISTRATOR'
  constructor() {
    super('the provider would have no administrator left; make somebody else one first')
  }
}

const rolesOfKind: Readonly<Record<HolderKind, readonly ClientRole[]>> = {
  PERSON: ['OBSERVER', 'ANALYST', 'LEAD', 'MANAGER', 'AUDITOR'],
  PORTAL: ['PORTAL', 'APPROVER'],
  INTEGRATION: ['INTEGRATION'],
}

/** Roles that work the ledger are held through a team, so that they end with its service to the client. */
const throughTeam: Readonly<Record<ClientRole, 'ALWAYS' | 'MAYBE' | 'NEVER'>> = {
  ANALYST: 'ALWAYS',
  LEAD: 'ALWAYS',
  MANAGER: 'ALWAYS',
  OBSERVER: 'MAYBE',
  AUDITOR: 'MAYBE',
  PORTAL: 'NEVER',
  APPROVER: 'NEVER',
  INTEGRATION: 'NEVER',
}

/** Null when a holder of this kind can have the role, with or without a team. */
export const checkRole = (asked: {
  kind: HolderKind
  role: ClientRole
  isThroughTeam: boolean
}): RoleNotAllowed | InvalidInput | null => {
  const { kind, role, isThroughTeam } = asked
  const allowed = rolesOfKind[kind]
  if (!allowed.includes(role)) return new RoleNotAllowed(role, allowed)
  if (throughTeam[role] === 'ALWAYS' && !isThroughTeam)
    return wrong('team', `the role ${role} is held through a team that serves the client`)
  if (throughTeam[role] === 'NEVER' && isThroughTeam) return wrong('team', `the role ${role} is not held through a team`)
  return null
}

/** From an instant on, and until one that no longer counts; without it, for good. */
export type Period = { readonly validFrom: Date; readonly validUntil: Date | null }
export type AskedPeriod = { readonly validFrom: Date | null; readonly validUntil: Date | null }

/** Rights never begin in the past: who could see what on a day must not change afterwards. */
export const periodFrom = (now: Date, { validFrom, validUntil }: AskedPeriod): Period | InvalidInput => {
  const from = validFrom ?? now
  if (from < now) return wrong('validFrom', 'it cannot begin in the past; leave validFrom out to begin now')
  if (validUntil !== null && validUntil <= from) return wrong('validUntil', 'it must end after it begins')
  return { validFrom: from, validUntil }
}

/** When something ends: now, or later as asked. */
export const endFrom = (now: Date, asked: Date | null): Date | InvalidInput =>
  asked !== null && asked < now
    ? wrong('validUntil', 'it cannot end in the past; leave validUntil out to end it now')
    : (asked ?? now)

const codeShape = /^[A-Z0-9][A-Z0-9_-]{1,31}$/
const emailShape = /^[^\s@]+@[^\s@]+$/
// Counted in characters as PostgreSQL counts them; control characters and halves of characters are none.
const lineOf = (max: number) => new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${max}}$`, 'u')
const nameShape = lineOf(200)
const reasonShape = lineOf(500)
const emailLine = lineOf(320)

const wrong = (field: string, message: string) => new InvalidInput(message, ['input', field])
const isBlank = (text: string) => text.trim() === ''

export const checkName = (name: string): InvalidInput | null =>
  isBlank(name) || !nameShape.test(name) ? wrong('name', 'a name has 1 to 200 characters on one line') : null

/** Every change of rights says why, for whoever reads the audit later. */
export const checkReason = (reason: string): InvalidInput | null =>
  isBlank(reason) || !reasonShape.test(reason) ? wrong('reason', 'a reason has 1 to 500 characters on one line') : null

export type NewTeam = { readonly code: string; readonly name: string }

export const checkTeam = ({ code, name }: NewTeam): InvalidInput | null =>
  codeShape.test(code) ? checkName(name) : wrong('code', 'a code is 2 to 32 capital letters, digits, - or _')

export type NewUser = {
  readonly kind: UserKind
  readonly name: string
  readonly email: string
  readonly subject: string
}

export const checkUser = ({ name, email, subject }: NewUser): InvalidInput | null => {
  if (!emailShape.test(email) || !emailLine.test(email)) return wrong('email', 'an email is an address of at most 320 characters')
  if (isBlank(subject) || !nameShape.test(subject)) return wrong('subject', 'a subject has 1 to 200 characters on one line')
  return checkName(name)
}

/** One mailbox is one user, however its address is typed. */
export const normalEmail = (email: string): string => email.trim().toLowerCase()

export const keyDaysMax = 400
const dayMs = 86_400_000

/** A key that nobody renews must end by itself: a forgotten one would be open for ever. */
export const checkKeyExpiry = (now: Date, expiresAt: Date): InvalidInput | null => {
  if (expiresAt <= now) return wrong('expiresAt', 'a key must expire in the future')
  if (expiresAt.getTime() > now.getTime() + keyDaysMax * dayMs)
    return wrong('expiresAt', `a key expires within ${keyDaysMax} days; make another one before that`)
  return null
}
