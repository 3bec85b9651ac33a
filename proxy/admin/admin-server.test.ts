import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { describedMetrics } from '../testing/metric-names.ts'
import { RawClient } from '../testing/raw-client.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { type ScriptedBackEnd, startBackEnd } from '../testing/scripted-back-end.ts'

let backEnd: ScriptedBackEnd
let proxy: ProxyUnderTest

beforeAll(async () => {
  backEnd = await startBackEnd()
  proxy = await runProxy({ backEnds: [backEnd.uri] })
  await proxy.healthy()
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await backEnd[Symbol.asyncDispose]()
})

const ask = async (path: string, init?: RequestInit) => {
  const response = await fetch(`http://127.0.0.1:${proxy.adminPort}${path}`, init)
  return { response, text: await response.text() }
}

describe('the admin port', () => {
  it.each([
    ['/', 200, 'text/html', /Operational Menu/],
    ['/ping', 200, 'text/plain', /^pong\n$/],
    [
      '/healthcheck',
      200,
      'application/json',
      /"backend http:[^"]+":\{"healthy":true,"message":"connected/,
    ],
    ['/healthcheck?pretty=true', 200, 'application/json', /^\{\n {2}"backend/],
    ['/threads', 200, 'text/plain', /process id=1 state=RUNNABLE/],
    ['/nothing', 404, 'text/plain', /Not Found/],
    ['/tasks/nothing', 404, 'text/plain', /Not Found/],
  ])('the admin port answers %s with status %i', async (path, status, type, body) => {
    const { response, text } = await ask(path)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe(type)
    expect(response.headers.get('cache-control')).toBe('must-revalidate,no-cache,no-store')
    expect(text).toMatch(body)
  })

  it('the admin port does not serve its pages on the application port', async () => {
    await using client = await RawClient.get({ port: proxy.port, path: '/ping' })
    expect(client.head).toMatch(/text\/event-stream/)
  })

  it('the admin port counts clients, frames and ended streams in JSON and in Prometheus text', async () => {
    const client = await RawClient.get({ port: proxy.port })
    backEnd.send('data: 1\n\ndata: 2\n\ndata: 3\n\n')
    await client.received(3)
    const { text } = await ask('/metrics')
    expect(JSON.parse(text)).toMatchObject({
      version: '3.0.0',
      gauges: {
        'sse-proxy.clients.1': { value: 1 },
        [`sse-proxy.back_end_up.${backEnd.uri}`]: { value: 1 },
      },
      counters: { 'sse-proxy.frames_in': { count: 3 }, 'sse-proxy.frames_out': { count: 3 } },
    })
    await client[Symbol.asyncDispose]()
    const prometheus = await eventually('the ended stream is counted', async () => {
      const answer = await ask('/metrics', { headers: { Accept: 'text/plain' } })
      return answer.text.includes('sse_proxy_streams_ended_total{reason="client-left"} 2') && answer
    })
    expect(prometheus.response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(prometheus.text).toContain('sse_proxy_clients{process="1"} 0')
    const names = [...prometheus.text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
    expect(names).toEqual(describedMetrics().map(({ name }) => name))
    const direct = await ask('/metrics/prometheus')
    expect(direct.text).toContain('# TYPE sse_proxy_frames_in_total counter')
  })

  it('the admin port runs a task for POST only', async () => {
    const post = { method: 'POST' }
    expect((await ask('/tasks/gc?runs=2', post)).text).toBe('Running GC...\nRunning GC...\nDone!\n')
    expect((await ask('/tasks/gc?runs=x', post)).response.status).toBe(400)
    expect((await ask('/tasks/log-level?logger=a&level=OFF', post)).text).toBe(
      'Configured logging level for a to silent\n',
    )
    expect((await ask('/tasks/log-level?level=LOUD', post)).response.status).toBe(400)
    const { response } = await ask('/tasks/gc')
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
    expect((await ask('/ping', post)).response.status).toBe(405)
  })
})
