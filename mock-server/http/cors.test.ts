import request from 'supertest'
import { describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'

const PATH = '/webservice/escenic/changelog'

function preflight({ url }: MockContentStore, origin: string): request.Test {
  return request(url).options(PATH).set({ Origin: origin, 'Access-Control-Request-Method': 'PUT' })
}

function allowed(response: request.Response): unknown {
  return response.headers['access-control-allow-origin']
}

describe('cross-origin requests', () => {
  it('CORS headers are not sent by default', async () => {
    await using store = await serveStore()
    const response = await request(store.url)
      .get(PATH)
      .auth(...TEST_LOGIN)
      .set('Origin', 'http://page.test')
    expect([response.status, allowed(response)]).toEqual([200, undefined])
    expect((await preflight(store, 'http://page.test')).status).toBe(401)
  })

  it('CORS headers allow the configured origins, with credentials and preflights', async () => {
    await using store = await serveStore({ corsOrigins: ['http://page.test'] })
    const answer = await preflight(store, 'http://page.test')
    expect([answer.status, allowed(answer)]).toEqual([204, 'http://page.test'])
    expect(answer.headers['access-control-allow-methods']).toContain('PUT')
    expect(answer.headers['access-control-allow-headers']).toContain('X-Escenic-Locks')
    const got = await request(store.url)
      .get(PATH)
      .auth(...TEST_LOGIN)
      .set('Origin', 'http://page.test')
    expect([got.status, allowed(got), got.headers['access-control-allow-credentials']]).toEqual([
      200,
      'http://page.test',
      'true',
    ])
    const other = await preflight(store, 'http://evil.test')
    expect([other.status, allowed(other), other.headers['vary']]).toEqual([
      401,
      undefined,
      'Origin',
    ])
  })

  it.each([true, false])(
    'a preflight allows Cache-Control, which polyfills send, when longPoll is on: %s',
    async (longPoll) => {
      const settings = { corsOrigins: ['http://page.test'], longPoll, ids: true, replay: true }
      await using store = await serveStore(settings)
      const answer = await preflight(store, 'http://page.test')
      const names = String(answer.headers['access-control-allow-headers']).split(', ')
      expect(names.includes('Cache-Control')).toBe(longPoll)
      expect(names).toEqual(expect.arrayContaining(['X-Requested-With', 'Last-Event-ID']))
    },
  )

  it('CORS headers echo the origin when all are allowed, even on a 401', async () => {
    await using store = await serveStore({ corsOrigins: ['*'] })
    const response = await request(store.url).get(PATH).set('Origin', 'http://any.test')
    expect([response.status, allowed(response)]).toEqual([401, 'http://any.test'])
  })

  it('CORS headers are never sent by the control API', async () => {
    await using store = await serveStore({ corsOrigins: ['*'] })
    const response = await request(store.url).post('/__mock/reset').set('Origin', 'http://any.test')
    expect([response.status, allowed(response)]).toEqual([403, undefined])
  })
})
