import { describe, expect, it } from 'vitest'
import { aClient, ask, type TestClient } from '../harness/index.ts'
import { aWorld, usd } from '../promise/world.ts'
import { aDeductionWorld, deductionsOf } from './world.ts'

const world = aWorld()
const { shortPay, inResearch, chased, on } = aDeductionWorld(world)

const sum = '{ count amount { amount currency } }'
const figuresOf = async (client: TestClient, from: string, to: string) => {
  const { data, errors } = await world.read<{ client: { deductionFigures: Record<string, unknown> | null } }>(
    client.analyst,
    `query ($id: ID!, $from: Date!, $to: Date!) { client(id: $id) { deductionFigures(from: $from, to: $to) {
      found ${sum} coded ${sum} valid ${sum} invalid ${sum} recovered ${sum} open { reasonCode age count amount { amount } } } } }`,
    { id: client.gid, from, to },
  )
  return data?.client.deductionFigures ?? errors
}

describe('figures of deductions', () => {
  it('count each once in the days of the client, and what is open by reason and age', async () => {
    const client = await aClient()
    const { id, customer, item } = await chased(client)
    const partial = await inResearch(client)
    await on(client, partial.id, 'validateDeduction', { verdict: 'PARTIAL', rationale: 'half', validAmount: usd('4.00') })
    await shortPay(client, [{ amount: '1.00' }])
    world.turnTo(world.at(31))
    await world.pay(client, customer, item, '10.00', world.day(31))
    expect((await deductionsOf(client)).find((row) => row.id === id)).toMatchObject({ state: 'REPAID' })
    const of = (count: number, amount: string) => [{ count, amount: usd(amount) }]
    const open = [
      { reasonCode: 'DISCOUNT', age: 'DAYS_30_59', count: 2, amount: { amount: '10.00' } },
      { reasonCode: 'UNKNOWN', age: 'DAYS_30_59', count: 1, amount: { amount: '1.00' } },
    ]
    expect(await figuresOf(client, world.day(0), world.day(0))).toEqual({
      ...{ found: of(3, '21.00'), coded: [], valid: of(1, '4.00'), invalid: of(2, '16.00'), recovered: [], open },
    })
    expect(await figuresOf(client, world.day(1), world.day(31))).toEqual({
      ...{ found: [], coded: [], valid: [], invalid: [], recovered: of(1, '10.00'), open },
    })
    expect(await figuresOf(client, world.day(1), world.day(0))).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })
})

const page = `query ($client: ID!, $first: Int!) { client(id: $client) { deductions(first: $first) { edges { node {
  state layers { internal decidedBy } missingEvidence nextMoves changes { move documents } approval { state }
  parent { id } children(first: 2) { edges { node { verdict } } } comments(first: 2) { edges { node { text } } }
  evidence(first: 2) { edges { node { type } } } receipt { reference } openItem { number } customer { name } } } } } }`

it('a page of deductions costs as many statements as one of them, with all that hangs on them', async () => {
  const client = await aClient()
  for (const place of [1, 2, 3, 4]) {
    const { id } = await inResearch(client, { amount: `${place}0.00` })
    const validAmount = usd(`${place}.00`)
    await on(client, id, 'validateDeduction', { verdict: 'PARTIAL', rationale: 'half', validAmount })
  }
  const api = world.api()
  const statementsOf = async (first: number) => {
    const statements: string[] = []
    api.engine.database.observe = (statement) => statements.push(statement)
    const { data, errors } = await ask<{ client: { deductions: { edges: unknown[] } } }>(
      api.as(client.analyst),
      page,
      { client: client.gid, first },
      api,
    )
    api.engine.database.observe = undefined
    expect(errors).toBeUndefined()
    expect(data?.client.deductions.edges).toHaveLength(first)
    return statements.filter((statement) => !/^(begin|commit)/.test(statement))
  }
  // Four of each kind of page, whatever they are: the first are whole ones, the last are parts.
  const four = await statementsOf(4)
  expect(await statementsOf(12)).toHaveLength(four.length)
})
