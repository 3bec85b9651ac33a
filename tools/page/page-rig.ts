import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import type { Browser, Locator, Page } from 'playwright-core'
import { chromium } from 'playwright-core'

import { findChromium } from './chromium.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Bounds for what hangs: a busy machine reaches none of them. */
const START_MS = 110_000
const SHOWN_MS = 60_000

/** A browser, and the store and the proxy of `npm start`. */
export interface PageRig extends AsyncDisposable {
  /** Address of the store, without a slash at its end. */
  readonly storeUrl: string
  readonly proxyUrl: string
  readonly browser: Browser
  /** Opens the page at `#/…` in a tab of its own context. Mistakes in its console end up in `mistakes`. */
  open(path: string, options?: OpenOptions): Promise<Page>
  /** What the console of every page has said: errors and blocked loads. */
  readonly mistakes: string[]
  /** Calls the control API, and returns its JSON. */
  readonly call: <T = unknown>(method: string, path: string, body?: unknown) => Promise<T>
}

interface OpenOptions {
  readonly width?: number
  readonly height?: number
  /** Path of a space: `/space/ann`. */
  readonly space?: string
  readonly colorScheme?: 'light' | 'dark'
}

/** Starts all of it on free ports. `settings` are those of the store. */
export async function startPageRig(settings: readonly string[] = []): Promise<PageRig> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('there is no Chromium')
  const servers = startServers(settings)
  const { storeUrl, proxyUrl } = await servers.addresses
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const mistakes: string[] = []
  return {
    storeUrl,
    proxyUrl,
    browser,
    mistakes,
    open: async (path, { width = 1280, height = 800, space = '', colorScheme = 'light' } = {}) => {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme })
      const page = await context.newPage()
      page.setDefaultTimeout(SHOWN_MS)
      page.on('pageerror', (error) => mistakes.push(String(error)))
      page.on('console', (message) => {
        if (message.type() === 'error') mistakes.push(message.text())
      })
      await page.goto(`${storeUrl}${space}/__mock/ui/#/${path}`)
      try {
        await page.getByText('feed live').waitFor()
      } catch (error) {
        const shown = await page.locator('body').innerText()
        const said = mistakes.join('\n')
        throw new Error(`the page is not live; it shows:\n${shown}\nIts console:\n${said}`, {
          cause: error,
        })
      }
      return page
    },
    call: async (method, path, body) => {
      const response = await fetch(`${storeUrl}/__mock${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
      return text === '' ? undefined : JSON.parse(text)
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      await servers.stop()
    },
  }
}

function startServers(settings: readonly string[]) {
  const { TEST_COMPILED: compiled } = process.env
  const program =
    compiled === undefined
      ? ['--import', import.meta.resolve('tsx'), join(ROOT, 'tools/demo.ts')]
      : [join(compiled, 'tools/demo.js')]
  const ports = ['--store-port', '--proxy-port', '--admin-port'].flatMap((flag) => [flag, '0'])
  const all = [...settings, 'label=Herald QA', 'randomSeed=7']
  const flags = all.flatMap((setting) => ['--store-set', setting])
  const demo = execa(process.execPath, [...program, ...ports, ...flags], { reject: false })
  const addresses = new Promise<{ storeUrl: string; proxyUrl: string }>((resolve, reject) => {
    let printed = ''
    const late = setTimeout(() => reject(new Error(`npm start: ${printed}`)), START_MS)
    demo.stdout.on('data', (bytes: Buffer) => {
      printed += bytes.toString()
      const [, storeUrl] = /Open (\S+)\/__mock\/ui\//.exec(printed) ?? []
      const [, proxyUrl] = /curl -N (\S+)/.exec(printed) ?? []
      if (storeUrl === undefined || proxyUrl === undefined) return
      clearTimeout(late)
      resolve({ storeUrl, proxyUrl })
    })
    void demo.then(({ stderr }) => reject(new Error(`npm start ended: ${stderr}`)))
  })
  return {
    addresses,
    stop: async () => {
      demo.kill('SIGINT')
      await demo
    },
  }
}

/** Says yes to the question of the page. */
export async function confirm(page: Page): Promise<void> {
  await page.getByRole('alertdialog').getByRole('button').last().click()
}

/** The items of the list that are in the document. */
export function rows(page: Page): Locator {
  return page.locator('[data-rows] [role=option]')
}
