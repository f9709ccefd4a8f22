import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BadBankFile } from './model.ts'
import { depthMax, sliceCharsMax, type Treatment, tokenCharsMax, type XmlEvent, xmlEvents } from './xml-slices.ts'

/** A root, what is told inside it, and `cut` elements that come whole. */
const treat = (path: readonly string[]): Treatment => {
  const name = path.at(-1) ?? ''
  if (name === 'cut') return 'SLICE'
  return name === 'left' ? 'PASS' : 'TELL'
}

const pieces = async function* (...parts: readonly string[]): AsyncGenerator<string> {
  yield* parts
}
const read = (...parts: readonly string[]): Promise<XmlEvent[]> => Array.fromAsync(xmlEvents(pieces(...parts), treat))
const refusal = (...parts: readonly string[]): Promise<unknown> =>
  read(...parts).then(
    () => 'the file was read',
    ({ rule, line }: BadBankFile) => ({ rule, line }),
  )
const slices = async (text: string): Promise<string[]> =>
  (await read(text)).flatMap((event) => (event.kind === 'SLICE' ? [event.xml] : []))

const file = `<?xml version="1.0"?>
<!-- of the bank -->
<b:root xmlns:b="urn:bank" xmlns="urn:other"><told>
  <cut at="1 > 0">a<b:x/>
    b</cut><left><cut>not this</cut></left>
  <b:cut/>
</told></b:root>
`

describe('xmlEvents', () => {
  it('tells what holds the parts, cuts the parts out, and counts lines', async () => {
    expect(await read(file)).toEqual([
      { kind: 'OPEN', path: ['root'], namespace: 'urn:bank', line: 3 },
      { kind: 'OPEN', path: ['root', 'told'], namespace: 'urn:other', line: 3 },
      { kind: 'SLICE', path: ['root', 'told', 'cut'], line: 4, xml: '<cut at="1 > 0">a<b:x/>\n    b</cut>' },
      { kind: 'SLICE', path: ['root', 'told', 'cut'], line: 6, xml: '<b:cut/>' },
      { kind: 'CLOSE', path: ['root', 'told'], line: 7 },
      { kind: 'CLOSE', path: ['root'], line: 7 },
    ])
  })

  it('tells the same wherever the file is cut', async () => {
    const whole = await read(file)
    for (let at = 0; at <= file.length; at += 1) expect(await read(file.slice(0, at), file.slice(at))).toEqual(whole)
    expect(await read(...file)).toEqual(whole)
  })

  it('tells the same of any tree, and of any cut of it', async () => {
    const text = fc.stringMatching(/^[a-z \n&;éß]{0,8}$/).map((plain) => plain.replaceAll('&', '&amp;'))
    const { tree } = fc.letrec<{ tree: string; inside: string }>((tie) => ({
      tree: fc
        .tuple(fc.constantFrom('told', 'cut', 'left', 'n:cut'), fc.constantFrom('', ' k="v>\'"', " k = '\"'\n"), tie('inside'))
        .map(([name, attributes, inside]) =>
          inside === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${inside}</${name}>`,
        ),
      inside: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.constant('<!-- < & > -->'),
        fc.array(tie('tree'), { maxLength: 3 }).map((trees) => trees.join('\n')),
      ),
    }))
    await fc.assert(
      fc.asyncProperty(tree, fc.array(fc.nat(300), { maxLength: 5 }), async (inside, cuts) => {
        const whole = `<root>${inside}</root>`
        const borders = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length]
        const parts = borders.slice(1).map((border, index) => whole.slice(borders[index], border))
        const events = await read(...parts)
        expect(events).toEqual(await read(whole))
        // What is cut out stood there as it is.
        for (const event of events) {
          if (event.kind !== 'SLICE') continue
          expect(whole).toContain(event.xml)
          expect(
            whole
              .split('\n')
              .slice(event.line - 1)
              .join('\n'),
          ).toContain(event.xml)
        }
        const depth = events.reduce((sum, { kind }) => sum + (kind === 'OPEN' ? 1 : kind === 'CLOSE' ? -1 : 0), 0)
        expect(depth).toBe(0)
      }),
    )
  })

  it('writes what a bank quoted as CDATA as any other text', async () => {
    expect(await slices('<root><cut><![CDATA[A & B <1> &amp;]]>-<![CDATA[]]></cut></root>')).toEqual([
      '<cut>A &amp; B &lt;1&gt; &amp;amp;-</cut>',
    ])
    expect(await slices('<root><![CDATA[<cut>]]><cut>x</cut></root>')).toEqual(['<cut>x</cut>'])
  })

  it('holds no more than a part, however long the file', async () => {
    const parts = async function* () {
      yield '<root>'
      for (let index = 0; index < 50_000; index += 1) yield `<left>${index}</left>\n<cut>${index}</cut>`
      yield '</root>'
    }
    let last: XmlEvent | null = null
    let count = 0
    for await (const event of xmlEvents(parts(), treat)) {
      if (event.kind !== 'SLICE') continue
      last = event
      count += 1
    }
    expect(count).toBe(50_000)
    expect(last).toMatchObject({ line: 50_001, xml: '<cut>49999</cut>' })
  })

  it.each([
    ['nothing', '', 'EMPTY', 1],
    ['blanks', '\n \n', 'EMPTY', 1],
    ['a comment alone', '<!-- x -->', 'EMPTY', 1],
    ['no XML', ':20:STARTUMS', 'NOT_THIS_FORMAT', 1],
    ['an end that never comes', '<root>\n<told>', 'TRUNCATED', 2],
    ['a tag that never ends', '<root>\n<told', 'TRUNCATED', 2],
    ['a quote that never ends', '<root k="\n>', 'TRUNCATED', 2],
    ['a comment that never ends', '<root><!-- ', 'TRUNCATED', 1],
    ['CDATA that never ends', '<root><![CDATA[ ', 'TRUNCATED', 1],
    ['another end', '<root>\n<told></root>', 'BAD_STRUCTURE', 2],
    ['an end of another prefix', '<a:root></b:root>', 'BAD_STRUCTURE', 1],
    ['an end too many', '<root/>\n</root>', 'BAD_STRUCTURE', 2],
    ['two roots', '<root/>\n<root/>', 'BAD_STRUCTURE', 2],
    ['text behind the root', '<root/>x', 'BAD_STRUCTURE', 1],
    ['CDATA behind the root', '<root/><![CDATA[x]]>', 'BAD_STRUCTURE', 1],
    ['an unknown entity', '<root>\n&nbsp;</root>', 'BAD_STRUCTURE', 1],
    ['an unknown entity in an attribute', '<root k="&nbsp;"/>', 'BAD_STRUCTURE', 1],
    ['a bare ampersand where nobody reads', '<root><left>R&D</left></root>', 'BAD_STRUCTURE', 1],
    ['a name twice in a tag', '<root k="1" k="2"/>', 'BAD_STRUCTURE', 1],
    ['a local name twice in a tag', '<root a:k="1" k="2"/>', 'BAD_STRUCTURE', 1],
    ['an attribute without quotes', '<root k=1/>', 'BAD_STRUCTURE', 1],
    ['an attribute without a value', '<root k/>', 'BAD_STRUCTURE', 1],
    ['attributes that touch', '<root k="1"l="2"/>', 'BAD_STRUCTURE', 1],
    ['< in an attribute', '<root k="<"/>', 'BAD_STRUCTURE', 1],
    ['a number for a name', '<1/>', 'BAD_STRUCTURE', 1],
    ['a blank before a name', '<root>< told/></root>', 'BAD_STRUCTURE', 1],
    ['two colons', '<a:b:c/>', 'BAD_STRUCTURE', 1],
    ['a name without end', `<${'x'.repeat(129)}/>`, 'BAD_STRUCTURE', 1],
    ['two dashes in a comment', '<root><!-- a -- b --></root>', 'BAD_STRUCTURE', 1],
    [']]> in a text', '<root>a ]]> b</root>', 'BAD_STRUCTURE', 1],
    ['a control character', '<root>\n\u0001</root>', 'BAD_STRUCTURE', 2],
    ['NUL', '<root>\u0000</root>', 'BAD_STRUCTURE', 1],
    ['a document type', '<!DOCTYPE root SYSTEM "file:///etc/passwd"><root/>', 'UNSUPPORTED', 1],
    ['entities of its own', '<!DOCTYPE root [<!ENTITY a "b">]><root>&a;</root>', 'UNSUPPORTED', 1],
    ['an unknown declaration', '<!ELEMENT root ANY><root/>', 'BAD_STRUCTURE', 1],
    ['an instruction', '<?xml-stylesheet href="x"?><root/>', 'UNSUPPORTED', 1],
    ['an instruction inside', '<root><?php ?></root>', 'UNSUPPORTED', 1],
    ['a declaration that is not at the start', '\n<?xml version="1.0"?><root/>', 'BAD_STRUCTURE', 2],
    ['a second declaration', '<?xml version="1.0"?><?xml version="1.0"?><root/>', 'BAD_STRUCTURE', 1],
    ['another version', '<?xml version="2.0"?><root/>', 'BAD_STRUCTURE', 1],
    ['a depth that nothing has', '<root>'.repeat(depthMax + 1), 'BAD_STRUCTURE', 1],
    ['a text without end', `<root>${'x'.repeat(tokenCharsMax + 1)}`, 'TOO_LONG', 1],
    ['a tag without end', `<root k="${'x'.repeat(tokenCharsMax + 1)}`, 'TOO_LONG', 1],
  ])('refuses %s', async (_case, text, rule, line) => {
    expect(await refusal(text)).toEqual({ rule, line })
    const half = Math.floor(text.length / 2)
    expect(await refusal(text.slice(0, half), text.slice(half))).toEqual({ rule, line })
  })

  it('takes as deep as is allowed', async () => {
    const nested = `${'<told>'.repeat(depthMax)}${'</told>'.repeat(depthMax)}`
    expect(await read(nested)).toHaveLength(2 * depthMax)
  })

  it('refuses a part without end by the line on which it begins', async () => {
    const parts = async function* () {
      yield '<root>\n<cut>'
      for (let chars = 0; chars <= sliceCharsMax + 120_000; chars += 60_000) yield `<x>${'y'.repeat(60_000)}</x>\n`
    }
    await expect(Array.fromAsync(xmlEvents(parts(), treat))).rejects.toMatchObject({ rule: 'TOO_LONG', line: 2 })
  })
})
