import { gzipSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { serveStore } from '../testing/serve-store.ts'

const nested = (depth: number): string =>
  `{"data":${'{"a":['.repeat(depth / 2)}${']}'.repeat(depth / 2)}}`

async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly [status: number, detail: string]> {
  const response = await fetch(`${url}/__mock/newsgate/events`, { method: 'POST', body, headers })
  return [response.status, response.status === 201 ? '' : await response.text()]
}

describe('acceptJson', () => {
  it('acceptJson accepts JSON with 64 levels and refuses deeper JSON with 400', async () => {
    await using store = await serveStore()
    expect(await post(store.url, nested(62))).toEqual([201, ''])
    for (const depth of [64, 100_000]) {
      const [status, detail] = await post(store.url, nested(depth))
      expect(status).toBe(400)
      expect(detail).toContain('depth: expected at most 64 nested arrays and objects')
    }
  })

  it('acceptJson does not count brackets inside strings', async () => {
    await using store = await serveStore()
    const text = JSON.stringify({ data: { a: `"${'[{'.repeat(500)}\\`, b: '["' } })
    expect(await post(store.url, text)).toEqual([201, ''])
  })

  it.each([
    ['[', 400, 'the body is not JSON'],
    ['['.repeat(100_000), 400, 'depth: '],
    [']'.repeat(100_000), 400, 'the body is not JSON'],
    ['"', 400, 'the body is not JSON'],
    ['"\\', 400, 'the body is not JSON'],
    ['7', 400, 'expected an object'],
    ['null', 201, ''],
    ['', 201, ''],
    [new Uint8Array([0x22, 0xff, 0x22]), 400, 'the body is not JSON'],
    ['{"data":{"a":1e999}}', 201, ''],
    [`{"data":{"a":${'9'.repeat(100_000)}}}`, 201, ''],
    ['{"data":{"__proto__":{"a":1}}}', 201, ''],
    ['{"__proto__":{"data":{}}}', 400, '__proto__'],
    ['{"data":{"a":"\\ud800"}}', 201, ''],
  ])('acceptJson answers the body %j with a definite status', async (body, status, detail) => {
    const faults: unknown[] = []
    await using store = await serveStore({ onFault: (error) => faults.push(error) })
    const answer = await post(store.url, body)
    expect(answer[0]).toBe(status)
    expect(answer[1]).toContain(detail)
    expect(faults).toEqual([])
  })

  it('acceptJson counts the bytes of a compressed body after it is decompressed', async () => {
    await using store = await serveStore({ maxBodyBytes: 2_048 })
    const bomb = new Uint8Array(gzipSync(JSON.stringify({ data: { a: 'x'.repeat(10_000_000) } })))
    expect(bomb.length).toBeGreaterThan(2_048)
    const small = new Uint8Array(gzipSync(JSON.stringify({ data: { a: 'x'.repeat(100_000) } })))
    expect(small.length).toBeLessThan(2_048)
    const headers = { 'Content-Encoding': 'gzip' }
    expect((await post(store.url, bomb, headers))[0]).toBe(413)
    expect((await post(store.url, small, headers))[0]).toBe(413)
  })
})
