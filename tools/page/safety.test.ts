import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { whySkipped } from './chromium.ts'
import type { PageRig } from './page-rig.ts'
import { startPageRig } from './page-rig.ts'

/** Would set `pwned`, if anything of it were taken as markup. */
const MARKUP = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>"'><svg onload=window.pwned=1>`
/** An escape sequence, a delete, and an override of the direction of text. */
const CONTROL = 'a\u001B[31mb\u007Fc\u202Ed'
const SHOWN = 'a⟨U+001B⟩[31mb⟨U+007F⟩c⟨U+202E⟩d'
/** XML cannot carry the first one, so the store refuses it in titles and names. */
const TITLE = CONTROL.slice(6)
const SHOWN_TITLE = SHOWN.slice(13)

/** A document at an origin of its own. */
async function servePage(html: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((_request, response) =>
    response.setHeader('Content-Type', 'text/html').end(html),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Opens a stream with any headers, which `fetch` would refuse. */
async function openStream(storeUrl: string, headers: readonly string[]): Promise<() => void> {
  const { hostname, port, host } = new URL(storeUrl)
  const socket = connect(Number(port), hostname)
  const head = [
    'GET /webservice/escenic/changelog/sse HTTP/1.1',
    `Host: ${host}`,
    `Authorization: Basic ${btoa('user:password')}`,
    ...headers,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await new Promise((resolve, reject) => {
    socket.once('data', resolve).once('error', reject)
  })
  return () => socket.destroy()
}

const why = whySkipped()

describe.skipIf(why !== '')(`safety of the page${why}`, () => {
  let rig: PageRig
  beforeAll(async () => {
    rig = await startPageRig()
  })
  afterAll(() => rig[Symbol.asyncDispose]())

  it('markup in titles, payloads, types, names, user agents, ids and data is shown as text', async () => {
    const { storeUrl } = rig
    const { item } = await rig.call<{ item: { id: number } }>('POST', '/items', {
      section: 12,
      title: MARKUP,
      fields: { title: MARKUP, body: MARKUP },
      state: 'published',
    })
    await rig.call('POST', '/sections', { name: MARKUP })
    const close = await openStream(storeUrl, [`User-Agent: ${MARKUP}`, `Last-Event-ID: ${MARKUP}`])
    const { clients } = await rig.call<{ clients: { id: string }[] }>('GET', '/clients')
    for (const { id } of clients) {
      await rig.call('POST', `/clients/${id}/send`, { data: MARKUP, event: 'x', id: MARKUP })
    }
    const fault = {
      name: 'markup',
      kind: 'latency',
      scope: 'feed',
      ms: 1,
      path: `/${MARKUP}`,
    }
    await rig.call('PUT', '/faults', { faults: [fault] })
    await fetch(`${storeUrl}/webservice/escenic/${encodeURIComponent(MARKUP)}?q=${MARKUP}`)

    const page = await rig.open('studio')
    await page.getByText('<img src=x').first().waitFor()
    for (const tab of ['', '?tab=atom', '?tab=history', '?tab=rows', '?tab=effects']) {
      await page.evaluate(`location.hash = '#/studio/${item.id}${tab}'`)
      await page.locator('.drawer h2').filter({ hasText: '<img' }).waitFor()
    }
    for (const screen of ['log', 'clients', 'faults', 'streams', 'tools', 'generator']) {
      await page.evaluate(`location.hash = '#/${screen}'`)
      await page.locator(`main.${screen}`).waitFor()
    }
    await page.evaluate(`location.hash = '#/log'`)
    for (const row of await page.locator('.log .row').all()) await row.click()
    await page.evaluate(`location.hash = '#/clients'`)
    await page.getByText('<script>window.pwned=1</script>').first().waitFor()
    const found = await page.evaluate<unknown>(
      `[window.pwned ?? null, document.querySelectorAll('main img, main script').length]`,
    )
    expect(found).toEqual([null, 0])
    expect(rig.mistakes).toEqual([])
    close()
    await page.context().close()
  })

  it('control characters in titles, names and data are shown as their numbers', async () => {
    await rig.call('POST', '/sections', { name: TITLE })
    await rig.call('POST', '/items', { section: 12, title: TITLE })
    const page = await rig.open('studio')
    await page.locator('.tree').getByText(SHOWN_TITLE).first().waitFor()
    await page.locator('.list').getByText(SHOWN_TITLE).first().waitFor()
    await page.evaluate(`location.hash = '#/streams'`)
    await page.getByText('connected', { exact: true }).waitFor()
    await rig.call('POST', '/stream', { data: CONTROL })
    await page.getByText(SHOWN).first().waitFor()
    const invisible = await page.evaluate<unknown>(
      String.raw`/[\u001B\u007F\u202E]/.test(document.querySelector('#page').innerText)`,
    )
    expect(invisible).toBe(false)
    await page.context().close()
  })

  it('a page of another origin can neither read the store nor change it', async () => {
    const context = await rig.browser.newContext()
    const page = await context.newPage()
    await using other = await servePage('<!doctype html><title>Other</title>')
    await page.goto(other.url)
    await rig.call('PATCH', '/items/801', { title: 'Still here' })
    const outcome = await page.evaluate<unknown>(`(async () => {
      const tries = [
        ['GET', '/__mock/info', {}], ['GET', '/__mock/ui/', {}], ['POST', '/__mock/reset', {}],
        ['POST', '/__mock/reset', {'X-Mock-Page': '1'}], ['DELETE', '/__mock/items/801', {}],
      ]
      const read = []
      for (const [method, path, headers] of tries)
        read.push(await fetch(${JSON.stringify(rig.storeUrl)} + path, { method, headers }).then(() => 'read', () => 'refused'))
      return read
    })()`)
    expect(outcome).toEqual(['refused', 'refused', 'refused', 'refused', 'refused'])
    const { item } = await rig.call<{ item: { title: string } }>('GET', '/items/801')
    expect(item.title).toBe('Still here')
    await context.close()
  })
})
