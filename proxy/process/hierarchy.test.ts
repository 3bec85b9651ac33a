import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { numberFrames, numbers } from '../testing/frames.ts'
import { RawClient } from '../testing/raw-client.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'

const urlOf = ({ port }: ProxyUnderTest) => `http://127.0.0.1:${port}/`

const connector = (port: number) => [{ type: 'http', port }]

async function healthOf({ adminPort }: ProxyUnderTest): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/healthcheck`)
  return await response.text()
}

describe('proxies behind proxies', () => {
  it('proxies behind a proxy send the same events to all clients over one connection to the back end', async () => {
    await using backEnd = await startBackEnd()
    await using root = await runProxy({ backEnds: [backEnd.uri] })
    await using left = await runProxy({ backEnds: [urlOf(root)] })
    await using right = await runProxy({ backEnds: [urlOf(root)] })
    await Promise.all([root, left, right].map((proxy) => proxy.healthy()))
    await using one = await RawClient.get({ port: left.port })
    await using two = await RawClient.get({ port: right.port })
    backEnd.send(numberFrames(1, 200))
    for (const client of [one, two]) {
      await client.received(200)
      expect(client.data).toEqual(numbers(1, 200))
    }
    expect(backEnd.mostOpen).toBe(1)
  })

  it('a client resumes on any of several proxies that forward ids', async () => {
    const settings = { replay: { ids: 'upstream' } }
    await using backEnd = await startBackEnd()
    await using root = await runProxy({ backEnds: [backEnd.uri] })
    await using left = await runProxy({ backEnds: [urlOf(root)], settings })
    await using right = await runProxy({ backEnds: [urlOf(root)], settings })
    await Promise.all([root, left, right].map((proxy) => proxy.healthy()))
    await using first = await RawClient.get({ port: left.port })
    await using witness = await RawClient.get({ port: right.port })
    backEnd.send(numberFrames(1, 50))
    await witness.received(50)
    const id = (await first.received(50))[19]?.lastEventId ?? ''
    await using moved = await RawClient.get({ port: right.port, fields: [`Last-Event-ID: ${id}`] })
    await moved.received(30)
    expect(moved.data).toEqual(numbers(21, 50))
  })

  it.each(['proxy', 'upstream'])(
    'proxies that reconnect to their parent proxy receive the missed events from its log, with ids: %s',
    async (ids) => {
      const settings = {
        replay: { ids },
        backEnd: { reconnectFirstMs: 400, reconnectCapMs: 400, reconnectJitter: 0 },
      }
      await using backEnd = await startBackEnd()
      await using root = await runProxy({
        backEnds: [backEnd.uri],
        settings: { heartbeatMs: 400, maxStreamMs: 1000 },
      })
      await using child = await runProxy({ backEnds: [urlOf(root)], settings })
      await Promise.all([root.healthy(), child.healthy()])
      await using client = await RawClient.get({ port: child.port })
      backEnd.send(numberFrames(1, 10))
      await client.received(10)
      // The root ends streams of this age; what comes before it is back is in the root's log.
      await eventually('the child has lost the root', async () =>
        (await healthOf(child)).includes('not connected'),
      )
      backEnd.send(numberFrames(11, 40))
      await client.received(40)
      expect(client.data).toEqual(numbers(1, 40))
    },
  )

  it('a proxy refuses a back end that is itself', async () => {
    const taken = await startBackEnd()
    const { port } = taken
    await taken[Symbol.asyncDispose]()
    await using self = await runProxy({
      backEnds: [`http://127.0.0.1:${port}/`],
      blocks: { server: { applicationConnectors: connector(port), adminConnectors: connector(0) } },
    })
    const health = await eventually('the loop is found', async () => {
      const text = await healthOf(self)
      return text.includes('gets its events from this proxy') && text
    })
    expect(health).toContain('"healthy":false')
  })

  it('two proxies refuse to be back ends of each other', async () => {
    const taken = await startBackEnd()
    const { port } = taken
    await taken[Symbol.asyncDispose]()
    await using one = await runProxy({ backEnds: [`http://127.0.0.1:${port}/`] })
    await using two = await runProxy({
      backEnds: [urlOf(one)],
      blocks: { server: { applicationConnectors: connector(port), adminConnectors: connector(0) } },
    })
    const health = await eventually('the loop is found', async () => {
      const texts = await Promise.all([healthOf(one), healthOf(two)])
      return (
        texts.some((text) => text.includes('gets its events from this proxy')) && texts.join('')
      )
    })
    expect(health).toContain('"healthy":false')
  })
})
