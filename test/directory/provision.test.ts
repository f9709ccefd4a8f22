import pg from 'pg'
import { expect, inject, it } from 'vitest'
import { provisionProvider } from '../../src/modules/directory/index.ts'
import { ask } from '../harness/index.ts'
import { idOf, run } from './world.ts'

it('a provider begins with one administrator, who can create everybody else', async () => {
  const owner = new pg.Client({ connectionString: inject('ownerUrl') })
  await owner.connect()
  const code = `P${crypto.randomUUID().slice(0, 8).toUpperCase()}`
  const subject = `first of ${code}`
  try {
    await provisionProvider(owner, {
      code,
      name: 'A provider',
      administrator: { name: 'Ada', email: 'Ada@example.test', subject },
      now: new Date(),
    })
  } finally {
    await owner.end()
  }
  const { data } = await ask({ subject }, '{ provider { code administrators(first: 5) { edges { node { name email } } } } }')
  expect(data).toEqual({ provider: { code, administrators: { edges: [{ node: { name: 'Ada', email: 'ada@example.test' } }] } } })
  const created = await run({ subject }, 'createUser', { kind: 'PERSON', name: 'Ann', email: 'ann@example.test' }, 'user { id }')
  expect(idOf(created, 'user')).toBeTypeOf('string')
})
