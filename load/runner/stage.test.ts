import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { type StageOptions, setStage } from './stage.ts'

const OPTIONS: StageOptions = {
  target: undefined,
  store: undefined,
  storePort: 0,
  login: 'qa:se:cret',
  signal: new AbortController().signal,
  say: () => {},
}

describe('setStage', () => {
  it('starts a store and a proxy that is connected to it, and ends both', async () => {
    const stage = await setStage(OPTIONS)
    await expect.poll(() => streams(stage.store), { timeout: 10_000 }).toBe(1)
    const config = await readFile(join(stage.scratchDir, 'sse-proxy.yaml'), 'utf8')
    expect(config).toContain('se:cret')

    await stage[Symbol.asyncDispose]()
    await expect(fetch(stage.store)).rejects.toThrow('fetch failed')
    await expect(fetch(stage.target)).rejects.toThrow('fetch failed')
    await expect(access(stage.scratchDir)).rejects.toThrow('ENOENT')
  })

  it("tells what to configure in the user's proxy, and goes on once that is connected", async () => {
    await using proxy = await setStage(OPTIONS) // Somebody's, with a store that does not matter.
    let setting: ReturnType<typeof setStage> | undefined
    const line = await new Promise<string>((say, fail) => {
      setting = setStage({ ...OPTIONS, target: proxy.target, say })
      setting.catch(fail)
    })
    const [upstream = ''] = /http:\S+/.exec(line) ?? []
    const stop = new AbortController()
    const headers = { Authorization: `Basic ${Buffer.from(OPTIONS.login).toString('base64')}` }
    const stream = await fetch(upstream, { headers, signal: stop.signal })
    expect(stream.status).toBe(200)
    await using stage = await setting
    expect(upstream).toBe(`${stage?.store}/webservice/escenic/changelog/sse`)
    stop.abort()
  })

  it('starts nothing when both are there', async () => {
    await using there = await setStage(OPTIONS)
    await using stage = await setStage({ ...OPTIONS, target: there.target, store: there.store })
    expect(stage).toMatchObject({ target: there.target, store: there.store })
  })
})

async function streams(store: string): Promise<unknown> {
  const response = await fetch(`${store}/__mock/clients`)
  const body: unknown = await response.json()
  return body instanceof Object && 'clients' in body && Array.isArray(body.clients)
    ? body.clients.length
    : body
}
