import { networkInterfaces } from 'node:os'

import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { healthOf } from '../testing/health.ts'
import { RawClient } from '../testing/raw-client.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { startBackEnd, STREAM_HEAD } from '../testing/scripted-back-end.ts'
import { scopeOf } from './address-scope.ts'

const answer = (status: string, ...fields: readonly string[]) =>
  [`HTTP/1.1 ${status}`, ...fields, 'Content-Length: 0', '', ''].join('\r\n')
const redirectTo = (location: string, ...fields: readonly string[]) =>
  answer('302 Found', `Location: ${location}`, ...fields)
const login = { credentials: { username: 'u', password: 'p' }, httpHeaders: { 'X-Own': '1' } }
/** One attempt; the next one is later than the end of the test. */
const ONCE = { reconnectFirstMs: 60_000, reconnectCapMs: 60_000 }

/** The health message of the only back end, after a refusal. */
async function refusal(adminPort: number, pattern: RegExp): Promise<string> {
  return await eventually(`health says ${pattern.source}`, async () => {
    const { message } = await healthOf(adminPort)
    return pattern.test(message) && message
  })
}

describe('a redirect of a back end', () => {
  it.each([
    ['http://%ff@127.0.0.1/', /redirects to a URL with a login/],
    ['http://u:p@127.0.0.1/', /redirects to a URL with a login/],
    ['//%ff:%ff@[::1]/', /redirects to a URL with a login/],
    ['http://[::1', /not an http or https URL/],
    ['http://a:99999/', /not an http or https URL/],
    [`/${'x'.repeat(5000)}`, /not an http or https URL/],
    ['data:text/event-stream,data:x', /not an http or https URL/],
  ])('BackEnd refuses a redirect to %j, and the proxy keeps running', async (location, pattern) => {
    await using bad = await startBackEnd({ answer: () => redirectTo(location) })
    await using good = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [bad.uri, good.uri],
      settings: { backEnd: ONCE },
    })
    await refusal(proxy.adminPort, pattern)
    await using client = await RawClient.get({ port: proxy.port })
    await eventually('the other back end is connected', () => good.open === 1)
    good.send('data: good\n\n')
    await client.received(1)
    expect(bad.requests).toHaveLength(1)
  })

  it('BackEnd follows no redirect to another origin by default', async () => {
    await using other = await startBackEnd()
    await using backEnd = await startBackEnd({ answer: () => redirectTo(other.uri) })
    await using proxy = await runProxy({ backEnds: [backEnd.uri], settings: { backEnd: ONCE } })
    const message = await refusal(proxy.adminPort, /another origin/)
    expect(message).toContain(`http://127.0.0.1:${other.port}`)
    expect(message).toContain('proxy.backEnd.redirectOrigins')
    expect(other.requests).toEqual([])
  })

  it.each(['the origin', '*'])(
    'BackEnd follows a redirect to another origin when redirectOrigins is %s, without credentials, httpHeaders and cookies',
    async (allowed) => {
      await using other = await startBackEnd()
      await using backEnd = await startBackEnd({
        answer: () => redirectTo(other.uri, 'Set-Cookie: first=1; Path=/'),
      })
      const redirectOrigins = allowed === '*' ? '*' : `http://127.0.0.1:${other.port}`
      await using proxy = await runProxy({
        backEnds: [],
        blocks: { backends: [{ uri: backEnd.uri, ...login }] },
        settings: { backEnd: { redirectOrigins } },
      })
      await proxy.healthy()
      expect(backEnd.requests[0]).toMatch(/authorization/i)
      expect(other.requests[0]).not.toMatch(/authorization|x-own|cookie/i)
    },
  )

  it('BackEnd sends no credentials when another origin redirects back to its own', async () => {
    await using backEnd = await startBackEnd({
      answer: (request) =>
        request.startsWith('GET /picked') ? STREAM_HEAD : redirectTo(other.uri),
    })
    await using other = await startBackEnd({
      answer: () => redirectTo(`http://127.0.0.1:${backEnd.port}/picked-by-other`),
    })
    await using proxy = await runProxy({
      backEnds: [],
      blocks: { backends: [{ uri: backEnd.uri, ...login }] },
      settings: { backEnd: { redirectOrigins: '*' } },
    })
    await proxy.healthy()
    expect(backEnd.requests[1]).toMatch(/^GET \/picked-by-other /)
    expect(backEnd.requests[1]).not.toMatch(/authorization|x-own/i)
  })

  it('the health check names the URL and the omitted credentials when a redirect target answers 401', async () => {
    await using other = await startBackEnd({ answer: () => answer('401 Unauthorized') })
    await using backEnd = await startBackEnd({
      answer: () => redirectTo(`${other.uri}/deep?token=secret`),
    })
    await using proxy = await runProxy({
      backEnds: [],
      blocks: { backends: [{ uri: backEnd.uri, ...login }] },
      settings: { backEnd: { ...ONCE, redirectOrigins: '*' } },
    })
    const message = await refusal(proxy.adminPort, /answered 401/)
    expect(message).toContain(`${other.uri}/deep, where a redirect led`)
    expect(message).toContain('credentials and httpHeaders were left behind')
    expect(message).not.toContain('secret')
  })

  it('BackEnd sends the cookies of a redirect only to the origin that set them', async () => {
    const setCookie = 'Set-Cookie: evil=1; Path=/; Domain=127.0.0.1'
    await using other = await startBackEnd({
      answer: () => STREAM_HEAD.replace('\r\n', `\r\n${setCookie}\r\n`),
    })
    await using backEnd = await startBackEnd({
      answer: () => redirectTo(other.uri, 'Set-Cookie: own=1; Path=/'),
    })
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { backEnd: { redirectOrigins: '*', reconnectFirstMs: 20, reconnectCapMs: 20 } },
    })
    await proxy.healthy()
    other.drop('end')
    await other.requested(2)
    expect(backEnd.requests[1]).toMatch(/^Cookie: own=1\r$/m)
    expect(other.requests[1]).toMatch(/^Cookie: evil=1\r$/m)
  })

  const ownAddress = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && scopeOf(each.address) < 2)?.address

  it.skipIf(ownAddress === undefined)(
    'BackEnd refuses a redirect from a network to loopback even with `*` (needs a network address)',
    async () => {
      await using inner = await startBackEnd()
      await using backEnd = await startBackEnd({
        host: ownAddress ?? '',
        answer: (request) =>
          redirectTo(
            request.startsWith('GET /by-name')
              ? `http://localhost:${inner.port}/`
              : `http://127.0.0.1:${inner.port}/`,
          ),
      })
      const byName = new URL('/by-name', backEnd.uri).href
      await using proxy = await runProxy({
        backEnds: [backEnd.uri, byName],
        settings: { backEnd: { ...ONCE, redirectOrigins: '*' } },
      })
      await refusal(proxy.adminPort, /redirects to 127\.0\.0\.1, an address of a closer network/)
      await refusal(proxy.adminPort, /redirects to localhost, an address of a closer network/)
      expect(inner.requests).toEqual([])
    },
  )
})

describe('the scope of an address', () => {
  it.each([
    ['8.8.8.8', 0],
    ['172.32.0.1', 0],
    ['2001:4860:4860::8888', 0],
    ['10.1.2.3', 1],
    ['172.31.255.255', 1],
    ['192.168.0.1', 1],
    ['100.64.0.1', 1],
    ['fd00::1', 1],
    ['64:ff9b::7f00:1', 1],
    ['127.0.0.2', 2],
    ['0.0.0.0', 2],
    ['169.254.169.254', 2],
    ['::1', 2],
    ['::', 2],
    ['::ffff:127.0.0.1', 2],
    ['::ffff:10.0.0.1', 1],
    ['fe80::1', 2],
    ['no address', 2],
  ] as const)('the scope of the address %s is %i', (address, scope) => {
    expect(scopeOf(address)).toBe(scope)
  })
})
