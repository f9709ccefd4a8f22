import { type Label, labelOf } from './labels.ts'

/**
 * What a number is found by, however it is written: its letters and digits alone, in capitals, without leading zeros.
 * The database keeps the same of each item in a generated column, so both must change together.
 */
export const numberKey = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9]+/g, '')
    .toUpperCase()
    .replace(/^0+/, '')

/** The digits of a number, without leading zeros; a generated column as well. */
export const numberDigits = (text: string): string => text.replace(/[^0-9]+/g, '').replace(/^0+/, '')

export const isDigits = (key: string): boolean => /^[0-9]+$/.test(key)

/** A piece of a text that may be a number of the ledger. */
export type Mention = {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly key: string
  /**
   * WORD: it stands by itself. LABELLED: nothing but words such as "INV" is attached to it. INSIDE: it is a part of a
   * longer number, and may be another one altogether.
   */
  readonly stand: 'WORD' | 'LABELLED' | 'INSIDE'
  /** What the word before it says that it is; null where there is none. */
  readonly label: Label | null
  /** Letters attached before a number that stands inside; null where there is more around it. */
  readonly prefix: string | null
}

/** Letters or digits on end, and what separates them from those before. */
type Run = {
  readonly text: string
  readonly isNumber: boolean
  readonly start: number
  readonly end: number
  /** NONE and JOIN hold a word together, SPACE parts words, COLON and BREAK part thoughts; a label reaches over a COLON. */
  readonly border: 'NONE' | 'JOIN' | 'SPACE' | 'COLON' | 'BREAK'
}

const borderOf = (between: string): Run['border'] => {
  if (between === '') return 'NONE'
  if (/[\n\r\t,;|+*&!?<>"]/.test(between)) return 'BREAK'
  if (/[:=()[\]{}]/.test(between)) return 'COLON'
  return /\s/.test(between) ? 'SPACE' : 'JOIN'
}

const runsOf = (text: string): Run[] => {
  const runs: Run[] = []
  let last = 0
  for (const { 0: piece, index } of text.matchAll(/[A-Za-z]+|[0-9]+/g)) {
    const border = runs.length === 0 ? 'BREAK' : borderOf(text.slice(last, index))
    last = index + piece.length
    runs.push({ text: piece.toUpperCase(), isNumber: piece < 'A', start: index, end: last, border })
  }
  return runs
}

/** Runs that stand together, from and up to which of all; its size is that of its number, without what goes before it. */
type Word = { readonly from: number; readonly to: number; readonly chars: number }

const wordsOf = (runs: readonly Run[]): Word[] => {
  const words: Word[] = []
  for (let from = 0; from < runs.length; ) {
    let to = from + 1
    while (runs[to]?.border === 'NONE' || runs[to]?.border === 'JOIN') to += 1
    const number = runs.slice(firstNumber(runs, from, to) ?? from, to)
    const chars = number.reduce((sum, { text }, at) => sum + (at === 0 ? text.replace(/^0+/, '') : text).length, 0)
    words.push({ from, to, chars })
    from = to
  }
  return words
}

/** Numbers of this many runs at most: "RE-2024/000-123" has four. */
const runsMax = 6
/** A number written with spaces is of so many words at most, none of them longer than that. */
const spacedWordsMax = 4
const spacedCharsMax = 9
/** As long as an item's number can be. */
const keyCharsMax = 60
const keyCharsMin = 3

export type Reading = {
  readonly mentions: readonly Mention[]
  /** There was more than is read. */
  readonly isCut: boolean
}

/** `own` are the labels that a client's policy adds. */
export type ReadOptions = { readonly own: ReadonlySet<string>; readonly mentionsMax: number }

/**
 * Every piece of a text that may be a number of the ledger, in the order of the text. Which labels are known changes what
 * is said of a piece, never which pieces there are: whoever looks candidates up need not know the policy.
 */
const mentionsIn = (text: string, { own, mentionsMax }: ReadOptions): Reading => {
  const runs = runsOf(text)
  const words = wordsOf(runs)
  const mentions: Mention[] = []

  const add = (from: number, to: number, stand: Mention['stand'], prefix: string | null) => {
    const [first, last] = [runs[from], runs[to - 1]]
    if (first === undefined || last === undefined) return
    let joined = ''
    for (let at = from; at < to; at += 1) joined += runs[at]?.text ?? ''
    const key = joined.replace(/^0+/, '')
    if (key.length < keyCharsMin || key.length > keyCharsMax || !/[0-9]/.test(key)) return
    const [start, end] = [first.start, last.end]
    mentions.push({ text: text.slice(start, end), start, end, key, stand, label: labelBefore(runs, from, own), prefix })
  }

  for (const [at, { from, to, chars }] of words.entries()) {
    for (let begin = from; begin < to && mentions.length <= mentionsMax; begin += 1) {
      for (let end = begin + 1; end <= Math.min(to, begin + runsMax); end += 1) {
        const { stand, prefix } = standOf(runs, { from, to, begin, end, own })
        add(begin, end, stand, prefix)
      }
    }
    if (to - from > runsMax) add(from, to, 'WORD', null)

    // "1930 438 491": further words while they are short, have digits and are parted by nothing but spaces.
    if (chars <= spacedCharsMax) {
      const digitsAt = firstNumber(runs, from, to)
      for (let more = 1; more < spacedWordsMax; more += 1) {
        const next = words[at + more]
        if (next === undefined || next.chars > spacedCharsMax || runs[next.from]?.border !== 'SPACE') break
        if (firstNumber(runs, next.from, next.to) === null) break
        add(from, next.to, 'WORD', null)
        if (digitsAt !== null && digitsAt > from) {
          const { stand, prefix } = standOf(runs, { from, to: next.to, begin: digitsAt, end: next.to, own })
          add(digitsAt, next.to, stand, prefix)
        }
      }
    }
    if (mentions.length >= mentionsMax) {
      const isCut = mentions.length > mentionsMax || at < words.length - 1
      return { mentions: mentions.slice(0, mentionsMax), isCut }
    }
  }
  return { mentions, isCut: false }
}

const firstNumber = (runs: readonly Run[], from: number, to: number): number | null => {
  for (let at = from; at < to; at += 1) if (runs[at]?.isNumber === true) return at
  return null
}

type Window = {
  readonly from: number
  readonly to: number
  readonly begin: number
  readonly end: number
  readonly own: ReadonlySet<string>
}

/** How runs `begin` to `end` stand in the word of runs `from` to `to`. */
const standOf = (runs: readonly Run[], { from, to, begin, end, own }: Window): Pick<Mention, 'stand' | 'prefix'> => {
  if (begin === from && end === to) return { stand: 'WORD', prefix: null }
  if (end < to) return { stand: 'INSIDE', prefix: null }
  const before = runs.slice(from, begin)
  if (before.every(({ text, isNumber }) => !isNumber && labelOf(text, own) !== null)) return { stand: 'LABELLED', prefix: null }
  const isLetters = before.every(({ isNumber }) => !isNumber)
  return { stand: 'INSIDE', prefix: isLetters ? before.map(({ text }) => text).join('') : null }
}

/** The label before a run: up to three words back, over words that say only that a number follows. */
const labelBefore = (runs: readonly Run[], from: number, own: ReadonlySet<string>): Label | null => {
  let border = runs[from]?.border
  for (let at = from - 1; at >= Math.max(0, from - 3); at -= 1) {
    const run = runs[at]
    if (run === undefined || run.isNumber || border === 'BREAK') return null
    const label = labelOf(run.text, own)
    if (label !== 'NUMBER') return label
    border = run.border
  }
  return null
}

/** Amounts with decimals and dates: they are written beside references, and are none. */
const amounts = /(?<![\w.,'])(?:\d{1,3}(?:[.,']\d{3})+|\d{1,9})[.,]\d{2}(?!\w|[.,]\d)/g
const dates =
  /(?<![\w./-])(?:(?:19|20)\d\d([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])([-./])(?:0?[1-9]|[12]\d|3[01])\2(?:(?:19|20)\d\d|\d\d))(?![\w-]|[./]\d)/g

const blank = (found: string): string => '\n'.repeat(found.length)

/** "№" and full-width digits as plain ones. */
const plain = (text: string): string => text.normalize('NFKC')

/** A payment's text says much beside references: amounts and dates in it are passed over. */
export const readText = (text: string, options: ReadOptions): Reading =>
  mentionsIn(plain(text).replace(amounts, blank).replace(dates, blank), options)

/** Where a reference is expected, the whole of it is the first thing to be tried, whatever it looks like. */
export const readReference = (text: string, options: ReadOptions): Reading => {
  const whole = plain(text).trim()
  const key = numberKey(whole)
  const { mentions, isCut } = mentionsIn(whole, options)
  if (key === '' || key.length > keyCharsMax) return { mentions, isCut }
  const first: Mention = { text: whole, start: 0, end: whole.length, key, stand: 'WORD', label: null, prefix: null }
  return { mentions: [first, ...mentions.filter(({ start, end }) => start > 0 || end < whole.length)], isCut }
}
