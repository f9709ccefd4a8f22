import { describe, expect, it } from 'vitest'
import { aClient, aProvider, ask, asOwner, theApp, tokenFor } from '../harness/index.ts'
import { eventually } from './world.ts'

describe('what commands of today enqueue', () => {
  it('is the next day of a client that is created', async () => {
    const provider = await aProvider()
    const code = `C${crypto.randomUUID().slice(0, 8).toUpperCase()}`
    const answer = await ask(
      provider.admin,
      'mutation ($input: CreateClientInput!) { createClient(input: $input) { __typename } }',
      { input: { code, name: 'New', timeZone: 'Asia/Tokyo', baseCurrency: 'JPY', calendarCode: 'JP' } },
    )
    expect(answer).toEqual({ data: { createClient: { __typename: 'CreateClientPayload' } } })
    const jobs = () =>
      asOwner<{ name: string; hour: number }>(
        `select j.name, extract(hour from run_at at time zone 'UTC')::int as hour from job j join client c on c.id = j.client_id
         where c.code = $1`,
        [code],
      )
    // Today's is begun at once; that of tomorrow waits for midnight in Tokyo.
    await eventually(async () => (await jobs()).length === 1)
    expect(await jobs()).toEqual([{ name: 'worklist.beginDay', hour: 15 }])
    const begun = await asOwner('select day from work_day d join client c on c.id = d.client_id where c.code = $1', [code])
    expect(begun).toHaveLength(1)
  })

  it('is the end of a load that starts, should its process die', async () => {
    const client = await aClient()
    const { url } = await theApp()
    const csv = [
      'legalEntity,customerNumber,customerName,kind,number,currency,amount,documentOn,dueOn',
      'LE1,1,A,INVOICE,N1,USD,1.00,2026-11-02,2026-12-02',
    ]
    const query = new URLSearchParams({ client: client.gid, profile: 'quittance-csv', name: 'a.csv' })
    const response = await fetch(`${new URL(url).origin}/imports?${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokenFor(client.lead.subject)}` },
      body: `${csv.join('\n')}\n`,
    })
    expect(response.ok, await response.clone().text()).toBe(true)
    const jobs = await asOwner<{ minutes: number; state: string }>(
      `select round(extract(epoch from j.run_at - b.started_at) / 60)::int as minutes, b.state
       from job j join import_batch b on b.client_id = j.client_id and b.id::text = j.key where j.client_id = $1 and j.name = 'intake.endImport'`,
      [client.id],
    )
    expect(jobs).toEqual([{ minutes: 11, state: 'APPLIED' }])
  })
})
