import request from 'supertest'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { CHANGELOG, JudgedStore } from '../../testing/judged-store.ts'
import { serveStore } from '../../testing/serve-store.ts'
import { StreamReader } from '../../testing/stream-reader.ts'
import { until } from '../../testing/until.ts'
import type { VerifyAnswer } from './expectation.ts'

const judged = await JudgedStore.start()
const { store } = judged
const agent = request(store.url)
afterAll(() => store.close())
beforeEach(() => judged.reset())

function post(expectations: readonly object[]): request.Test {
  return agent.post('/__mock/verify').send({ expect: expectations })
}

describe('verify exactlyOneConnection', () => {
  it('exactlyOneConnection passes for a stream that is opened again after its end', async () => {
    for (let n = 0; n < 2; n += 1) {
      await using stream = await judged.openStream('proxy')
      expect(judged.verify({ exactlyOneConnection: {} }).verdict).toBe('passed')
      store.control.closeStreams()
      await until(() => stream.ended, 'the stream ends')
    }
    expect(judged.verify({ exactlyOneConnection: {} }).verdict).toBe('passed')
  })

  it('exactlyOneConnection fails for a second stream at the same time, and names both', async () => {
    await using one = await judged.openStream('proxy', 'one.test')
    {
      await using two = await judged.openStream('proxy', 'two.test')
      expect([one.ended, two.ended]).toEqual([false, false])
    }
    await until(() => store.control.clients().length === 1, 'the second stream has ended')
    expect(judged.verdictOf({ exactlyOneConnection: {} })).toEqual({
      verdict: 'failed',
      message: 'expected exactly one connection at a time, got 2',
      why: [expect.stringMatching(/^opened while client-\d+ was open$/)],
    })
    expect(judged.verify({ exactlyOneConnection: { host: 'two.*' } }).verdict).toBe('passed')
  })

  it('exactlyOneConnection fails for two streams at the same time, also after both have ended', async () => {
    {
      await using one = await judged.openStream('proxy')
      await using two = await judged.openStream('proxy')
      expect([one.ended, two.ended]).toEqual([false, false])
    }
    await until(() => store.control.clients().length === 0, 'both streams have ended')
    await using three = await judged.openStream('proxy')
    expect(three.ended).toBe(false)
    expect(judged.verdictOf({ exactlyOneConnection: {} }).message).toContain('got 2')
    expect(judged.verify({ connections: { exactly: 3 } }).verdict).toBe('passed')
  })

  it('exactlyOneConnection does not count another stream that was opened before the window', async () => {
    await using stream = await judged.openStream('browser')
    store.control.journal.clear()
    expect(stream.ended).toBe(false)
    const asked = { exactlyOneConnection: { userAgent: 'proxy' } }
    expect(judged.verify(asked).verdict).toBe('failed')
    expect(judged.verify({ connections: { exactly: 0 } }).verdict).toBe('passed')
  })

  it('exactlyOneConnection fails without a stream, and names the one that almost matched', async () => {
    await using stream = await judged.openStream('browser')
    expect(stream.ended).toBe(false)
    expect(judged.verdictOf({ exactlyOneConnection: { userAgent: 'proxy*' } })).toEqual({
      verdict: 'failed',
      message: 'expected exactly one connection at a time, got 0',
      why: ['userAgent: expected "proxy*", got "browser"'],
    })
  })

  it('exactlyOneConnection counts a stream that was opened before the window', async () => {
    await using stream = await judged.openStream('proxy')
    store.control.journal.clear()
    expect(judged.verify({ exactlyOneConnection: {} }).verdict).toBe('passed')
    await using second = await judged.openStream('proxy')
    expect([stream.ended, second.ended]).toEqual([false, false])
    expect(judged.verify({ exactlyOneConnection: {} }).verdict).toBe('failed')
    store.control.closeStreams()
    const { cursor } = store.control.journal.query()
    const since = cursor - 2
    const expectation = { exactlyOneConnection: {} }
    expect(store.control.journal.verify({ since, expect: [expectation] }).verdict).toBe('failed')
    expect(store.control.journal.verify({ since: cursor, expect: [expectation] })).toMatchObject({
      results: [{ message: 'expected exactly one connection at a time, got 0' }],
    })
  })
})

describe('verify requests and connections', () => {
  it.each([
    [{ exactly: 2 }, 'passed'],
    [{ exactly: 1 }, 'failed'],
    [{ atLeast: 2 }, 'passed'],
    [{ atLeast: 3 }, 'failed'],
    [{ atMost: 2 }, 'passed'],
    [{ atMost: 1 }, 'failed'],
    [{}, 'passed'],
  ])('requests judges two requests by %j: %s', async (counts, verdict) => {
    await judged.get('/webservice/escenic/content/801')
    await judged.get('/webservice/escenic/content/784')
    await judged.get('/webservice/escenic/content/1')
    const asked = { method: 'GET', path: '*/content/*', status: 200, user: 'user', ...counts }
    expect(judged.verify({ requests: asked }).verdict).toBe(verdict)
  })

  it('requests names the closest request first, and why it did not match', async () => {
    await judged.get('/webservice/escenic/content/801')
    await agent.get('/webservice/escenic/content/801')
    await judged.get('/nowhere')
    const asked = { path: '/webservice/escenic/content/801', status: 404, user: 'user' }
    expect(judged.verdictOf({ requests: asked })).toEqual({
      verdict: 'failed',
      message: 'expected at least 1 requests, got 0',
      why: [
        'status: expected 404, got 200',
        'user: expected "user", got none; path: expected "/webservice/escenic/content/801", got "/nowhere"',
        'user: expected "user", got none; status: expected 404, got 401',
      ],
    })
  })

  it('requests names the surplus requests', async () => {
    await judged.get('/nowhere')
    await judged.get('/nowhere?a=b')
    expect(judged.verify({ requests: { path: '/nowhere', exactly: 1 } }).results).toMatchObject([
      {
        message: 'expected exactly 1 requests, got 2',
        nearMisses: [{ why: ['matches, and is one too many'], entry: { url: '/nowhere?a=b' } }],
      },
    ])
  })

  it('requests selects by the log and the page of a request, by number and by name', async () => {
    await judged.get(`${CHANGELOG}/publication/demo/after/1`)
    await judged.get(`${CHANGELOG}/publication/1/before/9000`)
    const asked = { log: 'publication/1', exactly: 1 }
    const pages = ['after', 'before', 'newest'] as const
    const verdicts = pages.map((page) => judged.verify({ requests: { ...asked, page } }).verdict)
    expect(verdicts).toEqual(['passed', 'passed', 'failed'])
  })

  it('connections counts the streams that were opened', async () => {
    await using stream = await judged.openStream('proxy')
    await using other = await StreamReader.open(`${store.url}/newsgate/events`)
    expect([stream.ended, other.ended]).toEqual([false, false])
    expect(
      judged.verify({ connections: { exactly: 2 } }, { connections: { stream: 'newsgate' } }),
    ).toMatchObject({
      verdict: 'passed',
    })
    expect(judged.verify({ connections: { userAgent: 'proxy', exactly: 2 } }).verdict).toBe(
      'failed',
    )
  })

  it.each(['user', 'remoteAddress'] as const)(
    'connections selects streams by their %s',
    async (name) => {
      await using stream = await judged.openStream('proxy')
      expect(stream.ended).toBe(false)
      const [client] = store.control.clients()
      const wanted = String(client?.[name])
      expect(wanted).not.toBe('')
      const verdictFor = (value: string) =>
        judged.verify({ connections: { [name]: value, exactly: 1 } }).verdict
      expect([verdictFor(wanted), verdictFor(`${wanted}x`)]).toEqual(['passed', 'failed'])
    },
  )
})

describe('POST /__mock/verify', () => {
  it('POST /__mock/verify answers a verdict for each expectation, and the worst of them as the result', async () => {
    await judged.get('/nowhere')
    const expectations = [{ requests: {} }, { polledPrevious: {} }, { requests: { exactly: 0 } }]
    const { body } = await post(expectations)
    expect(body.results.map((result: VerifyAnswer['results'][number]) => result.verdict)).toEqual([
      'passed',
      'inconclusive',
      'failed',
    ])
    expect(body.verdict).toBe('failed')
    expect((await post(expectations.slice(0, 2))).body.verdict).toBe('inconclusive')
    expect((await post(expectations.slice(0, 1))).body.verdict).toBe('passed')
  })

  it('POST /__mock/verify judges only entries after since', async () => {
    await judged.get('/nowhere')
    const { cursor } = judged.verify({ requests: {} })
    await until(() => judged.verify({ requests: {} }).cursor === cursor, 'the end of the request')
    const { body } = await agent
      .post('/__mock/verify')
      .send({ since: cursor, expect: [{ requests: { exactly: 0 } }] })
    expect(body.verdict).toBe('passed')
  })

  it.each([
    [{ expect: [] }, 'expect'],
    [{ expect: [{}] }, 'expected one of exactlyOneConnection, polledPrevious'],
    [{ expect: [{ requests: {}, connections: {} }] }, 'expected one of'],
    [{ expect: [{ requests: { pth: '/a' } }] }, 'pth'],
    [{ expect: [{ requests: { atLeast: 2, atMost: 1 } }] }, 'atLeast 2 is more than atMost 1'],
    [{ since: 99_999_999, expect: [{ requests: {} }] }, 'earlier run'],
  ])('POST /__mock/verify refuses %j', async (body, text) => {
    const refused = await agent.post('/__mock/verify').send(body)
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.text).toContain(text)
  })

  it.each([
    ['evicted', { journalEntries: 4 }, 'are evicted'],
    ['off', { journalEntries: 0 }, 'the journal is off'],
  ])(
    'POST /__mock/verify is inconclusive when the journal is %s, whatever it holds',
    async (_what, settings, text) => {
      await using small = await serveStore(settings)
      for (let n = 0; n < 5; n += 1) small.control.publishItem(801)
      const { verdict, results } = small.control.journal.verify({
        expect: [{ requests: { exactly: 0 } }, { connections: { exactly: 1 } }],
      })
      expect([verdict, ...results.map((result) => result.verdict)]).toEqual(
        Array.from({ length: 3 }, () => 'inconclusive'),
      )
      expect(results[0]?.message).toContain(text)
    },
  )

  it('POST /__mock/verify is inconclusive when since is from before a clear of the journal', async () => {
    store.control.publishItem(801)
    const { cursor } = store.control.journal.query()
    store.control.publishItem(801)
    store.control.journal.clear()
    const expectation = { requests: { exactly: 0 } }
    const { verdict, results } = store.control.journal.verify({
      since: cursor,
      expect: [expectation],
    })
    expect([verdict, results[0]?.message]).toEqual([
      'inconclusive',
      expect.stringContaining('the journal was cleared'),
    ])
    expect(judged.verify(expectation).verdict).toBe('passed')
  })
})
