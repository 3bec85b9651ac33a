import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { MockServerError } from '../errors.ts'
import type { MockContentStore } from '../start.ts'
import { startMockContentStore } from '../start.ts'
import { until } from '../testing/until.ts'
import { parseScenario } from './read-scenario.ts'
import type { ScenarioResult, ScenarioRunOptions } from './scenario-run.ts'
import { ScenarioRun } from './scenario-run.ts'

const LOGIN = { name: 'user', password: 'password' }
const FROZEN = 'name: a test\nclock: 2026-01-01T00:00:00Z\n'
const STREAM = '/webservice/escenic/changelog/sse'

describe('ScenarioRun', () => {
  let store: MockContentStore
  beforeAll(async () => {
    store = await startMockContentStore()
  })
  afterAll(() => store.close())

  async function run(
    text: string,
    options: Partial<ScenarioRunOptions> = {},
  ): Promise<ScenarioResult> {
    const file = parseScenario(text, 'my.yaml')
    const { signal } = new AbortController()
    return new ScenarioRun(file, { storeUrl: store.url, login: LOGIN, signal, ...options }).run()
  }

  it('ScenarioRun runs every kind of step, and its clients have every change', async () => {
    const text = `${FROZEN}clients: 2
variables: {section: 22, name: Anna}
steps:
  - create: {section: $section, title: 'By \${name}', as: story}
  - update: {item: $story, title: 'By \${name} and Ben', sections: [22, 12]}
  - publish: {item: $story}
  - list: {id: 61, items: [$story]}
  - mark: before
  - repeat: {times: 3, as: n, steps: [{update: {item: $story, title: 'Version \${n}'}}, {wait: 10s}]}
  - expect: {changes: 3, since: $before, item: {id: $story, title: Version 3, state: published}}
  - bulk: {edits: 10, over: 1m, arrival: random, mix: {create: 1, update: 1, publish: 1, delete: 1}}
  - bulk: {edits: 2, rate: 2}
  - faults: [{name: slow, kind: latency, scope: item, ms: 5}]
  - faults: []
  - clock: {advance: 1h}
  - request: {path: /__mock/clock, contains: '01:01:31.000Z'}
  - expect: {journal: [{requests: {method: GET, path: /webservice/escenic/changelog, atLeast: 2}}]}
  - disconnect: streams
  - parallel: [[{wait: 2s}, {delete: {item: $story}}], [{wait: 1s}, {update: {item: $story, title: Last}}]]
  - expect: {streams: 2, item: {id: $story, title: Last, state: deleted}, delivered: all}
`
    const result = await run(text)
    expect(result).toMatchObject({ verdict: 'passed', name: 'a test', edits: 21, seed: 1 })
    expect(result.message).toBeUndefined()
    expect(result.clients).toHaveLength(2)
    for (const client of result.clients) expect(client.reconnects).toBe(1)
  })

  it('ScenarioRun runs the file of docs/scenarios.md', async () => {
    const page = readFileSync(new URL('../../docs/scenarios.md', import.meta.url), 'utf8')
    const [, text = ''] = /```yaml\n(#[\s\S]*?)```/.exec(page) ?? []
    expect(await run(text)).toMatchObject({ verdict: 'passed', seed: 7 })
  })

  it('ScenarioRun removes its faults, and sets the clock as it was', async () => {
    const fault = '{name: down, kind: status, scope: feed, status: 503}'
    await run(`${FROZEN}clients: 0\nsteps:\n  - faults: [${fault}]\n  - publish: {item: 9999}`)
    expect(store.control.faults()).toEqual([])
    expect(store.control.clock.isReal).toBe(true)
  })

  it.each([
    [
      'a step that the store refuses',
      '- wait: 1s\n  - publish: {item: 9999}',
      'my.yaml:6:5: steps.1: POST /__mock/items/9999/publish: 404: there is no content item 9999',
    ],
    [
      'an expectation that does not hold',
      '- create: {section: 22, title: A}\n  - expect: {changes: 2, within: 1ms}',
      'my.yaml:6:5: steps.1: not within 1 ms of real time: expected 2 changes, got 1',
    ],
    [
      'an unexpected status',
      '- repeat: {times: 1, steps: [{request: {path: /webservice/nothing}}]}',
      'my.yaml:5:32: steps.0.repeat.steps.0: expected status 2xx, got GET /webservice/nothing: 404',
    ],
    [
      'a header that is not there',
      '- request: {path: /__mock/info, save: {tag: X-None}}',
      'my.yaml:5:5: steps.0: expected a header X-None',
    ],
    [
      'a fault that never struck',
      '- expect: {strikes: {outage: 1}, within: 1ms}',
      'my.yaml:5:5: steps.0: not within 1 ms of real time: no fault outage',
    ],
    [
      'a journal that tells otherwise',
      '- expect: {journal: [{connections: {exactly: 5}}], within: 1ms}',
      'my.yaml:5:5: steps.0: not within 1 ms of real time: the journal, failed: ',
    ],
    [
      'a mix without weights',
      '- bulk: {edits: 1, over: 1s, mix: {update: 0}, items: [801]}',
      'my.yaml:5:5: steps.0: expected a mix with a weight above 0',
    ],
    [
      'a path from a variable that leads to another host',
      '- request: {path: $to}\nvariables: {to: "@example.invalid/"}',
      'my.yaml:5:5: steps.0: expected a path that begins with /',
    ],
  ])('ScenarioRun fails at %s, and says where', async (_, steps, message) => {
    const result = await run(`${FROZEN}clients: 0\nsteps:\n  ${steps}`)
    expect(result.verdict).toBe('failed')
    expect(result.message).toContain(message)
  })

  it('ScenarioRun fails when a relay loses the event of the last change', async () => {
    await using relay = await lossyRelay(store.url, (data) => data.endsWith('/section/24'))
    const steps = `steps:\n  - update: {item: 801, title: Seen}\n  - create: {section: 24, title: Lost}`
    const verdict = '\n  - expect: {events: 3}\n  - expect: {delivered: all, within: 2s}'
    const result = await run(`${FROZEN}${steps}${verdict}`, { proxyUrl: relay.url })
    expect(result.verdict).toBe('failed')
    expect(result.message).toContain(
      'client 1 misses changes of /webservice/escenic/changelog/section/24',
    )
    await using honest = await lossyRelay(store.url, () => false)
    expect((await run(`${FROZEN}${steps}`, { proxyUrl: honest.url })).verdict).toBe('passed')
  })

  it('ScenarioRun fails when a relay loses the events of an edit that changes nothing visible', async () => {
    let events = 0
    // Two logs are announced for each change.
    await using relay = await lossyRelay(store.url, (block) => {
      if (block.startsWith('data:')) events += 1
      return events > 2
    })
    const edit = '- update: {item: 801, title: Same}'
    const steps = `steps:\n  ${edit}\n  - expect: {delivered: all}\n  ${edit}\n  - expect: {delivered: all, within: 500ms}`
    const { message } = await run(`${FROZEN}${steps}`, { proxyUrl: relay.url })
    expect(message).toContain('my.yaml:7:5: steps.3: ')
    expect(message).toContain('its kept link is before change ')
  })

  it('ScenarioRun ends with the reason of its stop while clients wait for a proxy', async () => {
    const stop = new AbortController()
    const proxyUrl = 'http://127.0.0.1:1/'
    const running = run(`${FROZEN}steps: []`, { proxyUrl, signal: stop.signal })
    // The clock is frozen when the clients start.
    await until(() => store.control.clock.isFrozen, 'the scenario begins')
    stop.abort(new MockServerError('timed-out', 'stopped by a test'))
    const { verdict, message } = await running
    expect(verdict).toBe('failed')
    expect(message).toContain('stopped by a test')
  })

  it('ScenarioRun repeats every edit for a seed, and makes others for another one', async () => {
    const text = `${FROZEN}seed: 5\nclients: 0\nsteps:\n  - bulk: {edits: 40, over: 3m, arrival: random, sections: [12, 22, 24], mix: {create: 2, update: 3, publish: 1, delete: 1}}`
    const feedOf = async (seed?: number): Promise<string> => {
      await using own = await startMockContentStore({ publicUrl: 'http://store' })
      const { verdict } = await run(text, { storeUrl: own.url, seed })
      expect(verdict).toBe('passed')
      own.control.clock.set({ frozen: true, at: '2026-01-02T00:00:00Z' })
      const url = `${own.url}/webservice/escenic/changelog/publication/1?count=100`
      const headers = { Authorization: `Basic ${btoa('user:password')}` }
      return (await fetch(url, { headers })).text()
    }
    const first = await feedOf()
    expect(await feedOf()).toBe(first)
    expect(await feedOf(6)).not.toBe(first)
  })
})

/** Relays the stream of a store, except for the events that are lost. */
async function lossyRelay(
  storeUrl: string,
  isLost: (data: string) => boolean,
): Promise<AsyncDisposable & { readonly url: string }> {
  const stop = new AbortController()
  const server = createServer((_request, response) => {
    const copy = async (): Promise<void> => {
      const headers = { Authorization: `Basic ${btoa('user:password')}` }
      const upstream = await fetch(storeUrl + STREAM, { headers, signal: stop.signal })
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
      let text = ''
      for await (const chunk of upstream.body ?? []) {
        const blocks = (text + Buffer.from(chunk).toString()).split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) if (!isLost(block)) response.write(`${block}\n\n`)
      }
    }
    copy().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
