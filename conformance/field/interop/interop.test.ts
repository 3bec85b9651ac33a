import { readFileSync } from 'node:fs'

import { beforeAll, expect, test } from 'vitest'

import { isInstalled, LANGUAGES } from './foreign-readers.ts'
import { interopSection, productRow } from './interop-page.ts'
import { startProducts } from './products.ts'
import { readProducts, type ProductReading, type ProductTable } from './read-products.ts'
import { EVENT_TYPES, readStreams, type ReadingTable } from './read-streams.ts'
import { readerVersions, startReaders } from './readers.ts'

// To update the page: npm run pages:interoperability
const page = readFileSync('docs/interoperability.md', 'utf8')
const JAVASCRIPT = ['eventsource', 'eventsource-client', 'EventSource of undici']
const PARSERS = ['reader of this suite', 'eventsource-parser', 'curl -N']

let streams: ReadingTable
let products: ProductTable

beforeAll(async () => {
  await using readers = await startReaders(EVENT_TYPES, { withBrowser: false })
  await using running = await startProducts()
  // Most of it is waiting for readers that do not reconnect.
  ;[products, streams] = await Promise.all([
    readProducts(running, readers.open),
    readStreams(readers.open),
  ])
}, 400_000)

test.each([...PARSERS, ...JAVASCRIPT])(
  'docs/interoperability.md shows how %s reads each stream',
  (reader) => {
    expect(page).toContain(interopSection(reader, streams.get(reader), readerVersions()).join('\n'))
  },
)

test.each(JAVASCRIPT)('docs/interoperability.md shows how %s reads store and proxy', (reader) => {
  expect(page).toContain(productRow(reader, readingOf(reader)))
})

for (const language of LANGUAGES) {
  const readers = Object.keys(language.readers)
  const { name, tool } = language
  test.skipIf(!isInstalled(language)).each(readers)(
    `docs/interoperability.md shows how %s for ${name} reads (needs ${tool}, then: npm run readers)`,
    (reader) => {
      const section = interopSection(reader, streams.get(reader), readerVersions())
      expect(page).toContain(section.join('\n'))
      expect(page).toContain(productRow(reader, readingOf(reader)))
    },
  )
}

test('every reader delivers each change once, and no empty message from the store', () => {
  for (const [reader, { store, proxy }] of products) {
    expect(store, reader).toEqual({ changes: 1, empty: 0 })
    expect(proxy.changes, reader).toBe(1)
  }
})

function readingOf(reader: string): ProductReading {
  const reading = products.get(reader)
  if (reading === undefined) throw new Error(`${reader} has read neither store nor proxy`)
  return reading
}
