import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { ItemEditor } from './acknowledged.ts'

let item = ''
let writes = 0
let url = ''

/** Writes each edit and answers none of them, as a store that is killed in between. */
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

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})

afterAll(() => void server.close())

test('ItemEditor accepts edits that were written and not acknowledged, several times in a row', async () => {
  const editor = new ItemEditor('writer', '')
  for (let kill = 0; kill < 3; kill += 1) {
    await editor.act(url, () => {})
    expect(await editor.check(url)).toEqual([])
  }
})
