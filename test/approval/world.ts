import { randomUUID } from 'node:crypto'
import { expireRequest } from '../../src/flows/settle-approvals.ts'
import { encodeGlobalId } from '../../src/kernel/ids.ts'
import {
  type ApprovalAsked,
  ApprovalExpired,
  approvalChanged,
  EvidenceChanged,
  requestApproval,
  useApproval,
  withdrawApproval,
} from '../../src/modules/approval/index.ts'
import { type Command, command, perform } from '../../src/platform/command.ts'
import { inUnit } from '../../src/platform/database/unit.ts'
import { IllegalMove } from '../../src/platform/refusals.ts'
import { aClient, aCustomer, aPerson, asOwner, grant, type Person, type Row, rowsOf, type TestClient } from '../harness/index.ts'
import { aWorld } from '../promise/world.ts'
import { decide, requestsOf } from './deciding.ts'

type OfClient<Input> = Input & { readonly clientId: string }
const scope = ({ clientId }: { clientId: string }) => ({ clientId })

/** Commands as a module has that needs approvals. */
const asking = command({
  name: 'test.ask',
  permission: 'plan:propose',
  refusals: [],
  scope,
  run: (write, { clientId: _clientId, ...asked }: OfClient<ApprovalAsked>) => requestApproval(write, asked),
})
type Changed = OfClient<Parameters<typeof approvalChanged>[1]>
const changing = command({
  name: 'test.change',
  permission: 'plan:propose',
  refusals: [],
  scope,
  run: async (write, { clientId: _clientId, ...changed }: Changed) => approvalChanged(write, changed),
})
type Withdrawn = OfClient<Parameters<typeof withdrawApproval>[1]>
const withdrawing = command({
  name: 'test.withdraw',
  permission: 'plan:propose',
  refusals: [],
  scope,
  run: async (write, { clientId: _clientId, ...withdrawn }: Withdrawn) => withdrawApproval(write, withdrawn),
})
type Used = OfClient<Parameters<typeof useApproval>[1]>
const using = command({
  name: 'test.use',
  permission: 'plan:propose',
  refusals: [ApprovalExpired, EvidenceChanged, IllegalMove],
  scope,
  run: (write, { clientId: _clientId, ...used }: Used) => useApproval(write, used),
})

const action = 'PAYMENT_PLAN'

/** A row of the matrix. */
export const row = (facts: object) => ({ action, ...facts })
export const allThree = { matrix: [row({ steps: ['LEAD', 'MANAGER', 'APPROVER'] })] }
/** A lead up to 100, or 150 in sum; beyond that the client as well. */
export const byAmount = {
  matrix: [row({ upTo: '100.00', cumulativeUpTo: '150.00', steps: ['LEAD'] }), row({ steps: ['LEAD', 'APPROVER'] })],
}
export const approves = { __typename: 'DecideApprovalPayload' }
export const userOf = ({ client }: { readonly client: TestClient }, { id }: Person) =>
  encodeGlobalId({ typename: 'User', ownerId: client.provider.id, id })

export const aDesk = () => {
  const world = aWorld()
  const { runAs, read, at } = world

  const performAs = <Input, Out>(who: Person, definition: Command<Input, Out, never>, input: Input) => {
    const { engine } = world.api()
    const asker = { kind: 'TOKEN', subject: who.subject, expiresAt: at(400) } as const
    return inUnit(engine.database, { asker, readOnly: false, now: engine.clock() }, (tx) => perform(tx, definition, input))
  }
  const any = (definition: object) => definition as Command<object, unknown, never>

  /** A client with everybody who decides, and a customer. */
  const aBoard = async (rules: object | null = null, options: Parameters<typeof aClient>[0] = {}) => {
    const client = await aClient(options)
    const person = async (name: string, role: 'LEAD' | 'MANAGER' | 'APPROVER') => {
      const made = await aPerson(client.provider.id, role === 'APPROVER' ? 'PORTAL' : 'PERSON', name)
      await grant(client, made, role)
      return made
    }
    const [lead2, manager, manager2, approver, approver2] = await Promise.all([
      person('second lead', 'LEAD'),
      person('manager', 'MANAGER'),
      person('second manager', 'MANAGER'),
      person('approver', 'APPROVER'),
      person('second approver', 'APPROVER'),
    ])
    const board = { client, customer: await aCustomer(client), ...{ lead: client.lead, analyst: client.analyst } }
    const all = { ...board, lead2, manager, manager2, approver, approver2 }
    if (rules !== null) await publish(all, rules)
    return all
  }
  type Board = Awaited<ReturnType<typeof aBoard>>

  const publish = async ({ client, manager }: { client: Board['client']; manager: Person }, rules: object) => {
    const before = await asOwner(`select 1 from policy_version where client_id = $1 and kind = 'APPROVAL'`, [client.id])
    const input = { client: client.gid, kind: 'APPROVAL', reason: 'agreed', expectedVersion: before.length }
    const out = await runAs(manager, 'publishPolicy', { ...input, rules: JSON.stringify(rules) })
    if (!out.__typename.endsWith('Payload')) throw new Error(JSON.stringify(out))
  }

  type Facts = {
    readonly who?: Person
    readonly customer?: Row
    readonly currency?: string
    readonly reasonCode?: string
    readonly makers?: readonly string[]
  }

  /** The request of a subject as somebody is shown it. */
  const seen = async ({ client }: Board, who: Person, subjectId: string, fields = '') => {
    const index = (await rowsOf(client, 'approval_request'))
      .toSorted((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
      .findIndex((one) => one.subject_id === subjectId)
    const found = (await requestsOf(read, who, client, fields))[index]
    if (found === undefined) throw new Error('it is not shown')
    return found
  }
  const delegate = async ({ client }: Board, from: Person, to: string, facts: object = {}) => {
    const until = new Date(world.api().engine.clock().getTime() + 7 * 86_400_000)
    const input = { client: client.gid, to, until, reason: 'away', ...facts }
    return runAs(from, 'delegateApprovals', input, 'delegation { id holds from to }')
  }

  return {
    ...world,
    seen,
    delegate,
    aBoard,
    publish,

    /** Asks for an approval of something worth so much; answers with its id. */
    request: async (board: Board, amountMinor: number, facts: Facts = {}) => {
      const { who = board.analyst, customer = board.customer, currency = 'USD', reasonCode = null, makers = [] } = facts
      const subjectId = randomUUID()
      await performAs(who, any(asking), {
        ...{ clientId: board.client.id, action, subjectId, reasonCode, currency, customerId: customer.id, makers },
        ...{ amountMinor: BigInt(amountMinor), summary: `so much: ${amountMinor}`, evidence: { amountMinor } },
      })
      return subjectId
    },
    change: ({ client }: Board, who: Person, subjectId: string, amountMinor: number, evidence: object = { amountMinor }) =>
      performAs(who, any(changing), {
        ...{ clientId: client.id, action, subjectId, amountMinor: BigInt(amountMinor), summary: 'changed', evidence },
      }),
    withdraw: ({ client, analyst }: Board, subjectId: string) =>
      performAs(analyst, any(withdrawing), { clientId: client.id, action, subjectId, reason: 'not needed' }),
    use: ({ client, analyst }: Board, subjectId: string, evidence: object) =>
      performAs(analyst, any(using), { clientId: client.id, action, subjectId, evidence, path: [] }),

    decide: (who: Person, asked: Parameters<typeof decide>[2], facts: object = {}) => decide(runAs, who, asked, facts),
    /** Somebody decides it as they see it. */
    by: async (board: Board, who: Person, subject: string, facts: object = {}) =>
      decide(runAs, who, await seen(board, who, subject), facts),
    /** A delegation from one to another; empty where it is refused. */
    delegateTo: async (board: Board, from: Person, to: Person): Promise<string> => {
      const out = await delegate(board, from, userOf(board, to))
      return (out.delegation as { id: string } | undefined)?.id ?? ''
    },
    /** What a job does when its instant has come. */
    expire: async ({ client }: Board) => {
      for (const { id } of await rowsOf(client, 'approval_request'))
        await world.runJob(client, expireRequest, { requestId: String(id) })
    },
    rows: async ({ client }: Board) => {
      const rows = await rowsOf(client, 'approval_request')
      return new Map(rows.map((row) => [String(row.subject_id), row]))
    },
    told: async ({ client }: Board) =>
      (
        await asOwner<{ name: string }>(`select name from event where client_id = $1 and area = 'approval' order by id`, [
          client.id,
        ])
      ).map(({ name }) => name.slice('approval.'.length)),
  }
}

export type Desk = ReturnType<typeof aDesk>
