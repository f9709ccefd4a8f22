import { scheduleDays } from '../../src/flows/begin-days.ts'
import { perform } from '../../src/platform/command.ts'
import { runJob } from '../../src/platform/jobs/run-job.ts'
import { aKey, usd } from '../cash/world.ts'
import { asOwner, type Row, type TestClient } from '../harness/index.ts'
import { aNoticeWorld, sender } from '../notice/world.ts'
import { rebuild, type Step, staging, standing, steps } from '../stage/world.ts'

export type Item = Row & { readonly customer: Row }
type Told = Step & { readonly template?: string | null; readonly needsApproval?: boolean }

type NoticeNode = {
  readonly id: string
  readonly version: number
  readonly state: string
  readonly channel: string
  readonly template: string
  readonly customer: { readonly number: string }
  readonly preview: { readonly text: string } | null
  readonly lines: {
    readonly edges: readonly {
      readonly node: {
        readonly openItem: { readonly number: string }
        readonly sentAmount: { readonly amount: string } | null
        readonly withdrawnReason: string | null
      }
    }[]
  }
}

/** A reminder, a call, and a firmer word: by mails that go out alone unless somebody has to agree to them. */
export const mails = ({ needsApproval = false } = {}): readonly Told[] => [
  { code: 'FRIENDLY', channel: 'EMAIL', offsetDays: 1, minGapDays: 3, template: 'FRIENDLY_REMINDER', needsApproval },
  { code: 'SECOND', channel: 'EMAIL', offsetDays: 15, minGapDays: 7, template: 'SECOND_NOTICE', needsApproval },
]

/** All orders of some things. */
export const ordersOf = <T>(all: readonly T[]): T[][] =>
  all.length === 0 ? [[]] : all.flatMap((one, place) => ordersOf(all.toSpliced(place, 1)).map((rest) => [one, ...rest]))

/** Clients that collect by a ladder, whose days begin and whose jobs run as a node runs them, when the test says so. */
export const aCollectingWorld = () => {
  const world = aNoticeWorld()
  const stages = staging(world)

  /** Whatever is due of a client, until nothing is; each job begun so many times at once. */
  const work = async (client: TestClient, { times = 1 } = {}) => {
    for (;;) {
      const due = await asOwner<{ id: string; name: string }>(
        `select id, name from job where client_id = $1 and state = 'QUEUED' and run_at <= $2 order by run_at, id`,
        [client.id, world.now()],
      )
      if (due.length === 0) return
      for (const { id, name } of due) {
        const begun = Array.from({ length: times }, () => runJob(world.deps(world.smtp()), { clientId: client.id, id }))
        const wrong = (await Promise.all(begun)).filter((outcome) => outcome !== 'DONE' && outcome !== 'PASSED')
        if (wrong.length > 0) throw new Error(`${name}: ${wrong.join()}`)
      }
    }
  }
  const schedule = (client: TestClient) => world.asService(client, (tx) => perform(tx, scheduleDays, { clientId: client.id }))

  const noticesShown = async (client: TestClient) => {
    const document = `query ($id: ID!) { client(id: $id) { notices(first: 50) { edges { node { id version state channel template customer { number }
      preview { text } lines(first: 50) { edges { node { openItem { number } sentAmount { amount } withdrawnReason } } } } } } } }`
    type Data = { client: { notices: { edges: { node: NoticeNode }[] } } }
    const { data, errors } = await world.read<Data>(client.analyst, document, { id: client.gid })
    if (data?.client?.notices === undefined) throw new Error(JSON.stringify(errors))
    return data.client.notices.edges.map(({ node: { lines, customer, ...notice } }) => ({
      ...notice,
      to: customer.number.replace(client.canary, ''),
      lines: lines.edges
        .map(({ node }) => `${node.openItem.number} ${node.withdrawnReason ?? node.sentAmount?.amount ?? 'proposed'}`)
        .sort(),
    }))
  }

  return {
    ...world,
    ...stages,
    work,
    noticesShown,

    aDesk: async (
      ladder: readonly Told[] | null = mails(),
      options: Parameters<typeof stages.aDesk>[1] = {},
      texts: object = {},
    ) => {
      const desk = await stages.aDesk(ladder === null ? { steps: undefined } : { steps: steps(ladder) }, options)
      const rules = JSON.stringify({ sender, postalAddress: ['Receivables', 'Harbour 1'], ...texts })
      const notice = { client: desk.client.gid, kind: 'NOTICE', rules, reason: 'agreed', expectedVersion: 0 }
      const out = await world.runAs(desk.manager, 'publishPolicy', notice)
      if (out.__typename !== 'PublishPolicyPayload') throw new Error(JSON.stringify(out))
      return desk
    },
    /** A customer that can be written to, and what it owes: by name of the invoice, days from day 0 to the due date. */
    aDebtor: async <Name extends string>(
      { client }: { readonly client: TestClient },
      who: string,
      dues: Readonly<Record<Name, number>>,
      contact: object = {},
    ): Promise<Record<Name, Item>> => {
      const items: Record<string, Item> = {}
      for (const [name, due] of Object.entries<number>(dues))
        items[name] = await stages.anInvoice({ client }, name, due, { customerNumber: `${who}${client.canary}` })
      const [first] = Object.values(items)
      const reached = { name: 'Ann Payer', role: 'AP', email: `ap-${aKey()}@debtor.example`, ...contact }
      await world.run(client, 'addContact', { customer: first?.customer.gid, ...reached })
      return items as Record<Name, Item>
    },
    /** The client's day begins, whichever it is by then, and everything is done that follows by itself. */
    beginDay: async (client: TestClient, days: number, { hours = 12, ...how }: { hours?: number; times?: number } = {}) => {
      world.turnTo(world.at(days, hours))
      await schedule(client)
      await work(client, how)
    },
    schedule,
    /** Money that is there, and not yet put against anything. */
    receive: async (client: TestClient, { customer }: Item, amount: string, on = 0) => {
      const receipt = { client: client.gid, customer: customer.gid, amount: usd(amount), valueOn: world.day(on) }
      const told = { ...receipt, reference: 'wire', idempotencyKey: aKey() }
      return ((await world.run(client, 'recordReceipt', told, 'receipt { id }')).receipt as { id: string }).id
    },
    apply: (client: TestClient, receipt: string, item: Item, amount: string) =>
      world.run(client, 'applyReceipt', {
        ...{ receipt, openItem: item.gid, amount: usd(amount), expectedVersion: 1, idempotencyKey: aKey() },
      }),
    /** Who is to be worked, and what is next there. */
    queue: async (client: TestClient): Promise<Record<string, string | null>> => {
      const document = `query ($clients: [ID!]) { worklist(clients: $clients, first: 50) { edges { node { kind customer { number } nextAction { kind } } } } }`
      type Node = { kind: string; customer: { number: string } | null; nextAction: { kind: string } | null }
      const { data, errors } = await world.read<{ worklist: { edges: { node: Node }[] } }>(client.analyst, document, {
        clients: [client.gid],
      })
      if (data?.worklist === undefined) throw new Error(JSON.stringify(errors))
      const rows = data.worklist.edges.flatMap(({ node: { kind, customer, nextAction } }) =>
        customer === null || kind !== 'COLLECTION'
          ? []
          : [[customer.number.replace(client.canary, ''), nextAction?.kind ?? null] as const],
      )
      return Object.fromEntries(rows)
    },
    stageLevel: async (client: TestClient, { customer }: Item) => {
      const document = 'query ($id: ID!) { node(id: $id) { ... on Customer { stageLevel } } }'
      const { data } = await world.read<{ node: { stageLevel: number } }>(client.analyst, document, { id: customer.gid })
      return data?.node.stageLevel
    },
    openOf: async (client: TestClient, { gid }: Item) => {
      const document = 'query ($id: ID!) { node(id: $id) { ... on OpenItem { openAmount { amount } } } }'
      const { data } = await world.read<{ node: { openAmount: { amount: string } } }>(client.analyst, document, { id: gid })
      return data?.node.openAmount.amount
    },
    /** Where everything stands, and where it would if it were made of the facts of now alone. */
    standingAnew: async (client: TestClient) => {
      const followed = await standing(client)
      await rebuild(client, world.asService)
      return { followed, anew: await standing(client) }
    },
  }
}
