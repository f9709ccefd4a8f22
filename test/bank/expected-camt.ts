// The reading of camt files by another library, as its dumps have it: objects by the names of its getters. What a dump has told
// once it does not tell again, and says so by a word.

type Dump = { readonly [getter: string]: unknown }

const isDump = (value: unknown): value is Dump => typeof value === 'object' && value !== null && !Array.isArray(value)

const at = (dump: Dump, ...getters: readonly string[]): unknown => {
  let found: unknown = dump
  for (const getter of getters) found = isDump(found) ? found[getter] : undefined
  return found ?? null
}
const dumpAt = (dump: Dump, ...getters: readonly string[]): Dump | null => {
  const found = at(dump, ...getters)
  return isDump(found) ? found : null
}
const textAt = (dump: Dump, ...getters: readonly string[]): string | null => {
  const found = at(dump, ...getters)
  return typeof found === 'string' && found !== '' && found !== 'RECURSIVITY' ? found : null
}
/** A list, whose first member may have been told alone before it. */
const listAt = (dump: Dump, getter: string, alone: string): Dump[] => {
  const list = at(dump, getter)
  if (!Array.isArray(list)) return []
  const single = dumpAt(dump, alone)
  return (list as unknown[]).flatMap((one) => (isDump(one) ? [one] : single === null ? [] : [single]))
}

export type ExpectedMoney = { readonly minor: bigint; readonly currency: string }

const moneyAt = (dump: Dump, ...getters: readonly string[]): ExpectedMoney | null => {
  const money = dumpAt(dump, ...getters)
  const [minor, currency] = money === null ? [null, null] : [textAt(money, 'getAmount'), textAt(money, 'getCurrency', 'getCode')]
  return minor === null || currency === null ? null : { minor: BigInt(minor), currency }
}
const momentAt = (dump: Dump, getter: string): string | null => textAt(dump, getter, '0')
const dayAt = (dump: Dump, getter: string): string | null => momentAt(dump, getter)?.slice(0, 10) ?? null

export type ExpectedPayment = {
  readonly amount: ExpectedMoney | null
  readonly references: readonly string[]
  readonly creditorReferences: readonly string[]
  readonly text: readonly string[]
  readonly debtorName: string | null
  readonly debtorAccount: string | null
  readonly ultimateDebtorName: string | null
}

const ownReferences = [
  'getAccountServicerReference',
  'getChequeNumber',
  'getClearingSystemReference',
  'getEndToEndId',
  'getInstructionId',
  'getMandateId',
  'getMessageId',
  'getPaymentInformationId',
  'getTransactionId',
  'getUuidEndToEndReference',
]

/** That of the first block is told beside the blocks, and not again in it. */
const creditorReferenceOf = (block: Dump, remittance: Dump): string | null => {
  const getter = 'getCreditorReferenceInformation'
  return textAt(at(block, getter) === 'RECURSIVITY' ? remittance : block, getter, 'getRef')
}

const paymentOf = (dump: Dump): ExpectedPayment => {
  const parties = listAt(dump, 'getRelatedParties', 'getRelatedParty')
  const party = (kind: string) => parties.find((one) => textAt(one, 'getRelatedPartyType', '__CLASS__')?.endsWith(`\\${kind}`))
  const debtor = party('Debtor')
  const ultimate = party('UltimateDebtor')
  const reference = dumpAt(dump, 'getReference') ?? {}
  const proprietary = at(reference, 'getProprietaries')
  const remittance = dumpAt(dump, 'getRemittanceInformation') ?? {}
  const blocks = listAt(remittance, 'getStructuredBlocks', 'getStructuredBlock')
  const free = listAt(remittance, 'getUnstructuredBlocks', 'getUnstructuredBlock')
  const present = (values: readonly (string | null)[]): string[] => values.filter((value) => value !== null)
  return {
    amount: moneyAt(dump, 'getAmount'),
    references: present([
      ...ownReferences.map((getter) => textAt(reference, getter)),
      ...(Array.isArray(proprietary) ? (proprietary as Dump[]).map((one) => textAt(one, 'getReference')) : []),
    ]),
    creditorReferences: present(blocks.map((block) => creditorReferenceOf(block, remittance))),
    text: present([
      ...free.map((block) => textAt(block, 'getMessage')),
      ...blocks.map((block) => textAt(block, 'getAdditionalRemittanceInformation')),
      textAt(dump, 'getAdditionalTransactionInformation'),
    ]),
    debtorName: debtor === undefined ? null : textAt(debtor, 'getRelatedPartyType', 'getName'),
    debtorAccount: debtor === undefined ? null : textAt(debtor, 'getAccount', 'getIdentification'),
    ultimateDebtorName: ultimate === undefined ? null : textAt(ultimate, 'getRelatedPartyType', 'getName'),
  }
}

export type ExpectedEntry = {
  /** Below zero for a debit. */
  readonly amount: ExpectedMoney | null
  readonly status: string | null
  readonly isReversal: boolean
  readonly bookedOn: string | null
  readonly valueOn: string | null
  readonly bankReference: string | null
  readonly typeCode: string | null
  readonly text: string | null
  readonly payments: readonly ExpectedPayment[]
}

const typeCodeOf = (entry: Dump): string | null => {
  const code = dumpAt(entry, 'getBankTransactionCode') ?? {}
  const domain = ['getCode', 'getFamily.getCode', 'getFamily.getSubFamilyCode'].map((path) =>
    textAt(code, 'getDomain', ...path.split('.')),
  )
  return domain.filter((part) => part !== null).join('/') || textAt(code, 'getProprietary', 'getCode')
}

const entryOf = (dump: Dump): ExpectedEntry => ({
  amount: moneyAt(dump, 'getAmount'),
  status: textAt(dump, 'getStatus'),
  isReversal: at(dump, 'getReversalIndicator') === true,
  bookedOn: dayAt(dump, 'getBookingDate'),
  valueOn: dayAt(dump, 'getValueDate'),
  bankReference: textAt(dump, 'getAccountServicerReference'),
  typeCode: typeCodeOf(dump),
  text: textAt(dump, 'getAdditionalInfo'),
  payments: listAt(dump, 'getTransactionDetails', 'getTransactionDetail').map(paymentOf),
})

export type ExpectedBalance = {
  readonly amount: ExpectedMoney | null
  readonly on: string | null
  readonly type: string | null
}
export type ExpectedStatement = {
  readonly id: string | null
  readonly sequence: string | null
  readonly page: string | null
  readonly account: string | null
  readonly createdAt: string | null
  readonly balances: readonly ExpectedBalance[]
  readonly entries: readonly ExpectedEntry[]
}
export type ExpectedMessage = {
  readonly messageId: string | null
  readonly createdAt: string | null
  readonly recipient: string | null
  /** The dump of a file of several has only the last whole. */
  readonly statement: ExpectedStatement
}

export const messageOfDump = (json: string): ExpectedMessage => {
  const dump: unknown = JSON.parse(json.replaceAll('"__RECURSIVITY__"', '"RECURSIVITY"'))
  if (!isDump(dump)) throw new Error('the dump is no message')
  const entries = (at(dump, 'getEntries') as unknown[]).filter(isDump)
  const told = entries.map((entry) => dumpAt(entry, 'getRecord')).find((record) => record !== null)
  const record = told ?? (at(dump, 'getRecords') as unknown[]).find(isDump)
  if (record === undefined || record === null) throw new Error('the dump has no statement')
  const balances = at(record, 'getBalances')
  return {
    messageId: textAt(dump, 'getGroupHeader', 'getMessageId'),
    createdAt: textAt(dump, 'getGroupHeader', 'getCreatedOn', '0'),
    recipient: textAt(dump, 'getGroupHeader', 'getMessageRecipient', 'getName'),
    statement: {
      id: textAt(record, 'getId'),
      sequence: textAt(record, 'getElectronicSequenceNumber'),
      page: textAt(record, 'getPagination', 'getPageNumber'),
      account: textAt(record, 'getAccount', 'getIdentification'),
      createdAt: momentAt(record, 'getCreatedOn'),
      balances: (Array.isArray(balances) ? (balances as Dump[]) : []).map((balance) => ({
        amount: moneyAt(balance, 'getAmount'),
        on: dayAt(balance, 'getDate'),
        type: textAt(balance, 'getType'),
      })),
      entries: entries.map(entryOf),
    },
  }
}
