import { expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { RawClient } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'

it('a long poll whose client reads nothing ends, and is disconnected after stallMs', async () => {
  await using backEnd = await startBackEnd()
  await using proxy = await runProxy({
    backEnds: [backEnd.uri],
    settings: {
      heartbeatMs: 100,
      longPoll: { enabled: true, holdMs: 600_000, maxBytes: 1 << 30 },
      stallMs: 3000,
    },
  })
  await proxy.healthy()
  await using stream = await RawClient.get({ port: proxy.port })
  const fields = ['X-Requested-With: XMLHttpRequest']
  await using client = await RawClient.get({ port: proxy.port, fields })
  await eventually('the client has an id', () => client.reading.lastEventId)
  client.socket.pause()
  const large = 'x'.repeat(60_000)
  for (let n = 0; n < 200; n += 1) backEnd.send(`data: ${n} ${large}\n\n`)
  await stream.received(200)
  await eventually('the stalled poll is gone', async () => {
    const metrics = await readMetrics(proxy.adminPort)
    return metrics.get('sse_proxy_clients{process="1"}') === 1 && metrics
  })
  const metrics = await readMetrics(proxy.adminPort)
  expect(metrics.get('sse_proxy_streams_ended_total{reason="polled"}')).toBe(1)
  expect(stream.isClosed).toBe(false)
})
