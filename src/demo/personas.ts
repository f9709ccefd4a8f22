import type { ClientRole, PrincipalKind } from '../platform/policy.ts'

/** Somebody of the demo whom `npm run token` can be. `subject` is what the token's `sub` says. */
export type Persona = { readonly name: string; readonly subject: string; readonly description: string }

/** What a persona holds for a client of the demo. Roles that work the ledger are held through the provider's team. */
export type DemoGrant = { readonly client: string; readonly role: ClientRole; readonly isThroughTeam: boolean }

export type DemoPrincipal = Persona & {
  readonly provider: string
  readonly kind: Exclude<PrincipalKind, 'SYSTEM'>
  readonly fullName: string
  readonly email: string | null
  readonly grants: readonly DemoGrant[]
}

const throughTeam = (client: string, role: ClientRole): DemoGrant => ({ client, role, isThroughTeam: true })
const alone = (client: string, role: ClientRole): DemoGrant => ({ client, role, isThroughTeam: false })

/** Everybody but the administrators, who come with their provider. */
export const principals: readonly DemoPrincipal[] = [
  {
    name: 'analyst',
    subject: 'demo-analyst',
    description: 'ANALYST of PRAIRIE through the team; for KALTBACH only an OBSERVER, who sees no ledger.',
    provider: 'NORTHGATE',
    kind: 'PERSON',
    fullName: 'Nadia Ferreira',
    email: 'nadia.ferreira@northgate.example',
    grants: [throughTeam('PRAIRIE', 'ANALYST'), throughTeam('KALTBACH', 'OBSERVER')],
  },
  {
    name: 'collector',
    subject: 'demo-collector',
    description: 'ANALYST of PRAIRIE and KALTBACH through the team: works both queues as one.',
    provider: 'NORTHGATE',
    kind: 'PERSON',
    fullName: 'Tomasz Wierzba',
    email: 'tomasz.wierzba@northgate.example',
    grants: [throughTeam('PRAIRIE', 'ANALYST'), throughTeam('KALTBACH', 'ANALYST')],
  },
  {
    name: 'lead',
    subject: 'demo-lead',
    description: 'LEAD of PRAIRIE and KALTBACH: what an analyst may, and also imports ledgers and edits customers.',
    provider: 'NORTHGATE',
    kind: 'PERSON',
    fullName: 'Grace Adeyemi',
    email: 'grace.adeyemi@northgate.example',
    grants: [throughTeam('PRAIRIE', 'LEAD'), throughTeam('KALTBACH', 'LEAD')],
  },
  {
    name: 'manager',
    subject: 'demo-manager',
    description: 'MANAGER of PRAIRIE: what a lead may, and publishes its policies and reads its audit.',
    provider: 'NORTHGATE',
    kind: 'PERSON',
    fullName: 'Oren Halvorsen',
    email: 'oren.halvorsen@northgate.example',
    grants: [throughTeam('PRAIRIE', 'MANAGER')],
  },
  {
    name: 'portal',
    subject: 'demo-portal',
    description: 'Portal user of the client PRAIRIE: sees its service levels, not its ledger.',
    provider: 'NORTHGATE',
    kind: 'PORTAL',
    fullName: 'Carol Lindqvist',
    email: 'carol.lindqvist@prairiehearth.example',
    grants: [alone('PRAIRIE', 'PORTAL')],
  },
  {
    name: 'approver',
    subject: 'demo-approver',
    description: 'Approver of the client PRAIRIE: decides what needs the client, and sees nothing of its ledger.',
    provider: 'NORTHGATE',
    kind: 'PORTAL',
    fullName: 'Ruth Castellano',
    email: 'ruth.castellano@prairiehearth.example',
    grants: [alone('PRAIRIE', 'APPROVER')],
  },
  {
    name: 'integration',
    subject: 'demo-integration',
    description: 'Integration of PRAIRIE: imports its ledger and records its receipts.',
    provider: 'NORTHGATE',
    kind: 'INTEGRATION',
    fullName: 'Prairie Hearth ERP',
    email: null,
    grants: [alone('PRAIRIE', 'INTEGRATION')],
  },
  {
    name: 'stranger',
    subject: 'demo-stranger',
    description: 'ANALYST of SALTMERE, a client of the other provider: knows nothing of PRAIRIE and KALTBACH.',
    provider: 'HARBOUR',
    kind: 'PERSON',
    fullName: 'Ewan Rutherglen',
    email: 'ewan.rutherglen@harbourbpo.example',
    grants: [throughTeam('SALTMERE', 'ANALYST')],
  },
]

const admin: Persona = {
  name: 'admin',
  subject: 'demo-admin',
  description: 'Provider administrator of NORTHGATE: runs its people, teams and grants, and reads no ledger.',
}

/** Each that `npm run token -- <persona>` knows. */
export const personas: readonly Persona[] = [...principals, admin].map(({ name, subject, description }) => ({
  name,
  subject,
  description,
}))

export const personaNamed = (name: string): Persona | null => personas.find((persona) => persona.name === name) ?? null
