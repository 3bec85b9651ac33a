import { describe, expect, it } from 'vitest'

import { readEntry } from './read-entry.ts'

/**
 * An entry with `inner` in its payload; `entry`, `content` and `payload` are three levels and
 * nodes, with two namespaces.
 */
function entry(inner: string): string {
  const namespaces = 'xmlns="http://www.w3.org/2005/Atom" xmlns:vdf="http://www.vizrt.com/types"'
  return `<entry ${namespaces}><content><vdf:payload>${inner}</vdf:payload></content></entry>`
}

function numbered(count: number, write: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => write(index)).join('')
}

function nested(count: number, write: (index: number) => string): string {
  return numbered(count, write) + '</a>'.repeat(count)
}

describe('readEntry', () => {
  it.each([
    ['depth', 97, (count: number) => nested(count, () => '<a>')],
    ['nodes', 49_997, (count: number) => '<a/>'.repeat(count)],
    ['nodes', 49_997, (count: number) => '<!---->'.repeat(count)],
    ['nodes', 49_997, (count: number) => '<?a?>'.repeat(count)],
    ['attributes', 256, (count: number) => `<a ${numbered(count, (n) => ` a${n}='"'`)}/>`],
    ['namespaces', 62, (count: number) => nested(count, (n) => `<a xmlns:n${n}="u${n}">`)],
    ['namespaces', 62, (count: number) => `<a${numbered(count, (n) => ` xmlns:n${n}="u"`)}/>`],
  ])(
    'readEntry accepts an entry at the limit %s and refuses one above it (%i)',
    (limit, count, write) => {
      expect(readEntry(entry(write(count))).payload).toContain('<')
      expect(() => readEntry(entry(write(count + 1)))).toThrow(`${limit}: expected at most`)
    },
  )

  it('readEntry accepts any number of sibling elements with their own namespaces', () => {
    const html = '<div xmlns="http://www.w3.org/1999/xhtml" xmlns:a="b"><p>x</p></div>'
    const { payload } = readEntry(entry(html.repeat(10_000)))
    expect(payload?.split(html)).toHaveLength(10_001)
  })

  it.each(['<!DOCTYPE entry>', '<!doctype entry [<!ENTITY a "b">]>'])(
    'readEntry refuses %s before it parses the document',
    (doctype) => {
      expect(() => readEntry(doctype + entry(''))).toThrow('a DOCTYPE is not accepted')
    },
  )

  it('readEntry does not read markup inside comments, CDATA sections and instructions', () => {
    const text = '<a xmlns:b="c">'.repeat(200)
    const opaque = `<!-- ${text} --><![CDATA[${text}]]><?pi ${text}?>`
    expect(readEntry(entry(opaque)).payload).toContain(text)
  })
})
