import { gzipSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { Binaries } from '../content/binaries.ts'
import { LIMITS } from '../content/limits.ts'
import type { MockContentStore } from '../start.ts'
import { entry, get, post, put } from '../testing/item-client.ts'
import { RawClient, rawRequest } from '../testing/raw-client.ts'
import { serveStore } from '../testing/serve-store.ts'
import { until } from '../testing/until.ts'

const PATH = '/webservice/escenic/binary'
const LOGIN = { authorization: `Basic ${btoa('user:password')}` }
const PNG = Buffer.from('89504e470d0a1a0a00ff', 'hex')

async function upload(
  { url }: MockContentStore,
  body: Uint8Array | ReadableStream,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly location: string; readonly text: string }> {
  const response = await fetch(url + PATH, {
    method: 'POST',
    headers: { ...LOGIN, 'content-type': 'image/png', ...headers },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
  })
  const location = response.headers.get('location') ?? ''
  return { status: response.status, location, text: await response.text() }
}

async function read(url: string, init: RequestInit = {}): Promise<Response> {
  return await fetch(url, { headers: LOGIN, ...init })
}

/** A body of so many thousand bytes whose length is not known in advance. */
function chunks(count: number): ReadableStream {
  return new ReadableStream({
    start(stream) {
      for (let sent = 0; sent < count; sent += 1) stream.enqueue(new Uint8Array(1_000))
      stream.close()
    },
  })
}

/** A picture, as in the manual. */
function picture(href: string): string {
  return entry(`<title>grid.png</title><content type="application/vnd.vizrt.payload+xml">
    <vdf:payload xmlns:vdf="http://www.vizrt.com/types" model="http://x/model/content-type/picture">
    <vdf:field name="binary"><vdf:value><link rel="edit-media" href="${href}" type="image/png" title="grid.png"/></vdf:value></vdf:field>
    </vdf:payload></content>`)
}

describe('a binary', () => {
  it('a binary that is uploaded is readable at its Location, byte for byte, with its media type', async () => {
    await using store = await serveStore()
    const { status, location, text } = await upload(store, PNG)
    expect([status, text]).toEqual([201, ''])
    // The clock of the store says 2024-05-02, 8 o'clock.
    expect(location.slice(store.url.length)).toMatch(
      /^\/webservice\/escenic\/binary\/-1\/2024\/5\/2\/8\/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.bin$/,
    )
    const got = await read(location)
    expect(Buffer.from(await got.arrayBuffer())).toEqual(PNG)
    expect(got.headers.get('content-type')).toBe('image/png')
    const etag = got.headers.get('etag') ?? ''
    const head = await read(location, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
      200,
      String(PNG.length),
      etag,
    ])
    const known = await read(location, { headers: { ...LOGIN, 'if-none-match': etag } })
    expect(known.status).toBe(304)
    expect((await fetch(location)).status).toBe(401)
    expect((await read(location.replace('.bin', '.png'))).status).toBe(404)
    expect((await read(location.replace('/binary/', '/Binary/'))).status).toBe(404)
    expect(store.control.info().binaries).toEqual({ files: 1, bytes: PNG.length })
  })

  it('a binary of HTML cannot act as a page of the store', async () => {
    await using store = await serveStore()
    const { location } = await upload(store, Buffer.from('<script>'), {
      'content-type': 'text/html',
    })
    const { headers } = await read(location)
    expect(headers.get('content-security-policy')).toBe('sandbox')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('an item links to a binary that was uploaded, and keeps the link when it is changed', async () => {
    await using store = await serveStore()
    const { location } = await upload(store, PNG)
    await post(store, picture(location)).expect(201)
    const first = await get(store, 802)
    expect(first.text).toContain(`<link rel="edit-media" href="${location}"`)
    await put(store, 802, first.text, String(first.headers['etag'])).expect(204)
    expect((await get(store, 802)).text).toContain(location)
  })

  it('an item that links to a binary that does not exist is refused by the name of the link', async () => {
    await using store = await serveStore()
    const { location } = await upload(store, PNG)
    const wrong = location.replace('.bin', '0.bin')
    const refused = await post(store, picture(wrong))
    expect([refused.status, refused.text]).toEqual([
      400,
      expect.stringContaining(`edit-media: there is no ${wrong}`),
    ])
    await put(store, 801, picture(wrong), '*').expect(400)
    expect(store.control.info().items).toBe(20)
    // Files elsewhere are not the store's to judge.
    await post(store, picture('http://elsewhere.test/a.png')).expect(201)
    store.control.reset()
    await post(store, picture(location)).expect(400)
  })

  it('a binary is never at the path of an earlier one, and a reset removes them all', async () => {
    await using store = await serveStore()
    const first = await upload(store, PNG)
    const second = await upload(store, PNG)
    store.control.reset()
    const third = await upload(store, PNG)
    expect(new Set([first.location, second.location, third.location]).size).toBe(3)
    expect((await read(first.location)).status).toBe(404)
    expect(store.control.info().binaries.files).toBe(1)
  })

  it.each([
    ['no media type', PNG, { 'content-type': '' }, 415, 'Content-Type: expected the media type'],
    ['a media type that is none', PNG, { 'content-type': 'picture' }, 415, 'picture'],
    ['no bytes', new Uint8Array(), {}, 400, 'the body is empty'],
    ['too many bytes', Buffer.alloc(2_001), {}, 413, '--max-binary-bytes'],
    [
      'too many bytes when unpacked',
      gzipSync(Buffer.alloc(9_999)),
      { 'content-encoding': 'gzip' },
      413,
      'maxBinaryBytes',
    ],
    ['an unknown coding', PNG, { 'content-encoding': 'zstd' }, 415, 'Content-Encoding'],
  ] as const)('an upload of %s is refused by name', async (_what, body, headers, status, text) => {
    await using store = await serveStore({ maxBinaryBytes: 2_000 })
    const refused = await upload(store, body, headers)
    expect([refused.status, refused.text]).toEqual([status, expect.stringContaining(text)])
    expect(store.control.info().binaries).toEqual({ files: 0, bytes: 0 })
  })

  it('an upload in chunks is bounded by the same limit', async () => {
    await using store = await serveStore({ maxBinaryBytes: 2_000 })
    expect((await upload(store, chunks(2))).status).toBe(201)
    const refused = await upload(store, chunks(3))
    expect([refused.status, refused.text]).toEqual([413, expect.stringContaining('maxBinaryBytes')])
  })

  it('uploads above the limit of all files are answered 413 with its name and its flag', async () => {
    await using store = await serveStore({ maxBinaryBytes: 2_000, maxBinaryStoreBytes: 4_000 })
    const uploads = Array.from({ length: 8 }, () => upload(store, new Uint8Array(1_500)))
    const statuses = (await Promise.all(uploads)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(0)
    expect(store.control.info().binaries.bytes).toBeLessThanOrEqual(4_000)
    // What is left is filled one after the other: no room is lost.
    for (let count = 0; count < 3; count += 1) await upload(store, new Uint8Array(1_500))
    expect(store.control.info().binaries).toEqual({ files: 2, bytes: 3_000 })
    const full = await upload(store, new Uint8Array(1_500))
    expect([full.status, full.text]).toEqual([
      413,
      expect.stringMatching(/^maxBinaryStoreBytes: 3000 of 4000 bytes.*--max-binary-store-bytes/),
    ])
    expect((await upload(store, new Uint8Array(1_000))).status).toBe(201)
  })

  it('an upload that breaks off frees its space', async () => {
    await using store = await serveStore({ maxBinaryBytes: 2_000, maxBinaryStoreBytes: 2_000 })
    {
      using client = await RawClient.connect(store.port)
      const headers = ['Content-Type: a/b', 'Content-Length: 2000', 'Expect: 100-continue']
      client.send(rawRequest('POST', PATH, headers, 'x'))
      await client.read('100 Continue')
      expect((await upload(store, PNG)).status).toBe(413)
    }
    let status = 0
    await until(async () => {
      ;({ status } = await upload(store, PNG))
      return status === 201
    }, 'an upload after the one that broke off')
    expect(status).toBe(201)
  })

  it('the number of binaries is bounded', () => {
    const files = new Binaries({ maxBytes: 1e9, now: () => new Date(0), lastId: 0 })
    for (let count = 0; count < LIMITS.binaries; count += 1) files.add('a/b', PNG)
    expect(() => files.add('a/b', PNG)).toThrow('binaries')
  })
})
