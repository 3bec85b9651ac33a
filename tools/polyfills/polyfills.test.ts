import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

import { findChromium, whySkipped } from '../page/chromium.ts'
import { type RunningProgram, startProgram } from '../running-program.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const STREAM = '/webservice/escenic/changelog/sse'
const INSTALLED = join(ROOT, 'node_modules/eventsource-polyfill/dist/eventsource.js')
/** The polyfill of another file, such as Remy Sharp's, which is in no registry. */
const GIVEN = process.env['POLYFILL']
const WITHIN_MS = 60_000
const STORE_FLAGS = ['--ids', '--replay', '--long-poll', '--accept-any-login']
const PROXY = `
server:
  applicationConnectors: [{type: http, port: 0}]
  adminConnectors: [{type: http, port: 0}]
backends: [{uri: "\${CS_SSE}"}]
proxy:
  workers: 1
  longPoll: {enabled: true}
  backEnd: {reconnectFirstMs: 20, reconnectCapMs: 50}
`

const changed = z.object({ change: z.object({ id: z.int() }) })
const connected = z.object({ clients: z.array(z.unknown()) })

/** An event as the page got it. */
type Seen = readonly [data: string, lastEventId: string]

const why = whySkipped()

describe.skipIf(why !== '')(`polyfills in a browser without EventSource${why}`, () => {
  let folder = ''
  let browser: Browser
  let store: RunningProgram
  let proxy: RunningProgram
  let pageUrl = ''
  const blank = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>page</title>')
  })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyfills-'))
    await writeFile(join(folder, 'proxy.yaml'), PROXY)
    const flags = ['--port', '0', '--announce', 'section', '--cors-origins', '*', ...STORE_FLAGS]
    store = await startProgram('mock-server', flags)
    const args = ['server', join(folder, 'proxy.yaml')]
    proxy = await startProgram('proxy', args, { CS_SSE: store.url + STREAM })
    browser = await chromium.launch({
      executablePath: findChromium() ?? '',
      args: ['--no-sandbox'],
    })
    blank.listen(0, '127.0.0.1')
    await once(blank, 'listening')
    pageUrl = `http://127.0.0.1:${z.object({ port: z.int() }).parse(blank.address()).port}/`
    await clients(1)
  })
  afterAll(async () => {
    await browser?.close()
    await proxy?.stop()
    await store?.stop()
    blank.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** Waits for this number of clients of the store. The proxy is one. */
  async function clients(count: number): Promise<void> {
    const end = performance.now() + WITHIN_MS
    for (;;) {
      const response = await fetch(`${store.url}/__mock/clients`)
      const { length } = connected.parse(await response.json()).clients
      if (length === count) return
      if (performance.now() > end) throw new Error(`the store has ${length} clients, not ${count}`)
    }
  }

  /** Changes an item so many times, and returns the ids of the events at the store. */
  async function edit(count: number): Promise<readonly string[]> {
    const ids: string[] = []
    for (let index = 0; index < count; index += 1) {
      const body = JSON.stringify({ title: `Edit ${index}` })
      const response = await fetch(`${store.url}/__mock/items/801`, { method: 'PATCH', body })
      ids.push(`${changed.parse(await response.json()).change.id}-1`)
    }
    return ids
  }

  /** A page of another origin, whose EventSource is the polyfill. */
  async function openPage(polyfill: string, url: string): Promise<Page> {
    const page = await browser.newPage()
    page.setDefaultTimeout(WITHIN_MS)
    await page.addInitScript('delete window.EventSource')
    await page.goto(pageUrl)
    await page.addScriptTag({ content: await readFile(polyfill, 'utf8') })
    await page.evaluate(`{
      window.seen = []
      const source = new EventSource(${JSON.stringify(url)})
      source.onmessage = ({ data, lastEventId }) => window.seen.push([data, lastEventId])
      source.onopen = () => { window.isOpen = true }
    }`)
    return page
  }

  const polyfills = [INSTALLED, ...(GIVEN === undefined ? [] : [GIVEN])].map(
    (path) => [path.split('/').slice(-3).join('/'), path] as const,
  )

  it.each(polyfills)(
    '%s gets every event of the store once, in bursts and between two polls',
    async (_name, path) => {
      const page = await openPage(path, store.url + STREAM)
      // The first poll has no id to continue from.
      await clients(2)
      const sent = [...(await edit(1))]
      await seen(page, 1)
      for (let round = 0; round < 3; round += 1) {
        const ended = page.waitForEvent('requestfinished')
        sent.push(...(await edit(40)))
        await ended
        sent.push(...(await edit(3)))
        const got = await seen(page, sent.length)
        expect(got.map(([, id]) => id)).toEqual(sent)
      }
      await page.close()
    },
  )

  it.each(polyfills)(
    '%s gets every event of the proxy once, in bursts, between two polls and over an outage',
    async (_name, path) => {
      const page = await openPage(path, proxy.url)
      // A first response of the proxy begins with an id.
      await page.waitForFunction('window.isOpen')
      let sent = (await edit(1)).length
      await seen(page, sent)
      for (let round = 0; round < 3; round += 1) {
        sent += (await edit(40)).length
        await seen(page, sent)
        // The store replays to the proxy what it missed.
        await fetch(`${store.url}/__mock/clients`, { method: 'DELETE' })
        sent += (await edit(3)).length
        const got = await seen(page, sent)
        const numbers = got.map(([, id]) => Number(id.split('-').at(-1)))
        expect(numbers).toEqual(got.map((_, index) => (numbers[0] ?? 0) + index))
        expect(got).toHaveLength(sent)
      }
      await page.close()
    },
  )
})

/** The events of the page, once it has so many. */
async function seen(page: Page, count: number): Promise<readonly Seen[]> {
  await page.waitForFunction(`window.seen.length >= ${count}`)
  return await page.evaluate<readonly Seen[]>('window.seen')
}
