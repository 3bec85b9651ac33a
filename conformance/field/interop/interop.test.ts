import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { interopSection } from './interop-page.ts'
import { readStreams } from './read-streams.ts'

test('docs/interoperability.md says of every reader that needs no browser what it does', async () => {
  const page = readFileSync('docs/interoperability.md', 'utf8')
  const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  )
  const table = await readStreams(undefined)
  expect([...table.keys()]).toHaveLength(6)
  // To bring the page up to date: npm run pages:interoperability
  for (const [reader, readings] of table)
    expect(page).toContain(interopSection(reader, readings, devDependencies).join('\n'))
}, 60_000)
