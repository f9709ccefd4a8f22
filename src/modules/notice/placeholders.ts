/** What a template may name, and what stands there when it is sent. */
export const placeholders = {
  customer: 'Name of the customer.',
  customerNumber: 'Its number at the client.',
  contact: 'Name of who is written to.',
  client: 'Name of the client.',
  sender: 'Name of the sender.',
  total: 'What is asked for, in each currency.',
  oldestDueOn: 'The day on which the oldest item was due.',
  oldestDaysLate: 'How many days ago that was.',
  itemCount: 'How many items there are.',
  level: 'The level of the notice.',
  today: 'The day of sending, at the client.',
} as const

export type Placeholder = keyof typeof placeholders

/** Where the table of items stands: a paragraph of its own. */
export const tablePlaceholder = '{{lines}}'

const named = /\{\{\s*([^{}]*?)\s*\}\}/g

const isPlaceholder = (name: string): name is Placeholder => Object.hasOwn(placeholders, name)

/** What of a text cannot be filled in; null where all of it can. */
export const unknownIn = (text: string): string | null => {
  const unknown = [...text.matchAll(named)].map(([, name = '']) => name).find((name) => !isPlaceholder(name))
  if (unknown === 'lines') return '{{lines}} is a paragraph of its own, once'
  if (unknown !== undefined)
    return `{{${unknown.slice(0, 40)}}} is no placeholder; there are ${Object.keys(placeholders).join(', ')}, and lines`
  return /\{\{|\}\}/.test(text.replace(named, '')) ? 'a placeholder is not closed, or not opened' : null
}

/** Filled in once and in one go: a customer who is called like a placeholder keeps the name. */
export const fillIn = (text: string, values: Readonly<Record<Placeholder, string>>): string =>
  text.replace(named, (whole, name: string) => (isPlaceholder(name) ? values[name] : whole))
