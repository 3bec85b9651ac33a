import assert from 'node:assert/strict'

import { Bench } from 'tinybench'

import { FrameSplitter } from '../sse/frame-splitter.ts'
import { microTable } from './micro-table.ts'

/**
 * How fast frames are cut, for several sizes of the chunks in which a socket hands over the same
 * 2,000 frames.
 */
const FRAMES = 2000
const frame =
  'event: message\ndata: http://store.example/webservice/escenic/changelog/section/4711\n\n'
const wires = {
  LF: Buffer.from(frame.repeat(FRAMES)),
  CRLF: Buffer.from(frame.replaceAll('\n', '\r\n').repeat(FRAMES)),
}
const CHUNK_BYTES = {
  'one chunk': Infinity,
  '64 KiB': 65_536,
  '1,448 B': 1448,
  '64 B': 64,
  '1 B': 1,
}

function countFrames(wire: Buffer, chunkBytes: number): number {
  const splitter = new FrameSplitter({ maxFrameBytes: 1_000_000 })
  let frames = 0
  for (let at = 0; at < wire.length; at += chunkBytes) {
    splitter.push(wire.subarray(at, at + chunkBytes), () => {
      frames += 1
    })
  }
  return frames
}

const bench = new Bench({ time: 200, iterations: 5, warmupTime: 50, warmupIterations: 1 })
for (const [lineEnd, wire] of Object.entries(wires)) {
  for (const [name, chunkBytes] of Object.entries(CHUNK_BYTES)) {
    bench.add(`${lineEnd}, ${name}`, () => {
      // A splitter that is fast and wrong is of no use.
      assert.equal(countFrames(wire, Math.min(chunkBytes, wire.length)), FRAMES)
    })
  }
}
await bench.run()

process.stdout.write(microTable(bench, () => FRAMES))
