import { writeFileSync } from 'node:fs'

import { findChromium } from './browser-readers.ts'
import { isInstalled, LANGUAGES } from './foreign-readers.ts'
import { interopPage } from './interop-page.ts'
import { startProducts } from './products.ts'
import { readProducts } from './read-products.ts'
import { EVENT_TYPES, readStreams } from './read-streams.ts'
import { readerVersions, startReaders } from './readers.ts'

const PAGE = 'docs/interoperability.md'

/** Runs all readers on all streams, a store and a proxy, and writes the page. */
async function main(): Promise<void> {
  for (const { name } of LANGUAGES.filter((language) => !isInstalled(language)))
    process.stderr.write(`Readers of ${name} are not installed (npm run readers): left out.\n`)
  if (findChromium() === undefined)
    process.stderr.write('Chromium is not installed: its readers are left out.\n')
  await using readers = await startReaders(EVENT_TYPES, { withBrowser: true })
  await using products = await startProducts()
  const inProducts = await readProducts(products, readers.open)
  const streams = await readStreams(readers.open)
  const versions = { ...readerVersions(), chromium: readers.chromium ?? '' }
  const page = interopPage({ streams, products: inProducts }, versions)
  if (process.argv.includes('--write')) writeFileSync(PAGE, page)
  else process.stdout.write(page)
}

await main()
