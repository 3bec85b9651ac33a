import { describe, expect, it } from 'vitest'

import { z } from 'zod'

import { startOrigin } from './origin.ts'

const times = z.object({ dueMs: z.array(z.number()), sentMs: z.array(z.number()) })
const content = z.object({ n: z.number(), at: z.number() })

describe('origin', () => {
  it('origin numbers and dates its events for every client, and returns when they were due and sent', async () => {
    await using origin = await startOrigin(0)
    const streams = [await open(origin.url), await open(`${origin.url}/any/path`)]
    const beforeMs = nowMs()
    const order = { first: 5, count: 30, perSecond: 1000, bytes: 200 }
    const response = await fetch(`${origin.url}/publish`, {
      method: 'POST',
      body: JSON.stringify(order),
    })
    const { dueMs, sentMs } = times.parse(await response.json())
    const afterMs = nowMs()
    expect(sentMs).toHaveLength(30)
    // At 1000 events a second, event `index` is due `index` ms after the order at the earliest.
    expect(sentMs.filter((atMs, index) => atMs < beforeMs + index || atMs > afterMs)).toEqual([])
    expect(sentMs.filter((atMs, index) => atMs < (dueMs[index] ?? 0))).toEqual([])
    for (const { next } of streams) {
      for (let index = 0; index < 30; index++) {
        const data = await next()
        expect(data).toHaveLength(200)
        const event = content.parse(JSON.parse(data))
        expect(event.n).toBe(5 + index)
        expect(Math.abs(event.at - (dueMs[index] ?? 0))).toBeLessThan(0.01)
      }
    }
  })

  it('origin dates an event by its schedule when it sends the event late', async () => {
    await using origin = await startOrigin(0)
    const { next } = await open(origin.url)
    const order = { first: 0, count: 3, perSecond: 100 }
    const body = JSON.stringify(order)
    const publishing = fetch(`${origin.url}/publish`, { method: 'POST', body })
    const first = content.parse(JSON.parse(await next()))
    // The origin is in this process, so it cannot send the second event in time.
    const stallMs = 200
    const until = nowMs() + stallMs
    while (nowMs() < until);
    const { dueMs, sentMs } = times.parse(await (await publishing).json())
    for (const index of [1, 2]) {
      const { at } = content.parse(JSON.parse(await next()))
      expect(at - first.at).toBeCloseTo(index * 10, 1)
      expect(dueMs[index]).toBeCloseTo(at, 1)
    }
    const lags = sentMs.map((atMs, index) => atMs - (dueMs[index] ?? 0))
    expect(Math.max(...lags)).toBeGreaterThan(stallMs / 2)
  })

  it('origin reports its number of streams as a store does', async () => {
    await using origin = await startOrigin(0)
    const count = async () => {
      const body: unknown = await (await fetch(`${origin.url}/__mock/clients`)).json()
      return body
    }
    expect(await count()).toEqual({ clients: [] })
    const { stop } = await open(origin.url)
    expect(await count()).toEqual({ clients: [{}] })
    stop()
    await expect.poll(count).toEqual({ clients: [] })
  })

  it('origin gives events ids with ?ids, and a client that comes back gets what it missed', async () => {
    await using origin = await startOrigin(0)
    const publish = async (first: number): Promise<void> => {
      const body = JSON.stringify({ first, count: 2, perSecond: 1000 })
      await fetch(`${origin.url}/publish`, { method: 'POST', body })
    }
    const first = await open(`${origin.url}/sse?ids`)
    await publish(5)
    const [id = '', data = ''] = (await first.nextFrame()).split('\n')
    expect(id).toBe('id: 5')
    expect(content.parse(JSON.parse(data.slice('data: '.length))).n).toBe(5)
    first.stop()
    await publish(7)
    const back = await open(`${origin.url}/sse?ids`, { 'Last-Event-ID': '5' })
    await publish(9)
    const ids = [await back.nextFrame(), await back.nextFrame(), await back.nextFrame()]
    expect(ids.map((frame) => frame.split('\n')[0])).toEqual(['id: 6', 'id: 7', 'id: 8'])
  })

  it.each(['{"first": 0}', '{"first": 0, "count": 0, "perSecond": 1}', 'nonsense'])(
    'origin refuses the batch %s',
    async (body) => {
      await using origin = await startOrigin(0)
      const response = await fetch(`${origin.url}/publish`, { method: 'POST', body })
      expect(response.status).toBe(400)
    },
  )
})

/** On the clock of the origin. */
function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

async function open(url: string, headers: Readonly<Record<string, string>> = {}) {
  const controller = new AbortController()
  const response = await fetch(url, { headers, signal: controller.signal })
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const nextFrame = async (): Promise<string> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const frame = text.slice(0, end)
        text = text.slice(end + 2)
        return frame
      }
      const chunk = await chunks?.read()
      if (chunk?.value === undefined) throw new Error('the stream has ended')
      text += chunk.value
    }
  }
  const next = async (): Promise<string> => (await nextFrame()).slice('data: '.length)
  return { next, nextFrame, stop: () => controller.abort() }
}
