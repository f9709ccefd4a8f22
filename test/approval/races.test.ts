import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Person } from '../harness/index.ts'
import { decisionsIn } from './deciding.ts'
import { aDesk, row } from './world.ts'

const desk = aDesk()
const { aBoard, request, seen, decide, rows } = desk

const persons = (decisions: Awaited<ReturnType<typeof decisionsIn>>) =>
  decisions.flatMap(({ principal_id, on_behalf_of_id }) =>
    on_behalf_of_id === null ? [principal_id] : [principal_id, on_behalf_of_id],
  )

describe('at once', () => {
  it('of fifty who decide one step one decides it, and the rest are told who', async () => {
    const board = await aBoard({ matrix: [row({ steps: ['LEAD', 'MANAGER', 'APPROVER'] })] })
    const subject = await request(board, 100)
    const asked = await seen(board, board.lead, subject)
    const deciders = [board.lead, board.lead2, board.manager, board.manager2]
    const out = await Promise.all(Array.from({ length: 50 }, (_, n) => decide(deciders[n % 4] as Person, asked)))
    const [decision, ...more] = await decisionsIn(board.client)
    expect(more).toEqual([])
    const name = deciders.find(({ id }) => id === decision?.principal_id)?.name ?? ''
    const kinds = out.map(({ __typename }) => __typename).sort()
    expect(kinds).toEqual(['DecideApprovalPayload', ...Array(49).fill('StepDecided')])
    for (const { code, message } of out) if (code !== undefined) expect(message).toContain(name)
  })

  it('an approval and a rejection of one step are one decision', async () => {
    const board = await aBoard()
    const subject = await request(board, 100)
    const asked = await seen(board, board.lead, subject)
    await Promise.all([
      decide(board.lead, asked),
      decide(board.manager, asked, { decision: 'REJECT', comment: 'no' }),
      decide(board.lead2, asked),
      decide(board.manager2, asked, { decision: 'REJECT', comment: 'no' }),
    ])
    const decisions = await decisionsIn(board.client)
    expect(decisions).toHaveLength(1)
    expect((await rows(board)).get(subject)).toMatchObject({
      state: decisions[0]?.verdict === 'APPROVE' ? 'APPROVED' : 'REJECTED',
    })
  })

  it('parts that are asked for are decided as the whole they are, in whichever order they come', async () => {
    const board = await aBoard({
      matrix: [row({ cumulativeUpTo: '100.00', steps: ['LEAD'] }), row({ steps: ['LEAD', 'APPROVER'] })],
    })
    await Promise.all(Array.from({ length: 12 }, () => request(board, 1_000)))
    const asked = [...(await rows(board)).values()]
    expect(asked.map(({ steps }) => steps)).toEqual(Array(12).fill(['LEAD', 'APPROVER']))
    expect(Math.max(...asked.map(({ cumulative_minor }) => Number(cumulative_minor)))).toBe(12_000)
  })

  it('a part that is asked for while another is decided waits, or is counted by its decision', async () => {
    const board = await aBoard({
      matrix: [row({ cumulativeUpTo: '100.00', steps: ['LEAD'] }), row({ steps: ['LEAD', 'APPROVER'] })],
    })
    const first = await request(board, 6_000)
    const asked = await seen(board, board.lead, first)
    const [, second] = await Promise.all([decide(board.lead, asked), request(board, 6_000)])
    const found = await rows(board)
    expect(found.get(second)).toMatchObject({ steps: ['LEAD', 'APPROVER'] })
    // Either it was approved before the other came, or it was lifted.
    const { state, steps } = found.get(first) ?? {}
    expect([
      ['APPROVED', ['LEAD']],
      ['PENDING', ['LEAD', 'APPROVER']],
    ]).toContainEqual([state, steps])
  })
})

describe('whatever is tried', () => {
  it('nothing is approved by fewer persons than it has steps, nor by who made it', async () => {
    const seenStates = new Set<string>()
    const story = async (steps: readonly string[], maker: number, tries: readonly (readonly [number, number | null])[]) => {
      const board = await aBoard({ matrix: [row({ steps })] })
      const people = [board.lead, board.lead2, board.manager, board.manager2, board.approver, board.approver2]
      const subject = await request(board, 100, { who: people.slice(0, 4)[maker % 4] as Person })
      const lent = new Map<string, string>()
      for (const [me, behind] of tries) {
        const who = people[me] as Person
        const from = behind === null ? null : (people[behind] as Person)
        let onBehalfOf: string | undefined
        if (from !== null && from !== who) {
          const key = `${behind} ${me}`
          const out = lent.has(key) ? null : await desk.delegateTo(board, from, who)
          if (out !== null) lent.set(key, out)
          onBehalfOf = lent.get(key)
        }
        await decide(who, await seen(board, who, subject), onBehalfOf === undefined || onBehalfOf === '' ? {} : { onBehalfOf })
      }
      const found = (await rows(board)).get(subject)
      const by = persons(await decisionsIn(board.client))
      expect(by).not.toContain(people[maker % 4]?.id)
      expect(new Set(by).size).toBe(by.length)
      if (found?.state === 'APPROVED') expect((await decisionsIn(board.client)).length).toBe(steps.length)
      seenStates.add(String(found?.state))
    }
    // One that is approved and one that is not, whatever chance brings.
    await story(['LEAD', 'MANAGER', 'APPROVER'], 0, [
      [0, null],
      [1, null],
      [1, 2],
      [3, 1],
      [3, null],
      [4, 5],
    ])
    await story(['LEAD', 'LEAD'], 2, [
      [0, 2],
      [0, 1],
      [1, null],
      [0, null],
      [2, 3],
    ])
    expect([...seenStates].sort()).toEqual(['APPROVED', 'PENDING'])
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('LEAD', 'MANAGER', 'APPROVER'), { minLength: 1, maxLength: 3 }),
        fc.nat(3),
        fc.array(fc.tuple(fc.nat(5), fc.option(fc.nat(5))), { minLength: 3, maxLength: 10 }),
        story,
      ),
      { numRuns: 12, seed: 36 },
    )
  })
})
