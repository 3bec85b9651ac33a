import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

import { findChromium, startBrowser } from './browser-readers.ts'
import { interopPage } from './interop-page.ts'
import { readStreams } from './read-streams.ts'

const PAGE = 'docs/interoperability.md'

/** Lets all readers read all streams, and writes the page about it. */
async function main(): Promise<void> {
  const path = findChromium()
  if (path === undefined)
    process.stderr.write('Chromium is not installed: its readers are left out.\n')
  await using browser = path === undefined ? undefined : await startBrowser(path)
  const table = await readStreams(browser)
  const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  )
  const page = interopPage(table, { ...devDependencies, chromium: browser?.version ?? '' })
  if (process.argv.includes('--write')) {
    mkdirSync('docs', { recursive: true })
    writeFileSync(PAGE, page)
  } else process.stdout.write(page)
}

await main()
