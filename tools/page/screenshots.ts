import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { PageRig } from './page-rig.ts'
import { startPageRig } from './page-rig.ts'

/**
 * Makes the pictures of `docs/qa-page.md`: `npm run pages:screenshots`. With a folder as argument it
 * makes every screen there in two widths and both themes, to be looked at.
 */
const [folder] = process.argv.slice(2)
/** From the opening of a screen to its picture: what it asks the store for comes in this time. */
const SETTLE_MS = 1_500
const DOCS = fileURLToPath(new URL('../../docs/images/', import.meta.url))

await using rig = await startPageRig()
const shownId = await prepare(rig)
const SCREENS = {
  studio: `studio/${shownId}?tab=effects`,
  ...(folder === undefined
    ? {}
    : { form: `studio/${shownId}`, history: `studio/${shownId}?tab=history`, list: 'studio' }),
  log: 'log',
  streams: 'streams',
  clients: 'clients',
  faults: 'faults',
  generator: 'generator',
  scenarios: 'scenarios',
  tools: 'tools?feed=webservice%2Fescenic%2Fchangelog%2Fsection%2F12',
}
mkdirSync(folder ?? DOCS, { recursive: true })
if (folder === undefined) {
  await take(SCREENS, { width: 1280, prefix: 'page-' })
  const { studio } = SCREENS
  await take({ narrow: studio }, { width: 400, prefix: 'page-' })
  await take({ dark: studio }, { width: 1280, prefix: 'page-', colorScheme: 'dark' })
} else {
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 400])
      await take(SCREENS, { width, prefix: `${width}-${colorScheme}-`, colorScheme })
}

/** A store in the middle of a day: a scenario has run, items were edited, a fault strikes. */
async function prepare({ call, storeUrl }: PageRig): Promise<number> {
  await call('POST', '/scenarios?shipped=overnight-quiet')
  for (;;) {
    const { state } = await call<{ state: string }>('GET', '/scenarios/1')
    if (state !== 'running') break
  }
  await call('POST', '/reset')
  await call('POST', '/items/generate', { count: 40, seed: 3 })
  const titles = ['Ferry turns back', 'Council votes on the bridge', 'Harbour closed by fog']
  let shown = 0
  for (const title of titles) {
    const part = { section: 12, title, state: 'published' }
    const { item } = await call<{ item: { id: number } }>('POST', '/items', part)
    shown = item.id
  }
  await call('PATCH', `/items/${shown}`, { title: 'Harbour closed by thick fog', as: 'ann' })
  await fetch(`${storeUrl}/webservice/escenic/changelog/section/12`, {
    headers: { Authorization: `Basic ${btoa('user:password')}` },
  })
  const slow = { name: 'slow-feeds', kind: 'latency', scope: 'feed', ms: 200, ttlMs: 600_000 }
  await call('PUT', '/faults', { faults: [slow] })
  await call('POST', '/snapshots', { name: 'morning' })
  await call('POST', '/spaces', { name: 'ann' })
  return shown
}

interface Style {
  readonly width: number
  readonly prefix: string
  readonly colorScheme?: 'light' | 'dark'
}

/** A picture of each screen, by its name and its address. */
async function take(screens: Readonly<Record<string, string>>, style: Style): Promise<void> {
  const { width, prefix, colorScheme = 'light' } = style
  const page = await rig.open('studio', { width, height: width === 400 ? 900 : 800, colorScheme })
  for (const [name, path] of Object.entries(screens)) {
    await page.evaluate(`location.hash = '#/${path}'`)
    await page.waitForTimeout(SETTLE_MS)
    if (name === 'streams') {
      await rig.call('POST', `/items/${shownId}/publish`)
      await page.waitForTimeout(SETTLE_MS)
    }
    await page.screenshot({ path: join(folder ?? DOCS, `${prefix}${name}.png`) })
  }
  await page.context().close()
}
