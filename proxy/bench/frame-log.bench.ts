import assert from 'node:assert/strict'

import { Bench } from 'tinybench'

import { OwnIds } from '../fanout/event-ids.ts'
import { FrameLog } from '../fanout/frame-log.ts'
import { microTable } from './micro-table.ts'

/**
 * What the log costs: a frame that comes, a client that asks for its place, a crowd that reads from
 * one place.
 */
const FRAMES = 20_000
const READERS = 10_000
const limits = { maxFrames: 100_000, maxBytes: 33_554_432, maxAgeMs: 3_600_000 }
const url = 'http://store.example/webservice/escenic/changelog/section/4711'
const frame = { bytes: Buffer.from(`data: ${url}\n\n`), id: undefined, url }

function filledLog(maxFrames = limits.maxFrames): FrameLog {
  const log = new FrameLog({ limits: { ...limits, maxFrames }, ids: new OwnIds('bench') })
  for (let number = 1; number <= FRAMES; number += 1) log.append(frame, number)
  return log
}

const held = filledLog()
const middle = held.locate(`bench-${FRAMES / 2}`)
assert.ok(middle.kind === 'found')

const bench = new Bench({ time: 300, iterations: 5, warmupTime: 50, warmupIterations: 1 })
bench
  .add('append a frame', () => {
    // The time of a wrong log would prove nothing.
    assert.equal(filledLog().frames, FRAMES)
  })
  .add('append a frame, and let the oldest go', () => {
    const log = filledLog(1000)
    log.trim(FRAMES)
    assert.equal(log.frames, 1000)
  })
  .add('find the place of an id', () => {
    let position = -1
    for (let number = FRAMES; number > 1; number -= 1) {
      const place = held.locate(`bench-${number}`)
      assert.ok(place.kind === 'found')
      position = place.position
    }
    assert.ok(position > held.tailPosition)
  })
  .add('read on from one place, by a crowd', () => {
    const first = held.read(middle.position)
    for (let reader = 0; reader < READERS; reader += 1) {
      assert.equal(held.read(middle.position).chunked, first.chunked)
    }
  })
await bench.run()
const OPERATIONS = [FRAMES, FRAMES, FRAMES - 1, READERS]
process.stdout.write(microTable(bench, (index) => OPERATIONS[index] ?? 1))
