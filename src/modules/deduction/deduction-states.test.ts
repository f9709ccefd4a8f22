import { describe, expect, it } from 'vitest'
import { reached } from '../../kernel/state-machine.ts'
import {
  type DeductionMove,
  type DeductionState,
  deductionMachine,
  illegalUnless,
  mayMoveFrom,
  movesFrom,
  type Verdict,
} from './deduction-states.ts'

const moves = Object.keys(deductionMachine.moves) as DeductionMove[]
const states = [...new Set(Object.values(deductionMachine.moves).flatMap(({ from, to }) => [...from, ...to]))] as DeductionState[]
const verdicts: readonly (Verdict | null)[] = [null, 'VALID', 'INVALID']
const stands = states.flatMap((state) => verdicts.map((verdict) => ({ state, verdict })))

describe('a deduction', () => {
  it('reaches every state from the first', () => {
    const seen = new Set<DeductionState>([deductionMachine.initial])
    for (const state of seen) for (const move of moves) for (const to of reached(deductionMachine, move, state)) seen.add(to)
    expect([...states].filter((state) => !seen.has(state))).toEqual([])
    expect(states).toHaveLength(17)
  })

  it.each(stands)('that is $state and $verdict refuses what it does not take, with what it takes', (stand) => {
    const legal = movesFrom(stand)
    for (const move of moves) {
      const refusal = illegalUnless(move, stand, [])
      expect(refusal === null).toBe(mayMoveFrom(move, stand))
      if (refusal === null) continue
      expect(refusal.state).toBe(stand.state)
      expect(refusal.legal).toEqual(legal)
      expect(legal).not.toContain(move)
    }
  })

  it('is never denied when it is valid, or credited when it is not', () => {
    const decided = (verdict: Verdict) => movesFrom({ state: 'VALIDATED', verdict })
    expect(decided('VALID')).toEqual(['requestCredit', 'settleFromAccrual', 'requestWriteOff', 'tolerate'])
    expect(decided('INVALID')).toEqual(['deny'])
  })

  it('goes with its payment from everywhere but its ends', () => {
    const stays = states.filter((state) => !mayMoveFrom('void', { state, verdict: null }))
    expect(stays.sort()).toEqual(['CLOSED', 'VOIDED'])
  })
})
