// Who there is in the demo. Every name is made up.

export type DemoProvider = {
  readonly code: string
  readonly name: string
  readonly administrator: { readonly name: string; readonly email: string; readonly subject: string }
  readonly team: { readonly code: string; readonly name: string }
}

/** How a customer pays: on time, weeks late, or now this and now that. */
export type Habit = 'GOOD' | 'SLOW' | 'ERRATIC'

export type DemoCustomer = {
  readonly number: string
  readonly name: string
  /** Other ways in which the name comes under the same number. */
  readonly spellings: readonly string[]
  readonly countryCode: string
  readonly parent: string | null
  readonly legalEntity: string
  readonly currency: string
  readonly terms: string
  readonly habit: Habit
  /** How much business there is, 1 being little. */
  readonly weight: number
}

export type DemoCompany = {
  readonly provider: string
  readonly code: string
  readonly name: string
  readonly timeZone: string
  readonly baseCurrency: string
  readonly calendarCode: string
  readonly planningRates: readonly { readonly currency: string; readonly rate: string }[]
  readonly legalEntities: readonly { readonly code: string; readonly name: string }[]
  /** Net days by the code of the terms. */
  readonly terms: Readonly<Record<string, number>>
  /** Middle of an invoice's amount in units of the base currency. */
  readonly amountMedian: number
  /** How the ERP begins the numbers of each kind. */
  readonly prefixes: Readonly<Record<'INVOICE' | 'DEBIT_MEMO' | 'CREDIT_MEMO', string>>
  /** How money comes in, as a bank statement names it. */
  readonly channels: readonly string[]
  readonly counts: {
    readonly open: number
    readonly credits: number
    readonly debits: number
    readonly disputed: number
    readonly settled: number
    readonly receipts: { readonly full: number; readonly part: number; readonly unapplied: number; readonly unidentified: number }
    readonly promises: number
  }
  readonly customers: readonly DemoCustomer[]
}

export const providers: readonly DemoProvider[] = [
  {
    code: 'NORTHGATE',
    name: 'Northgate Shared Services',
    administrator: { name: 'Ingrid Solheim', email: 'ingrid.solheim@northgate.example', subject: 'demo-admin' },
    team: { code: 'RECEIVABLES', name: 'Receivables Desk' },
  },
  {
    code: 'HARBOUR',
    name: 'Harbour BPO',
    administrator: { name: 'Declan Moray', email: 'declan.moray@harbourbpo.example', subject: 'demo-harbour-admin' },
    team: { code: 'MARINE', name: 'Marine Desk' },
  },
]

type Rest = Partial<Pick<DemoCustomer, 'spellings' | 'parent' | 'countryCode' | 'legalEntity' | 'currency' | 'terms'>>
type House = Pick<DemoCustomer, 'countryCode' | 'legalEntity' | 'currency' | 'terms'>

/** Most customers of a client are alike in country, company, currency and terms. */
const customersOf =
  (house: House) =>
  (number: string, name: string, habit: Habit, weight: number, rest: Rest = {}): DemoCustomer => ({
    number,
    name,
    habit,
    weight,
    spellings: [],
    parent: null,
    ...house,
    ...rest,
  })

const prairie = customersOf({ countryCode: 'US', legalEntity: 'US01', currency: 'USD', terms: 'N030' })
const canada = { countryCode: 'CA', legalEntity: 'CA01', currency: 'CAD', terms: 'N045' }

const kaltbach = customersOf({ countryCode: 'DE', legalEntity: '1000', currency: 'EUR', terms: 'ZB30' })
const poland = { countryCode: 'PL', legalEntity: '1200', currency: 'PLN', terms: 'ZB30' }
const japan = { countryCode: 'JP', legalEntity: '1300', currency: 'JPY', terms: 'ZB60' }

const saltmere = customersOf({ countryCode: 'GB', legalEntity: 'GB10', currency: 'GBP', terms: '30D' })

export const companies: readonly DemoCompany[] = [
  {
    provider: 'NORTHGATE',
    code: 'PRAIRIE',
    name: 'Prairie Hearth Foods Inc.',
    timeZone: 'America/Chicago',
    baseCurrency: 'USD',
    calendarCode: 'US',
    planningRates: [{ currency: 'CAD', rate: '0.73' }],
    legalEntities: [
      { code: 'US01', name: 'Prairie Hearth Foods Inc.' },
      { code: 'US02', name: 'Prairie Hearth Frozen LLC' },
      { code: 'CA01', name: 'Prairie Hearth Canada ULC' },
    ],
    terms: { N015: 15, N030: 30, N045: 45 },
    amountMedian: 5_200,
    channels: ['ACH', 'WIRE', 'LOCKBOX', 'CHECK'],
    prefixes: { INVOICE: '9040', DEBIT_MEMO: '1800', CREDIT_MEMO: '1600' },
    counts: {
      open: 250,
      credits: 12,
      debits: 10,
      disputed: 15,
      settled: 375,
      receipts: { full: 13, part: 6, unapplied: 5, unidentified: 1 },
      promises: 10,
    },
    customers: [
      prairie('0010001204', 'Brightwater Grocers Inc.', 'GOOD', 9, {
        spellings: ['BRIGHTWATER GROCERS', 'Brightwater Grocers, Inc'],
      }),
      prairie('0010001217', 'Brightwater Grocers Midwest LLC', 'GOOD', 6, { parent: '0010001204' }),
      prairie('0010001233', 'Brightwater Fresh Express LLC', 'SLOW', 4, { parent: '0010001204', legalEntity: 'US02' }),
      prairie('0010001340', 'Corvane Wholesale Club', 'SLOW', 8, {
        spellings: ['CORVANE WHSL CLUB', 'Corvane Wholesale'],
        terms: 'N045',
      }),
      prairie('0010001358', 'Juniper & Pyke Markets', 'GOOD', 5, { spellings: ['JUNIPER AND PYKE MKTS'] }),
      prairie('0010001412', 'Tamsin Ridge Distribution Co.', 'ERRATIC', 6, { spellings: ['TAMSIN RIDGE DIST'] }),
      prairie('0010001429', 'Quillfeather Foodservice', 'SLOW', 5, { terms: 'N045' }),
      prairie('0010001477', 'Larkspar Valley Supermarkets', 'GOOD', 5),
      prairie('0010001503', 'Ostrander Bay Restaurants', 'ERRATIC', 3, { terms: 'N015' }),
      prairie('0010001511', 'Pinyon Mesa Trading Post', 'GOOD', 2, { terms: 'N015' }),
      prairie('0010001566', 'Sablecreek Institutional Foods', 'SLOW', 4, { legalEntity: 'US02' }),
      prairie('0010001590', 'Wexcombe Convenience Stores', 'ERRATIC', 4, { spellings: ['WEXCOMBE CONV STORES'] }),
      prairie('0010001622', 'Halloran Dockside Cold Storage', 'GOOD', 3, { legalEntity: 'US02' }),
      prairie('0010002008', 'Maple Hollow Food Co-operative', 'GOOD', 4, { ...canada, spellings: ['MAPLE HOLLOW FOOD COOP'] }),
      prairie('0010002015', 'Dunmorrow Provisions Ltd.', 'SLOW', 3, canada),
      prairie('0010002039', 'Érablière Beaumarche inc.', 'ERRATIC', 2, { ...canada, spellings: ['ERABLIERE BEAUMARCHE'] }),
    ],
  },
  {
    provider: 'NORTHGATE',
    code: 'KALTBACH',
    name: 'Kaltbach Antriebstechnik GmbH',
    timeZone: 'Europe/Berlin',
    baseCurrency: 'EUR',
    calendarCode: 'DE-BW',
    planningRates: [
      { currency: 'USD', rate: '0.92' },
      { currency: 'PLN', rate: '0.23' },
      { currency: 'JPY', rate: '0.0061' },
      { currency: 'KWD', rate: '2.99' },
    ],
    legalEntities: [
      { code: '1000', name: 'Kaltbach Antriebstechnik GmbH' },
      { code: '1200', name: 'Kaltbach Polska Sp. z o.o.' },
      { code: '1300', name: 'Kaltbach Japan K.K.' },
    ],
    terms: { ZB14: 14, ZB30: 30, ZB60: 60, ZB90: 90 },
    amountMedian: 7_800,
    channels: ['SEPA CT', 'SWIFT'],
    prefixes: { INVOICE: '7100', DEBIT_MEMO: '7300', CREDIT_MEMO: '7200' },
    counts: {
      open: 230,
      credits: 12,
      debits: 9,
      disputed: 14,
      settled: 345,
      receipts: { full: 11, part: 6, unapplied: 5, unidentified: 1 },
      promises: 10,
    },
    customers: [
      kaltbach('0000204110', 'Morgental Maschinenwerke AG', 'GOOD', 8, {
        spellings: ['MORGENTAL MASCHINENWERKE', 'Morgental Masch.werke AG'],
        terms: 'ZB60',
      }),
      kaltbach('0000204128', 'Morgental Fördertechnik GmbH', 'SLOW', 5, {
        parent: '0000204110',
        spellings: ['Morgental Foerdertechnik GmbH'],
      }),
      kaltbach('0000204135', 'Morgental Service GmbH', 'GOOD', 2, { parent: '0000204110', terms: 'ZB14' }),
      kaltbach('0000204302', 'Steinfurth & Söhne Pumpenwerk GmbH', 'GOOD', 5, { spellings: ['STEINFURTH & SOEHNE PUMPENWERK'] }),
      kaltbach('0000204317', 'Hallwede Anlagenbau GmbH & Co. KG', 'ERRATIC', 6, {
        spellings: ['Hallwede Anlagenbau'],
        terms: 'ZB60',
      }),
      kaltbach('0000204344', 'Wolkenried Logistiksysteme GmbH', 'SLOW', 4),
      kaltbach('0000205006', 'Österbeck Getriebe GmbH', 'GOOD', 4, { countryCode: 'AT', spellings: ['OESTERBECK GETRIEBE'] }),
      kaltbach('0000205021', 'Ateliers Vauquelin-Méroux SAS', 'SLOW', 4, { countryCode: 'FR', terms: 'ZB60' }),
      kaltbach('0000205048', 'Officine Bertalone S.r.l.', 'ERRATIC', 4, { countryCode: 'IT', terms: 'ZB90' }),
      kaltbach('0000205063', 'Fjellvarde Ventilteknikk AS', 'GOOD', 2, { countryCode: 'NO' }),
      kaltbach('0000206001', 'Zakłady Mechaniczne Brzozówek Sp. z o.o.', 'GOOD', 4, {
        ...poland,
        spellings: ['ZAKLADY MECHANICZNE BRZOZOWEK'],
      }),
      kaltbach('0000206019', 'Hutnia Kowalewko S.A.', 'SLOW', 3, poland),
      kaltbach('0000207004', 'Amagiri Seiki Kogyo K.K.', 'GOOD', 4, { ...japan, spellings: ['AMAGIRI SEIKI KOGYO KK'] }),
      kaltbach('0000207012', 'Tsukihara Conveyor K.K.', 'ERRATIC', 2, japan),
      kaltbach('0000208005', 'Redmarsh Turbine Works Inc.', 'SLOW', 4, { countryCode: 'US', currency: 'USD', terms: 'ZB60' }),
      kaltbach('0000209002', 'Barq Al Shamal Process Equipment W.L.L.', 'ERRATIC', 2, {
        countryCode: 'KW',
        currency: 'KWD',
        terms: 'ZB60',
        spellings: ['BARQ ALSHAMAL PROCESS EQUIPMENT'],
      }),
    ],
  },
  {
    provider: 'HARBOUR',
    code: 'SALTMERE',
    name: 'Saltmere Marine Supply Ltd',
    timeZone: 'Europe/London',
    baseCurrency: 'GBP',
    calendarCode: 'GB-ENG',
    planningRates: [{ currency: 'EUR', rate: '0.85' }],
    legalEntities: [
      { code: 'GB10', name: 'Saltmere Marine Supply Ltd' },
      { code: 'NL10', name: 'Saltmere Europe B.V.' },
    ],
    terms: { '14D': 14, '30D': 30, '45D': 45 },
    amountMedian: 2_900,
    channels: ['BACS', 'CHAPS', 'SEPA CT'],
    prefixes: { INVOICE: 'SI-1', DEBIT_MEMO: 'SD-1', CREDIT_MEMO: 'SC-1' },
    counts: {
      open: 120,
      credits: 6,
      debits: 5,
      disputed: 7,
      settled: 180,
      receipts: { full: 6, part: 2, unapplied: 2, unidentified: 2 },
      promises: 5,
    },
    customers: [
      saltmere('GAN001', 'Gannetpoint Ferries Ltd', 'GOOD', 6, {
        spellings: ['GANNETPOINT FERRIES', 'Gannet Point Ferries Ltd'],
      }),
      saltmere('GAN002', 'Gannetpoint Harbour Services Ltd', 'SLOW', 3, { parent: 'GAN001' }),
      saltmere('THR001', 'Thrushcombe Yachts Ltd', 'ERRATIC', 3, { terms: '14D' }),
      saltmere('ELL004', 'Port Ellisdon Chandlery', 'GOOD', 2, { terms: '14D' }),
      saltmere('KIT002', 'Kittimore Offshore Crewing plc', 'SLOW', 5, { spellings: ['KITTIMORE OFFSHORE'], terms: '45D' }),
      saltmere('SKE001', 'Skerravoe Salmon Company Ltd', 'GOOD', 3),
      saltmere('VLI001', 'Vlissemeer Scheepsbouw B.V.', 'ERRATIC', 4, {
        countryCode: 'NL',
        legalEntity: 'NL10',
        currency: 'EUR',
      }),
      saltmere('PEN003', 'Astilleros Peñamarina S.L.', 'SLOW', 3, {
        countryCode: 'ES',
        legalEntity: 'NL10',
        currency: 'EUR',
        terms: '45D',
        spellings: ['ASTILLEROS PENAMARINA'],
      }),
    ],
  },
]
