/** What a word before a number says that the number is. Numbers of orders, checks and telephones are none of ours. */
export type Label = 'DOCUMENT' | 'CREDIT' | 'CUSTOMER' | 'OTHER'

const wordsOf = (text: string): string[] => text.trim().split(/\s+/)
const labelled = (label: Label, text: string) => wordsOf(text).map((word) => [word, label] as const)

const labels: ReadonlyMap<string, Label> = new Map([
  ...labelled(
    'DOCUMENT',
    `INV INVS INVOICE INVOICES RE RG RN RECHNUNG RECHNUNGS RECHNUNGEN FAC FACT FACTURE FACTURES FACTURA FACTURAS FATT FATTURA
    FATTURE FAKT FAKTURA FATURA BILL BILLS DOC DOCS DOCUMENT BELEG BELEGS REF REFERENCE REFERENZ DM DEBIT`,
  ),
  ...labelled('CREDIT', 'CM CN CREDIT CREDITS CREDITMEMO CREDITNOTE GS GUTSCHRIFT GUTSCHRIFTS AVOIR'),
  ...labelled('CUSTOMER', 'CUST CUSTOMER CUSTOMERS KD KUNDE KUNDEN DEB DEBITOR DEBITOREN CLIENT CLIENTE ACCT ACCOUNT'),
  ...labelled(
    'OTHER',
    `PO ORDER ORDERS PURCHASE BESTELL BESTELLUNG AUFTRAG AUFTRAGS COMMANDE PEDIDO ORDINE DELIVERY LIEFER LIEFERSCHEIN SHIPMENT
    BOL CLAIM CONTRACT VERTRAG VERTRAGS IBAN BIC SWIFT TEL PHONE FAX MOBILE VAT UST TAX TIN EIN CHECK CHEQUE CHK TRN TRACE
    BATCH`,
  ),
])

/** They say that a number follows; the word before them says which: "Credit note no. 5". */
const numberWords: ReadonlySet<string> = new Set(wordsOf('N NO NOS NR NRS NUM NUMBER NUMBERS NUMMER NUMERO MEMO NOTE'))
const endings = [...numberWords].filter((word) => word.length > 1)

/** What a word of capitals says about the number behind it. "RECHNUNGSNR" and "PONUMBER" are two words in one. */
export const labelOf = (word: string, own: ReadonlySet<string>): Label | 'NUMBER' | null => {
  if (own.has(word)) return 'DOCUMENT'
  if (numberWords.has(word)) return 'NUMBER'
  const label = labels.get(word)
  if (label !== undefined) return label
  const ending = endings.find((each) => word.endsWith(each) && labels.has(word.slice(0, -each.length)))
  return ending === undefined ? null : (labels.get(word.slice(0, -ending.length)) ?? null)
}
