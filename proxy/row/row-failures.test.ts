import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { healthOf } from '../testing/health.ts'
import { NumberedBackEnd } from '../testing/numbered-back-end.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { hasRedis, RunningRedis } from '../testing/run-redis.ts'
import { type SpawnedProxy, spawnProxy } from '../testing/spawn-proxy.ts'

/** A stall of seconds must not move a lease before the first event, whose id a back end resumes from. */
const LEASE_MS = 10_000
/** They take seconds: leases have to end. */
const isFull = Number(process.env['MODEL_RUNS'] ?? 1) > 1
const WHERE = 'in npm run test:full; needs Redis 7: apt-get install redis-server'

const engineAt = ({ url }: RunningRedis, whenAway: 'wait' | 'own-connection') => ({
  url: url.href,
  name: 'newsroom',
  leaseMs: LEASE_MS,
  whenAway,
})

/** Id and data of each event of a client. */
const eventsOf = ({ events }: RawClient): readonly string[] =>
  events.map(({ type, lastEventId, data }) => `${type} ${lastEventId} ${data}`)

const lastIdOf = (client: RawClient): string => client.events.at(-1)?.lastEventId ?? ''

const gapsOf = ({ events }: RawClient): number =>
  events.filter(({ type }) => type === 'sse-proxy-gap').length

const resumeAt = async (port: number, id: string): Promise<RawClient> =>
  await RawClient.get({ port, fields: [`Last-Event-ID: ${id}`] })

describe.skipIf(!hasRedis || !isFull)(`failures in a row of proxies (${WHERE})`, () => {
  it('clients of a proxy that was killed resume on another one with every event once', async () => {
    await using redis = await RunningRedis.start()
    await using backEnd = await NumberedBackEnd.start({ name: 'store', replays: true })
    const spawn = (workers: number): SpawnedProxy => {
      const settings = { engine: engineAt(redis, 'wait'), workers }
      return spawnProxy(['server', 'FILE'], {
        file: proxyFile({ backEnds: [backEnd.uri], settings }),
      })
    }
    await using leader = spawn(2)
    await backEnd.connected()
    await using other = spawn(1)
    await using client = await RawClient.get({ port: await leader.port() })
    await using staying = await RawClient.get({ port: await other.port() })
    backEnd.emit(30)
    await client.received(40)
    await staying.received(40)

    leader.child.kill('SIGKILL')
    await leader.exited
    backEnd.emit(30)
    await using moved = await resumeAt(await other.port(), lastIdOf(client))
    await moved.received(40)
    await staying.received(80)
    expect([...eventsOf(client), ...eventsOf(moved)]).toEqual(eventsOf(staying))
    expect(gapsOf(staying)).toBe(0)
    expect(new Set(staying.data).size).toBe(80)
  })

  it('with whenAway: wait, clients get every event once when the engine returns', async () => {
    await using redis = await RunningRedis.start()
    await using backEnd = await NumberedBackEnd.start({ name: 'store', replays: true })
    const settings = { engine: engineAt(redis, 'wait') }
    await using one = await runProxy({ backEnds: [backEnd.uri], settings })
    await backEnd.connected()
    await using other = await runProxy({ backEnds: [backEnd.uri], settings })
    await using client = await RawClient.get({ port: one.port })
    await using second = await RawClient.get({ port: other.port })
    backEnd.emit(3)
    await client.received(4)

    await redis.kill()
    await eventually('health tells that the engine fails', async () => {
      const answers = [await healthOf(one.adminPort), await healthOf(other.adminPort)]
      return answers.every(
        ({ status, message }) => status === 500 && message.includes('the engine fails'),
      )
    })
    backEnd.emit(3)
    await redis.restart()
    await client.received(8)
    await second.received(8)
    expect(eventsOf(client)).toEqual(eventsOf(second))
    expect(gapsOf(client)).toBe(0)
    expect(new Set(client.data).size).toBe(8)
    await one.healthy()
    await other.healthy()
  })

  it('with whenAway: own-connection, each proxy reads back ends itself until the engine returns', async () => {
    await using redis = await RunningRedis.start()
    await using backEnd = await NumberedBackEnd.start({ name: 'store', replays: true })
    const settings = { engine: engineAt(redis, 'own-connection') }
    await using one = await runProxy({ backEnds: [backEnd.uri], settings })
    await backEnd.connected()
    await using other = await runProxy({ backEnds: [backEnd.uri], settings })
    await using client = await RawClient.get({ port: one.port })
    await using second = await RawClient.get({ port: other.port })
    backEnd.emit(3)
    await client.received(4)
    await second.received(4)

    await redis.kill()
    for (const { adminPort } of [one, other]) {
      await eventually('the proxy reads back ends itself', async () =>
        (await healthOf(adminPort)).message.includes('reads back ends itself'),
      )
    }
    backEnd.emit(3)
    await client.received(8)
    await second.received(8)
    expect(client.data).toEqual(second.data)
    expect(gapsOf(client)).toBe(0)
    expect(lastIdOf(client)).not.toBe(lastIdOf(second))

    await redis.restart()
    await one.healthy()
    await other.healthy()
    for (const each of [client, second]) {
      await eventually('a client is told of a gap', () => gapsOf(each) === 1)
    }
    backEnd.emit(1)
    const ids = [client, second].map(async (each) => {
      return await eventually('a client has the event after the gap', () => {
        return each.events.find(({ data }) => data === 'store 7 ')?.lastEventId
      })
    })
    expect(await ids[0]).toBe(await ids[1])
    const announced = client.data.filter((data) => data === 'http://store.example/changelog/3')
    expect(announced).toHaveLength(2)
  })

  it('the change logs of a back end without ids are announced when another proxy reads it', async () => {
    await using redis = await RunningRedis.start()
    await using backEnd = await NumberedBackEnd.start({ name: 'store', replays: false })
    const settings = { engine: engineAt(redis, 'wait') }
    const one = await runProxy({ backEnds: [backEnd.uri], settings })
    await backEnd.connected()
    await using other = await runProxy({ backEnds: [backEnd.uri], settings })
    await using client = await RawClient.get({ port: other.port })
    backEnd.emit(6)
    await client.received(8)
    await one[Symbol.asyncDispose]()
    const events = await client.received(11)
    expect(events.slice(8).map(({ type, data }) => `${type} ${data}`)).toEqual([
      'sse-proxy-gap {"reason":"outage"}',
      'message http://store.example/changelog/3',
      'message http://store.example/changelog/6',
    ])
  })
})
