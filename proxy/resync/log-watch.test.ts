import { describe, expect, it } from 'vitest'

import { CountingGuard } from '../testing/counting-guard.ts'
import { eventually } from '../testing/deadline.ts'
import type { PageAnswer } from './ask-page.ts'
import { LogWatch, type LogPointer } from './log-watch.ts'

const URL = 'http://a/log'
const GRACE_MS = 1000
const OLD: LogPointer = { previous: 'http://a/log/after/1', etag: undefined }

/** A watch with a clock of its own; `answers` = what each URL answers. */
function watched(pointer: LogPointer | undefined = OLD) {
  let nowMs = 1_000_000
  let heardMs = 0
  const asked: string[] = []
  const answers = new Map<string, PageAnswer>()
  const answer = (url: string, previous: string, hasEntries = false) =>
    answers.set(url, { page: { previous, hasEntries }, etag: undefined })
  const guard = new CountingGuard()
  const watch = new LogWatch(
    {
      ask: async (url) => {
        asked.push(url)
        return await Promise.resolve(answers.get(url) ?? Promise.reject(new Error('no answer')))
      },
      heardMs: () => heardMs,
      graceMs: GRACE_MS,
      checkMs: 10_000,
      maxLogs: 2,
      onChange: () => undefined,
      onFailure: () => undefined,
      guard,
      nowMs: () => nowMs,
    },
    new Map([[URL, pointer]]),
  )
  return {
    watch,
    asked,
    answer,
    pass: (ms: number) => (nowMs += ms),
    hear: () => (heardMs = nowMs),
    /** Settles when the timer has looked at all change logs once more. */
    ticked: async () => await guard.ranAgain(),
    changed: async () => {
      const changed: string[] = []
      await watch.check([URL], (url) => changed.push(url))
      return changed
    },
    previous: () => watch.pointers().get(URL)?.previous,
    [Symbol.dispose]: () => watch.close(),
  }
}

describe('LogWatch', () => {
  it('LogWatch reports a change log whose page after the pointer has entries, and no other', async () => {
    using empty = watched()
    empty.answer(OLD.previous, OLD.previous)
    expect(await empty.changed()).toEqual([])
    using full = watched()
    full.answer(OLD.previous, 'http://a/log/after/2', true)
    expect(await full.changed()).toEqual([URL])
    expect(full.asked).toEqual([OLD.previous])
  })

  it('LogWatch reports a change log without a pointer, one that fails, and those that are too many', async () => {
    using unknown = watched(undefined)
    unknown.watch.announced(URL)
    unknown.watch.lost()
    expect(await unknown.changed()).toEqual([URL])
    using failing = watched()
    expect(await failing.changed()).toEqual([URL])
    using crowded = watched()
    for (const url of ['http://a/1', 'http://a/2']) crowded.watch.announced(url)
    crowded.answer(OLD.previous, OLD.previous)
    expect(await crowded.changed()).toEqual([URL])
  })

  it('LogWatch moves the pointer only after a byte that came graceMs after the page', async () => {
    using log = watched()
    log.answer(URL, 'http://a/log/after/2', true)
    log.watch.resumed()
    log.watch.announced(URL)
    log.hear()
    log.pass(GRACE_MS)
    await eventually('the log is asked', () => log.asked.length === 1)
    log.pass(2 * GRACE_MS)
    // Time alone proves nothing: the connection may be dead.
    await log.ticked()
    expect(log.previous()).toBe(OLD.previous)
    log.hear()
    await eventually('the pointer has moved', () => log.previous() === 'http://a/log/after/2')
    expect(log.asked).toEqual([URL])
  })

  it('LogWatch forgets a newer page when the connection ends before graceMs', async () => {
    using log = watched()
    log.answer(URL, 'http://a/log/after/2', true)
    log.answer(OLD.previous, 'http://a/log/after/2', true)
    log.watch.resumed()
    log.watch.announced(URL)
    log.pass(GRACE_MS)
    await eventually('the log is asked', () => log.asked.length === 1)
    // The page has a change whose event is lost with the connection.
    log.watch.lost()
    log.pass(2 * GRACE_MS)
    log.hear()
    await log.ticked()
    expect(await log.changed()).toEqual([URL])
    expect(log.asked).toEqual([URL, OLD.previous])
  })

  it('LogWatch asks again for a page that it forgot once a connection continues the lost one', async () => {
    using log = watched()
    log.answer(URL, 'http://a/log/after/2', true)
    log.watch.resumed()
    log.watch.announced(URL)
    log.pass(GRACE_MS)
    await eventually('the log is asked', () => log.asked.length === 1)
    log.watch.lost()
    log.watch.resumed()
    log.pass(GRACE_MS)
    await eventually('the log is asked again', () => log.asked.length === 2)
    expect(log.asked).toEqual([URL, URL])
  })

  it('LogWatch asks nothing after a check during which the connection was lost', async () => {
    using log = watched()
    log.answer(OLD.previous, OLD.previous)
    const checked = log.changed()
    log.watch.lost()
    await checked
    log.watch.announced(URL)
    log.pass(10 * GRACE_MS)
    await log.ticked()
    expect(log.asked).toEqual([OLD.previous])
  })

  it('LogWatch asks nothing while the connection is lost', async () => {
    using log = watched()
    log.watch.resumed()
    log.watch.announced(URL)
    log.watch.lost()
    log.pass(10 * GRACE_MS)
    await log.ticked()
    expect(log.asked).toEqual([])
  })
})
