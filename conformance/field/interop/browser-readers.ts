import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

import { chromium, type Page } from 'playwright-core'

import type { ReadEvent } from './streams.ts'

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const BROWSER_READERS = [
  'EventSource of Chromium',
  'event-source-polyfill',
  '@microsoft/fetch-event-source',
] as const

type BrowserReader = (typeof BROWSER_READERS)[number]

/** Path of Chromium on this machine, if it is installed. */
export function findChromium(): string | undefined {
  return [process.env['CHROMIUM'] ?? '', ...PROGRAMS].find(
    (path) => path !== '' && existsSync(path),
  )
}

export interface Browser extends AsyncDisposable {
  readonly version: string
  open(reader: BrowserReader, url: string, types: readonly string[]): Promise<void>
  /** The events received from a URL so far. */
  events(reader: BrowserReader, url: string): Promise<readonly ReadEvent[]>
}

/** Opens a URL. `events` returns everything that the reader has received. */
export type OpenInBrowser = (url: string) => {
  readonly opened: Promise<void>
  events(): Promise<readonly ReadEvent[]>
}

/** The readers of a browser. They report events of these types. */
export function browserReaders(
  browser: Browser,
  types: readonly string[],
): Readonly<Record<string, OpenInBrowser>> {
  return Object.fromEntries(
    BROWSER_READERS.map((name): [string, OpenInBrowser] => [
      name,
      (url) => ({
        opened: browser.open(name, url, types),
        events: () => browser.events(name, url),
      }),
    ]),
  )
}

/** Chromium with a page that runs the three browser readers. */
export async function startBrowser(executablePath: string): Promise<Browser> {
  const pages = await servePage()
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const page = await browser.newPage()
  await page.goto(pages.url)
  await page.waitForFunction('window.openReader !== undefined')
  return {
    version: browser.version(),
    open: (reader, url, types) => open(page, reader, url, types),
    events: (reader, url) =>
      page.evaluate(`window.seen[${JSON.stringify(`${reader} ${url}`)}] ?? []`),
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      await pages.close()
    },
  }
}

async function open(
  page: Page,
  reader: BrowserReader,
  url: string,
  types: readonly string[],
): Promise<void> {
  await page.evaluate(`window.openReader(...${JSON.stringify([reader, url, types])})`)
}

const PAGE = `<!doctype html><meta charset="utf-8"><script src="/polyfill.js"></script><script type="module">
import { fetchEventSource } from '/fetch-event-source/index.js'
window.seen = {}
window.openReader = (reader, url, types) => {
  const seen = window.seen[reader + ' ' + url] = []
  if (reader === '@microsoft/fetch-event-source') {
    fetchEventSource(url, {
      openWhenHidden: true,
      onmessage: ({ event, data }) => seen.push({ type: event || 'message', data }),
    }).catch(() => {})
    return
  }
  const Source = reader === 'event-source-polyfill' ? EventSourcePolyfill : EventSource
  const source = new Source(url)
  for (const type of types)
    source.addEventListener(type, ({ data }) => seen.push({ type, data }))
}
</script>`

const PACKAGES = {
  '/polyfill.js': 'event-source-polyfill/src/eventsource.js',
  '/fetch-event-source/index.js': '@microsoft/fetch-event-source/lib/esm/index.js',
  '/fetch-event-source/fetch': '@microsoft/fetch-event-source/lib/esm/fetch.js',
  '/fetch-event-source/parse': '@microsoft/fetch-event-source/lib/esm/parse.js',
} as const

/** Serves the page and the installed packages. */
async function servePage(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const files = new Map<string, Buffer>()
  for (const [path, file] of Object.entries(PACKAGES))
    files.set(path, await readFile(new URL(`../../../node_modules/${file}`, import.meta.url)))
  const server = createServer((request, response) => {
    const script = files.get(request.url ?? '')
    const type = script === undefined ? 'text/html' : 'text/javascript'
    response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` })
    response.end(script ?? PAGE)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
