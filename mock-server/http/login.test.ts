import request from 'supertest'
import { describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { serveStore } from '../testing/serve-store.ts'

const PATH = '/webservice/index.xml'

async function statusFor(
  { url }: MockContentStore,
  name: string,
  password: string,
): Promise<number> {
  return (await request(url).get(PATH).auth(name, password)).status
}

describe('the login', () => {
  it('the login is required on every path of the web service', async () => {
    await using store = await serveStore()
    const paths = [
      PATH,
      '/webservice/escenic/section/ROOT/subsections',
      '/webservice/escenic/changelog/sse',
      '/webservice/escenic/content/801',
      '/webservice/nowhere',
    ]
    const challenge = 'Basic realm="Content Store", charset="UTF-8"'
    for (const path of paths) {
      const { status, headers } = await request(store.url).get(path)
      expect([path, status, headers['www-authenticate']]).toEqual([path, 401, challenge])
    }
  })

  it('the login is user:password by default', async () => {
    await using store = await serveStore()
    expect(await statusFor(store, 'user', 'password')).toBe(200)
    expect(await statusFor(store, 'user', 'passwor')).toBe(401)
    expect(await statusFor(store, 'User', 'password')).toBe(401)

    await using other = await serveStore({ login: { name: 'qa', password: 'a:b' } })
    expect(await statusFor(other, 'qa', 'a:b')).toBe(200)
    expect(await statusFor(other, 'user', 'password')).toBe(401)
  })

  it.each(['Bearer x', 'Basic', 'Basic !!!', 'Basic dXNlcg==', `Basic ${'A'.repeat(9_000)}`])(
    'the login refuses the header %.20s',
    async (header) => {
      await using store = await serveStore()
      const { status } = await request(store.url).get(PATH).set('Authorization', header)
      expect(status).toBe(401)
    },
  )

  it('the login challenges a script only when it sent no credentials', async () => {
    await using store = await serveStore()
    const ask = () => request(store.url).get(PATH).set('X-Requested-With', 'XMLHttpRequest')
    expect((await ask().expect(401)).headers).toHaveProperty('www-authenticate')
    expect((await ask().auth('user', 'wrong').expect(401)).headers).not.toHaveProperty(
      'www-authenticate',
    )
  })

  it('the login may be arbitrary or missing with acceptAnyLogin', async () => {
    await using store = await serveStore({ acceptAnyLogin: true })
    expect(await statusFor(store, 'who', 'ever')).toBe(200)
    expect((await request(store.url).get(PATH)).status).toBe(200)
  })
})
