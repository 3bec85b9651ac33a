import { describe, expect, it } from 'vitest'

import { type Certificate, createCertificate } from '../testing/certificate.ts'
import { eventually } from '../testing/deadline.ts'
import { findQuietPort } from '../testing/free-port.ts'
import { NumberedBackEnd } from '../testing/numbered-back-end.ts'
import { RawClient } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'
import { RunningSentinels } from '../testing/run-sentinels.ts'

const LEASE_MS = 5000
/** They take seconds: sentinels have to find a primary dead, and leases have to end. */
const isFull = Number(process.env['MODEL_RUNS'] ?? 1) > 1
const WHERE = 'in npm run test:full; needs Redis 7: apt-get install redis-server'

/** A primary with a replica and three sentinels, and a row of two proxies that asks them. */
class Stage implements AsyncDisposable {
  readonly primary: RunningRedis
  readonly replica: RunningRedis
  readonly sentinels: RunningSentinels
  readonly backEnd: NumberedBackEnd
  readonly #certificate: Certificate | undefined

  private constructor(
    primary: RunningRedis,
    replica: RunningRedis,
    sentinels: RunningSentinels,
    backEnd: NumberedBackEnd,
    certificate: Certificate | undefined,
  ) {
    this.primary = primary
    this.replica = replica
    this.sentinels = sentinels
    this.backEnd = backEnd
    this.#certificate = certificate
  }

  /** With a certificate, all connections to Redis and sentinels are by TLS. */
  static async start(certificate?: Certificate): Promise<Stage> {
    const primary = await RunningRedis.start({}, certificate)
    const replicaof = `127.0.0.1 ${primary.port}`
    const replica = await RunningRedis.start({ replicaof }, certificate)
    const watched = { count: 3, primary, replicas: 1, certificate }
    const sentinels = await RunningSentinels.start(watched)
    const backEnd = await NumberedBackEnd.start({ name: 'store', replays: true })
    return new Stage(primary, replica, sentinels, backEnd, certificate)
  }

  async proxy(): Promise<ProxyUnderTest> {
    const addresses = this.sentinels.addresses.map(({ host, port }) => `${host}:${port}`)
    const engine = {
      sentinels: { addresses, primary: 'main' },
      name: 'newsroom',
      leaseMs: LEASE_MS,
      whenAway: 'wait',
      ...(this.#certificate && { tls: { trustStorePath: this.#certificate.path } }),
    }
    return await runProxy({ backEnds: [this.backEnd.uri], settings: { engine } })
  }

  /** The replica gets nothing more, and the primary acknowledges all the same. */
  async cutReplicaOff(): Promise<void> {
    await this.primary.command('WAIT', '1', '30000')
    await this.replica.command('REPLICAOF', '127.0.0.1', String(await findQuietPort()))
  }

  /** The sentinels make the replica the primary. */
  async killPrimary(): Promise<void> {
    await this.primary.kill()
    await eventually('a sentinel names the replica', async () => {
      return (await this.sentinels.primaryPort()) === this.replica.port
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { backEnd, sentinels, replica, primary } = this
    for (const each of [backEnd, sentinels, replica, primary]) await each[Symbol.asyncDispose]()
  }
}

/** Id and data of each event of a client. */
const eventsOf = ({ events }: RawClient): readonly string[] =>
  events.map(({ type, lastEventId, data }) => `${type} ${lastEventId} ${data}`)

/** Number of the newest event that a Redis has. Connections are closed when it becomes the primary. */
const numberAt = async (redis: RunningRedis): Promise<string> =>
  await eventually('Redis answers', async () => {
    const reply = redis.command('HGET', '{newsroom}:meta', 'number')
    return await reply.then(String).catch(() => undefined)
  })

describe.skipIf(!hasRedis || !isFull)(`a row whose Redis has sentinels (${WHERE})`, () => {
  it.each([
    ['without TLS', undefined],
    ['with TLS', 'IP:127.0.0.1'],
  ])('events that a promoted replica lacks get their old numbers back, %s', async (_how, host) => {
    await using certificate = host === undefined ? undefined : createCertificate(host)
    await using stage = await Stage.start(certificate)
    const { backEnd, primary, replica } = stage
    await using one = await stage.proxy()
    await backEnd.connected()
    await using other = await stage.proxy()
    await using client = await RawClient.get({ port: one.port })
    await using second = await RawClient.get({ port: other.port })
    backEnd.emit(6)
    await client.received(8)

    await stage.cutReplicaOff()
    backEnd.emit(3)
    await client.received(12)
    await second.received(12)
    await stage.killPrimary()
    expect(await numberAt(replica)).toMatch(/^(8|12)$/)
    backEnd.emit(3)
    await client.received(16)
    await second.received(16)

    // It is a replica when it is back.
    await primary.restart()
    await eventually('the old primary follows the new one', async () => {
      // Its connections are closed when it becomes one.
      const role = await primary.command('ROLE').catch(() => undefined)
      return Array.isArray(role) && String(role[0]) === 'slave'
    })
    backEnd.emit(1)
    await client.received(17)
    await second.received(17)
    expect(eventsOf(client)).toEqual(eventsOf(second))
    expect(new Set(client.events.map(({ lastEventId }) => lastEventId)).size).toBe(17)
    expect(new Set(client.data).size).toBe(17)
    expect(client.events.map(({ lastEventId }) => lastEventId.replace(/.*-/, ''))).toEqual(
      Array.from({ length: 17 }, (_, index) => String(index + 1)),
    )
    const healed = [one, other].map(async ({ adminPort }) => {
      return (
        (await readMetrics(adminPort)).get('sse_proxy_engine_healed_total{row="newsroom"}') ?? 0
      )
    })
    expect(
      (await Promise.all(healed)).reduce((sum, count) => sum + count, 0),
    ).toBeGreaterThanOrEqual(4)
  })

  it('when a promoted replica and no proxy has the newest events, their ids lead to a gap', async () => {
    await using stage = await Stage.start()
    const { backEnd, replica } = stage
    const one = await stage.proxy()
    await backEnd.connected()
    const client = await RawClient.get({ port: one.port })
    backEnd.emit(6)
    await client.received(8)
    await stage.cutReplicaOff()
    backEnd.emit(3)
    await client.received(12)
    const before = new Map(client.events.map(({ lastEventId, data }) => [lastEventId, data]))
    const lastId = client.events.at(-1)?.lastEventId ?? ''
    await client[Symbol.asyncDispose]()
    // It would give the events back.
    await one[Symbol.asyncDispose]()
    await stage.killPrimary()
    expect(await numberAt(replica)).toBe('8')

    await using next = await stage.proxy()
    await using back = await RawClient.get({
      port: next.port,
      fields: [`Last-Event-ID: ${lastId}`],
    })
    const has = (text: string) => back.events.some(({ type, data }) => `${type} ${data}` === text)
    await eventually('the client gets a gap event', () => has('sse-proxy-gap {"reason":"unknown"}'))
    await eventually('the back end is read again after event 8 of the log', () =>
      has('message http://store.example/changelog/9'),
    )
    const twice = back.events.filter(({ lastEventId, data }) => {
      const first = before.get(lastEventId) ?? data
      return lastEventId !== lastId && first !== data
    })
    expect(twice).toEqual([])
  })
})
