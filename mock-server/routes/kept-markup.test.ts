import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { CanonicalEntry } from '../testing/canonical-entry.ts'
import { canonicalEntry } from '../testing/canonical-entry.ts'
import { control, entry, get, PAYLOAD, post, put } from '../testing/item-client.ts'
import { serveStore } from '../testing/serve-store.ts'

const ATOM = 'http://www.w3.org/2005/Atom'
const NAMESPACES = {
  '': ATOM,
  app: 'http://www.w3.org/2007/app',
  vaext: 'http://www.vizrt.com/atom-ext',
  vdf: 'http://www.vizrt.com/types',
  dcterms: 'http://purl.org/dc/terms/',
  age: 'http://purl.org/atompub/age/1.0',
  metadata: 'http://xmlns.escenic.com/2010/atom-metadata',
  foreign: 'http://example.com/ns',
} as const

type Name = keyof typeof NAMESPACES

/** Parts that the store sets itself: the client's version of them is not returned. */
const OWN =
  /^\{[^}]*\}(id|updated|published|edited|created|identifier|control|publication|reference|author)$/

function keptParts({ attributes, children }: CanonicalEntry): readonly string[] {
  const own = /rel="(self|edit|alternate|\S+relation\/(home-section|publication|lock|log))"/
  const kept = children.filter(({ name, text }) => !OWN.test(name) && !own.test(text))
  // The title comes before the other parts. Its type is text by default, and the store writes the
  // type.
  const texts = kept.map(({ text }) =>
    text.replace(`<{${ATOM}}title {}type="text">`, `<{${ATOM}}title>`),
  )
  return [...attributes, ...texts.toSorted()]
}

describe('an entry', () => {
  it.each([
    ['a related item', '<link rel="related" href="http://x/content/1" metadata:group="r"/>'],
    ['a summary', '<summary type="html">&lt;b&gt;A&lt;/b&gt;</summary>'],
    ['separators of Unicode', '<summary a="\u0085\u2028">\u0085\u2028</summary>'],
    ['tags', '<category term="a"/><category term="b" scheme="http://x/"/>'],
    ['a page in another language', '<link rel="alternate" hreflang="nb" href="http://x/nb"/>'],
    ['an activation date', '<d:available xmlns:d="http://purl.org/dc/terms/">2024</d:available>'],
    ['an expiry date', '<expires xmlns="http://purl.org/atompub/age/1.0">2024</expires>'],
    ['a foreign element', '<x:a xmlns:x="http://example.com/" x:b="1"><c xmlns="">d</c></x:a>'],
    ['authors without a person', '<author><name>A</name></author><author><name>B</name></author>'],
    ['an imported source', '<metadata:reference source="agency" sourceid="1"/>'],
    ['content that is not a payload', '<content type="html">&lt;p&gt;A&lt;/p&gt;</content>'],
    [
      'text in markup of its own',
      '<rights type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><b>A</b> <i>B</i></div></rights>',
    ],
  ])('an entry keeps %s when it is created, read, changed and read again', async (_what, part) => {
    await using store = await serveStore()
    const sent = canonicalEntry(entry(`<title>A</title>${part}`)).children.slice(1)
    await post(store, entry(`<title>A</title>${part}`)).expect(201)
    const first = await get(store, 802)
    expect(canonicalEntry(first.text).children).toEqual(expect.arrayContaining([...sent]))
    await put(store, 802, first.text, String(first.headers['etag'])).expect(204)
    expect((await get(store, 802)).text).toBe(first.text)
    // A PUT removes the parts that it omits: there is no other way to remove them.
    await put(store, 802, entry('<title>A</title>'), '*').expect(204)
    const texts = canonicalEntry((await get(store, 802)).text).children.map(({ text }) => text)
    for (const { text } of sent) expect(texts).not.toContain(text)
  })

  it('an entry keeps unknown children of app:control and metadata:publication', async () => {
    await using store = await serveStore()
    const extra = '<x:until xmlns:x="http://example.com/">2024</x:until>'
    const both = `${control(extra)}<metadata:publication>${extra}</metadata:publication>`
    await post(store, entry(`<title>A</title>${both}`)).expect(201)
    expect((await get(store, 802)).text.split('2024</x:until>')).toHaveLength(3)
  })

  it('an entry keeps the namespaces of prefixes that occur only in values', async () => {
    await using store = await serveStore()
    const sent = `<entry xmlns="${ATOM}" xmlns:p="urn:p"><x type="p:q">p:r</x></entry>`
    await put(store, 801, sent, '*').expect(204)
    expect((await get(store, 801)).text).toContain('<x xmlns:p="urn:p" type="p:q">p:r</x>')
  })

  it('an entry is created in every section that it links to', async () => {
    await using store = await serveStore()
    const link =
      '<link rel="http://www.vizrt.com/types/relation/section" href="http://x/section/24"/>'
    await post(
      store,
      entry(`<title>A</title><metadata:publication>${link}</metadata:publication>`),
    ).expect(201)
    expect(store.control.item(802).sectionIds).toEqual([22, 24])
  })

  it('an entry keeps an author that is another person than the client', async () => {
    await using store = await serveStore()
    const author = `<author><name>Chief Editor</name><uri>${store.url}/webservice/escenic/person/6</uri></author>`
    await post(store, entry(`<title>A</title>${author}`)).expect(201)
    expect(store.control.item(802).author).toEqual({ personId: 6, name: 'Chief Editor' })
  })

  it.each([
    ['an attribute of the id', '<id metadata:a="1">x</id>', 'metadata:a of id'],
    ['an element inside a date', '<updated><b/></updated>', 'updated holds b'],
    ['an attribute of the state', control('<vaext:state metadata:a="1"/>'), 'metadata:a'],
    ['text between the elements', 'loose', 'entry has text between its elements'],
    ['two titles', '<title>A</title><title>B</title>', 'title: expected one, got 2'],
    ['two contents', `<content>${PAYLOAD}</content><content/>`, 'content: expected one, got 2'],
    [
      'two draft flags',
      control('<app:draft>no</app:draft><app:draft>no</app:draft>'),
      'draft: expected one',
    ],
    ['text beside a payload', `<content>more${PAYLOAD}</content>`, 'content has text'],
    [
      'an element beside a payload',
      `<content>${PAYLOAD}<b/></content>`,
      'the payload and nothing else',
    ],
    ['a payload of another media type', `<content type="text">${PAYLOAD}</content>`, 'not "text"'],
    [
      'an attribute of a section link',
      '<metadata:publication><link rel="http://www.vizrt.com/types/relation/section" href="http://x/section/22" metadata:a="1"/></metadata:publication>',
      'metadata:a of link',
    ],
  ])('an entry with %s is refused with the name of the part', async (_what, part, message) => {
    await using store = await serveStore()
    const refused = await post(store, entry(part))
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(message)])
    expect(store.control.info().changeId).toBe(5041)
  })

  it('an entry with HTML in its title keeps it in the entry and in the change log', async () => {
    await using store = await serveStore()
    const title = '<title type="html">&lt;i&gt;A&lt;/i&gt; &amp;amp; B</title>'
    await post(store, entry(title)).expect(201)
    expect((await get(store, 802)).text).toContain(title)
    const log = await fetch(`${store.url}/webservice/escenic/changelog/section/22?count=1`, {
      headers: { authorization: `Basic ${btoa('user:password')}` },
    })
    expect(await log.text()).toContain(title)
    store.control.updateItem(802, { title: 'plain' })
    expect((await get(store, 802)).text).toContain('<title type="text">plain</title>')
  })
})

const text = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .filter((sample) => /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD]*$/u.test(sample))
const prefixes = fc
  .uniqueArray(
    fc.constantFrom('a', 'b', 'c', 'd', 'app', 'vdf', 'age', 'xx', 'kept0', 'vaext', 'metadata'),
    {
      minLength: 8,
      maxLength: 8,
    },
  )
  .map((names) =>
    Object.fromEntries(Object.keys(NAMESPACES).map((key, i) => [key, names[i] ?? ''])),
  )

function escaped(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, (space) => `&#${space.charCodeAt(0)};`)
}

interface Node {
  readonly namespace: Name
  readonly name: string
  readonly attributes: readonly (readonly [Name, string, string])[]
  readonly content: readonly (string | Node)[]
}

const attribute = fc.tuple(
  fc.constantFrom<Name>('foreign', 'metadata', 'vdf'),
  fc.constantFrom('p', 'q'),
  text,
)
const attributes = fc.uniqueArray(attribute, {
  maxLength: 3,
  selector: ([namespace, name]) => `${namespace}:${name}`,
})
const foreign = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.record({
    namespace: fc.constantFrom<Name>('', 'foreign', 'vdf', 'age'),
    name: fc.constantFrom('m', 'n'),
    attributes,
    content: fc.array(fc.oneof({ depthSize: 'small' }, text, tie('node')), { maxLength: 3 }),
  }),
})).node
const known = fc.record({
  namespace: fc.constant<Name>(''),
  name: fc.constantFrom('summary', 'rights', 'title'),
  attributes,
  content: fc.tuple(text),
})
const parts = fc.record({
  root: attributes,
  known: fc.uniqueArray(known, { selector: ({ name }) => name }),
  foreign: fc.array(foreign, { maxLength: 4 }),
})

/** Writes an entry with these prefixes. Atom has a prefix too, or is the default namespace. */
function write(
  {
    root,
    known: ones,
    foreign: others,
  }: { root: Node['attributes']; known: readonly Node[]; foreign: readonly Node[] },
  names: Readonly<Record<string, string>>,
  isDefault: boolean,
): string {
  const qualified = (namespace: Name, name: string) =>
    namespace === '' && isDefault ? name : `${names[namespace]}:${name}`
  const attributeText = (list: Node['attributes']) =>
    list
      .map(([namespace, name, value]) => ` ${names[namespace]}:${name}="${escaped(value)}"`)
      .join('')
  const nodeText = (node: Node): string => {
    const name = qualified(node.namespace, node.name)
    const inner = node.content.map((part) =>
      typeof part === 'string' ? escaped(part) : nodeText(part),
    )
    return `<${name}${attributeText(node.attributes)}>${inner.join('')}</${name}>`
  }
  const declared = Object.entries(NAMESPACES).map(([key, uri]) => ` xmlns:${names[key]}="${uri}"`)
  if (isDefault) declared.push(` xmlns="${ATOM}"`)
  const name = qualified('', 'entry')
  const inner = [...ones, ...others].map(nodeText).join('')
  return `<${name}${declared.join('')}${attributeText(root)}>${inner}</${name}>`
}

it('an entry keeps U+FFFD, a character that the XML parser warns of', async () => {
  await using store = await serveStore()
  await put(store, 801, entry('<title>a\u{fffd}b</title>'), '*').expect(204)
  expect((await get(store, 801)).text).toContain('a\u{fffd}b')
})

it('every entry is returned unchanged with any prefixes, and a PUT of the returned entry changes only dates', async () => {
  await using store = await serveStore()
  await fc.assert(
    fc.asyncProperty(parts, prefixes, fc.boolean(), async (some, names, isDefault) => {
      const sent = write(some, names, isDefault)
      const answer = await put(store, 801, sent, '*')
      expect([answer.status, answer.text]).toEqual([204, ''])
      const read = (await get(store, 801)).text
      const back = canonicalEntry(read)
      const hasTitle = some.known.some(({ name }) => name === 'title')
      const children = back.children.filter(({ name }) => hasTitle || name !== `{${ATOM}}title`)
      expect(keptParts({ ...back, children })).toEqual(keptParts(canonicalEntry(sent)))
      await put(store, 801, read, '*').expect(204)
      expect((await get(store, 801)).text).toBe(read)
    }),
    { numRuns: 60 },
  )
})
