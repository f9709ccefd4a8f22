import { describe, expect, it } from 'vitest'
import type { Day } from '../../kernel/day.ts'
import { contentOf, type Facts, type Item, totalsOf } from './content.ts'
import { letterOf, unprintableIn } from './letter.ts'
import { mailHtml, mailText } from './mail-body.ts'
import { fillIn, placeholders, unknownIn } from './placeholders.ts'
import { defaultNoticeRules, type NoticeRules, parseNoticeRules, type Template } from './templates.ts'

const item = (facts: Partial<Item> = {}): Item => ({
  number: 'INV-1',
  documentOn: '2026-01-01',
  dueOn: '2026-01-31',
  currency: 'USD',
  minor: 123_456n,
  ...facts,
})

const facts = (told: Partial<Facts> = {}): Facts => ({
  rules: defaultNoticeRules,
  template: defaultNoticeRules.templates[0] as Template,
  level: 1,
  today: '2026-03-02' as Day,
  client: 'Client & Co',
  customer: { name: 'Debtor', number: '77' },
  contact: { name: 'Ann', email: 'ann@debtor.example', postalLines: ['Street 1', 'Town'] },
  items: [item()],
  credits: [],
  ...told,
})

const problemsOf = (rules: object): readonly string[] => {
  const parsed = parseNoticeRules(rules)
  return 'problems' in parsed ? parsed.problems : []
}
const ruled = (rules: object): NoticeRules => {
  const parsed = parseNoticeRules(rules)
  if ('problems' in parsed) throw new Error(parsed.problems.join())
  return parsed
}
const one = (told: object) => ({ templates: [{ code: 'A', level: 1, subject: 's', paragraphs: ['p'], closing: 'c', ...told }] })

describe('a template', () => {
  it('of the defaults can be filled in, whatever placeholder it names', () => {
    for (const template of defaultNoticeRules.templates) {
      const text = mailText(contentOf(facts({ template })))
      expect(text).not.toMatch(/\{\{|\}\}|undefined/)
    }
    expect(defaultNoticeRules.templates.map(({ level }) => level)).toEqual([0, 1, 2, 3, 4, 0])
  })

  it.each([
    ['a placeholder that is none, with its place', one({ paragraphs: ['ok', 'Pay {{totl}}'] }), /^templates\.0\.paragraphs\.1.*/],
    ['one in the subject', one({ subject: '{{nobody}}' }), /^templates\.0\.subject: \{\{nobody\}\} is no placeholder/],
    ['one that Object knows', one({ closing: '{{constructor}}' }), /^templates\.0\.closing/],
    ['one that is not closed', one({ closing: '{{total' }), /not closed/],
    ['the table in the middle of a sentence', one({ subject: 'See {{lines}}' }), /a paragraph of its own/],
    ['the table twice', one({ paragraphs: ['{{lines}}', '{{lines}}'] }), /stands twice/],
    ['a subject of two lines', one({ subject: 'a\nb' }), /one line/],
    ['a code that stands twice', { templates: [...one({}).templates, ...one({}).templates] }, /a code stands twice/],
    ['a language that is none', one({ language: 'x' }), /language/],
    ['a sender who is no address', { sender: { name: 'A', address: 'a@b, c@d.example' } }, /^sender\.address/],
    ['a field that is none', { templats: [] }, /templats/],
  ])('is refused for %s', (_case, rules, why) => expect(problemsOf(rules).join('\n')).toMatch(why))

  it('may name every placeholder there is', () => {
    const text = Object.keys(placeholders)
      .map((name) => `{{ ${name} }}`)
      .join(' ')
    expect(unknownIn(text)).toBeNull()
    expect(problemsOf(one({ paragraphs: [text, '{{lines}}'] }))).toEqual([])
  })

  it('is filled in once: a name that looks like a placeholder stays a name', () => {
    const values = Object.fromEntries(Object.keys(placeholders).map((name) => [name, '{{total}} $&'])) as never
    expect(fillIn('To {{customer}}', values)).toBe('To {{total}} $&')
  })
})

describe('amounts and days', () => {
  it.each([
    ['en', 'USD', 123_456_789n, '1,234,567.89 USD'],
    ['de', 'EUR', 123_456_789n, '1.234.567,89 EUR'],
    ['en', 'JPY', 1_234n, '1,234 JPY'],
    ['en', 'BHD', 1_234_567n, '1,234.567 BHD'],
    ['en', 'USD', 9_007_199_254_740_993n, '90,071,992,547,409.93 USD'],
  ])('are written in %s: %s', (language, currency, minor, expected) => {
    const template = { ...(defaultNoticeRules.templates[0] as Template), language }
    expect(contentOf(facts({ template, items: [item({ currency, minor })] })).rows[0]?.amount).toBe(expected)
  })

  it('count days late from the due date, and none before it', () => {
    const items = [
      item({ number: 'A', dueOn: '2026-03-02' }),
      item({ number: 'B', dueOn: '2026-03-01' }),
      item({ number: 'C', dueOn: '2026-04-01' }),
    ]
    expect(contentOf(facts({ items })).rows.map(({ number, daysLate }) => `${number} ${daysLate}`)).toEqual(['B 1', 'A 0', 'C 0'])
  })
})

describe('credits', () => {
  const credits = [item({ number: 'CR', minor: -23_456n }), item({ number: 'CE', currency: 'EUR', minor: -100n })]
  const shown = (rule: NoticeRules['credits']) => contentOf(facts({ rules: ruled({ credits: rule }), credits }))

  it('are left out, listed, or taken off the total, as the client has it', () => {
    expect([shown('NONE').credits.length, shown('NONE').totals]).toEqual([0, ['1,234.56 USD']])
    expect([shown('LISTED').credits.length, shown('LISTED').totals]).toEqual([2, ['1,234.56 USD']])
    expect([shown('NETTED').credits.length, shown('NETTED').totals]).toEqual([2, ['1,000.00 USD']])
  })

  it('leave nothing to be asked for where they cover it', () => {
    const covered = totalsOf({ credits: 'NETTED' }, [item({ minor: 100n })], [item({ minor: -100n })])
    expect(covered.size).toBe(0)
    expect(totalsOf({ credits: 'LISTED' }, [item({ minor: 100n })], [item({ minor: -100n })]).size).toBe(1)
  })
})

describe('text and HTML', () => {
  const evil = contentOf(
    facts({
      customer: { name: '<b onclick="x">Ev\r\nil</b> & \u202Eco', number: null },
      items: [item({ number: '<img src=x>' })],
    }),
  )
  it('have what comes from a ledger as text on one line', () => {
    const html = mailHtml(evil)
    expect(html).not.toMatch(/<b |<img/)
    expect(html).toContain('&lt;b onclick=&quot;x&quot;&gt;Ev il&lt;/b&gt; &amp; co')
    expect(mailText(evil)).toContain('<b onclick="x">Ev il</b> & co')
  })

  it('load nothing from anywhere', () =>
    expect(mailHtml(evil)).not.toMatch(/<[^>]+\b(src|href)\s*=|url\(|<(script|link|style|iframe)/i))
})

describe('a letter', () => {
  it('of the same content and instant is the same bytes', async () => {
    const content = contentOf(facts({ items: Array.from({ length: 40 }, (_, index) => item({ number: `INV-${index}` })) }))
    const [one, other] = [await letterOf(content, new Date(0)), await letterOf(content, new Date(0))]
    expect(one.equals(other)).toBe(true)
    expect((await letterOf(content, new Date(1_000))).equals(one)).toBe(false)
  })

  it('knows what its font lacks', () => {
    expect(unprintableIn(contentOf(facts()))).toEqual([])
    expect(unprintableIn(contentOf(facts({ customer: { name: 'Żółć Ελλάς Ко 株式', number: null } })))).toEqual(['式', '株'])
  })
})
