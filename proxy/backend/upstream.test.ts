import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { RawClient } from '../testing/raw-client.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { startBackEnd, STREAM_HEAD } from '../testing/scripted-back-end.ts'

const CRLF = '\r\n'
const answer = (status: string, ...fields: readonly string[]) =>
  [`HTTP/1.1 ${status}`, ...fields, 'Content-Length: 0', '', ''].join(CRLF)
const login = { credentials: { username: 'u', password: 'p' }, httpHeaders: { 'X-Own': '1' } }

describe('an attempt to reach a back end', () => {
  it.each([301, 302, 303, 307, 308])(
    'Upstream follows a redirect of status %i, with credentials on the same origin',
    async (status) => {
      await using backEnd = await startBackEnd({
        answer: (request) =>
          request.startsWith('GET /moved')
            ? STREAM_HEAD
            : answer(`${status} Moved`, 'Location: /moved?x=y'),
      })
      await using proxy = await runProxy({
        backEnds: [],
        blocks: { backends: [{ uri: backEnd.uri, ...login }] },
      })
      await proxy.healthy()
      expect(backEnd.requests).toHaveLength(2)
      expect(backEnd.requests[1]).toMatch(/^GET \/moved\?x=y [^]*Authorization: Basic dTpw/)
      await eventually('the first connection is closed', () => backEnd.open === 1)
    },
  )

  it('Upstream refuses an endless redirect, and one to a file URL', async () => {
    await using round = await startBackEnd({
      answer: () => answer('302 Found', 'Location: /again'),
    })
    await using odd = await startBackEnd({
      answer: () => answer('302 Found', 'Location: file:///etc/passwd'),
    })
    await using proxy = await runProxy({
      backEnds: [round.uri, odd.uri],
      settings: {
        backEnd: { reconnectFirstMs: 60_000, reconnectCapMs: 60_000 },
      },
    })
    await round.requested(6)
    const health = await eventually('both are given up', async () => {
      const response = await fetch(`http://127.0.0.1:${proxy.adminPort}/healthcheck`)
      const text = await response.text()
      return text.includes('more than 5 times') && text.includes('not an http or https URL') && text
    })
    expect(health).toContain('redirects')
    expect(round.requests).toHaveLength(6)
  })

  it('Upstream sends cookies back, so that a load balancer selects the same node', async () => {
    const cookies = [
      'Set-Cookie: JSESSIONID=a1.jvm1; Path=/; HttpOnly',
      'Set-Cookie: gone=x; Max-Age=0',
      'Set-Cookie: odd',
    ]
    const head = STREAM_HEAD.replace(CRLF, `${CRLF}${cookies.join(CRLF)}${CRLF}`)
    await using backEnd = await startBackEnd({ answer: () => head })
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await proxy.healthy()
    expect(backEnd.requests[0]).not.toMatch(/^cookie:/im)
    backEnd.drop('end')
    await backEnd.requested(2)
    expect(backEnd.requests[1]).toMatch(/^Cookie: JSESSIONID=a1\.jvm1\r$/m)
  })

  it('Upstream waits for the time of Retry-After', async () => {
    await using backEnd = await startBackEnd({
      answer: (_request, number) =>
        number === 1 ? answer('503 Busy', 'Retry-After: 1') : STREAM_HEAD,
    })
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await backEnd.requested(1)
    const startedMs = performance.now()
    await backEnd.requested(2)
    expect(performance.now() - startedMs).toBeGreaterThan(900)
    await proxy.healthy()
  })

  it('the proxy reconnects after invalid bytes instead of a response', async () => {
    await using backEnd = await startBackEnd({
      answer: (_request, number) => (number < 3 ? 'garbage\0\r\n\r\n' : STREAM_HEAD),
    })
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    backEnd.send('data: fine\n\n')
    await eventually('the event arrives', () => client.data.includes('fine'))
    expect(backEnd.requests).toHaveLength(3)
  })
})
