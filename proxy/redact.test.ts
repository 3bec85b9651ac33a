import { describe, expect, it } from 'vitest'

import { backEndNames, redact, redactDeep } from './redact.ts'

describe('redact', () => {
  it.each([
    ['http://a.example/sse', 'http://a.example/sse'],
    ['http://u:secret@a.example/sse', 'http://***@a.example/sse'],
    ['http://u:se@cret@a.example/', 'http://***@a.example/'],
    ['http://a/x@y', 'http://a/x@y'],
    ['HTTPS://a/?token=secret', 'HTTPS://a/?token=***'],
    ['http://a/?token=secret&site=secret#secret', 'http://a/?token=***&site=***#***'],
    ['http://a/?secret', 'http://a/?***'],
    ['http://a?token=a=secret', 'http://a?token=***'],
    ['cannot get "http://a/?t=secret": no route', 'cannot get "http://a/?t=***": no route'],
    ['GET /sse?token=secret HTTP/1.1', 'GET /sse?token=*** HTTP/1.1'],
    ['Authorization: Basic c2VjcmV0', 'Authorization: ***'],
    ['{ authorization: "secret" }', '{ authorization: ***'],
    ['set-cookie: a=secret; b=secret', 'set-cookie: ***'],
    ['sent Bearer secret.secret', 'sent Bearer ***'],
    ['connect ECONNREFUSED 127.0.0.1:8080', 'connect ECONNREFUSED 127.0.0.1:8080'],
    ['expected a = b, got c', 'expected a = b, got c'],
  ])('redact turns %s into %s', (text, redacted) => {
    expect(redact(text)).toBe(redacted)
  })

  it('redact hides secrets in nested objects, lists and errors, also with cycles', () => {
    const cause = new TypeError('http://u:secret@a/')
    const cycle: Record<string, unknown> = { list: [{ url: 'http://a/?t=secret' }] }
    cycle['self'] = cycle
    cycle['error'] = new Error('http://u:secret@b/', { cause })
    const text = JSON.stringify(redactDeep(cycle))
    expect(text).not.toContain('secret')
    expect(text).toContain('"message":"http://***@a/"')
    expect(text).toContain('http://a/?t=***')
  })
})

describe('backEndNames', () => {
  it('backEndNames numbers back ends whose URLs differ only in hidden parts', () => {
    const urls = ['http://a/?site=x', 'http://a/?site=y', 'http://b/'].map((url) => new URL(url))
    expect(backEndNames(urls)).toEqual([
      'http://a/?site=***',
      'http://a/?site=*** (2)',
      'http://b/',
    ])
  })
})
