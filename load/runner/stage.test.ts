import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { type StageOptions, setStage } from './stage.ts'

const OPTIONS: StageOptions = {
  target: undefined,
  proxies: 1,
  workers: 1,
  backEnd: 'store',
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
    const config = await readFile(join(stage.scratchDir, 'proxy 1.yaml'), 'utf8')
    expect(config).toContain('se:cret')

    await stage[Symbol.asyncDispose]()
    await expect(fetch(stage.store)).rejects.toThrow('fetch failed')
    await expect(fetch(stage.targets[0] ?? '')).rejects.toThrow('fetch failed')
    await expect(access(stage.scratchDir)).rejects.toThrow('ENOENT')
  })

  it('puts a parent before several proxies, so that the store sees one connection', async () => {
    await using stage = await setStage({ ...OPTIONS, proxies: 2 })
    expect(stage.targets).toHaveLength(2)
    expect(stage.servers.map(({ name }) => name)).toEqual([
      'store',
      'parent proxy',
      'proxy 1',
      'proxy 2',
    ])
    await expect.poll(() => streams(stage.store), { timeout: 10_000 }).toBe(1)
  })

  it("tells what to configure in the user's proxy, and goes on once that is connected", async () => {
    await using proxy = await setStage(OPTIONS) // Somebody's, with a store that does not matter.
    let setting: ReturnType<typeof setStage> | undefined
    const line = await new Promise<string>((say, fail) => {
      setting = setStage({ ...OPTIONS, target: proxy.targets[0], say })
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
    await using stage = await setStage({
      ...OPTIONS,
      target: there.targets[0],
      store: there.store,
    })
    expect(stage).toMatchObject({ targets: there.targets, store: there.store, servers: [] })
  })
})

async function streams(store: string): Promise<unknown> {
  const response = await fetch(`${store}/__mock/clients`)
  const body: unknown = await response.json()
  return body instanceof Object && 'clients' in body && Array.isArray(body.clients)
    ? body.clients.length
    : body
}
