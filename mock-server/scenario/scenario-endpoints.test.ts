import request from 'supertest'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { startMockContentStore } from '../start.ts'
import { until } from '../testing/until.ts'

const START = '2026-01-01T00:00:00Z'
const OPTIONS = {
  clock: { frozen: true, at: START },
  publicUrl: 'http://store',
  logPayload: true,
} as const
const LOGS = ['publication/1', 'section/12', 'section/22', 'list/61']

describe('the scenarios of the control API', () => {
  let store: MockContentStore
  beforeAll(async () => {
    store = await startMockContentStore(OPTIONS)
  })
  beforeEach(() => store.control.reset())
  afterAll(() => store.close())

  const post = (text: string, query = '') =>
    request(store.url).post(`/__mock/scenarios${query}`).send(text)
  const get = async (id: number) => (await request(store.url).get(`/__mock/scenarios/${id}`)).body

  it('a scenario that is posted runs in the store, and its verdict is listed', async () => {
    const { status, body } = await post('name: a\nsteps:\n  - publish: {item: 801}')
    expect(status).toBe(202)
    expect(body).toMatchObject({ name: 'a', state: 'running' })
    await until(() => store.control.scenarios.get(body.id).state !== 'running', 'the run ends')
    const ended = await get(body.id)
    expect(ended).toMatchObject({ state: 'passed', steps: 1, result: { edits: 1, seed: 1 } })
    expect(ended.result.clients).toHaveLength(1)
    const list = await request(store.url).get('/__mock/scenarios')
    expect(list.body.runs.at(-1)).toEqual(ended)
    expect(list.body.shipped).toContain('breaking-news')
  })

  it('a shipped scenario runs by its name, and an unknown one is answered 404', async () => {
    const { body } = await post('', '?shipped=two-editors-in-conflict')
    await until(() => store.control.scenarios.get(body.id).state !== 'running', 'the run ends')
    expect(await get(body.id)).toMatchObject({ state: 'passed' })
    const unknown = await post('', '?shipped=no-such')
    expect([unknown.status, unknown.body.detail]).toEqual([
      404,
      expect.stringContaining('breaking'),
    ])
  })

  it('one scenario runs at a time, and a run that is stopped ends', async () => {
    const { body } = await post('name: long\nsteps:\n  - pause: 1h')
    const second = await post('name: b\nsteps: []')
    expect([second.status, second.body.limit]).toEqual([409, 'runningScenarios'])
    const stopped = await request(store.url).delete(`/__mock/scenarios/${body.id}`)
    expect(stopped.body).toMatchObject({ state: 'failed' })
    expect(stopped.body.message).toContain('the scenario was stopped')
    expect((await request(store.url).get('/__mock/scenarios/999')).status).toBe(404)
  })

  it('a run that is stepped pauses before each step, names the next one, and resumes to its end', async () => {
    const { body: first } = await post(
      'name: a\nsteps:\n  - publish: {item: 801}\n  - repeat: {times: 2, steps: [{wait: 1s}]}\n  - mark: x',
      '?step=true',
    )
    expect(first).toMatchObject({ state: 'paused', at: 'scenario:3:5', next: 'publish', steps: 0 })
    const agent = request(store.url)
    const step = async () => (await agent.post(`/__mock/scenarios/${first.id}/step`)).body
    expect(await step()).toMatchObject({
      state: 'paused',
      at: 'scenario:4:32',
      next: 'wait',
      steps: 1,
    })
    expect(await step()).toMatchObject({ state: 'paused', next: 'wait', steps: 2 })
    expect((await post('name: b\nsteps: []')).status).toBe(409)
    const resumed = await agent.post(`/__mock/scenarios/${first.id}/resume`)
    expect(resumed.status).toBe(200)
    await until(() => store.control.scenarios.get(first.id).state !== 'running', 'the run ends')
    expect(await get(first.id)).toMatchObject({ state: 'passed', steps: 4, result: { edits: 1 } })
    expect((await agent.post(`/__mock/scenarios/${first.id}/step`)).status).toBe(409)
  })

  it('the last step that is stepped ends the run, and a paused run can be stopped', async () => {
    const text = 'name: a\nsteps:\n  - update: {item: 801, title: Stepped}'
    const paused = await store.control.scenarios.start({ text, url: store.url, step: true })
    expect(store.control.item(801).title).not.toBe('Stepped')
    const stopped = await store.control.scenarios.stop(paused.id)
    expect(stopped).toMatchObject({ state: 'failed', steps: 0 })
    const again = await store.control.scenarios.start({ text, url: store.url, step: true })
    expect(await store.control.scenarios.step(again.id)).toMatchObject({
      state: 'passed',
      steps: 1,
    })
    expect(store.control.item(801).title).toBe('Stepped')
  })

  it.each([
    ['name: a\nsteps:\n  - wait: soon', [{ line: 3, column: 11, path: 'steps.0.wait' }]],
    ['name: a\nsteps: [', [{ line: 2, path: '' }]],
    [
      'name: a\nsteps:\n  - publish: {item: $a}\n  - mark: a\n    wait: 1s',
      [
        { line: 3, path: 'steps.0.publish.item' },
        { line: 4, path: 'steps.1' },
      ],
    ],
    ['name: a\nsteps: []', []],
  ])('a scenario is checked without a run: %j', async (text, mistakes) => {
    const runs = store.control.scenarios.list().runs.length
    const { status, body } = await request(store.url).post('/__mock/scenarios/check').send(text)
    expect(status).toBe(200)
    expect(body.mistakes).toMatchObject(mistakes)
    expect(body.mistakes).toHaveLength(mistakes.length)
    expect(store.control.scenarios.list().runs).toHaveLength(runs)
  })

  it('a scenario with mistakes is answered 400 with line and column', async () => {
    const { status, body } = await post('name: a\nsteps:\n  - wait: soon')
    expect([status, body.detail]).toEqual([
      400,
      'scenario:3:11: steps.0.wait: expected a time such as 250ms, 10s, 2m or 8h',
    ])
    expect((await post('')).status).toBe(400)
  })

  it.each([
    ['its path', '/space/ann', '127.0.0.1'],
    ['its host name', '', 'ann.test'],
  ])(
    'a scenario that is posted to a space by %s runs in it, and leaves the store alone',
    async (_, path, host) => {
      const { control } = store.spaces.create('ann', { hosts: ['ann.test'] })
      const answer = await request(store.url)
        .post(`${path}/__mock/scenarios`)
        .set('Host', host)
        .send('name: a\nsteps:\n  - update: {item: 801, title: In the space}')
      expect(answer.status).toBe(202)
      await until(() => control.scenarios.get(1).state !== 'running', 'the run ends')
      expect(control.scenarios.get(1)).toMatchObject({ state: 'passed' })
      expect(control.item(801).title).toBe('In the space')
      expect(store.control.item(801).title).not.toBe('In the space')
      store.spaces.delete('ann')
    },
  )

  it('the list of runs keeps the latest twenty', async () => {
    for (let time = 0; time < 22; time += 1) {
      const { id } = await store.control.scenarios.start({
        text: 'name: a\nclients: 0\nreset: false\nsteps: []',
        url: store.url,
      })
      await store.control.scenarios.stop(id)
    }
    expect(store.control.scenarios.list().runs).toHaveLength(20)
  })
})

describe('the recording of a session', () => {
  it('a session that is recorded and run again gives the same feeds, byte for byte', async () => {
    await using store = await startMockContentStore(OPTIONS)
    const agent = request(store.url)
    await agent.post('/__mock/scenarios/recording').expect(201)
    await agent.post('/__mock/reset').expect(204)
    await agent
      .post('/__mock/items')
      .send({ section: 22, title: 'For $5, or ${name}', type: 'news' })
    await agent.post('/__mock/clock/advance').send({ ms: 61_500 })
    const { body } = await agent.post('/__mock/items').send({ section: 12, title: 'Second' })
    await agent.patch(`/__mock/items/${body.item.id}`).send({ title: 'Better', sections: [12, 22] })
    await agent.post(`/__mock/items/${body.item.id}/publish`)
    await agent.put('/__mock/lists/61').send({ items: [body.item.id, 800] })
    await agent.put('/__mock/faults').send({
      faults: [{ name: 'slow', kind: 'latency', scope: 'item', ms: 1 }],
    })
    await agent.put('/__mock/clock').send({ frozen: true, at: '2026-02-01T00:00:00Z' })
    await agent.put('/__mock/faults').send({ faults: [] })
    await agent.delete('/__mock/items/800')
    await agent.delete('/__mock/clients')
    const entry = `<entry xmlns="http://www.w3.org/2005/Atom" xmlns:vdf="http://www.vizrt.com/types"><title>By a client</title><content type="application/vnd.vizrt.payload+xml"><vdf:payload model="http://store/webservice/escenic/publication/demo/model/content-type/story"><vdf:field name="title"><vdf:value>By a client</vdf:value></vdf:field></vdf:payload></content></entry>`
    await agent
      .post('/webservice/escenic/section/22/content-items')
      .auth('user', 'password')
      .type('application/atom+xml')
      .send(entry)
      .expect(201)
      .expect('Location', /content\/804$/)
    const feeds = await feedsOf(store)

    const yaml = await agent.delete('/__mock/scenarios/recording')
    expect(yaml.headers['content-type']).toContain('application/yaml')
    expect(yaml.text).toContain('wait: 61500ms')
    // Parts that repeat are written out, not as anchors and aliases.
    expect(yaml.text).not.toMatch(/: [&*]a\d/)
    expect(yaml.text).toContain('<vdf:value>By a client</vdf:value>')
    expect((await agent.get('/__mock/scenarios/recording')).status).toBe(404)

    await using again = await startMockContentStore(OPTIONS)
    const { id } = await again.control.scenarios.start({ text: yaml.text, url: again.url })
    await until(() => again.control.scenarios.get(id).state !== 'running', 'the run ends')
    expect(again.control.scenarios.get(id)).toMatchObject({ state: 'passed' })
    again.control.clock.set({ frozen: true, at: '2026-02-01T00:00:00Z' })
    expect(await feedsOf(again)).toEqual(feeds)
    const [before, after] = [store, again].map(({ control }) => control.item(804))
    expect(after).toEqual(before)
  })

  it('a recording names what a scenario cannot do, and only one session is recorded', async () => {
    await using store = await startMockContentStore(OPTIONS)
    const { recording } = store.control.scenarios
    expect(() => recording.yaml()).toThrow('no session is recorded')
    recording.start()
    expect(() => recording.start()).toThrow('a session is recorded already')
    store.control.addSections({ name: 'Sea' })
    expect(recording.yaml()).toContain('# Not recorded, because a scenario cannot do it: a change')
    for (let n = 0; n < 10_001; n += 1) store.control.setFaults([])
    expect(recording.stop()).toContain('# The recording was full: what followed is missing.')
  })
})

async function feedsOf(store: MockContentStore): Promise<readonly string[]> {
  const headers = { Authorization: `Basic ${btoa('user:password')}` }
  return Promise.all(
    LOGS.map(async (log) => {
      const url = `${store.url}/webservice/escenic/changelog/${log}?count=50`
      return (await fetch(url, { headers })).text()
    }),
  )
}
