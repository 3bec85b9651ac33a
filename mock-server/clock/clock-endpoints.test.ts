import request from 'supertest'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { startMockContentStore } from '../start.ts'
import { StreamReader } from '../testing/stream-reader.ts'

const START = '2026-01-01T00:00:00.000Z'
const SERVICE = '/webservice/escenic'
const DAY_MS = 86_400_000

describe('the clock of the control API', () => {
  let store: MockContentStore
  const advance = (ms: number) => request(store.url).post('/__mock/clock/advance').send({ ms })

  beforeAll(async () => {
    store = await startMockContentStore({
      clock: { frozen: true, at: START },
      heartbeatMs: 10_000,
    })
  })
  beforeEach(() => store.control.reset({ closeStreams: true }))
  afterAll(() => store.close())

  it('the clock shows what the store was started with, and a reset restores it', async () => {
    const frozen = { frozen: true, at: START, timers: 0 }
    expect((await request(store.url).get('/__mock/clock')).body).toEqual(frozen)
    const set = await request(store.url).put('/__mock/clock').send({ offsetMs: DAY_MS })
    expect(set.body).toMatchObject({ frozen: false, offsetMs: DAY_MS })
    await request(store.url).post('/__mock/reset').expect(204)
    expect((await request(store.url).get('/__mock/info')).body.clock).toEqual(frozen)
  })

  it('an advance sends all heartbeats that are due before it is answered', async () => {
    await using stream = await StreamReader.open(`${store.url}${SERVICE}/changelog/sse`)
    const { bytes: before = 0 } = store.control.clients()[0] ?? {}
    expect((await advance(9_999)).body).toMatchObject({ timers: 1 })
    expect(store.control.clients()[0]?.bytes).toBe(before)
    expect((await advance(25_001)).body.at).toBe('2026-01-01T00:00:35.000Z')
    const { bytes: after = 0 } = store.control.clients()[0] ?? {}
    await stream.until(({ text }) => text.match(/^:.*$/gm)?.length === 3, 'three heartbeats')
    expect(after - before).toBe(Buffer.byteLength(stream.text))
  })

  it('dates of changes and of responses follow the clock', async () => {
    await advance(1_500)
    const { item, change } = store.control.createItem({ sectionId: 22, title: 'A' })
    expect([item.createdAt, change.at]).toEqual(Array(2).fill('2026-01-01T00:00:01.500Z'))
    const log = await request(store.url)
      .get(`${SERVICE}/changelog/section/22`)
      .auth('user', 'password')
    expect(log.headers['date']).toBe('Thu, 01 Jan 2026 00:00:01 GMT')
    expect(log.text).toContain('<updated>2026-01-01T00:00:01.500Z</updated>')
  })

  it('locks expire when the clock is advanced, and when it is set', async () => {
    const lock = async () => {
      const answer = await request(store.url)
        .post(`${SERVICE}/lock/article/801`)
        .auth('user', 'password')
        .type('application/atom+xml')
        .send('<entry xmlns="http://www.w3.org/2005/Atom"><summary>Mine</summary></entry>')
      return answer.status
    }
    expect(await lock()).toBe(201)
    await advance(DAY_MS - 1)
    expect(await lock()).toBe(409)
    await advance(1)
    expect(await lock()).toBe(201)
    await request(store.url).put('/__mock/clock').send({ frozen: true, at: '2026-01-03T00:00:00Z' })
    expect(await lock()).toBe(201)
  })

  it('a fault heals by its ttlMs when the clock is advanced, and not when the date is set', async () => {
    const feed = async () => {
      const log = await request(store.url).get(`${SERVICE}/changelog`).auth('user', 'password')
      return log.status
    }
    store.control.setFaults([
      { name: 'outage', kind: 'status', scope: 'feed', status: 503, ttlMs: 60_000 },
    ])
    store.control.clock.set({ frozen: true, at: '2027-01-01T00:00:00Z' })
    expect(await feed()).toBe(503)
    await advance(59_999)
    expect(await feed()).toBe(503)
    await advance(1)
    expect(await feed()).toBe(200)
  })

  it.each([
    ['put', '/__mock/clock', { at: START, offsetMs: 1 }, 'expected at or offsetMs, got both'],
    ['put', '/__mock/clock', { at: 'noon' }, 'at: expected a time such as 2026-01-01T00:00:00Z'],
    ['put', '/__mock/clock', { froze: true }, 'froze'],
    ['post', '/__mock/clock/advance', {}, 'ms: '],
    ['post', '/__mock/clock/advance', { ms: -1 }, 'ms: '],
    ['post', '/__mock/clock/advance', { ms: 400_000 * DAY_MS }, 'ms: '],
  ] as const)('%s %s with %j is answered 400', async (method, path, body, detail) => {
    const answer = await request(store.url)[method](path).send(body)
    expect(answer.status).toBe(400)
    expect(answer.body.detail).toContain(detail)
  })

  it.each([
    ['frozen@2026-01-01T00:00:00Z', { frozen: true, at: '2026-01-01T00:00:00Z' }],
    ['frozen', { frozen: true }],
    ['running@2026-01-01T00:00:00Z', { frozen: false, at: '2026-01-01T00:00:00Z' }],
    ['offset@-3600000', { frozen: false, offsetMs: -3_600_000 }],
    ['real', { frozen: false }],
  ])('the flag --clock reads %s', async (text, setting) => {
    // As the command line and the environment give it.
    const options: object = { clock: text }
    await using other = await startMockContentStore(options)
    expect(other.control.info().settings.clock).toEqual(setting)
    expect(other.control.clock.isFrozen).toBe(setting.frozen)
  })

  it.each(['frozen@', 'frozen@yesterday', 'offset@1h', 'slow', 'real@2026-01-01T00:00:00Z'])(
    'the setting --clock %s is refused',
    async (text) => {
      const options: object = { clock: text }
      await expect(startMockContentStore(options)).rejects.toThrow('clock: expected real, frozen')
    },
  )
})
