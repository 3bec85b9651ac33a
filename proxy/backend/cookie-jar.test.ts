import { describe, expect, it } from 'vitest'

import { CookieJar } from './cookie-jar.ts'

const NOW_MS = Date.UTC(2020, 0, 1)
const SET = new URL('http://store.example.org/webservice/sse')

/** The Cookie field for this URL after the store has set one cookie. */
function after(setCookie: string, url = SET.href, nowMs = NOW_MS): string | undefined {
  const jar = new CookieJar()
  jar.keep(SET, [setCookie], NOW_MS)
  return jar.fieldFor(new URL(url), nowMs)
}

describe('CookieJar', () => {
  it.each([
    'http://other.example.org/webservice/sse',
    'http://store.example.org:81/webservice/sse',
    'https://store.example.org/webservice/sse',
  ])('CookieJar sends no cookie to the other origin %s', (url) => {
    expect(after('a=1; Path=/; Domain=example.org')).toBe('a=1')
    expect(after('a=1; Path=/; Domain=example.org', url)).toBeUndefined()
  })

  it.each([
    ['a=1', '/webservice/other', 'a=1'],
    ['a=1', '/other', undefined],
    ['a=1; Path=/web', '/webservice', undefined],
    ['a=1; Path=/web', '/web/x', 'a=1'],
    ['a=1; Path=/web/', '/web', undefined],
    ['a=1; path=/', '/', 'a=1'],
    ['a=1; Path=no', '/webservice/x', 'a=1'],
  ])('CookieJar with the cookie %j sends to %s the field %s', (setCookie, path, sent) => {
    expect(after(setCookie, new URL(path, SET).href)).toBe(sent)
  })

  it.each([
    'a=1; Domain=other.org',
    'a=1; Domain=ore.example.org',
    'a=1; Secure',
    'a=1; Max-Age=0',
    'a=1; Max-Age=-1',
    'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    '=1',
    'a',
    'a=\u0001',
    `a=${'x'.repeat(4096)}`,
  ])('CookieJar does not store %.40j', (setCookie) => {
    expect(after(setCookie)).toBeUndefined()
  })

  it('CookieJar removes an expired cookie, and prefers Max-Age to Expires', () => {
    const setCookie = 'a=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT'
    expect(after(setCookie, SET.href, NOW_MS + 9999)).toBe('a=1')
    expect(after(setCookie, SET.href, NOW_MS + 10_000)).toBeUndefined()
  })

  it('CookieJar removes and replaces a cookie by name and path', () => {
    const jar = new CookieJar()
    jar.keep(SET, ['a=1; Path=/', 'b=1; Path=/', 'a=2; Path=/'], NOW_MS)
    expect(jar.fieldFor(SET, NOW_MS)).toBe('b=1; a=2')
    jar.keep(SET, ['b=; Path=/; Max-Age=0'], NOW_MS)
    expect(jar.fieldFor(SET, NOW_MS)).toBe('a=2')
    jar.clear()
    expect(jar.fieldFor(SET, NOW_MS)).toBeUndefined()
  })

  it('CookieJar keeps the latest 20 cookies of an origin, and the latest six origins', () => {
    const jar = new CookieJar()
    for (let n = 0; n < 25; n += 1) jar.keep(SET, [`c${n}=1; Path=/`], NOW_MS)
    expect(jar.fieldFor(SET, NOW_MS)?.split('; ')).toHaveLength(20)
    for (let n = 1; n <= 6; n += 1) jar.keep(new URL(`http://h${n}/`), ['a=1'], NOW_MS)
    expect(jar.fieldFor(SET, NOW_MS)).toBeUndefined()
    expect(jar.fieldFor(new URL('http://h1/'), NOW_MS)).toBe('a=1')
  })
})
