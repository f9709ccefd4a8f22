import { describe, expect, it } from 'vitest'
import { contradictions } from '../cash/world.ts'
import { aClient, asOwner } from '../harness/index.ts'
import { areThere, bankFolder, bytesOf, knownFiles } from './bank-files.ts'
import { counts, entries, receipts, send, type Words } from './loads.ts'

// Every published file that can be read goes all the way, twice. What each entry becomes is in import-formats.test.ts.

const readable = knownFiles.filter(({ outcome, entries }) => outcome === 'PARSED' && (entries ?? 0) > 0)

it.skipIf(areThere)('are absent: nothing was loaded', (context) => context.skip(`there is no ${bankFolder}`))

describe.runIf(areThere)('a published file', () => {
  it.for(readable.map((known) => [known.file, known] as const))(
    '%s is money once, and changes nothing again',
    async ([, known]) => {
      const client = await aClient()
      const words: Words = known.profile === null ? {} : { profile: known.profile, account: 'ACCOUNT', currency: 'EUR' }
      const upload = () => send(client, bytesOf(known), { by: client.integration, ...words })

      const { status, body } = await upload()
      if (status === 422) {
        // What its sender calls a test is kept out of the books.
        expect(body.reasons).toMatchObject([{ code: 'UNSUPPORTED', message: expect.stringContaining('is a test') }])
        expect([await entries(client), await receipts(client)]).toEqual([[], []])
        return
      }
      expect(status).toBe(200)
      const [money] = await asOwner<{ told: bigint; recorded: bigint }>(
        `select (select coalesce(sum(amount_minor), 0) from bank_entry where client_id = $1 and receipt_count > 0)::bigint as told,
         (select coalesce(sum(amount_minor), 0) from receipt where client_id = $1)::bigint as recorded`,
        [client.id],
      )
      expect(money?.recorded).toBe(money?.told)
      expect(await contradictions(client)).toEqual([])

      const before = await counts(client)
      expect(await upload()).toMatchObject({ status: 200, body: { effects: { inserted: 0, changed: 0 } } })
      expect(await counts(client)).toEqual(before)
    },
  )
})
