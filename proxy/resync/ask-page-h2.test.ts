import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { startFrameBackEnd } from '../testing/frame-back-end.ts'
import { startH2BackEnd } from '../testing/h2-back-end.ts'
import { dataFrame, goawayFrame, headFrame, resetFrame } from '../testing/h2-frames.ts'
import { askPage } from './ask-page.ts'

const FEED = '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="previous" href="/a"/></feed>'

async function askLog(uri: string) {
  return await askPage({
    target: { uri: new URL(uri), httpHeaders: {}, httpVersion: '2' },
    url: new URL('/log', uri).href,
    etag: undefined,
    timeoutMs: 60_000,
    origins: [],
    stop: new AbortController().signal,
  })
}

describe('askPage over HTTP/2', () => {
  it('a change log of a back end is asked for over HTTP/2', async () => {
    await using backEnd = await startH2BackEnd({
      answer: (stream) => {
        stream.respond({ ':status': 200, 'content-type': 'application/atom+xml', etag: '"7"' })
        stream.end(FEED)
      },
    })
    const { page, etag } = await askLog(backEnd.uri)
    expect([page?.previous, etag]).toEqual([new URL('/a', backEnd.uri).href, '"7"'])
    await eventually('the connection is closed', () => backEnd.connections.open === 0)
  })

  it.each([
    ['a reset', resetFrame(8)],
    ['a GOAWAY with an error', goawayFrame(2)],
  ])('a change log that %s cuts off is no page', async (_what, end) => {
    const head = headFrame(200, { 'content-type': 'application/atom+xml' })
    await using backEnd = await startFrameBackEnd([head, dataFrame(FEED), end])
    await expect(askLog(backEnd.uri)).rejects.toThrow(/reset|closed|cut off|GOAWAY/)
  })
})
