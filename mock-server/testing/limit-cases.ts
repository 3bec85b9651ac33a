import type { LimitName } from '../content/limits.ts'
import { LIMITS } from '../content/limits.ts'
import type { KnobName } from '../knobs.ts'
import type { MockContentStore, MockContentStoreOptions } from '../start.ts'
import { entry } from './item-client.ts'

const SERVICE = '/webservice/escenic'
const AUTHORIZATION = `Basic ${btoa('user:password')}`
const FAULT = { kind: 'latency', scope: 'feed', ms: 1 } as const
const A_LATE_TIME = '9999-01-01T00:00:00Z'
const EMPTY_PART = '<x:part xmlns:x="urn:x"></x:part>'
/** Nothing was sent, because everything up to the limit was done in the process. */
const FILLED = 201

export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** A limit that refuses. */
export interface LimitCase {
  readonly status: 409 | 413 | 429
  /** Settings of the store. */
  readonly options?: MockContentStoreOptions
  /** Takes everything up to the limit. Returns the status of the last request, which succeeds. */
  readonly fill: (store: MockContentStore) => Promise<number>
  /** Asks for one more. */
  readonly exceed: (store: MockContentStore) => Promise<Answer>
}

/** Limits and settings that bound something without an error. */
export type EvictingLimit =
  | Extract<LimitName, 'historyLines' | 'versionLength' | 'halfOpenConnections'>
  | Extract<
      KnobName,
      | 'journalEntries'
      | 'journalBytes'
      | 'longPollHoldMs'
      | 'longPollMaxBytes'
      | 'maxStreamBufferBytes'
      | 'workers'
      | 'maxCount'
    >

type SettingThatRefuses = 'maxBodyBytes' | 'maxBinaryBytes' | 'maxBinaryStoreBytes'
export type RefusingLimit = Exclude<LimitName, EvictingLimit> | SettingThatRefuses

async function send(
  { url }: MockContentStore,
  method: string,
  path: string,
  body: string | Uint8Array | object = {},
  type = 'application/json',
): Promise<Answer> {
  const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const response = await fetch(url + path, {
    method,
    headers: { authorization: AUTHORIZATION, 'content-type': type },
    ...(method === 'GET' ? {} : { body: sent }),
  })
  const found = response.headers.get('content-type')?.split(';')[0] ?? ''
  return { status: response.status, type: found, text: await response.text() }
}

/** The same request up to the limit and beyond it, with the number of the request. */
function repeated(
  limit: Pick<LimitCase, 'status' | 'options'> & { readonly times?: number },
  request: (store: MockContentStore, number: number) => Promise<Answer>,
): LimitCase {
  const { times = 1, status, options } = limit
  return {
    status,
    ...(options === undefined ? {} : { options }),
    fill: async (store) => {
      let last = 0
      for (let number = 0; number < times; number += 1) last = (await request(store, number)).status
      return last
    },
    exceed: (store) => request(store, times),
  }
}

/** A request of two sizes: as large as allowed, and one larger. */
function sized(
  limit: Pick<LimitCase, 'status' | 'options'> & { readonly most: number },
  request: (store: MockContentStore, size: number) => Promise<Answer>,
): LimitCase {
  const { most, status, options } = limit
  return {
    status,
    ...(options === undefined ? {} : { options }),
    fill: async (store) => (await request(store, most)).status,
    exceed: (store) => request(store, most + 1),
  }
}

/** Open streams up to the limit. */
function followers(path: string, times: number): LimitCase {
  return {
    status: 409,
    fill: async ({ url }) => {
      const open = Array.from({ length: times }, () => fetch(url + path))
      return (await Promise.all(open)).at(-1)?.status ?? 0
    },
    exceed: (store) => send(store, 'GET', path),
  }
}

const atom = (store: MockContentStore, path: string, inner: string): Promise<Answer> =>
  send(store, 'POST', SERVICE + path, entry(inner), 'application/atom+xml')
const lock = (
  store: MockContentStore,
  itemId: number,
  fragment: string,
  summary = '',
): Promise<Answer> =>
  atom(
    store,
    `/lock/article/${itemId}`,
    `<summary>${summary}</summary><metadata:fragment>${fragment}</metadata:fragment>`,
  )
const titled = (store: MockContentStore, length: number): Promise<Answer> =>
  send(store, 'POST', '/__mock/items', { section: 22, title: 'x'.repeat(length) })
const upload = (store: MockContentStore, bytes: number): Promise<Answer> =>
  send(store, 'POST', `${SERVICE}/binary`, new Uint8Array(bytes), 'image/png')
const numbers = (count: number, first = 1): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index)

/** Every limit that refuses, with requests that meet it. */
export const LIMIT_CASES: Readonly<Record<RefusingLimit, LimitCase>> = {
  items: repeated({ status: 409, options: { limits: { items: 21 } } }, (store) => titled(store, 1)),
  persons: repeated({ status: 409, options: { limits: { persons: 3 } } }, (store) =>
    atom(store, '/person', '<title>A</title>'),
  ),
  sections: {
    status: 409,
    fill: async (store) => {
      store.control.addSections({ count: LIMITS.sections - store.control.info().sections - 1 })
      return (await send(store, 'POST', '/__mock/sections')).status
    },
    exceed: (store) => send(store, 'POST', '/__mock/sections'),
  },
  sectionDepth: {
    status: 409,
    fill: async ({ control }) => {
      for (let depth = 2; depth <= LIMITS.sectionDepth; depth += 1)
        control.addSections({ parentId: control.sections().at(depth === 2 ? 0 : -1)?.id ?? 0 })
      return FILLED
    },
    exceed: (store) => {
      const parent = store.control.sections().at(-1)?.id
      return send(store, 'POST', '/__mock/sections', { parent })
    },
  },
  listItems: {
    status: 409,
    fill: async (store) => {
      const { itemIds } = await store.control.generateItems({ count: LIMITS.listItems })
      return (await send(store, 'PUT', '/__mock/lists/61', { items: itemIds })).status
    },
    exceed: (store) =>
      send(store, 'PUT', '/__mock/lists/61', { items: numbers(LIMITS.listItems + 1, 782) }),
  },
  binaries: repeated({ status: 409, options: { limits: { binaries: 1 } } }, (store) =>
    upload(store, 10),
  ),
  locks: repeated({ status: 409, times: 2, options: { limits: { locks: 2 } } }, (store, number) =>
    lock(store, 790 + number, 'title'),
  ),
  locksPerItem: repeated({ status: 409, times: LIMITS.locksPerItem }, (store, number) =>
    lock(store, 801, `field-${number}`),
  ),
  schedules: {
    status: 409,
    fill: async (store) => {
      for (let count = 1; count < LIMITS.schedules; count += 1)
        store.control.schedules.add(801, { at: A_LATE_TIME })
      return (await send(store, 'POST', '/__mock/items/801/schedule', { at: A_LATE_TIME })).status
    },
    exceed: (store) => send(store, 'POST', '/__mock/items/801/schedule', { at: A_LATE_TIME }),
  },
  liveEntries: repeated({ status: 409, options: { limits: { liveEntries: 13 } } }, (store) =>
    send(store, 'POST', '/live-center-editorial/event/18/entries', { payload: [] }),
  ),
  waiters: {
    status: 429,
    fill: async ({ control }) => {
      for (let count = 0; count < LIMITS.waiters; count += 1)
        control.wait({ for: 'change', timeoutMs: 60_000 }).catch(() => {})
      return FILLED
    },
    exceed: (store) => send(store, 'POST', '/__mock/wait', { for: 'change' }),
  },
  journalFollowers: followers('/__mock/journal/stream', LIMITS.journalFollowers),
  statsFollowers: followers('/__mock/stats', LIMITS.statsFollowers),
  faults: sized({ status: 409, most: LIMITS.faults }, (store, count) =>
    send(store, 'PUT', '/__mock/faults', {
      faults: numbers(count).map((number) => ({ ...FAULT, name: `fault-${number}` })),
    }),
  ),
  runningScenarios: repeated({ status: 409 }, (store) =>
    send(store, 'POST', '/__mock/scenarios', 'name: a\nsteps: [{pause: 1m}]', 'application/yaml'),
  ),
  timersPerAdvance: {
    status: 409,
    options: { clock: { frozen: true }, heartbeatMs: 1_000, limits: { timersPerAdvance: 3 } },
    fill: async (store) => {
      const headers = { authorization: AUTHORIZATION }
      await fetch(`${store.url}${SERVICE}/changelog/sse`, { headers })
      return (await send(store, 'POST', '/__mock/clock/advance', { ms: 3_000 })).status
    },
    exceed: (store) => send(store, 'POST', '/__mock/clock/advance', { ms: 4_000 }),
  },
  snapshots: repeated({ status: 409, options: { limits: { snapshots: 1 } } }, (store) =>
    send(store, 'POST', '/__mock/snapshots'),
  ),
  snapshotBytes: repeated(
    { status: 413, options: { limits: { snapshotBytes: 60_000 } } },
    (store) => send(store, 'POST', '/__mock/snapshots'),
  ),
  spaces: {
    status: 409,
    fill: async (store) => {
      for (let count = 1; count < LIMITS.spaces; count += 1) store.spaces.create(`space-${count}`)
      return (await send(store, 'POST', '/__mock/spaces', { name: 'last' })).status
    },
    exceed: (store) => send(store, 'POST', '/__mock/spaces', { name: 'one-more' }),
  },
  spaceHosts: sized({ status: 409, most: LIMITS.spaceHosts }, (store, count) =>
    send(store, 'POST', '/__mock/spaces', {
      name: `space-${count}`,
      hosts: numbers(count).map((number) => `host-${count}-${number}.test`),
    }),
  ),
  titleLength: sized({ status: 413, most: LIMITS.titleLength }, titled),
  lockTextLength: sized({ status: 413, most: LIMITS.lockTextLength }, (store, length) =>
    lock(store, 790 + (length % 2), 'title', 'x'.repeat(length)),
  ),
  keptLength: sized(
    { status: 413, most: LIMITS.keptLength, options: { maxBodyBytes: 4_194_304 } },
    (store, length) => {
      const unknown = `<x:part xmlns:x="urn:x">${'x'.repeat(length - EMPTY_PART.length)}</x:part>`
      return atom(store, '/section/22/content-items', `<title>A</title>${unknown}`)
    },
  ),
  contentLength: {
    status: 413,
    options: { limits: { contentLength: 12_000 } },
    fill: async (store) => (await titled(store, 5_000)).status,
    exceed: (store) => titled(store, 9_000),
  },
  maxBodyBytes: sized(
    { status: 413, most: 2_000, options: { maxBodyBytes: 2_000 } },
    (store, size) => {
      const body = JSON.stringify({ section: 22, title: '' })
      return send(store, 'POST', '/__mock/items', body.padEnd(size))
    },
  ),
  maxBinaryBytes: sized({ status: 413, most: 2_000, options: { maxBinaryBytes: 2_000 } }, upload),
  maxBinaryStoreBytes: repeated(
    { status: 413, options: { maxBinaryBytes: 2_000, maxBinaryStoreBytes: 3_000 } },
    (store) => upload(store, 1_600),
  ),
}

/** Where a test shows what happens instead of an error: its file, and words of its title. */
export const EVICTIONS: Readonly<Record<EvictingLimit, readonly [string, string]>> = {
  versionLength: ['content/limits.test.ts', 'forgets the oldest versions of items'],
  historyLines: ['content/limits.test.ts', 'shortens the history of a changed item'],
  halfOpenConnections: ['faults/kinds/half-open.test.ts', 'reads the oldest connection again'],
  journalEntries: ['journal/journal.test.ts', 'evicts the oldest entry when it holds the limit'],
  journalBytes: ['journal/journal.test.ts', 'evicts the oldest entries when they exceed the limit'],
  longPollHoldMs: ['sse/long-poll.test.ts', 'ends after longPollHoldMs'],
  longPollMaxBytes: ['sse/long-poll.test.ts', 'the event that reaches longPollMaxBytes'],
  maxStreamBufferBytes: ['sse/change-stream.test.ts', 'drops a client that does not read'],
  workers: ['http/request-limiter.test.ts', 'accepts request 201 and queues it'],
  maxCount: ['routes/paging.model.test.ts', 'maxCount: 7'],
}
