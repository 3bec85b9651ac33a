import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import request from 'supertest'
import { beforeAll, describe, expect, it } from 'vitest'

import { serveStore } from '../testing/serve-store.ts'

const PAGE = '/__mock/ui/'
/** The folder of the compiled modules. */
const COMPILED_PAGE = fileURLToPath(new URL('../../dist/mock-server/ui/', import.meta.url))
const HTML = 'text/html,application/xhtml+xml,*/*;q=0.8'
/** Statements that import or export from another module, also in minified code. */
const IMPORTS =
  /(?:^|[};])\s*(?:import|export)\s*[{*\w][^'"`;]*from\s*["']([^"']+)["']|\bawait import\('([^']+)'\)/gm
/** Of all files that the page can load. */
const MAX_GZIPPED_BYTES = 60_000

/** What the document of the page answered, and every module that it loads. */
let page: Response
let modules: ReadonlyMap<string, string>

beforeAll(async () => {
  await using store = await serveStore()
  page = await fetch(store.url + PAGE)
  modules = await modulesFrom(`${store.url}${PAGE}`, 'main.js')
})

/** The modules that are loaded, beginning with one: texts by their paths. */
async function modulesFrom(base: string, first: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const waiting = [first]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue
    const response = await fetch(base + next)
    if (response.status !== 200) throw new Error(`${next}: ${response.status}`)
    const text = await response.text()
    found.set(next, text)
    for (const [, named, path = named ?? ''] of text.matchAll(IMPORTS)) {
      if (!path.startsWith('.')) throw new Error(`${next} imports ${path}, which no browser finds`)
      waiting.push(new URL(path, base + next).href.slice(base.length))
    }
  }
  return found
}

describe('the page', () => {
  it('a browser that asks for the root of the store or of a space is led to the page', async () => {
    await using store = await serveStore({ space: ['ann'] })
    const agent = request(store.url)
    for (const path of ['/', '/space/ann', '/space/ann/', '/__mock/ui']) {
      const { status, text } = await agent.get(path).set('Accept', HTML).redirects(1)
      expect([path, status]).toEqual([path, 200])
      expect(text).toContain('main.js')
    }
    expect((await agent.get('/').set('Accept', '*/*')).status).toBe(404)
    expect((await agent.get('/elsewhere').set('Accept', HTML)).status).toBe(404)
    expect(store.control.journal.query().entries.map(({ kind }) => kind)).not.toContain('connect')
  })

  it('every module of the page is served, and imports others by relative paths alone', () => {
    expect([...modules.keys()]).toEqual(
      expect.arrayContaining(['lit-html/lit-html.js', 'views/page.js']),
    )
    const compiled = readdirSync(COMPILED_PAGE, { recursive: true, encoding: 'utf8' })
    const unused = compiled.filter((path) => path.endsWith('.js') && !modules.has(path))
    expect(unused).toEqual([])
  })

  it('the document of the page announces its style first, and every module, so that all are loaded at once', () => {
    const links = Array.from(modules.keys(), (path) => `<${path}>; rel=modulepreload`)
    const [style, ...announced] = page.headers.get('Link')?.split(', ') ?? []
    expect(style).toBe('<page.css>; rel=preload; as=style')
    expect(announced.toSorted()).toEqual(links.toSorted())
  })

  it('the page is smaller than 60 KB, compressed by gzip', () => {
    const others = ['index.html', 'page.css', 'icon.svg'].map((name) =>
      readFileSync(new URL(`../ui/${name}`, import.meta.url)),
    )
    const texts = [...modules.values(), ...others]
    const bytes = texts.reduce((sum, text) => sum + gzipSync(text).length, 0)
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThan(MAX_GZIPPED_BYTES)
  })

  it('every file of the page forbids scripts and data of other origins', async () => {
    await using store = await serveStore()
    for (const path of ['', 'main.js', 'page.css', 'icon.svg', 'lit-html/lit-html.js']) {
      const { status, headers } = await request(store.url).get(PAGE + path)
      expect([path, status]).toEqual([path, 200])
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(
          /^default-src 'self'; .*frame-ancestors 'none'/,
        ),
        'x-content-type-options': 'nosniff',
      })
    }
    const { text } = await request(store.url).get(PAGE)
    // Inline scripts, handlers and styles would be blocked.
    expect(text).not.toMatch(/<script>|<style|\son\w+=|\sstyle=/)
  })

  it.each([
    'views/page.ts',
    'tsconfig.json',
    'lit-html/package.json',
    '../control/guard.ts',
    '..%2f..%2fpackage.json',
    'lit-html/..%2f..%2f..%2fpackage.json',
  ])('what is no file of the page is not served: %s', async (path) => {
    await using store = await serveStore()
    const { status } = await request(store.url).get(PAGE + path)
    expect(status).toBe(404)
  })

  it('a page of another origin, and a host name that only resolves to the store, get nothing', async () => {
    await using store = await serveStore()
    const agent = request(store.url)
    for (const path of [PAGE, `${PAGE}main.js`, '/__mock/documents/webservice/escenic/changelog']) {
      expect((await agent.get(path).set('Host', 'rebound.test')).status).toBe(403)
      expect((await agent.get(path).set('Origin', 'http://other.test')).status).toBe(403)
    }
  })

  it('what a browser changes needs the header of the page, and what other programs change does not', async () => {
    await using store = await serveStore()
    const agent = request(store.url)
    const reset = () => agent.post('/__mock/reset')
    const bare = await reset().set('Origin', store.url)
    expect([bare.status, bare.body.detail]).toEqual([403, expect.stringContaining('X-Mock-Page')])
    expect((await reset().set({ Origin: store.url, 'X-Mock-Page': '1' })).status).toBe(204)
    expect((await reset()).status).toBe(204)
  })

  it('with --ui-readonly the page reads and changes nothing, and other programs still do', async () => {
    await using store = await serveStore({ uiReadonly: true })
    const agent = request(store.url)
    const header = { 'X-Mock-Page': '1' }
    expect((await agent.get('/__mock/info').set(header)).status).toBe(200)
    const refused = await agent.post('/__mock/items/801/publish').set(header)
    expect([refused.status, refused.body.detail]).toEqual([
      403,
      expect.stringContaining('--ui-readonly'),
    ])
    expect((await agent.post('/__mock/items/801/publish')).status).toBe(200)
  })

  it('what the page reads is in no journal, no client list and no fault', async () => {
    await using store = await serveStore()
    store.control.setFaults([{ name: 'all', kind: 'status', scope: 'feed', status: 503 }])
    const gone = new AbortController()
    const feed = await fetch(`${store.url}/__mock/journal/stream`, { signal: gone.signal })
    const documents = `${store.url}/__mock/documents/webservice/escenic`
    for (const path of ['changelog', 'changelog/section/12', 'content/801', 'content/801/log']) {
      const response = await fetch(`${documents}/${path}`)
      expect([path, response.status]).toEqual([path, 200])
      expect(await response.text()).not.toContain('__mock')
    }
    const refused = await fetch(`${documents}/content/801`, { method: 'DELETE' })
    expect([refused.status, refused.headers.get('Allow')]).toEqual([405, 'GET, HEAD'])
    expect(feed.status).toBe(200)
    expect(store.control.clients()).toEqual([])
    expect(store.control.journal.query().entries).toEqual([])
    expect(store.control.faults()).toMatchObject([{ requests: 0 }])
    gone.abort()
  })
})

it('the document of the page names only files that exist', () => {
  const html = readFileSync(new URL('../ui/index.html', import.meta.url), 'utf8')
  const names = Array.from(html.matchAll(/(?:href|src)="([^"]+)"/g), ([, name = '']) => name)
  expect(names).toEqual(['icon.svg', 'page.css', 'main.js'])
  expect(readFileSync(join(COMPILED_PAGE, 'main.js'), 'utf8')).toContain('import')
})
