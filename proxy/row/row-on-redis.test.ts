import { describe, expect, it } from 'vitest'

import { CountingGuard } from '../testing/counting-guard.ts'
import { eventually } from '../testing/deadline.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'
import { RedisEngine } from './redis-engine.ts'
import { RowMember } from './row-member.ts'

const LEASE_MS = 1500
const CHECK_MS = 50
const EVENTS = 40
/** It takes seconds: leases have to end. */
const isFull = Number(process.env['MODEL_RUNS'] ?? 1) > 1
const WHERE = 'in npm run test:full; needs Redis 7: apt-get install redis-server'

const nowMs = (): number => performance.now()

/** A back end with ids: it sends what follows the last event that a reader has. */
class BackEnd {
  readonly events: string[] = []
  readonly #readers = new Map<string, (event: string, id: string) => void>()

  get readers(): readonly string[] {
    return [...this.#readers.keys()]
  }

  open(
    reader: string,
    lastId: string | undefined,
    take: (event: string, id: string) => void,
  ): void {
    this.#readers.set(reader, take)
    for (const [index, event] of this.events.entries()) {
      if (lastId !== undefined && index >= Number(lastId)) take(event, String(index + 1))
    }
  }

  close(reader: string): void {
    this.#readers.delete(reader)
  }

  emit(): void {
    const event = `data: ${this.events.length + 1}\n\n`
    this.events.push(event)
    for (const take of this.#readers.values()) take(event, String(this.events.length))
  }
}

/** A proxy of the row, without its clients. */
class Proxy {
  readonly frames: string[] = []
  readonly ids: string[] = []
  gaps = 0
  readonly name: string
  readonly #member: RowMember
  readonly #engine: RedisEngine
  readonly #backEnd: BackEnd
  readonly #timer: NodeJS.Timeout

  constructor(name: string, url: URL, backEnd: BackEnd) {
    this.name = name
    this.#backEnd = backEnd
    this.#engine = new RedisEngine({
      url,
      name: 'row',
      maxFrames: 1000,
      maxAgeMs: 3_600_000,
      maxUrls: 100,
    })
    let epochs = 0
    this.#member = new RowMember({
      engine: this.#engine,
      owner: name,
      backEnds: ['store'],
      leaseMs: LEASE_MS,
      whenAway: 'wait',
      patienceMs: 2 * LEASE_MS,
      memory: { maxFrames: 1000, maxBytes: 1_000_000 },
      maxUrls: 100,
      newEpoch: () => {
        epochs += 1
        return `${name}${epochs}`
      },
      onOpen: (_backEnd, { lastEventId }) =>
        backEnd.open(name, lastEventId, (event, id) =>
          this.#member.add('store', Buffer.from(event), id),
        ),
      onClose: () => backEnd.close(name),
      onFrame: ({ frame, id }) => {
        this.frames.push(frame.toString())
        this.ids.push(id)
      },
      onUrls: () => {},
      onUnreached: () => {},
      onGap: () => (this.gaps += 1),
      onHealed: () => {},
      onFailure: () => {},
      guard: new CountingGuard(),
      nowMs,
      runningMs: nowMs,
    })
    this.#timer = setInterval(() => this.#member.check(), CHECK_MS)
  }

  /** Ends without a word to the engine, as a process that is killed. */
  kill(): void {
    clearInterval(this.#timer)
    this.#backEnd.close(this.name)
    this.#engine.close()
  }
}

describe.skipIf(!hasRedis || !isFull)(`a row on Redis (${WHERE})`, () => {
  it('a row on Redis loses and doubles no event when its leader and its engine are killed', async () => {
    await using redis = await RunningRedis.start()
    const backEnd = new BackEnd()
    const proxies = ['a', 'b', 'c'].map((name) => new Proxy(name, redis.url, backEnd))
    const haveAll = async (): Promise<void> => {
      await eventually('every proxy has every event', () =>
        proxies.every(({ frames }) => frames.length === backEnd.events.length),
      )
    }
    await eventually('the leader reads the back end', () => backEnd.readers.length === 1)
    for (let count = 0; count < EVENTS; count += 1) backEnd.emit()
    await haveAll()

    const [leader] = backEnd.readers
    const killed = proxies.findIndex(({ name }) => name === leader)
    proxies.splice(killed, 1)[0]?.kill()
    for (let count = 0; count < EVENTS; count += 1) backEnd.emit()
    await haveAll()

    const restarted = redis.killAndRestart()
    for (let count = 0; count < EVENTS; count += 1) backEnd.emit()
    await restarted
    await haveAll()

    // It has nothing left, and gets the log from the memory of the proxies.
    await redis.command('FLUSHALL')
    for (let count = 0; count < EVENTS; count += 1) backEnd.emit()
    await haveAll()
    const [one, other] = proxies
    for (const proxy of proxies) {
      expect(proxy.frames).toEqual(backEnd.events)
      expect(proxy.gaps).toBe(0)
      proxy.kill()
    }
    expect(one?.ids).toEqual(other?.ids)
    expect(new Set(one?.ids).size).toBe(backEnd.events.length)
  })
})
