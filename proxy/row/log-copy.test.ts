import { describe, expect, it } from 'vitest'

import type { Entry, Page } from './engine.ts'
import { LogCopy } from './log-copy.ts'

const EPOCHS = [{ name: 'e', base: 0 }]
const LIMITS = { maxFrames: 10_000, maxBytes: 1_000_000 }

function entry(number: number): Entry {
  return {
    number,
    backEnd: 'a',
    owner: 'one',
    sequence: number,
    upstreamId: '',
    frame: Buffer.from('data: x\n\n'),
  }
}

/** The entries from `first` to `last` of a log that has `head` of them. */
function page(first: number, last: number, head: number): Page {
  const entries = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) =>
    entry(first + at),
  )
  return {
    head: { number: head, run: 'r', isSettled: true, urlRevision: 1, epochs: EPOCHS },
    entries,
  }
}

describe('LogCopy', () => {
  it('LogCopy takes a page that was asked for before other entries came for no gap', () => {
    const copy = new LogCopy(LIMITS)
    copy.add(page(1, 600, 600))
    expect(copy.add(page(1, 500, 700))).toEqual({ added: [], isMissing: false })
    expect(copy.number).toBe(600)
    const { added, isMissing } = copy.add(page(501, 700, 700))
    expect([added.length, isMissing, copy.number]).toEqual([100, false, 700])
  })

  it('LogCopy tells when the engine has dropped entries before those of a page', () => {
    const copy = new LogCopy(LIMITS)
    copy.add(page(1, 10, 10))
    expect(copy.add(page(12, 20, 20))).toMatchObject({ isMissing: true })
    expect(copy.number).toBe(20)
  })

  it('LogCopy tells when the engine has dropped all entries that the copy lacks', () => {
    const copy = new LogCopy(LIMITS)
    copy.add(page(1, 10, 10))
    expect(copy.add(page(1, 0, 30))).toEqual({ added: [], isMissing: true })
    expect(copy.number).toBe(30)
  })
})
