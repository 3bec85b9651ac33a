import assert from 'node:assert/strict'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { outgoingFrame } from '../testing/frames.ts'
import { readStream } from '../testing/reference-reader.ts'
import { OwnIds } from './event-ids.ts'
import { FrameLog, type LogLimits } from './frame-log.ts'

const LIMITS: LogLimits = { maxFrames: 1000, maxBytes: 1_000_000, maxAgeMs: 1_000_000 }
const createLog = (limits: Partial<LogLimits> = {}) =>
  new FrameLog({ limits: { ...LIMITS, ...limits }, ids: new OwnIds('e') })

/** Data of everything from a position on. */
function dataFrom(log: FrameLog, position: number): readonly string[] {
  const parts: Buffer[] = []
  for (let at = position; at < log.headPosition; at = log.read(at).nextPosition)
    parts.push(log.read(at).plain)
  return readStream(Buffer.concat(parts)).events.map(({ data }) => data)
}

describe('the log', () => {
  it('FrameLog agrees with a list of frames, for random appends and evictions', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), bytes: fc.integer({ min: 0, max: 3000 }) }),
      fc.record({ kind: fc.constant('trim' as const), ms: fc.integer({ min: 0, max: 60 }) }),
      fc.record({ kind: fc.constant('locate' as const), back: fc.integer({ min: 0, max: 30 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const limits = { maxFrames: 12, maxBytes: 12_000, maxAgeMs: 100 }
        const log = createLog(limits)
        const model: { readonly number: number; readonly data: string; readonly atMs: number }[] =
          []
        let next = 1
        let nowMs = 0
        for (const action of steps) {
          if (action.kind === 'append') {
            const data = `${next}${'x'.repeat(action.bytes)}`
            log.append(outgoingFrame(`data: ${data}\n\n`), nowMs)
            model.push({ number: next, data, atMs: nowMs })
            next += 1
          } else if (action.kind === 'trim') {
            nowMs += action.ms
            log.trim(nowMs)
            assert.ok(log.frames <= limits.maxFrames)
            assert.ok(log.bytes <= limits.maxBytes || log.frames === 1)
          }
          expect(log.bytes).toBeLessThanOrEqual(2 * limits.maxBytes)
          model.splice(0, model.length - log.frames)
          expect(
            model.every(({ atMs }) => action.kind !== 'trim' || nowMs - atMs <= limits.maxAgeMs),
          ).toBe(true)
          expect(dataFrom(log, log.tailPosition)).toEqual(model.map(({ data }) => data))
          if (action.kind !== 'locate') continue
          const number = next - 1 - action.back
          const place = number < 0 ? undefined : log.locate(`e-${number}`)
          if (place?.kind !== 'found') {
            assert.ok(number < (model[0]?.number ?? next) - 1, `id ${number} is held`)
            continue
          }
          const after = model.filter((frame) => frame.number > number)
          expect(dataFrom(log, place.position)).toEqual(after.map(({ data }) => data))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('FrameLog returns the same view to all readers of a position', () => {
    const log = createLog()
    log.append(outgoingFrame('data: a\n\n'), 0)
    expect(log.read(0)).toBe(log.read(0))
    const before = log.read(0)
    log.append(outgoingFrame('data: b\n\n'), 0)
    expect(log.read(0)).not.toBe(before)
    expect(log.read(0).chunked.buffer).toBe(before.chunked.buffer)
    expect([before.frames, log.read(0).frames]).toEqual([1, 2])
  })

  it('FrameLog keeps a frame larger than maxBytes until the next frame', () => {
    const log = createLog({ maxBytes: 5000 })
    log.append(outgoingFrame(`data: ${'x'.repeat(9000)}\n\n`), 0)
    log.trim(0)
    expect(log.frames).toBe(1)
    log.append(outgoingFrame('data: b\n\n'), 0)
    log.trim(0)
    expect(dataFrom(log, log.tailPosition)).toEqual(['b'])
  })

  it('FrameLog locates only its own ids', () => {
    const log = createLog({ maxFrames: 2 })
    for (let number = 1; number <= 5; number += 1)
      log.append(outgoingFrame(`data: ${number}\n\n`), 0)
    log.trim(0)
    const kinds = [
      'e-1',
      'e-2',
      'e-3',
      'e-5',
      'e-6',
      'f-4',
      'e-04',
      'e--4',
      'e-4-',
      'e-',
      '-4',
      'e-4.0',
      '',
    ].map((id) => log.locate(id).kind)
    expect(kinds.slice(0, 5)).toEqual(['evicted', 'evicted', 'found', 'found', 'unknown'])
    expect(new Set(kinds.slice(5))).toEqual(new Set(['unknown']))
  })
})
