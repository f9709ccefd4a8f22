import { expect, it } from 'vitest'
import { isDeclared } from '../../src/kernel/state-machine.ts'
import {
  type DeductionMove,
  type DeductionState,
  deductionMachine,
  mayMoveFrom,
  type Verdict,
} from '../../src/modules/deduction/deduction-states.ts'
import { decide, requestsOf } from '../approval/deciding.ts'
import { aClient, aPerson, asOwner, grant, type TestClient } from '../harness/index.ts'
import { aWorld, usd } from '../promise/world.ts'
import { aDeductionWorld, deductionsOf, type Kept } from './world.ts'

// Whatever is done to deductions in whatever order, some things stay true of them. Each way is walked once, on purpose, in deciding.test.ts.

const world = aWorld()
const { shortPay, tryOn } = aDeductionWorld(world)

/** The same numbers for the same seed: a run that fails can be run again. */
const numbersFrom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** What people can do, by the move that it makes, with an input that nothing but the move stands in the way of. */
const acts: Partial<Record<DeductionMove, (row: Kept, pick: (below: number) => number) => readonly [string, object]>> = {
  startResearch: () => ['startResearch', {}],
  requestBackup: () => ['requestBackup', { from: 'them', types: ['POD'] }],
  validate: (row, pick) => {
    const verdict = (['VALID', 'INVALID', 'PARTIAL'] as const)[row.amount_minor > 1n ? pick(3) : pick(2)]
    const part = usd((Number(row.amount_minor / 2n) / 100).toFixed(2))
    return ['validateDeduction', { verdict, rationale: 'looked at', ...(verdict === 'PARTIAL' ? { validAmount: part } : {}) }]
  },
  requestCredit: () => ['requestCredit', { note: 'agreed' }],
  requestWriteOff: () => ['requestWriteOff', { note: 'too old' }],
  confirmPosted: () => ['confirmDeductionPosted', { document: 'CM' }],
  deny: () => ['denyDeduction', { text: 'no' }],
  chaseRepayment: () => ['chaseRepayment', { note: 'called' }],
  dispute: () => ['disputeDenial', { note: 'photos' }],
  placeLegal: () => ['placeDeductionLegal', { note: 'agency' }],
  close: () => ['closeDeduction', { note: 'done' }],
}
const moves = Object.keys(acts) as DeductionMove[]

const contradictions = async (client: TestClient): Promise<string[]> => {
  const rows = await deductionsOf(client)
  const changes = await asOwner<{ deduction_id: string; version: number; state: DeductionState; verdict: string | null }>(
    'select deduction_id, version, state, verdict from deduction_change where client_id = $1 order by deduction_id, version',
    [client.id],
  )
  const undone = new Set(
    (await asOwner<{ id: string }>(`select id from receipt where client_id = $1 and state = 'REVERSED'`, [client.id])).map(
      ({ id }) => id,
    ),
  )
  return rows.flatMap((row) => {
    const own = changes.filter(({ deduction_id: id }) => id === row.id)
    const steps = own.slice(1).map((change, index) => [own[index]?.state ?? change.state, change.state] as const)
    const parts = rows.filter(({ parent_id: id }) => id === row.id)
    const sum = parts.reduce((all, { amount_minor: minor }) => all + minor, 0n)
    const last = own.at(-1)
    return [
      ...(own.map(({ version }) => version).join() === own.map((_, index) => index + 1).join() ? [] : ['a move is missing']),
      ...(last?.version === row.version && last.state === row.state && last.verdict === row.verdict
        ? []
        : ['its last move is another']),
      ...(steps.every(([from, to]) => isDeclared(deductionMachine, from, to)) ? [] : ['it went where no move leads']),
      ...((parts.length > 0 && sum !== row.amount_minor) || (row.state === 'SPLIT' && parts.length !== 2)
        ? ['its parts are not it']
        : []),
      ...((row.state === 'VOIDED') === (undone.has(String(row.receipt_id)) && row.state !== 'CLOSED')
        ? []
        : ['it is not where its payment is']),
    ].map((what) => `${what}: ${JSON.stringify({ id: row.id, state: row.state, moves: own.map(({ state }) => state) })}`)
  })
}

it('a thousand things done in any order are done where they are legal and refused where not, and leave no contradiction', async () => {
  const seed = 20_261_127
  const pick = numbersFrom(seed)
  const client = await aClient()
  const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
  await grant(client, manager, 'MANAGER')
  const payments: Awaited<ReturnType<typeof shortPay>>[] = []
  const repaid: Awaited<ReturnType<typeof world.pay>>[] = []
  const take = <T>(list: T[]): T | undefined => list.splice(pick(list.length), 1)[0]

  const others: readonly (() => Promise<unknown>)[] = [
    // New ones, of a reason that needs no documents, of one or two parts.
    async () =>
      payments.push(
        await shortPay(
          client,
          Array.from({ length: 1 + pick(2) }, () => ({ amount: `${5 + pick(9)}.00`, code: '76', codeList: 'X12_426' })),
        ),
      ),
    // The customer pays something, or all, of what is open of an item.
    async () => {
      const payment = payments[pick(payments.length)]
      if (payment === undefined) return
      const [row] = await asOwner<{ open_minor: bigint }>('select open_minor from open_item where client_id = $1 and id = $2', [
        client.id,
        payment.item.id,
      ])
      const minor = Number(row?.open_minor ?? 0n)
      const amount = pick(2) === 0 ? minor : pick(minor + 1)
      if (amount > 0)
        repaid.push(await world.pay(client, payment.customer, payment.item, (amount / 100).toFixed(2), world.day(0)))
    },
    async () => {
      const payment = take(repaid)
      if (payment !== undefined) await world.undo(client, payment)
    },
    async () => {
      const payment = payments.length > 6 ? take(payments) : undefined
      if (payment !== undefined) await world.bounce(client, payment.receipt)
    },
    async () => {
      const [asked] = await requestsOf(world.read, client.lead, client, '', 'state: PENDING')
      if (asked === undefined) return
      await decide(world.runAs, manager, asked, { decision: pick(3) === 0 ? 'REJECT' : 'APPROVE', comment: 'decided' })
    },
  ]

  for (let place = 0; place < 1_000; place += 1) {
    const rows = await deductionsOf(client)
    const row = rows[pick(rows.length)]
    if (row === undefined || pick(5) === 0) {
      await others[row === undefined ? 0 : pick(others.length)]?.()
    } else {
      const stand = { state: row.state as DeductionState, verdict: row.verdict as Verdict | null }
      // Mostly what is legal, or a thousand tries would hardly get anywhere.
      const legal = moves.filter((one) => mayMoveFrom(one, stand))
      const move = (pick(4) > 0 ? legal[pick(legal.length)] : undefined) ?? moves[pick(moves.length)]
      const [name, input] = (move === undefined ? undefined : acts[move]?.(row, pick)) ?? ['', {}]
      if (move === undefined) continue
      const out = await tryOn(client, client.analyst, row.id, name, input)
      const what = `${seed}, ${place}: ${name} of one that is ${row.state} ${row.verdict}: ${JSON.stringify(out)}`
      if (mayMoveFrom(move, stand)) expect(out.__typename, what).toMatch(/Payload$/)
      else expect(out, what).toMatchObject({ code: 'ILLEGAL_MOVE' })
    }
    if (place % 100 === 99) expect(await contradictions(client), `${seed}, ${place}`).toEqual([])
  }
}, 240_000)
