import { describe, expect, it } from 'vitest'
import { isDeclared, legalMoves, machine, mayMove, reached } from './state-machine.ts'

const door = machine({
  name: 'door',
  initial: 'OPEN',
  moves: {
    shut: { from: ['OPEN'], to: ['SHUT'] },
    lock: { from: ['SHUT'], to: ['LOCKED'] },
    unlock: { from: ['LOCKED'], to: ['SHUT'] },
    force: { from: ['SHUT', 'LOCKED'], to: ['OPEN', 'BROKEN'] },
  },
} as const)

describe('a machine', () => {
  it('lets through what it declares and nothing else', () => {
    expect(mayMove(door, 'lock', 'SHUT')).toBe(true)
    expect(mayMove(door, 'lock', 'OPEN')).toBe(false)
    expect(reached(door, 'force', 'LOCKED')).toEqual(['OPEN', 'BROKEN'])
    expect(reached(door, 'force', 'OPEN')).toEqual([])
  })

  it('names the legal moves of a state', () => {
    expect(legalMoves(door, 'SHUT')).toEqual(['lock', 'force'])
    expect(legalMoves(door, 'BROKEN')).toEqual([])
  })

  it('knows which states may follow one another, and that staying is no move', () => {
    expect(isDeclared(door, 'LOCKED', 'OPEN')).toBe(true)
    expect(isDeclared(door, 'OPEN', 'LOCKED')).toBe(false)
    expect(isDeclared(door, 'BROKEN', 'BROKEN')).toBe(true)
  })
})
