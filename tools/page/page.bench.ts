import { loadavg } from 'node:os'

import type { Browser, CDPSession, Page } from 'playwright-core'
import { chromium } from 'playwright-core'

import { findChromium } from './chromium.ts'
import { buildPage } from './build-page.ts'
import { startStoreProcess } from './store-process.ts'

/**
 * How soon the page is painted, with an empty cache and with a full one, and how evenly a list of
 * 10,000 items scrolls. Times are those of the browser, so they are worth something on a quiet machine
 * alone; the processor time of its main thread is worth something on any.
 */
const LOADS = 10
const GOAL_MS = 300
const ITEMS = 10_000
const SCROLL_MS = 3_000
/** A frame at 60 Hz, and half of the next one. */
const LATE_FRAME_MS = 25

interface Load {
  /** First contentful paint. */
  readonly paintMs: number
  /** From the request to the header, lists still empty. */
  readonly drawnMs: number
  /** To the items of the store. */
  readonly filledMs: number
  /** Of the browser's main thread. */
  readonly cpuMs: number
}

const WATCH = `new MutationObserver(() => {
  const now = performance.now()
  if (document.querySelector('header h1')) window.drawnMs ??= now
  if (document.querySelector('[role=option]')) window.filledMs ??= now
}).observe(document, { subtree: true, childList: true })`

const SCROLL = `new Promise((resolve) => {
  const box = document.querySelector('[data-rows]')
  const gaps = []
  let last = performance.now()
  const end = last + ${SCROLL_MS}
  const frame = (now) => {
    gaps.push(now - last)
    last = now
    box.scrollTop += 120
    if (now < end) requestAnimationFrame(frame)
    else resolve(gaps.slice(1))
  }
  requestAnimationFrame(frame)
})`

await buildPage()
await using store = await startStoreProcess()
const browser = await chromium.launch({
  executablePath: findChromium() ?? '',
  args: ['--no-sandbox'],
})
try {
  process.stdout.write(`Load average ${loadavg()[0]?.toFixed(1)}.\n\n`)
  process.stdout.write(
    '| load | first paint, median | fastest | header drawn | items shown | processor time |\n|---|---|---|---|---|---|\n',
  )
  const cold = await loads(browser, false)
  report('empty cache', cold)
  report('full cache', await loads(browser, true))
  const body = JSON.stringify({ count: ITEMS, seed: 1 })
  await fetch(`${store.url}/__mock/items/generate`, { method: 'POST', body })
  await reportScrolling(browser)
  if (median(cold.map(({ paintMs }) => paintMs)) > GOAL_MS) {
    process.stderr.write(`goal missed: first paint within ${GOAL_MS} ms\n`)
    process.exitCode = 1
  }
} finally {
  await browser.close()
}

async function loads(within: Browser, isCached: boolean): Promise<readonly Load[]> {
  const measured: Load[] = []
  let page = await newPage(within)
  // The first load of a browser starts its processes.
  await load(page)
  for (let count = 0; count < LOADS; count += 1) {
    if (!isCached) {
      await page.context().close()
      page = await newPage(within)
    }
    measured.push(await load(page))
  }
  await page.context().close()
  return measured
}

async function newPage(within: Browser): Promise<Page> {
  const page = await (await within.newContext()).newPage()
  await page.addInitScript(WATCH)
  return page
}

async function load(page: Page): Promise<Load> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const before = await taskMs(session)
  await page.goto(`${store.url}/__mock/ui/`)
  await page.locator('[role=option]').first().waitFor()
  const [paintMs = 0, drawnMs = 0, filledMs = 0] = await page.evaluate<readonly number[]>(
    `[performance.getEntriesByName('first-contentful-paint')[0].startTime, window.drawnMs, window.filledMs]`,
  )
  const cpuMs = (await taskMs(session)) - before
  await session.detach()
  return { paintMs, drawnMs, filledMs, cpuMs }
}

async function taskMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0)
}

function report(name: string, all: readonly Load[]): void {
  const of = (part: keyof Load): string => `${median(all.map((one) => one[part])).toFixed(0)} ms`
  const fastest = Math.min(...all.map(({ paintMs }) => paintMs)).toFixed(0)
  const cells = [name, of('paintMs'), `${fastest} ms`, of('drawnMs'), of('filledMs'), of('cpuMs')]
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}

async function reportScrolling(within: Browser): Promise<void> {
  const page = await newPage(within)
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  await page.goto(`${store.url}/__mock/ui/`)
  await page
    .getByTestId('item-count')
    .getByText(/^\d{5} items$/)
    .waitFor()
  const before = await taskMs(session)
  const gaps = await page.evaluate<readonly number[]>(SCROLL)
  const cpuMs = (await taskMs(session)) - before
  const late = gaps.filter((gap) => gap > LATE_FRAME_MS).length
  const each = (cpuMs / gaps.length).toFixed(1)
  process.stdout.write(
    `\nA list of ${ITEMS} items scrolls for ${SCROLL_MS / 1_000} s: ${gaps.length} frames, the median ${median(gaps).toFixed(1)} ms after the one before, ${late} more than ${LATE_FRAME_MS} ms, the longest ${Math.max(...gaps).toFixed(0)} ms; ${each} ms of processor time for each.\n`,
  )
  await page.context().close()
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
