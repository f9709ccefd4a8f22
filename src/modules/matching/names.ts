/** What is only the form of a company, at the end of its name. */
const legalForms: ReadonlySet<string> = new Set(
  `INC INCORPORATED LLC LLP LP LTD LIMITED CORP CORPORATION CO COMPANY PLC PTY PTE GMBH MBH AG KG KGAA OHG UG GBR EK EV SE SA SAS
  SARL SASU SPA SRL SRO BV NV CV AB AS ASA APS OY OYJ KFT ZRT DOO SL SLU SC SPZOO LDA LTDA SADECV`.split(/\s+/),
)

/** Banks write "Müller" as "MUELLER" or as "MULLER". */
const german: Readonly<Record<string, string>> = { Ä: 'AE', Ö: 'OE', Ü: 'UE', ß: 'SS', Æ: 'AE', Ø: 'OE', Å: 'AA' }

const plain = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toUpperCase()
    .replace(/[&+]/g, ' AND ')
    .replace(/\b([A-Z])\.\s?(?=[A-Z]\b)/g, '$1')
    .replace(/['’.]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

const spelled = (name: string): string =>
  name
    .normalize('NFC')
    .toUpperCase()
    .replace(/[ÄÖÜßÆØÅ]/g, (letter) => german[letter] ?? letter)

/** "ACME AND CO LTD" is "ACME". A name of nothing but legal forms stays what it is. */
const core = (name: string): string => {
  const words = name.split(' ')
  while (words.length > 1 && (legalForms.has(words.at(-1) ?? '') || words.at(-1) === 'AND')) words.pop()
  return words.join(' ')
}

export type NameKeys = {
  /** Equal but for case, accents and punctuation. */
  readonly full: readonly string[]
  /** And but for the legal form. */
  readonly core: readonly string[]
}

/** What a name of a payer or customer is found by. */
export const nameKeys = (name: string): NameKeys => {
  const full = [...new Set([plain(name), plain(spelled(name))])].filter((key) => key !== '')
  return { full, core: [...new Set(full.map(core))] }
}

/** An account however it is written: IBANs come with spaces and without. */
export const accountKey = (account: string): string => account.replace(/[^A-Za-z0-9]+/g, '').toUpperCase()
