import { describe, expect, it } from 'vitest'

import { fixturePath } from '../../fixtures/read-fixture.ts'
import type { MockContentStore } from '../start.ts'
import { ChangeLogFollower } from './change-log-follower.ts'
import { RunningProgram } from '../testing/run-program.ts'
import { serveStore } from '../testing/serve-store.ts'
import { until } from '../testing/until.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'

const SERVICE = '/webservice/escenic'
const AUTHORIZATION = `Basic ${btoa('user:password')}`
const LISTENING = /^listening on (http:\S+)\n/
const SECTIONS = [1, 12, 22, 23, 24] as const

/**
 * A store whose clock advances by a second with each reading, so that no two edits have the same
 * time.
 */
async function busyStore(port = 0): Promise<MockContentStore> {
  let nowMs = Date.parse('2024-05-02T09:00:00Z')
  return serveStore({ port, now: () => new Date((nowMs += 1_000)) })
}

/** Edits of every kind, different for each `round`. */
function edit({ control }: MockContentStore, round: number): void {
  for (let n = 0; n < 15; n += 1) {
    const { item } = control.createItem({
      sectionId: SECTIONS[(n + round) % SECTIONS.length] ?? 1,
      title: `${round}/${n}`,
    })
    if (n % 3 === 0) control.publishItem(item.id)
    if (n % 4 === 0) control.updateItem(item.id - n, { title: `again ${round}/${n}` })
    if (n % 5 === 0) control.deleteItem(item.id)
  }
}

/** Every item of the publication, as a follower should have it. */
function contentOf(store: MockContentStore): ReadonlyMap<string, object> {
  const { control } = store
  const ids = Array.from({ length: control.info().items }, (_, index) => 782 + index)
  return new Map(
    ids.map((id) => {
      const { title, editedAt, state } = control.item(id)
      const url = `${store.url}${SERVICE}/content/${id}`
      return [String(id), { identifier: String(id), title, edited: editedAt, state, url }]
    }),
  )
}

async function knowsEverything(
  follower: ChangeLogFollower,
  store: MockContentStore,
): Promise<void> {
  const isSame = () =>
    JSON.stringify(sorted(follower.entries)) === JSON.stringify(sorted(contentOf(store)))
  await until(isSame, 'the follower knows the state of the store').catch(() => {})
  expect(sorted(follower.entries)).toEqual(sorted(contentOf(store)))
}

function sorted(entries: ReadonlyMap<string, object>): readonly (readonly [string, object])[] {
  return [...entries].toSorted(([a], [b]) => Number(a) - Number(b))
}

/** The proxy of this repository, in front of one back end. */
function runProxy(backEndUrl: string, port: number): RunningProgram {
  return new RunningProgram(
    '../proxy/main.ts',
    ['server', fixturePath('config/demo.yaml'), '--port', String(port), '--admin-port', '0'],
    { env: { CS_SSE: backEndUrl } },
  )
}

function options(store: MockContentStore, clock: VirtualClock) {
  return {
    logUrl: `${store.url}${SERVICE}/changelog/publication/1`,
    authorization: AUTHORIZATION,
    clock,
  }
}

describe('a client like the vendor’s daemon', () => {
  it('a client like the vendor’s daemon reaches the state of the store although its stream is disconnected between edits', async () => {
    await using store = await busyStore()
    const clock = new VirtualClock()
    await using follower = await ChangeLogFollower.start(options(store, clock))
    for (let round = 0; round < 4; round += 1) {
      await until(() => follower.state === 'open', 'the stream is open')
      edit(store, round)
      await knowsEverything(follower, store)
      store.control.closeStreams()
      await until(() => follower.state === 'waiting', 'the stream is lost')
      edit(store, round + 100)
      clock.advance(10_000)
    }
    await until(() => follower.state === 'open', 'the stream is open')
    await knowsEverything(follower, store)
    expect(follower.waitsMs).toEqual([10_000, 10_000, 10_000, 10_000])
  })

  it('a client like the vendor’s daemon reconnects after 10, 20, 40, 60 and 60 s, and after 10 s again once it was connected', async () => {
    const first = await busyStore()
    const clock = new VirtualClock()
    await using follower = await ChangeLogFollower.start(options(first, clock))
    await until(() => follower.state === 'open', 'the stream is open')
    await first.close()
    const waitsMs = [10_000, 20_000, 40_000, 60_000, 60_000]
    for (const [index, waitMs] of waitsMs.entries()) {
      await until(() => follower.waitsMs.length === index + 1, `wait ${index + 1}`)
      clock.advance(waitMs - 1)
      expect(follower.state).toBe('waiting')
      if (index === waitsMs.length - 1) break
      clock.advance(1)
    }
    await using second = await busyStore(first.port)
    clock.advance(1)
    await until(() => follower.state === 'open', 'the stream is open')
    second.control.closeStreams()
    await until(() => follower.state === 'waiting', 'the stream is lost')
    expect(follower.waitsMs).toEqual([...waitsMs, 10_000])
  })

  it('a client like the vendor’s daemon replaces a stream after 600 s of silence and polls every 600 s', async () => {
    await using store = await serveStore({ announce: [] })
    const clock = new VirtualClock()
    await using follower = await ChangeLogFollower.start(options(store, clock))
    await until(() => follower.state === 'open', 'the stream is open')
    await follower.settled()
    edit(store, 1)
    clock.advance(599_999)
    await follower.settled()
    expect([follower.state, follower.entries.size]).toEqual(['open', 20])
    clock.advance(1)
    await until(() => follower.state === 'waiting', 'the silent stream is closed')
    await knowsEverything(follower, store)
  })

  it('a client like the vendor’s daemon reaches the state of the store through a proxy although both sides are disconnected', async () => {
    await using store = await busyStore()
    const clock = new VirtualClock()
    const backEndUrl = `${store.url}${SERVICE}/changelog/sse`
    await using proxy = runProxy(backEndUrl, 0)
    const proxyUrl = await proxy.printed(LISTENING)
    await store.control.wait({ for: 'clients', count: 1, timeoutMs: 20_000 })
    await using follower = await ChangeLogFollower.start({
      ...options(store, clock),
      streamUrl: proxyUrl,
    })
    await until(() => follower.state === 'open', 'the stream is open')
    edit(store, 1)
    await knowsEverything(follower, store)

    // The proxy loses the store: its clients stay connected and receive nothing.
    store.control.closeStreams()
    edit(store, 2)
    await store.control.wait({ for: 'clients', count: 1, timeoutMs: 20_000 })
    expect(follower.state).toBe('open')
    edit(store, 3)
    await knowsEverything(follower, store)

    // The clients lose the proxy.
    proxy.signal('SIGTERM')
    await proxy.exited()
    await until(() => follower.state === 'waiting', 'the stream is lost')
    edit(store, 4)
    await using again = runProxy(backEndUrl, Number(new URL(proxyUrl).port))
    expect(await again.printed(LISTENING)).toBe(proxyUrl)
    clock.advance(10_000)
    await until(() => follower.state === 'open', 'the stream is open')
    await knowsEverything(follower, store)
    // One connection, in spite of the disconnects of clients.
    await until(
      () => store.control.clients().length === 1,
      'the proxy alone is connected to the store',
    )
  })
})
