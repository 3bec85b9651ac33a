import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { LineOutput } from './line-output.ts'
import type { Sink } from './sink.ts'

/** A reader that accepts as many bytes as it has room for. */
class SlowReader implements Sink {
  room = 0
  text = ''
  readonly #isLater: boolean

  constructor(isLater: boolean) {
    this.#isLater = isLater
  }

  write(buffers: readonly Buffer[], done: (error: Error | null, writtenBytes: number) => void) {
    const take = (): void => {
      const taken = this.writeNow(buffers)
      if (taken === 0) done(Object.assign(new Error('full'), { code: 'EAGAIN' }), 0)
      else done(null, taken)
    }
    if (this.#isLater) setImmediate(take)
    else take()
  }

  writeNow(buffers: readonly Buffer[]): number {
    const taken = Buffer.concat(buffers).subarray(0, this.room)
    this.room -= taken.length
    this.text += taken.toString()
    return taken.length
  }
}

const LINE = /^line (\d+)$/
const NOTICE = /^dropped (\d+)$/

const outputTo = (reader: Sink, maxBytes: number) =>
  new LineOutput({ open: () => reader, maxBytes, notice: (dropped) => `dropped ${dropped}\n` })

describe('LineOutput', () => {
  it('LineOutput drops the oldest lines that are not partly written, and writes their number', async () => {
    const reader = new SlowReader(false)
    const output = outputTo(reader, 350)
    reader.room = 3
    for (const line of ['line 1\n', 'line 2\n', 'line 3\n', 'line 4\n', 'line 5\n']) {
      output.write(line)
    }
    reader.room = 1000
    await output.flush(1000)
    expect(reader.text).toBe('line 1\ndropped 2\nline 4\nline 5\n')
  })

  it('LineOutput writes or counts as dropped every line, complete and in order, at any speed of the reader', async () => {
    const step = fc.oneof(
      fc.record({ lines: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ room: fc.integer({ min: 1, max: 200 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, isLater) => {
        const reader = new SlowReader(isLater)
        const output = outputTo(reader, 1000)
        let written = 0
        for (const next of steps) {
          if ('room' in next) reader.room += next.room
          else {
            for (let count = 0; count < next.lines; count += 1) {
              output.write(`line ${(written += 1)}\n`)
            }
          }
          await new Promise(setImmediate)
        }
        reader.room = 1_000_000
        await output.flush(5000)
        const lines = reader.text.split('\n').slice(0, -1)
        const numbers = lines.flatMap((line) => LINE.exec(line)?.slice(1).map(Number) ?? [])
        const dropped = lines.flatMap((line) => NOTICE.exec(line)?.slice(1).map(Number) ?? [])
        expect(numbers.length + dropped.length).toBe(lines.length)
        expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
        expect(dropped.reduce((sum, count) => sum + count, numbers.length)).toBe(written)
        // The last line is never dropped.
        expect(numbers.at(-1) ?? 0).toBe(written)
      }),
      { numRuns: 60 },
    )
  })

  it('LineOutput writes again after the sink has failed', async () => {
    const reader = new SlowReader(false)
    let isBroken = true
    const output = outputTo(
      {
        write: (buffers, done) => {
          if (isBroken) done(Object.assign(new Error('no space'), { code: 'ENOSPC' }), 0)
          else reader.write(buffers, done)
        },
        writeNow: () => {
          throw new Error('no space')
        },
      },
      1000,
    )
    output.write('line 1\n')
    output.flushNow()
    isBroken = false
    reader.room = 100
    await output.flush(1000)
    expect(reader.text).toBe('line 1\n')
  })
})
