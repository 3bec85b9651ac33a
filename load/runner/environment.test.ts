import { get } from 'node:http'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { type EnvironmentOptions, startEnvironment } from './environment.ts'

const OPTIONS: EnvironmentOptions = {
  targets: undefined,
  proxies: 1,
  workers: 1,
  backEnd: 'store',
  startsLongPoll: false,
  store: undefined,
  storeHost: '127.0.0.1',
  storePort: 0,
  login: 'qa:se:cret',
  signal: new AbortController().signal,
  log: () => {},
}

describe('startEnvironment', () => {
  it('startEnvironment starts a store and a connected proxy, and stops both', async () => {
    const environment = await startEnvironment(OPTIONS)
    await expect.poll(() => streams(environment.store)).toBe(1)
    const config = await readFile(join(environment.scratchDir, 'proxy 1.yaml'), 'utf8')
    expect(config).toContain('se:cret')

    await environment[Symbol.asyncDispose]()
    await expect(fetch(environment.store)).rejects.toThrow('fetch failed')
    await expect(fetch(environment.targets[0] ?? '')).rejects.toThrow('fetch failed')
    await expect(access(environment.scratchDir)).rejects.toThrow('ENOENT')
  })

  it.skipIf(process.platform !== 'linux')(
    'startEnvironment shows no login on the command lines of its servers (needs /proc)',
    async () => {
      await using environment = await startEnvironment({ ...OPTIONS, startsLongPoll: true })
      expect(environment.servers.map(({ name }) => name)).toEqual([
        'store',
        'proxy 1',
        'long-poll server',
      ])
      for (const { pid = 0 } of environment.servers) {
        const line = await readFile(`/proc/${pid}/cmdline`, 'utf8')
        expect(line).toContain('--port-file')
        expect(line).not.toContain('se:cret')
      }
      const headers = { Authorization: `Basic ${Buffer.from(OPTIONS.login).toString('base64')}` }
      const list = await fetch(`${environment.store}/webservice/escenic/changelog`, { headers })
      expect(list.status).toBe(200)
    },
  )

  it('startEnvironment lets its store name itself by its public URL, on every address', async () => {
    const publicUrl = 'http://store.test:7777'
    const names = { storeHost: '0.0.0.0', publicUrl, allowHost: 'other.test' }
    await using environment = await startEnvironment({ ...OPTIONS, ...names })
    expect(environment.store).toMatch(/^http:\/\/127\.0\.0\.1:/)
    const headers = { Authorization: `Basic ${Buffer.from(OPTIONS.login).toString('base64')}` }
    const list = await fetch(`${environment.store}/webservice/escenic/changelog`, { headers })
    expect(await list.text()).toContain(`href="${publicUrl}/webservice/escenic/changelog/`)
    const { port } = new URL(environment.store)
    const byName = await statusByHost(port, 'other.test')
    expect([byName, await statusByHost(port, 'evil.test')]).toEqual([200, 403])
  })

  it('startEnvironment puts a parent above several proxies, and the store has one connection', async () => {
    await using environment = await startEnvironment({ ...OPTIONS, proxies: 2 })
    expect(environment.targets).toHaveLength(2)
    expect(environment.servers.map(({ name }) => name)).toEqual([
      'store',
      'parent proxy',
      'proxy 1',
      'proxy 2',
    ])
    await expect.poll(() => streams(environment.store)).toBe(1)
  })

  it("startEnvironment prints the back end for the user's proxy and waits for its connection", async () => {
    await using proxy = await startEnvironment(OPTIONS) // Acts as the user's proxy.
    let starting: ReturnType<typeof startEnvironment> | undefined
    const line = await new Promise<string>((log, reject) => {
      const storeHost = '127.0.0.2'
      starting = startEnvironment({ ...OPTIONS, storeHost, targets: proxy.targets, log })
      starting.catch(reject)
    })
    const [upstream = ''] = /http:\S+/.exec(line) ?? []
    const stop = new AbortController()
    const headers = { Authorization: `Basic ${Buffer.from(OPTIONS.login).toString('base64')}` }
    const stream = await fetch(upstream, { headers, signal: stop.signal })
    // The garbage collector would close a stream that is not read.
    const ended = stream.arrayBuffer().catch(() => {})
    expect(stream.status).toBe(200)
    expect(upstream).toMatch(/^http:\/\/127\.0\.0\.2:/)
    await using environment = await starting
    expect(upstream).toBe(`${environment?.store}/webservice/escenic/changelog/sse`)
    stop.abort()
    await ended
  })

  it('startEnvironment starts nothing when target and store are given', async () => {
    await using existing = await startEnvironment(OPTIONS)
    await using environment = await startEnvironment({
      ...OPTIONS,
      targets: existing.targets,
      store: existing.store,
    })
    expect(environment).toMatchObject({
      targets: existing.targets,
      store: existing.store,
      servers: [],
    })
  })
})

/** fetch sets the Host header itself. */
function statusByHost(port: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ port, path: '/__mock/info', headers: { Host: host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).once('error', reject)
  })
}

async function streams(store: string): Promise<unknown> {
  const response = await fetch(`${store}/__mock/clients`)
  const body: unknown = await response.json()
  return body instanceof Object && 'clients' in body && Array.isArray(body.clients)
    ? body.clients.length
    : body
}
