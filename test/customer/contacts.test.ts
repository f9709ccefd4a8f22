import { describe, expect, it } from 'vitest'
import { addDays, type Day, dayIn } from '../../src/kernel/day.ts'
import { done, expectTurnedAway, readAs, refused, told } from '../cash/answers.ts'
import { auditsOf, eventsOf, gidOf, type Who } from '../cash/world.ts'
import {
  AddContactDocument,
  type AddContactInput,
  CustomerContactsDocument,
  type CustomerContactsQueryVariables,
  RecordBounceDocument,
  RetireContactDocument,
  VerifyContactDocument,
} from '../generated/operations.ts'
import { aClient, aCustomer, type Row, rowsOf, startTestApp } from '../harness/index.ts'
import { claimed } from '../isolation/calling.ts'

const zone = 'Pacific/Auckland'
/** The day at the client, which is mostly another than the server's. */
const today = (days = 0): Day => addDays(dayIn(zone, new Date()), days)
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

const aDesk = async () => {
  const client = await aClient({ timeZone: zone })
  const customer = await aCustomer(client)
  const add = async (facts: Partial<AddContactInput> = {}) => {
    const input = { customer: customer.gid, name: 'Ann', email: 'ann@example.test', ...facts }
    return (await done(client.analyst, AddContactDocument, input)).contact
  }
  return { client, customer, add }
}

const contactsOf = async (who: Who, customer: Row, facts: Partial<CustomerContactsQueryVariables> = {}) => {
  const { node } = await readAs(who, CustomerContactsDocument, { customer: customer.gid, first: 10, ...facts })
  if (node?.__typename !== 'Customer') throw new Error('that is no customer')
  return node.contacts
}
const names = ({ edges }: Awaited<ReturnType<typeof contactsOf>>) => edges.map(({ node }) => node.name)

describe('the postal address of a contact', () => {
  it('is up to five lines of eighty characters, as they stand on an envelope', async () => {
    const { client, customer, add } = await aDesk()
    await add({ postalAddress: 'Street 1\nTown' })
    expect(await rowsOf(client, 'contact')).toMatchObject([{ postal_address: 'Street 1\nTown' }])
    for (const postalAddress of ['', ' \n ', 'x'.repeat(81), '1\n2\n3\n4\n5\n6']) {
      const input = { customer: customer.gid, name: 'Bob', postalAddress }
      expect(await refused(client, AddContactDocument, input)).toMatchObject({ path: ['input', 'postalAddress'] })
    }
  })
})

describe('verifyContact', () => {
  it('keeps who made sure, when and how, and forgets mails that came back before', async () => {
    const { client, add } = await aDesk()
    const contact = await add()
    expect(contact).toMatchObject({ state: 'USABLE', verification: null, bounceCount: 0, version: 1 })
    const bounced = await done(client.integration, RecordBounceDocument, {
      contact: contact.id,
      bouncedAt: ago(60),
      expectedVersion: 1,
    })
    expect(bounced.contact).toMatchObject({ state: 'BOUNCED', bounceCount: 1, version: 2 })
    const at = ago(30)
    const input = { contact: contact.id, source: 'the switchboard', verifiedAt: at, expectedVersion: 2 }
    const verified = (await done(client.lead, VerifyContactDocument, input)).contact
    expect(verified).toMatchObject({
      state: 'USABLE',
      bounceCount: 0,
      lastBouncedAt: bounced.contact.lastBouncedAt,
      verification: { at, by: client.lead.name, source: 'the switchboard' },
      version: 3,
    })
    expect((await eventsOf(client, 'customer')).map(({ name }) => name)).toEqual([
      'contact.added',
      'contact.bounced',
      'contact.verified',
    ])
    expect((await auditsOf(client)).map(({ command, principal_id }) => [command, principal_id])).toEqual([
      ['customer.addContact', client.analyst.id],
      ['customer.recordBounce', client.integration.id],
      ['customer.verifyContact', client.lead.id],
    ])
  })

  it.each<[string, object, object]>([
    ['without a source', { source: ' ' }, { code: 'INVALID_INPUT', path: ['input', 'source'] }],
    ['with a source that is a letter', { source: 'x'.repeat(201) }, { code: 'INVALID_INPUT', path: ['input', 'source'] }],
    ['of a day to come', { verifiedAt: ago(-9) }, { code: 'INVALID_INPUT', path: ['input', 'verifiedAt'] }],
    ['of another version', { expectedVersion: 7 }, { code: 'VERSION_CONFLICT', currentVersion: 1 }],
  ])('is refused %s', async (_case, facts, why) => {
    const { client, add } = await aDesk()
    const input = { contact: (await add()).id, source: 'the switchboard', expectedVersion: 1, ...facts }
    expect(await refused(client, VerifyContactDocument, input)).toMatchObject(why)
  })

  it('is refused for an earlier instant than that of the last', async () => {
    const { client, add } = await aDesk()
    const { id } = await add()
    await done(client.analyst, VerifyContactDocument, { contact: id, source: 'a call', verifiedAt: ago(5), expectedVersion: 1 })
    const late = { contact: id, source: 'a list', verifiedAt: ago(50), expectedVersion: 2 }
    expect(await refused(client, VerifyContactDocument, late)).toMatchObject({ path: ['input', 'verifiedAt'] })
    // Nor does a mail count that came back before it was made sure of.
    const bounce = { contact: id, bouncedAt: ago(50), expectedVersion: 2 }
    expect(await refused(client, RecordBounceDocument, bounce)).toMatchObject({ path: ['input', 'bouncedAt'] })
  })
})

describe('recordBounce', () => {
  it('counts each mail that came back', async () => {
    const { client, add } = await aDesk()
    const { id } = await add()
    const [late, early] = [ago(5), ago(90)]
    await done(client.analyst, RecordBounceDocument, { contact: id, bouncedAt: late, expectedVersion: 1 })
    const { contact } = await done(client.analyst, RecordBounceDocument, { contact: id, bouncedAt: early, expectedVersion: 2 })
    expect(contact).toMatchObject({ bounceCount: 2, lastBouncedAt: late, state: 'BOUNCED' })
  })

  it('is refused where there is no address, and for what has not happened', async () => {
    const { client, add } = await aDesk()
    const { id } = await add({ email: null, phone: '1' })
    expect(await refused(client, RecordBounceDocument, { contact: id, expectedVersion: 1 })).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'contact'],
    })
    const early = { contact: (await add()).id, bouncedAt: ago(-9), expectedVersion: 1 }
    expect(await refused(client, RecordBounceDocument, early)).toMatchObject({ path: ['input', 'bouncedAt'] })
  })

  it('of ten told of one version counts one', async () => {
    const app = await startTestApp({ connections: 10 })
    try {
      const { client, add } = await aDesk()
      const { id } = await add()
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, () => told(client.analyst, RecordBounceDocument, { contact: id, expectedVersion: 1 }, app)),
      )
      expect(outcomes.map(({ __typename }) => __typename).toSorted()).toEqual([
        'RecordBouncePayload',
        ...Array(9).fill('VersionConflict'),
      ])
    } finally {
      await app.stop()
    }
  })
})

describe('retireContact', () => {
  it('takes a contact out of use for good, and leaves it readable with its reason', async () => {
    const { client, customer, add } = await aDesk()
    const { id } = await add()
    const retire = { contact: id, reason: 'left the company', expectedVersion: 1 }
    const { contact } = await done(client.analyst, RetireContactDocument, retire)
    expect(contact).toMatchObject({ state: 'RETIRED', retiredReason: 'left the company', version: 2 })
    expect(contact.retiredAt).not.toBeNull()
    expect((await contactsOf(client.analyst, customer)).edges.map(({ node }) => node.state)).toEqual(['RETIRED'])
    const again = { contact: id, expectedVersion: 2 }
    for (const outcome of [
      await refused(client, RetireContactDocument, { ...again, reason: 'twice' }),
      await refused(client, VerifyContactDocument, { ...again, source: 'a call' }),
      await refused(client, RecordBounceDocument, again),
    ])
      expect(outcome).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'contact'] })
  })

  it('needs a reason', async () => {
    const { client, add } = await aDesk()
    const input = { contact: (await add()).id, reason: '', expectedVersion: 1 }
    expect(await refused(client, RetireContactDocument, input)).toMatchObject({ path: ['input', 'reason'] })
  })
})

describe('who may', () => {
  it('change a contact: those who work the client, and its integrations', async () => {
    const { client, add } = await aDesk()
    const { id } = await add()
    const nowhere = gidOf(client, 'Contact')
    const retire = { reason: 'left', expectedVersion: 1 }
    const verify = { source: 'a call', expectedVersion: 1 }
    const bounce = { expectedVersion: 1 }
    await expectTurnedAway(client, RetireContactDocument, {
      input: { contact: id, ...retire },
      nowhere: { contact: nowhere, ...retire },
    })
    await expectTurnedAway(client, VerifyContactDocument, {
      input: { contact: id, ...verify },
      nowhere: { contact: nowhere, ...verify },
    })
    await expectTurnedAway(client, RecordBounceDocument, {
      input: { contact: id, ...bounce },
      nowhere: { contact: nowhere, ...bounce },
    })
    const elsewhere = await aDesk()
    const theirs = claimed((await elsewhere.add()).id, client.id)
    expect(await refused(client, RetireContactDocument, { contact: theirs, ...retire })).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('Customer.contacts', () => {
  it('shows all with their states at the client today, and filters as the states say', async () => {
    const { client, customer, add } = await aDesk()
    await add({ name: 'a plain' })
    await add({ name: 'b from today', validFrom: today() })
    await add({ name: 'c until today', validUntil: today() })
    await add({ name: 'd from tomorrow', validFrom: today(1), validUntil: today(9) })
    await add({ name: 'e until yesterday', validUntil: today(-1) })
    const bounced = await add({ name: 'f bounced' })
    await done(client.analyst, RecordBounceDocument, { contact: bounced.id, expectedVersion: 1 })
    const retired = await add({ name: 'g retired' })
    await done(client.analyst, RetireContactDocument, { contact: retired.id, reason: 'left', expectedVersion: 1 })
    const all = await contactsOf(client.analyst, customer)
    expect(all.edges.map(({ node }) => `${node.name}: ${node.state}`)).toEqual([
      'a plain: USABLE',
      'b from today: USABLE',
      'c until today: USABLE',
      'd from tomorrow: NOT_YET_VALID',
      'e until yesterday: EXPIRED',
      'f bounced: BOUNCED',
      'g retired: RETIRED',
    ])
    const isUsable = (state: string) => state === 'USABLE'
    const having = (usable: boolean) =>
      all.edges.filter(({ node }) => isUsable(node.state) === usable).map(({ node }) => node.name)
    expect(names(await contactsOf(client.analyst, customer, { isUsable: true }))).toEqual(having(true))
    expect(names(await contactsOf(client.analyst, customer, { isUsable: false }))).toEqual(having(false))
  })

  it('finds those of a role, by the page', async () => {
    const { client, customer, add } = await aDesk()
    for (const name of ['a', 'b', 'c']) await add({ name, role: 'accounts payable' })
    await add({ name: 'd', role: 'approver' })
    const role = 'accounts payable'
    const first = await contactsOf(client.analyst, customer, { role, first: 2 })
    expect(names(first)).toEqual(['a', 'b'])
    expect(names(await contactsOf(client.analyst, customer, { role, first: 2, after: first.pageInfo.endCursor ?? '' }))).toEqual([
      'c',
    ])
    expect(names(await contactsOf(client.analyst, customer, { role: 'approver', isUsable: false }))).toEqual([])
  })

  it('takes no validity that ends before it begins', async () => {
    const { client, customer } = await aDesk()
    const input = { customer: customer.gid, name: 'Ann', validFrom: today(2), validUntil: today(1) }
    expect(await refused(client, AddContactDocument, input)).toMatchObject({ path: ['input', 'validUntil'] })
  })
})
