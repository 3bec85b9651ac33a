import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { numberFrames, numbers } from '../testing/frames.ts'
import { RawClient } from '../testing/raw-client.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'

const numberOf = (data: string) => data.split(' ')[0]

describe('fan-out', () => {
  it('the proxy sends every event once and in order to every client, over one connection to the back end', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await proxy.healthy()
    const clients = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        RawClient.get({ port: proxy.port, version: index % 5 === 0 ? '1.0' : '1.1' }),
      ),
    )
    backEnd.send(numberFrames(1, 100))
    backEnd.send(numberFrames(101, 200))
    for (const client of clients) {
      await client.received(200)
      expect(client.data).toEqual(numbers(1, 200))
    }
    expect(backEnd.mostOpen).toBe(1)
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
  })

  it('clients get the events of all back ends, each back end in order', async () => {
    await using one = await startBackEnd()
    await using two = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [one.uri, two.uri] })
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    for (let round = 1; round <= 20; round += 1) {
      one.send(`data: one ${round}\n\n`)
      two.send(`data: two ${round}\n\n`)
    }
    await client.received(40)
    const of = (name: string) => client.data.filter((data) => data.startsWith(name))
    expect(of('one')).toEqual(numbers(1, 20).map((number) => `one ${number}`))
    expect(of('two')).toEqual(numbers(1, 20).map((number) => `two ${number}`))
  })

  it('clients get data, event and unknown fields byte for byte, and no comments', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port, version: '1.0' })
    backEnd.send(': beat\n\n: note\nevent: x\r\nid: 7\ndata:  é\xff\0\nfoo: bar\n: note\ndata\n\n')
    await client.received(1)
    const frame = client.body.toString('utf8').split('\n\n')[1]
    expect(frame).toMatch(/^id: [^\n]+\nevent: x\r\ndata: {2}é\u00ff\0\nfoo: bar\ndata$/)
  })

  it('a client without an id starts with the next event', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await proxy.healthy()
    await using early = await RawClient.get({ port: proxy.port })
    backEnd.send(numberFrames(1, 3))
    await early.received(3)
    await using late = await RawClient.get({ port: proxy.port })
    backEnd.send(numberFrames(4, 4))
    await late.received(1)
    expect(late.data).toEqual(['4'])
  })
})

describe('replay', () => {
  it.each(['header', 'query'] as const)(
    'a client that resumes by %s gets exactly the events after its last id, then live events',
    async (by) => {
      await using backEnd = await startBackEnd()
      await using proxy = await runProxy({ backEnds: [backEnd.uri] })
      await proxy.healthy()
      await using first = await RawClient.get({ port: proxy.port })
      backEnd.send(numberFrames(1, 300))
      const seen = await first.received(300)
      for (const position of [0, 1, 150, 298, 299]) {
        const id = seen[position]?.lastEventId ?? ''
        await using back = await RawClient.get({
          port: proxy.port,
          ...(by === 'header'
            ? { fields: [`Last-Event-ID: ${id}`] }
            : { path: `/?lastEventId=${id}` }),
        })
        const marker = `live ${position}`
        backEnd.send(`data: ${marker}\n\n`)
        await eventually('the live event arrives', () => back.data.at(-1) === marker)
        expect(back.data.filter((data) => !data.startsWith('live'))).toEqual(
          numbers(position + 2, 300),
        )
      }
    },
  )

  it('a client that was disconnected before its first event resumes without loss', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await proxy.healthy()
    const first = await RawClient.get({ port: proxy.port })
    const { lastEventId } = await eventually(
      'an id is set',
      () => first.reading.lastEventId !== '' && first.reading,
    )
    await first[Symbol.asyncDispose]()
    backEnd.send(numberFrames(1, 2))
    await using witness = await RawClient.get({
      port: proxy.port,
      fields: [`Last-Event-ID: ${lastEventId}`],
    })
    await witness.received(2)
    expect(witness.data).toEqual(['1', '2'])
  })

  it('the proxy gives each event a different id of its own', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    backEnd.send('id: same\ndata: 1\n\nid: same\ndata: 2\n\n')
    const ids = (await client.received(2)).map(({ lastEventId }) => lastEventId)
    expect(new Set(ids).size).toBe(2)
    expect(ids).not.toContain('same')
  })

  it('a client gets a gap event when its id is unknown or its events were evicted', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { replay: { maxFrames: 10 } },
    })
    await proxy.healthy()
    await using first = await RawClient.get({ port: proxy.port })
    backEnd.send(numberFrames(1, 5))
    const old = (await first.received(5))[0]?.lastEventId ?? ''
    for (let number = 6; number <= 30; number += 1) {
      backEnd.send(numberFrames(number, number))
      await first.received(number)
    }
    for (const [id, reason] of [
      [old, 'evicted'],
      ['elsewhere-3', 'unknown'],
      ['-', 'unknown'],
      ['ü', 'unknown'],
    ]) {
      await using back = await RawClient.get({ port: proxy.port, fields: [`Last-Event-ID: ${id}`] })
      const [gap] = await back.received(1)
      expect(gap).toMatchObject({ type: 'sse-proxy-gap', data: JSON.stringify({ reason }) })
    }
    const recent = first.events.at(-11)?.lastEventId
    await using exact = await RawClient.get({
      port: proxy.port,
      fields: [`Last-Event-ID: ${recent}`],
    })
    await exact.received(10)
    expect(exact.data).toEqual(numbers(21, 30))
  })
})

describe('slow and silent clients', () => {
  it('a slow client delays no other client, and is disconnected when its next event is evicted', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { replay: { maxBytes: 1_000_000 } },
    })
    await proxy.healthy()
    await using slow = await RawClient.get({ port: proxy.port })
    slow.socket.pause()
    await using good = await RawClient.get({ port: proxy.port })
    // The kernel takes some megabytes for a reader that does not read; after that the log moves
    // past it.
    const payload = 'x'.repeat(500_000)
    const count = 40
    for (let number = 1; number <= count; number += 1) {
      backEnd.send(`data: ${number} ${payload}\n\n`)
      await eventually(`event ${number} arrives`, () => good.byteCount > number * payload.length)
    }
    await good.received(count)
    expect(good.data.map(numberOf)).toEqual(numbers(1, count))
    slow.socket.resume()
    await slow.closed()
    expect(slow.events.length).toBeLessThan(count)
    // What it did get is in order and without a hole.
    expect(slow.data.map(numberOf)).toEqual(numbers(1, slow.events.length))
  })

  it('a client that reads nothing for stallMs is disconnected', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { stallMs: 300, heartbeatMs: 200 },
    })
    await proxy.healthy()
    await using stuck = await RawClient.get({ port: proxy.port })
    stuck.socket.pause()
    await using witness = await RawClient.get({ port: proxy.port })
    const payload = 'x'.repeat(1_000_000)
    const count = 20
    for (let number = 1; number <= count; number += 1) backEnd.send(`data: ${payload}\n\n`)
    await eventually('the witness has all', () => witness.byteCount > count * payload.length)
    const beats = () => witness.body.subarray(-100).toString().split(/^:\n/m).length - 1
    // Ten heartbeats are at least a second.
    await eventually('the witness has ten heartbeats', () => beats() >= 10)
    stuck.socket.resume()
    await stuck.closed()
    expect(stuck.byteCount).toBeLessThan(count * payload.length)
  })

  it('a client gets a heartbeat comment after each heartbeatMs of silence', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [backEnd.uri], settings: { heartbeatMs: 200 } })
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    backEnd.send('data: 1\n\n')
    await client.received(1)
    const beats = () => client.body.toString().split(/^:\n/m).length - 1
    await eventually('three heartbeats came', () => beats() >= 3)
    expect(client.events).toHaveLength(1)
  })
})
