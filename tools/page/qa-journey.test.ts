import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { whySkipped } from './chromium.ts'
import type { PageRig } from './page-rig.ts'
import { confirm, startPageRig } from './page-rig.ts'

/** Sections and a list, as shipped scenarios need them, and no item. */
const EMPTY_STORE = `publications: [{name: daily, rootSectionId: 1}]
sections:
  - {id: 1, name: Daily}
  - {id: 12, name: News, parentId: 1, inheritsAccess: false}
  - {id: 24, name: Harbour, parentId: 12}
lists:
  - {id: 61, sectionId: 1, name: Top stories}
`

/** Text of a file that a link of the page downloads. */
async function download(page: Page, name: string): Promise<string> {
  const started = page.waitForEvent('download')
  await page.getByRole('link', { name, exact: true }).first().click()
  return await readFile(await (await started).path(), 'utf8')
}

const why = whySkipped()

describe.skipIf(why !== '')(`the work of a tester${why}`, () => {
  let folder: string
  let rig: PageRig
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'qa-journey-'))
    const seedFile = join(folder, 'empty.yaml')
    writeFileSync(seedFile, EMPTY_STORE)
    rig = await startPageRig([`seedFile=${seedFile}`])
  })
  afterAll(async () => {
    await rig[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  it('from an empty store to a bug report: publish, compare, stall, heal, breaking news, downloads', async () => {
    const page = await rig.open('studio')
    await page.getByText('The store has no items yet.').waitFor()
    await page.getByRole('button', { name: 'Create 20 demo items' }).click()
    await page.getByTestId('item-count').getByText('20 items').waitFor()
    const lanes = await rig.open('streams')
    await lanes.getByText('connected', { exact: true }).waitFor()

    await page.keyboard.press('n')
    await page.getByLabel('Title').fill('Harbour closed by fog')
    await page
      .locator('label', { hasText: /^Section/ })
      .locator('select')
      .selectOption('News')
    await page.getByRole('button', { name: 'Create item' }).click()
    await page.getByRole('heading', { name: /Harbour closed by fog/ }).waitFor()
    await page.getByRole('button', { name: /Publish item/ }).click()
    const command = /^\s*curl -X POST http:\S+\/__mock\/items\/\d+\/publish\s*$/
    await page.getByTestId('command').filter({ hasText: command }).waitFor()
    await page.getByRole('link', { name: 'Effects' }).click()
    // The proxy of the rig is the one client: it got the line, and polls nothing itself.
    const deliveries = page.getByRole('region', { name: 'Deliveries and polls' })
    await deliveries.getByRole('cell', { name: /^client-1/ }).waitFor()
    await deliveries.getByText(/^\+\d+ ms$/).waitFor()
    await lanes.getByText(/[1-9]\d* the same, 0 missing/).waitFor()
    await lanes
      .locator('td .chip', { hasText: /^[\d.]+ ms$/ })
      .first()
      .waitFor()
    const log = `${rig.storeUrl}/webservice/escenic/changelog/section/12`
    await fetch(log, { headers: { Authorization: `Basic ${btoa('user:password')}` } })
    await deliveries.getByText('section/12, 200').waitFor()

    await page.getByRole('link', { name: 'Faults' }).click()
    await page.getByRole('button', { name: 'Arm this fault' }).click()
    await page.getByRole('heading', { name: 'stall active' }).waitFor()
    const { items } = await rig.call<{ items: { id: number }[] }>('GET', '/items?count=1')
    await rig.call('POST', `/items/${items[0]?.id}/publish`)
    await lanes
      .locator('td .chip', { hasText: /^(waiting|missing)$/ })
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Clear all faults' }).click()
    await page.getByText('no faults').waitFor()
    // What was held comes, late.
    await lanes.getByText(/[1-9]\d* the same, 0 missing/).waitFor()
    await page.getByRole('link', { name: 'Live log' }).click()
    expect(await download(page, 'JSONL')).toContain('"kind":"fault"')

    await page.getByRole('link', { name: 'Scenarios' }).click()
    await page.getByRole('button', { name: 'Run breaking-news' }).click()
    await confirm(page)
    await page.getByTestId('run').getByText('passed').waitFor()
    expect(await download(page, 'JUnit')).toContain('<testsuites tests="1" failures="0"')

    await page.getByRole('link', { name: 'Live log' }).click()
    const entries = await download(page, 'JSONL')
    // Whether a client meets a fault of the scenario depends on when it connects again.
    for (const kind of ['change', 'frame', 'leave', 'response'])
      expect(entries).toContain(`"kind":"${kind}"`)
    expect(entries).toContain('no-streams')
    expect(JSON.parse(await download(page, 'HAR'))).toHaveProperty('log.entries')
    expect(rig.mistakes).toEqual([])
  })

  it('two testers in two spaces do not see each other', async () => {
    await rig.call('POST', '/spaces', { name: 'bob' })
    const ann = await rig.open('studio')
    const bob = await rig.open('studio', { space: '/space/bob' })
    await bob.keyboard.press('n')
    await bob.getByLabel('Title').fill('Seen by Bob alone')
    await bob.getByRole('button', { name: 'Create item' }).click()
    await bob.getByRole('option', { name: /Seen by Bob alone/ }).waitFor()
    await bob.getByTestId('command').filter({ hasText: '/space/bob/__mock/items' }).waitFor()
    await rig.call('POST', '/items', { section: 12, title: 'Seen by Ann alone' })
    await ann.getByRole('option', { name: /Seen by Ann alone/ }).waitFor()
    expect(await ann.getByRole('option', { name: /Bob/ }).count()).toBe(0)
    expect(await bob.getByRole('option', { name: /Ann/ }).count()).toBe(0)
    await rig.call('DELETE', '/spaces/bob')
    await ann.context().close()
    await bob.context().close()
  })
})
