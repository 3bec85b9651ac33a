import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

import { expect, it } from 'vitest'

import { ControlEditor, ItemEditor } from './acknowledged.ts'
import { serveStore } from './serve-store.ts'

it('ControlEditor does not take the title of a store for its own before its first edit', async () => {
  const editor = new ControlEditor('writer', '', 801)
  // Nothing listens there: a store that was killed before it acknowledged an edit.
  await editor.act('http://127.0.0.1:9', () => {})
  await using store = await serveStore()
  expect(await editor.check(store.url)).toEqual([])
  expect(editor.title).toBe('')
})

it('ItemEditor accepts edits that were written and not acknowledged, several times in a row', async () => {
  await using store = await serveWithoutAnswers()
  const editor = new ItemEditor('writer', '')
  for (let kill = 0; kill < 3; kill += 1) {
    await editor.act(store.url, () => {})
    expect(await editor.check(store.url)).toEqual([])
  }
})

/** Writes each edit and answers none of them, as a store that is killed in between. */
async function serveWithoutAnswers(): Promise<AsyncDisposable & { readonly url: string }> {
  let item = ''
  let writes = 0
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.setHeader('etag', `"${writes}"`).end(item)
      return
    }
    item = await text(request)
    writes += 1
    if (request.method === 'POST') response.writeHead(201, { location: `${url}/item` }).end()
    else request.socket.destroy()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
