import * as fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { expect, it } from 'vitest'

import { writeJunit } from './junit.ts'

/** Text of a scenario file or of a store, with many characters that XML interprets or forbids. */
const foreignText = fc
  .array(
    fc.oneof(
      fc.constantFrom('&', '&amp;', '&foo;', '&#27;', '<', '>', ']]>', '<!--', '"', "'"),
      fc.constantFrom('\0', '\u001B', '\uD800', '\uFFFE', '\r', '\n', '\t', '\u2028'),
      fc.string({ maxLength: 5 }),
    ),
  )
  .map((parts) => `text ${parts.join('')}`)

const counts = { seed: 1, edits: 0, ms: 1, clients: [] }

it('writeJunit is well-formed XML and keeps the text of every name and message', () => {
  fc.assert(
    fc.property(foreignText, foreignText, (name, message) => {
      const { names, texts } = parse(writeJunit([{ name, message, verdict: 'failed', ...counts }]))
      expect(names).toContain(readable(name))
      expect(texts).toContain(readable(message))
    }),
  )
})

it('writeJunit replaces characters that XML forbids', () => {
  const xml = writeJunit([{ name: 'a\0b\uD800', verdict: 'passed', ...counts }])
  expect(xml).toContain('name="a\uFFFDb\uFFFD"')
})

/** What a reader of the report gets. */
function readable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the ones.
  return text.replaceAll(/[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF\p{Cs}]/gu, '\uFFFD')
}

function parse(xml: string) {
  const texts: string[] = []
  const names: string[] = []
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ attributes }) => void names.push(attributes['name'] ?? ''))
  parser.on('text', (text) => void texts.push(text))
  parser.write(xml).close()
  return { texts, names }
}
