import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { ProgressLine } from './progress-line.ts'

const ERASE = '\u{1b}[1G\u{1b}[2K'

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => vi.useRealTimers())

/** What a run of 31 seconds writes to a stream, and to another one above the line. */
function runFor31Seconds({ isTTY = false, isQuiet = false, columns = 0, env = {} }): string {
  const stream = Object.assign(new PassThrough(), { isTTY, columns })
  let ended = 0
  const progress = new ProgressLine({ stream, env, isQuiet, text: () => `${ended} of 9 checks` })
  vi.advanceTimersByTime(1_000)
  ended = 1
  progress.above(() => void stream.write('PASS a\n'))
  vi.advanceTimersByTime(30_000)
  progress[Symbol.dispose]()
  vi.advanceTimersByTime(60_000)
  return String(stream.read() ?? '')
}

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
}

describe('ProgressLine', () => {
  it('ProgressLine is the same in the suite, the load tool and the benchmarks, which share no code', () => {
    const own = read('./progress-line.ts')
    expect(read('../conformance/report/console/progress-line.ts')).toBe(own)
    expect(read('../load/report/progress-line.ts')).toBe(own)
  })

  it('ProgressLine rewrites one line each second on a terminal, and removes it for results and at the end', () => {
    const text = runFor31Seconds({ isTTY: true })
    expect(
      text.startsWith(`… 0 of 9 checks, 1 s${ERASE}PASS a\n… 1 of 9 checks, 1 s${ERASE}`),
    ).toBe(true)
    expect(text.endsWith(`… 1 of 9 checks, 31 s${ERASE}`)).toBe(true)
    expect(text.split(ERASE)).toHaveLength(33)
    expect(text.match(/\n/g)).toHaveLength(1)
  })

  it.each([
    ['a stream that is no terminal', {}],
    ['a terminal with NO_COLOR', { isTTY: true, env: { NO_COLOR: '1' } }],
    ['a dumb terminal', { isTTY: true, env: { TERM: 'dumb' } }],
  ])('ProgressLine writes a plain line every 15 seconds to %s', (_name, options) => {
    expect(runFor31Seconds(options)).toBe('PASS a\n… 1 of 9 checks, 15 s\n… 1 of 9 checks, 30 s\n')
  })

  it('ProgressLine writes nothing of its own when the run is quiet', () => {
    for (const isTTY of [true, false])
      expect(runFor31Seconds({ isTTY, isQuiet: true })).toBe('PASS a\n')
  })

  it('ProgressLine does not wrap on a narrow terminal', () => {
    const shown = runFor31Seconds({ isTTY: true, columns: 10 }).split(ERASE)
    expect(new Set(shown.map((line) => line.replace('PASS a\n', '')))).toEqual(
      new Set(['… 0 of 9 ', '… 1 of 9 ', '']),
    )
  })

  it('ProgressLine keeps at most one line for a reader that does not read', () => {
    const stream = new PassThrough({ highWaterMark: 1 })
    const progress = new ProgressLine({ stream, env: {}, isQuiet: false, text: () => 'waiting' })
    vi.advanceTimersByTime(3_600_000)
    progress[Symbol.dispose]()
    expect(String(stream.read())).toBe('… waiting, 15 s\n')
  })
})
