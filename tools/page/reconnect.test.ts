import type { Browser, BrowserContext, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { findChromium, whySkipped } from './chromium.ts'
import { startFront } from './front.ts'
import { startStoreProcess } from './store-process.ts'

const why = whySkipped()
/** A bound for what hangs: a busy machine does not reach it. */
const SHOWN_MS = 50_000

async function newPage(within: Browser | BrowserContext): Promise<Page> {
  const page = await within.newPage()
  page.setDefaultTimeout(SHOWN_MS)
  return page
}

/** Keeps what the page says of its feed, also what is gone before anyone looks. */
const KEEP_FEED = `window.said = []
new MutationObserver(() => {
  const now = document.querySelector('[data-testid=feed]')?.textContent.trim()
  if (now !== undefined && window.said.at(-1) !== now) window.said.push(now)
}).observe(document, { subtree: true, characterData: true, childList: true })`

async function createItem(storeUrl: string, title: string): Promise<void> {
  const body = JSON.stringify({ section: 12, title })
  const response = await fetch(`${storeUrl}/__mock/items`, { method: 'POST', body })
  expect(response.status).toBe(201)
}

describe.skipIf(why !== '')(`the feed of the page${why}`, () => {
  let browser: Browser
  beforeAll(async () => {
    const executablePath = findChromium() ?? ''
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  })
  afterAll(() => browser.close())

  it('a page outlives a restart of its store, and then shows the new store', async () => {
    const first = await startStoreProcess()
    const page = await newPage(browser)
    await page.goto(`${first.url}/`)
    await page.getByText('feed live').waitFor()
    await createItem(first.url, 'Before the restart')
    await page.getByRole('option', { name: /Before the restart/ }).waitFor()

    await first[Symbol.asyncDispose]()
    await page.getByText('feed offline').waitFor()
    await using second = await startStoreProcess(new URL(first.url).port)
    await page.getByText('feed live').waitFor()
    await createItem(second.url, 'After the restart')
    await page.getByRole('option', { name: /After the restart/ }).waitFor()
    const before = page.getByRole('option', { name: /Before the restart/ })
    await expect.poll(async () => before.count()).toBe(0)

    await page.reload()
    await page.getByText('feed live').waitFor()
    await page.getByRole('option', { name: /After the restart/ }).waitFor()
    await page.close()
  })

  it.each(['ui/views/page.js', 'sections', 'journal', 'info'])(
    'a page whose first reads of %s fail is live once they succeed',
    async (name) => {
      await using store = await startStoreProcess()
      await using front = await startFront(store.url)
      front.failing = { path: `/__mock/${name}`, times: 2 }
      const page = await newPage(browser)
      await page.goto(front.url)
      await vi.waitUntil(() => front.failing.times === 0, { timeout: SHOWN_MS })
      await page.getByText('feed live').waitFor()
      await vi.waitUntil(() => front.streams === 1, { timeout: SHOWN_MS })
      await createItem(store.url, 'After the failures')
      await page.getByRole('option', { name: /After the failures/ }).waitFor()
      expect(front.streams).toBe(1)
      await page.close()
    },
  )

  it('a page with an open stream that once got no answer is live again with the next one', async () => {
    await using store = await startStoreProcess()
    await using front = await startFront(store.url)
    const page = await newPage(browser)
    await page.addInitScript(KEEP_FEED)
    await page.goto(front.url)
    await page.getByText('feed live').waitFor()
    await vi.waitUntil(() => front.streams === 1, { timeout: SHOWN_MS })
    await page.evaluate(`window.said = ['feed live']`)
    front.failing = { path: '/__mock/info', times: 2 }
    // The second read that fails is sent after the first failure was shown.
    await vi.waitUntil(() => front.failing.times === 0, { timeout: SHOWN_MS })
    await page.getByText('feed live').waitFor()
    expect(await page.evaluate('window.said')).toEqual(['feed live', 'feed offline', 'feed live'])
    await page.close()
  })

  it('below a base path and behind a front that buffers, a page polls, says so, and misses nothing', async () => {
    await using store = await startStoreProcess()
    await using front = await startFront(store.url)
    front.isBuffering = true
    const page = await newPage(browser)
    await page.goto(front.url)
    await page.getByText('feed live').waitFor()
    expect(page.url()).toBe(`${front.url}__mock/ui/`)
    for (let number = 1; number <= 20; number += 1) await createItem(store.url, `Late ${number}`)
    await page.getByText('something between this page and the store holds events back').waitFor()
    await page.getByRole('option', { name: /Late 20/ }).waitFor()
    await page.getByRole('link', { name: 'Live log' }).click()
    await page.getByRole('button', { name: 'change 20' }).waitFor()
    await page.close()
  })

  it('tabs behind a front that buffered for a while are live again without a new entry', async () => {
    await using store = await startStoreProcess()
    await using front = await startFront(store.url)
    front.isBuffering = true
    const context = await browser.newContext()
    const tabs = [await newPage(context), await newPage(context)]
    for (const tab of tabs) {
      await tab.goto(front.url)
      await tab.getByText('feed live').waitFor()
    }
    await createItem(store.url, 'Held back')
    for (const tab of tabs) await tab.getByText('feed polling').waitFor()
    front.isBuffering = false
    for (const tab of tabs) await tab.getByText('feed live').waitFor()
    expect(front.streams).toBe(1)
    await context.close()
  })

  it('two tabs of a browser share one stream, and the second tab stays live when the first is closed', async () => {
    await using store = await startStoreProcess()
    await using front = await startFront(store.url)
    const context = await browser.newContext()
    const [first, second] = [await newPage(context), await newPage(context)]
    for (const page of [first, second]) {
      await page.goto(front.url)
      await page.getByText('feed live').waitFor()
    }
    await vi.waitUntil(() => front.streams === 1, { timeout: SHOWN_MS })
    await createItem(store.url, 'Seen by both')
    for (const page of [first, second])
      await page.getByRole('option', { name: /Seen by both/ }).waitFor()
    expect(front.streams).toBe(1)
    await first.close()
    await createItem(store.url, 'Seen by the other')
    await second.getByRole('option', { name: /Seen by the other/ }).waitFor()
    await vi.waitUntil(() => front.streams === 1, { timeout: SHOWN_MS })
    await context.close()
  })
})
