import { command, type Write } from '../../platform/command.ts'
import type { RowKey } from '../../platform/graphql/loader.ts'
import type { ClientId } from '../../platform/policy.ts'
import { InvalidInput, NotFound } from '../../platform/refusals.ts'
import { type DeliveryTeam, teamsAt } from '../allocation/index.ts'
import { HandoverTaken, handoverLongestMs, handoverNoteMax, subjectsMost } from './handover.ts'
import { insertHandover, insertTakeover, subjectsKnown, writerOf } from './handover-store.ts'
import { touch } from './mark-commands.ts'
import { claimsOf, passClaims, workBehind } from './mark-store.ts'
import { holdCustomers, holdReceipts } from './store.ts'

export type WriteHandover = {
  readonly clientId: ClientId
  readonly teamId: string | null
  readonly note: string
  readonly until: Date
  readonly customers: readonly RowKey[]
  readonly workItems: readonly RowKey[]
  readonly passClaimsTo: string | null
}

const wrongIn = ({ now }: Write, { note, until, customers, workItems }: WriteHandover): InvalidInput | null => {
  if (note.trim() === '' || note.length > handoverNoteMax)
    return new InvalidInput(`a note has 1 to ${handoverNoteMax} characters`, ['input', 'note'])
  if (until <= now) return new InvalidInput('it has to lie ahead', ['input', 'until'])
  if (until.getTime() - now.getTime() > handoverLongestMs)
    return new InvalidInput('it lies at most 14 days ahead: what is to be known for longer is an activity', ['input', 'until'])
  if (customers.length + workItems.length > subjectsMost)
    return new InvalidInput(`a handover speaks of at most ${subjectsMost} customers and work items`, ['input', 'customers'])
  return null
}

/** The first of some that is not the client's, told with its place. */
const strangerIn = (write: Write, known: ReadonlySet<string>, { customers, workItems }: WriteHandover): NotFound | null => {
  for (const [name, what, keys] of [
    ['customers', 'customer', customers],
    ['workItems', 'work item', workItems],
  ] as const) {
    const at = keys.findIndex(({ clientId, id }) => clientId !== write.clientId || !known.has(id))
    if (at !== -1) return new NotFound(what, ['input', name, String(at)])
  }
  return null
}

const idsIn = (keys: readonly RowKey[]): string[] => [...new Set(keys.map(({ id }) => id))]

type Named = { readonly id: string; readonly name: string }

/** Whose work the writer holds goes on with somebody else for the time that is left of it. */
const handClaims = async (write: Write, to: Named): Promise<number> => {
  const claims = await claimsOf(write, write.viewer.id)
  const receiptIds = claims.flatMap(({ receiptId }) => receiptId ?? [])
  const customerIds = claims.flatMap(({ customerId }) => customerId ?? [])
  // Receipts before customers, as everywhere: docs/decisions/0007-lock-order.md
  await holdReceipts(write, receiptIds)
  await holdCustomers(write, customerIds)
  const passed = await passClaims(
    write,
    claims.map(({ id }) => id),
    to,
  )
  const works = await workBehind(write, {
    receiptIds: passed.flatMap(({ receiptId }) => receiptId ?? []),
    customerIds: passed.flatMap(({ customerId }) => customerId ?? []),
  })
  await touch(write, works, 'claim')
  return passed.length
}

const servingTeam = (teams: readonly DeliveryTeam[], teamId: string): DeliveryTeam | undefined =>
  teams.find(({ id, serves }) => id === teamId && serves)

/**
 * Tells whoever comes next what they have to know, and passes on the claims of whoever leaves. Only added to: a mistake is
 * put right by another handover.
 */
export const writeHandover = command({
  name: 'worklist.writeHandover',
  permission: 'work:mark',
  refusals: [NotFound, InvalidInput],
  scope: ({ clientId }: WriteHandover) => ({ clientId }),
  async run(write, input) {
    const { teamId, note, until, passClaimsTo } = input
    const wrong = wrongIn(write, input)
    if (wrong !== null) return wrong
    const teams = await teamsAt(write, write.now)
    const team = teamId === null ? null : servingTeam(teams, teamId)
    if (team === undefined) return new NotFound('team', ['input', 'team'])
    const people = (team === null ? teams : [team]).flatMap((one) => one.people)
    const to = passClaimsTo === null ? null : people.find(({ id, canWork }) => id === passClaimsTo && canWork)
    if (to === undefined) return new NotFound('user', ['input', 'passClaimsTo'])
    if (to?.id === write.viewer.id) return new InvalidInput('you hold them already', ['input', 'passClaimsTo'])
    const [customerIds, workItemIds] = [idsIn(input.customers), idsIn(input.workItems)]
    const stranger = strangerIn(write, await subjectsKnown(write, { customerIds, workItemIds }), input)
    if (stranger !== null) return stranger
    const claims = to === null ? 0 : await handClaims(write, to)
    const id = await insertHandover(write, { team, note, until, customerIds, workItemIds, claimsTo: to, claims })
    write.emit({ area: 'work', name: 'handover.written', payload: { handoverId: id, teamId } })
    return { clientId: write.clientId, id }
  },
})

export type TakeOver = { readonly handover: RowKey }

export const takeOverHandover = command({
  name: 'worklist.takeOverHandover',
  permission: 'work:mark',
  refusals: [NotFound, InvalidInput, HandoverTaken],
  scope: ({ handover }: TakeOver) => ({ clientId: handover.clientId }),
  async run(write, { handover }) {
    const writer = await writerOf(write, handover.id)
    if (writer === null) return new NotFound('handover', ['input', 'handover'])
    if (writer === write.viewer.id) return new InvalidInput('you wrote it: somebody else takes it over', ['input', 'handover'])
    const before = await insertTakeover(write, handover.id)
    if (before !== null) return new HandoverTaken(before)
    write.emit({ area: 'work', name: 'handover.takenOver', payload: { handoverId: handover.id } })
    return handover
  },
})
