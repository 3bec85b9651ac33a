import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { CHANGELOG, JudgedStore } from '../../testing/judged-store.ts'

const LOG = `${CHANGELOG}/section/12`

const judged = await JudgedStore.start()
const { store } = judged
afterAll(() => store.close())
beforeEach(() => judged.reset())

describe('verify polledPrevious', () => {
  const within = { polledPrevious: { withinMs: 2_000 } }

  it('polledPrevious passes for a poll in time, and fails for one that is too late', async () => {
    await using stream = await judged.openStream('proxy')
    const previous = await judged.poll(LOG)
    store.control.publishItem(801)
    await stream.until(({ data }) => data.length === 1, 'an event')
    await store.control.clock.advance(2_000)
    const next = await judged.poll(previous)
    expect(judged.verify(within).verdict).toBe('passed')
    store.control.publishItem(784)
    await store.control.clock.advance(2_010)
    await judged.poll(next)
    expect(judged.verdictOf(within)).toEqual({
      verdict: 'failed',
      message: expect.stringContaining(
        '1 of 2 events were polled; the first that was not: section/12',
      ),
      why: expect.arrayContaining(['10 ms too late']),
    })
    expect(judged.verify({ polledPrevious: { withinMs: 2_010 } }).verdict).toBe('passed')
  })

  it.each([
    ['another page', `${LOG}?count=1`, 'page: expected "after", got "newest"'],
    [
      'another log',
      `${CHANGELOG}/section/22/after/1`,
      'log: expected "section/12", got "section/22"',
    ],
  ])('polledPrevious fails for a request of %s, and says so', async (_what, path, why) => {
    await using stream = await judged.openStream('proxy')
    store.control.publishItem(801)
    await stream.until(({ data }) => data.length === 1, 'an event')
    await judged.get(path)
    await store.control.clock.advance(3_000)
    expect(judged.verdictOf(within)).toMatchObject({ verdict: 'failed', why: [why] })
  })

  it('polledPrevious requires atLeast polls of the selected clients', async () => {
    await using stream = await judged.openStream('proxy')
    const previous = await judged.poll(LOG)
    store.control.publishItem(801)
    await stream.until(({ data }) => data.length === 1, 'an event')
    for (const agentName of ['one', 'two']) {
      await judged.get(previous, { 'User-Agent': agentName })
    }
    await store.control.clock.advance(3_000)
    const verdicts = [
      { atLeast: 2 },
      { atLeast: 3 },
      { userAgent: 'one' },
      { userAgent: 'one', atLeast: 2 },
      { userAgent: 'three' },
    ].map((asked) => judged.verify({ polledPrevious: asked }).verdict)
    expect(verdicts).toEqual(['passed', 'failed', 'passed', 'failed', 'failed'])
  })

  it('polledPrevious is inconclusive without an event, and while the time of one is not over', async () => {
    expect(judged.verdictOf(within)).toMatchObject({ verdict: 'inconclusive', why: [] })
    await using stream = await judged.openStream('proxy')
    store.control.publishItem(801)
    await stream.until(({ data }) => data.length === 1, 'an event')
    await store.control.clock.advance(1_999)
    expect(judged.verdictOf(within)).toMatchObject({
      verdict: 'inconclusive',
      message: expect.stringContaining('the time of 1 is not over'),
    })
    await store.control.clock.advance(1)
    expect(judged.verify(within).verdict).toBe('failed')
  })
})

describe('verify neverPolledWithoutEvent', () => {
  const never = { neverPolledWithoutEvent: {} }

  it('neverPolledWithoutEvent passes for a client that polls at events, page by page until one is empty', async () => {
    await using stream = await judged.openStream('proxy')
    let previous = await judged.poll(`${LOG}?count=1`)
    for (let events = 1; events <= 3; events += 1) {
      store.control.publishItem(801)
      store.control.publishItem(784)
      await stream.until(({ data }) => data.length === events * 2, 'two events')
      for (let pages = 0; pages < 3; pages += 1) previous = await judged.poll(previous)
    }
    expect(judged.verdictOf(never)).toEqual({
      verdict: 'passed',
      message: 'expected no poll of previous without an event, got 0 of 9 polls',
      why: [],
    })
  })

  it('neverPolledWithoutEvent fails for a client that polls by a timer, and names the polls', async () => {
    await using stream = await judged.openStream('proxy')
    const previous = await judged.poll(LOG)
    for (let polls = 0; polls < 3; polls += 1) await judged.poll(previous)
    expect(stream.ended).toBe(false)
    const { verdict, message, why } = judged.verdictOf(never)
    expect([verdict, message]).toEqual([
      'failed',
      'expected no poll of previous without an event, got 2 of 3 polls',
    ])
    const reason = expect.stringMatching(
      /^there was no event about section\/12 since the poll at entry \d+$/,
    )
    expect(why).toEqual([reason, reason])
  })

  it('neverPolledWithoutEvent fails for a client that polls the same page again and again', async () => {
    const previous = await judged.poll(LOG)
    store.control.publishItem(801)
    for (let polls = 0; polls < 3; polls += 1) await judged.poll(previous)
    expect(judged.verify(never).verdict).toBe('failed')
  })

  it('neverPolledWithoutEvent fails for a poll after an event about another log', async () => {
    await using stream = await judged.openStream('proxy')
    const previous = await judged.poll(LOG)
    await judged.poll(previous)
    store.control.createItem({ sectionId: 22, title: 'A' })
    await stream.until(({ data }) => data.length === 1, 'an event')
    await judged.poll(previous)
    expect(judged.verify(never).verdict).toBe('failed')
    expect(judged.verify({ neverPolledWithoutEvent: { log: 'section/22' } }).verdict).toBe('passed')
  })

  it('neverPolledWithoutEvent allows a first poll without an event unless allowFirst is false', async () => {
    await judged.poll(await judged.poll(LOG))
    expect(judged.verify(never).verdict).toBe('passed')
    expect(judged.verdictOf({ neverPolledWithoutEvent: { allowFirst: false } })).toMatchObject({
      verdict: 'failed',
      why: ['there was no event about section/12 before it'],
    })
  })

  it('neverPolledWithoutEvent allows one more poll after a stream was opened', async () => {
    const previous = await judged.poll(LOG)
    await judged.poll(previous)
    await using stream = await judged.openStream('proxy')
    expect(stream.ended).toBe(false)
    await judged.poll(previous)
    expect(judged.verify(never).verdict).toBe('passed')
    await judged.poll(previous)
    expect(judged.verify(never).verdict).toBe('failed')
  })

  it('neverPolledWithoutEvent distinguishes clients by user agent, or counts those that share one', async () => {
    const previous = await judged.poll(LOG)
    await judged.get(previous, { 'User-Agent': 'one' })
    await judged.get(previous, { 'User-Agent': 'two' })
    expect(judged.verify(never).verdict).toBe('passed')
    await judged.get(previous, { 'User-Agent': 'two' })
    expect(judged.verify(never).verdict).toBe('failed')
    expect(judged.verify({ neverPolledWithoutEvent: { pollers: 2 } }).verdict).toBe('passed')
  })
})
