import { describe, expect, it } from 'vitest'

import { type ScriptedBackEnd, startBackEnd } from '../testing/scripted-back-end.ts'
import { askPage } from './ask-page.ts'

const feed = (inside: string): string =>
  `<feed xmlns="http://www.w3.org/2005/Atom">${inside}</feed>`
const LINK = '<link rel="previous" href="/after/7"/>'
const answer = (body: string, head = 'Content-Type: application/atom+xml', status = '200 OK') =>
  `HTTP/1.1 ${status}\r\n${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`

const ask = async (
  backEnd: ScriptedBackEnd,
  given: { url?: string; etag?: string; host?: string; origins?: readonly string[] } = {},
) => {
  const { url = `http://127.0.0.1:${backEnd.port}/log`, etag, host, origins = [] } = given
  return await askPage({
    target: {
      uri: new URL(backEnd.uri),
      credentials: { username: 'reader', password: 'secret' },
      httpHeaders: host === undefined ? {} : { Host: host },
    },
    url,
    etag,
    timeoutMs: 2000,
    origins,
    stop: new AbortController().signal,
  })
}

describe('askPage', () => {
  it('askPage sends the login and reads links and entries of the feed itself', async () => {
    const entry = `<entry>${feed(LINK)}<link rel="previous" href="/wrong"/></entry>`
    const bodies = [feed(LINK), feed(`${entry}${LINK}`)]
    await using backEnd = await startBackEnd({
      answer: (_head, number) => answer(bodies[number - 1] ?? ''),
    })
    const previous = `http://127.0.0.1:${backEnd.port}/after/7`
    expect((await ask(backEnd)).page).toEqual({ previous, hasEntries: false })
    expect((await ask(backEnd)).page).toEqual({ previous, hasEntries: true })
    expect(backEnd.requests[0]).toContain('\r\nAuthorization: Basic cmVhZGVyOnNlY3JldA==\r\n')
    expect(backEnd.requests[0]).toContain('\r\nAccept: application/atom+xml\r\n')
  })

  it('askPage asks through the forward proxy of the back end', async () => {
    await using forward = await startBackEnd({ answer: () => answer(feed(LINK)) })
    const proxy = new URL(`http://127.0.0.1:${forward.port}`)
    const forwardProxies = { http: proxy, https: undefined, exceptions: [] }
    await askPage({
      target: { uri: new URL('http://store.invalid/sse'), httpHeaders: {}, forwardProxies },
      url: 'http://store.invalid/log',
      etag: undefined,
      timeoutMs: 2000,
      origins: [],
      stop: new AbortController().signal,
    })
    expect(forward.requests[0]).toMatch(/^GET http:\/\/store\.invalid\/log HTTP/)
  })

  it('askPage asks with the ETag, and takes 304 for no change', async () => {
    await using backEnd = await startBackEnd({
      answer: () => answer('', 'ETag: "7"', '304 Not Modified'),
    })
    expect(await ask(backEnd, { etag: '"7"' })).toEqual({ page: undefined, etag: '"7"' })
    expect(backEnd.requests[0]).toContain('\r\nIf-None-Match: "7"\r\n')
  })

  it('askPage never asks another origin, unless the configuration allows it', async () => {
    await using backEnd = await startBackEnd({ answer: () => answer(feed(LINK)) })
    await using other = await startBackEnd({ answer: () => answer(feed(LINK)) })
    const url = `http://127.0.0.1:${other.port}/log`
    await expect(ask(backEnd, { url })).rejects.toThrow(/another origin/)
    await expect(ask(backEnd, { url: 'http://a:b@127.0.0.1/' })).rejects.toThrow(/another origin/)
    await expect(ask(backEnd, { url: 'file:///etc/passwd' })).rejects.toThrow(/another origin/)
    expect(other.requests).toEqual([])
    await ask(backEnd, { url, origins: [`http://127.0.0.1:${other.port}`] })
    expect(other.requests).toHaveLength(1)
    expect(other.requests[0]).not.toContain('Authorization')
  })

  it('askPage connects to the back end for URLs of the public host that httpHeaders name', async () => {
    await using backEnd = await startBackEnd({ answer: () => answer(feed(LINK)) })
    const url = 'https://news.example/log?a=b'
    const { page } = await ask(backEnd, { url, host: 'news.example' })
    expect(page?.previous).toBe('https://news.example/after/7')
    expect(backEnd.requests[0]).toMatch(/^GET \/log\?a=b HTTP\/1.1\r\n/)
    expect(backEnd.requests[0]).toContain('\r\nHost: news.example\r\n')
  })

  it.each([
    ['a redirect', answer('', 'Location: /other', '302 Found'), /expected 200, got 302/],
    ['a refusal', answer('', 'A: b', '401 Unauthorized'), /expected 200, got 401/],
    ['another type', answer('{}', 'Content-Type: application/json'), /not Atom/],
    [
      'a compressed page',
      answer('x', 'Content-Type: text/xml\r\nContent-Encoding: gzip'),
      /compressed/,
    ],
    ['another document', answer('<html/>'), /not an Atom feed/],
    ['a feed of another namespace', answer(`<feed>${LINK}</feed>`), /not an Atom feed/],
    ['a feed without the link', answer(feed('')), /no link "previous"/],
    ['a link only in an entry', answer(feed(`<entry>${LINK}</entry>`)), /no link "previous"/],
    ['a document that is cut off', answer(feed(LINK).slice(0, -3)), /unclosed|tag/],
    ['a document type', answer(`<!DOCTYPE feed []>${feed(LINK)}`), /document type/],
    ['an endless page', answer(feed(`${LINK}<a>${'x'.repeat(5_000_000)}</a>`)), /larger than/],
    ['no answer', '', /aborted|timeout/i],
  ])('askPage rejects %s', async (_what, bytes, message) => {
    await using backEnd = await startBackEnd({ answer: () => bytes })
    await expect(ask(backEnd)).rejects.toThrow(message)
    expect(backEnd.requests).toHaveLength(1)
  })
})
