import request from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { LIMITS } from '../content/limits.ts'
import type { MockContentStore } from '../start.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { until } from '../testing/until.ts'
import { readSpaceTarget } from './space-name.ts'

const ITEM = '/webservice/escenic/content/801'
const STREAM = '/webservice/escenic/changelog/sse'

let store: MockContentStore
beforeAll(async () => {
  store = await serveStore({ workers: 2, space: ['one', 'two'] })
})
afterAll(() => store.close())

/** The title of item 801 in the space at `path`. */
async function title(path: string): Promise<string> {
  const { body } = await request(store.url + path).get('/__mock/items/801')
  return body.item.title
}

describe('spaces', () => {
  it('an edit in a space is seen by the clients of that space only', async () => {
    await using one = await StreamReader.open(`${store.url}/space/one${STREAM}`)
    await using two = await StreamReader.open(`${store.url}/space/two${STREAM}`)
    await using main = await StreamReader.open(store.url + STREAM)
    const patched = await request(`${store.url}/space/one`)
      .patch('/__mock/items/801')
      .send({ title: 'In one' })
    expect(patched.body.change.id).toBe(5044)
    await one.until(({ data }) => data.length === 2, 'two events')
    expect(await Promise.all(['/space/one', '/space/two', ''].map(title))).toEqual([
      'In one',
      'Harbour reopens',
      'Harbour reopens',
    ])
    // What another space had sent wrongly would have come before these.
    store.spaces.get('two').control.updateItem(800, { title: 'In two' })
    store.control.updateItem(800, { title: 'In the default space' })
    await two.until(({ data }) => data.length === 2, 'two events')
    await main.until(({ data }) => data.length === 2, 'two events')
    expect(one.data).toHaveLength(2)
    expect(store.spaces.get('one').control.clients()).toMatchObject([{ path: STREAM, events: 2 }])
  })

  it('a reset of a space leaves every other space alone', async () => {
    const { control: one } = store.spaces.get('one')
    const { control: two } = store.spaces.get('two')
    for (const control of [store.control, one, two]) control.updateItem(801, { title: 'Edited' })
    await request(`${store.url}/space/one`).post('/__mock/reset').expect(204)
    expect(one.item(801).title).toBe('Harbour reopens')
    expect(two.item(801).title).toBe('Edited')
    expect(store.control.item(801).title).toBe('Edited')
    store.control.reset()
    expect(two.item(801).title).toBe('Edited')
  })

  it('faults and busy workers of a space do not affect the others', async () => {
    const fault = { name: 'down', kind: 'status', scope: 'item', status: 503 }
    await request(`${store.url}/space/one`)
      .put('/__mock/faults')
      .send({ faults: [fault] })
      .expect(200)
    const statusOf = async (path: string): Promise<number> =>
      (
        await request(store.url + path)
          .get(ITEM)
          .auth(...TEST_LOGIN)
      ).status
    expect(await statusOf('/space/one')).toBe(503)
    expect(await statusOf('/space/two')).toBe(200)
    expect(await statusOf('')).toBe(200)
    await using first = await StreamReader.open(`${store.url}/space/one${STREAM}`)
    await using second = await StreamReader.open(`${store.url}/space/one${STREAM}`)
    expect(store.spaces.get('one').control.info().workers.busy).toBe(2)
    expect(await statusOf('/space/two')).toBe(200)
    expect([first.ended, second.ended]).toEqual([false, false])
  })

  it('/__mock/spaces creates, lists, shows and deletes a space, whose streams then end', async () => {
    const agent = request(store.url)
    const created = await agent.post('/__mock/spaces').send({ name: 'temp', hosts: ['T.test'] })
    expect(created.status).toBe(201)
    expect(created.body).toMatchObject({ name: 'temp', path: '/space/temp', hosts: ['t.test'] })
    const listed = await agent.get('/__mock/spaces')
    expect(listed.body.spaces.map(({ name }: { name: string }) => name)).toContain('temp')
    const stream = await StreamReader.open(`${store.url}/space/temp${STREAM}`)
    const shown = await agent.get('/__mock/spaces/temp')
    expect(shown.body).toMatchObject({ clients: 1, items: 20, sections: 5, changeId: 5041 })
    await agent.delete('/__mock/spaces/temp').expect(204)
    await expect(stream.until(() => false, 'the end')).rejects.toThrow('the stream ended')
    await agent.get('/__mock/spaces/temp').expect(404)
    await agent.delete('/__mock/spaces/temp').expect(404)
    const refused = await agent.get('/space/temp/__mock/info')
    expect([refused.status, refused.type]).toEqual([404, 'application/problem+json'])
    expect(refused.body.detail).toContain('there is no space "temp"')
    await agent.get(`/space/temp${ITEM}`).expect(404, /^there is no space "temp"; create it with/)
    store.spaces.create('temp')
    store.spaces.delete('temp')
  })

  it.each([
    [{ name: 'one' }, 409, 'there is a space "one"'],
    [{ name: 'One' }, 400, 'name: expected 1 to 63 characters'],
    [{ name: '../x' }, 400, 'name: expected 1 to 63 characters'],
    [{ name: 'x'.repeat(64) }, 400, 'name: expected 1 to 63 characters'],
    [{ name: 'x', hosts: ['http://h'] }, 400, 'hosts: expected a host name'],
    [{ name: 'x', hosts: ['localhost'] }, 400, 'hosts: expected a host name'],
    [{ name: 'x', hosts: ['*.test'] }, 400, 'hosts: expected a host name'],
    [
      { name: 'x', hosts: Array.from({ length: LIMITS.spaceHosts + 1 }, (_, n) => `h${n}.test`) },
      409,
      `spaceHosts: expected at most ${LIMITS.spaceHosts} entries, got ${LIMITS.spaceHosts + 1}`,
    ],
    [{ name: 'x', sseEndpoint: 'ftp://h/' }, 400, 'sseEndpoint'],
    [{ name: 'x', seed: 1 }, 400, 'seed'],
    [{}, 400, 'name'],
  ])('POST /__mock/spaces of %j is answered by %i', async (body, status, detail) => {
    const answer = await request(store.url).post('/__mock/spaces').send(body)
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringContaining(detail)])
  })

  it('a host belongs to one space', async () => {
    store.spaces.create('holder', { hosts: ['held.test'] })
    expect(() => store.spaces.create('second', { hosts: ['held.test'] })).toThrow(
      'hosts: "held.test" is a host of the space "holder"',
    )
    expect(() => store.spaces.get('second')).toThrow('there is no space "second"')
    store.spaces.delete('holder')
    expect(store.spaces.create('second', { hosts: ['held.test'] }).hosts).toEqual(['held.test'])
    store.spaces.delete('second')
  })

  it('a host of a space may use the control API of that space only', async () => {
    store.spaces.create('hosted', { hosts: ['qa.test'] })
    const info = await request(store.url).get('/__mock/info').set('Host', 'qa.test').expect(200)
    expect(info.body.changeId).toBe(5041)
    const foreign = await request(store.url).get('/space/one/__mock/info').set('Host', 'qa.test')
    expect(foreign.status).toBe(403)
    store.spaces.delete('hosted')
  })

  it('a space advertises its own stream, or the one that it was given', async () => {
    const sseEndpoint = 'http://proxy.test/sse'
    await using behindProxy = await serveStore({ sseEndpoint })
    behindProxy.spaces.create('own')
    behindProxy.spaces.create('given', { sseEndpoint: 'http://proxy.test/other' })
    const feedOf = async (path: string): Promise<string> =>
      (
        await request(behindProxy.url + path)
          .get('/webservice/escenic/changelog/section/12')
          .auth(...TEST_LOGIN)
      ).text
    expect(await feedOf('')).toContain(sseEndpoint)
    expect(await feedOf('/space/own')).not.toContain('proxy.test')
    expect(await feedOf('/space/own')).toContain(`${behindProxy.url}/space/own${STREAM}`)
    expect(await feedOf('/space/given')).toContain('http://proxy.test/other')
  })

  it('a store that closes ends the streams and waits of every space', async () => {
    const closing = await serveStore({ space: ['one'] })
    const { control } = closing.spaces.get('one')
    await using stream = await StreamReader.open(`${closing.url}/space/one${STREAM}`)
    let ofWait = 'the wait is open'
    void control.wait({ for: 'change', count: 1 }).catch((error) => (ofWait = String(error)))
    await closing.close()
    expect(ofWait).toContain('the store is shutting down')
    await expect(stream.until(() => false, 'the end')).rejects.toThrow('the stream ended')
  })

  it('a wait in a space that is deleted ends, and its error says so', async () => {
    await using shared = await serveStore({ space: ['gone'] })
    const { control } = shared.spaces.get('gone')
    const outcome = control.wait({ for: 'change', count: 1 }).catch(String)
    await request(shared.url).delete('/__mock/spaces/gone').expect(204)
    expect(await outcome).toBe('MockServerError: the space "gone" was deleted')
  })

  it('a scenario in a space that is deleted ends, and its result says so', async () => {
    await using shared = await serveStore({ space: ['gone'] })
    const { control, path } = shared.spaces.get('gone')
    const { id } = await control.scenarios.start({
      text: 'name: Long\nsteps: [{wait: 10m}]',
      url: shared.url + path,
    })
    await request(shared.url).delete('/__mock/spaces/gone').expect(204)
    await until(() => control.scenarios.get(id).state !== 'running', 'the run ends')
    expect(control.scenarios.get(id).message).toContain('the space "gone" was deleted')
  })

  it('the number of spaces is limited, and the answer names the limit', async () => {
    await using full = await serveStore()
    for (let n = 0; n < LIMITS.spaces; n += 1) full.spaces.create(`s${n}`)
    const answer = await request(full.url).post('/__mock/spaces').send({ name: 'more' })
    expect([answer.status, answer.body.limit]).toEqual([409, 'spaces'])
    full.spaces.delete('s0')
    expect(full.spaces.create('more').path).toBe('/space/more')
  })

  it.each([
    ['/space/a/webservice/x?y=1', { name: 'a', rest: '/webservice/x?y=1' }],
    ['http://host:1/space/a/x', { name: 'a', rest: '/x' }],
    ['/space/a', { name: 'a', rest: '/' }],
    ['/space/a?x', { name: 'a', rest: '/?x' }],
    ['/space/', { name: '', rest: '/' }],
    ['/spaces/a', undefined],
    ['/webservice/space/a/', undefined],
    ['*', undefined],
  ])('readSpaceTarget reads %j as %j', (target, expected) => {
    expect(readSpaceTarget(target)).toEqual(expected)
  })
})
