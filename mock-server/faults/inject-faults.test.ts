import { describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { RawClient, rawRequest } from '../testing/raw-client.ts'
import { serveStore } from '../testing/serve-store.ts'
import { until } from '../testing/until.ts'
import { FAULT_SCOPES } from './fault.ts'

const SERVICE = '/webservice/escenic'
const REQUESTS = {
  feed: rawRequest('GET', `${SERVICE}/changelog`),
  item: rawRequest('GET', `${SERVICE}/content/801`),
  write: rawRequest('DELETE', `${SERVICE}/content/801`),
  'sse-connect': rawRequest('GET', `${SERVICE}/changelog/sse`),
} as const

async function setFaults({ url }: MockContentStore, faults: readonly object[]): Promise<Response> {
  return await fetch(`${url}/__mock/faults`, { method: 'PUT', body: JSON.stringify({ faults }) })
}

/** A request of this scope is answered as ever. */
async function expectHealthy(store: MockContentStore, scope: keyof typeof REQUESTS): Promise<void> {
  using client = await RawClient.connect(store.port)
  client.send(REQUESTS[scope])
  await client.read('HTTP/1.1 200 OK')
}

describe('faults', () => {
  it.each(FAULT_SCOPES)(
    'a status fault answers requests of scope %s until it is off',
    async (scope) => {
      await using store = await serveStore()
      await setFaults(store, [{ name: 'busy', kind: 'status', scope, status: 503, retryAfter: 7 }])
      using client = await RawClient.connect(store.port)
      client.send(REQUESTS[scope])
      await client.read('the fault "busy" is set')
      expect(client.text).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: 7\r\n/)
      for (const other of FAULT_SCOPES) if (other !== scope) await expectHealthy(store, other)
      await fetch(`${store.url}/__mock/faults`, { method: 'DELETE' })
      await expectHealthy(store, scope)
    },
  )

  it.each(FAULT_SCOPES)(
    'a reset fault ends connections of scope %s without a byte',
    async (scope) => {
      await using store = await serveStore()
      await setFaults(store, [{ name: 'cut', kind: 'reset', scope, count: 1 }])
      using client = await RawClient.connect(store.port)
      client.send(REQUESTS[scope])
      await until(() => client.isClosed, 'the end of the connection')
      expect(client.text).toBe('')
      await expectHealthy(store, scope)
    },
  )

  it.each(FAULT_SCOPES)(
    'a stall fault keeps connections of scope %s open and silent',
    async (scope) => {
      await using store = await serveStore()
      await setFaults(store, [{ name: 'hang', kind: 'stall', scope, first: 1 }])
      using client = await RawClient.connect(store.port)
      client.send(REQUESTS[scope])
      await until(() => store.control.faults()[0]?.strikes === 1, 'the strike')
      await expectHealthy(store, scope)
      expect([client.text, client.isClosed]).toEqual(['', false])
      // It holds its worker, as a request that is being served.
      expect(store.control.info().workers.busy).toBeGreaterThan(0)
    },
  )

  it.each(FAULT_SCOPES)('a latency fault delays requests of scope %s', async (scope) => {
    await using store = await serveStore()
    await setFaults(store, [{ name: 'slow', kind: 'latency', scope, ms: 40, count: 1 }])
    using client = await RawClient.connect(store.port)
    const start = performance.now()
    client.send(REQUESTS[scope])
    await client.read('HTTP/1.1 200 OK')
    expect(performance.now() - start).toBeGreaterThan(38)
  })

  it('a delayed request whose client leaves is not served', async () => {
    await using store = await serveStore()
    await setFaults(store, [{ name: 'slow', kind: 'latency', scope: 'write', ms: 600_000 }])
    {
      using client = await RawClient.connect(store.port)
      client.send(REQUESTS.write)
      await until(() => store.control.faults()[0]?.strikes === 1, 'the strike')
    }
    await until(() => store.control.info().workers.busy === 0, 'a free worker')
    expect(store.control.item(801).state).toBe('published')
  })

  it('faults never strike the control API, and a reset clears them', async () => {
    await using store = await serveStore()
    const all = FAULT_SCOPES.map((scope) => ({ name: scope, kind: 'reset', scope }))
    const set = await setFaults(store, all)
    expect(set.status).toBe(200)
    expect((await fetch(`${store.url}/__mock/info`)).status).toBe(200)
    const { faults } = JSON.parse(await (await fetch(`${store.url}/__mock/faults`)).text())
    expect(faults).toHaveLength(4)
    expect(faults[0]).toEqual({ ...all[0], requests: 0, strikes: 0, isHealed: false })
    store.control.reset()
    expect(store.control.faults()).toEqual([])
  })

  it.each([
    [{ name: 'a b', kind: 'reset', scope: 'feed' }, 'faults.0.name: expected up to 100 letters'],
    [{ name: 'a', kind: 'rest', scope: 'feed' }, 'faults.0.kind'],
    [{ name: 'a', kind: 'reset', scope: 'all' }, 'faults.0.scope'],
    [{ name: 'a', kind: 'status', scope: 'feed', status: 200 }, 'faults.0.status'],
    [{ name: 'a', kind: 'reset', scope: 'feed', ms: 1 }, 'ms'],
    [
      { name: 'a', kind: 'reset', scope: 'feed', first: 1, every: 2 },
      'at most one of first, every and after',
    ],
    [{ name: 'b', kind: 'reset', scope: 'feed' }, 'a different name'],
  ])(
    'a plan with the fault %o is refused by name, and the plan before it stays',
    async (bad, text) => {
      await using store = await serveStore()
      await setFaults(store, [{ name: 'old', kind: 'reset', scope: 'item' }])
      const refused = await setFaults(
        store,
        [{ name: 'b', kind: 'reset', scope: 'feed' }, bad].toReversed(),
      )
      const { detail } = JSON.parse(await refused.text())
      expect([refused.status, detail]).toEqual([400, expect.stringContaining(text)])
      expect(store.control.faults()).toMatchObject([{ name: 'old' }])
    },
  )
})
