import { expect, test } from 'vitest'
import { FrameSplitter } from './frame-splitter.ts'

function split(...pieces: readonly (string | Buffer)[]): readonly string[] {
  const frames: string[] = []
  const splitter = new FrameSplitter({
    onFrame: (frame) => void frames.push(frame.toString('latin1')),
    maxFrameBytes: 1000,
  })
  for (const piece of pieces) splitter.push(Buffer.from(piece))
  return frames
}

test.each([
  ['LF', 'data: 1\n\ndata: 2\n\n', ['data: 1\n\n', 'data: 2\n\n']],
  ['CRLF', 'data: 1\r\n\r\ndata: 2\r\n\r\n', ['data: 1\r\n\r', 'data: 2\r\n\r']],
  ['CR', 'data: 1\r\rdata: 2\r\r', ['data: 1\r\r', 'data: 2\r\r']],
  [
    'a mix of line ends',
    'a: 1\r\nb: 2\rc: 3\n\rd: 4\r\n\n',
    ['a: 1\r\nb: 2\rc: 3\n\r', 'd: 4\r\n\n'],
  ],
  ['comments and ids', ': c\nid: 7\ndata: 1\nid\nidle: x\n\n', ['data: 1\nidle: x\n\n']],
  ['blank lines between', '\n\n\ndata: 1\n\n\n\n', ['data: 1\n\n']],
  ['a leading BOM', '\ufeffdata: 1\n\n', ['data: 1\n\n']],
  ['an unfinished frame', 'data: 1\n\ndata: 2\n', ['data: 1\n\n']],
])('FrameSplitter emits the same frames whole and byte by byte: %s', (_name, text, frames) => {
  const bytes = Buffer.from(text)
  expect(split(bytes)).toEqual(frames)
  expect(split(...Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(frames)
})

test('FrameSplitter emits an event at its final CR and swallows a late LF', () => {
  expect(split('data: 1\r\r')).toEqual(['data: 1\r\r'])
  expect(split('data: 1\r\n\r', '\ndata: 2\n\n')).toHaveLength(2)
})

test('FrameSplitter throws when a frame exceeds its limit', () => {
  const splitter = new FrameSplitter({ onFrame: () => {}, maxFrameBytes: 16 * 1024 * 1024 })
  expect(() => {
    for (let nth = 0; nth < 17; nth += 1) splitter.push(Buffer.alloc(1024 * 1024, 'x'))
  }).toThrow(RangeError)
})

test.each([
  ['an id', 'id: 7\ndata: 1\n\n', ['7']],
  ['an id without data', 'id:7\n\n', ['7']],
  ['the last of two', 'id: 7\nid: 8\r\n\r\n', ['8']],
  ['an empty id', 'id: 7\n\nid\n\nid:\n\n', ['7', '', '']],
  ['an id with NUL', 'id: 7\0\n\n', []],
  ['an id of an unfinished frame', 'id: 7\ndata: 1\n', []],
])('FrameSplitter reports the id of %s at the blank line', (_name, text, wanted) => {
  const ids: string[] = []
  const splitter = new FrameSplitter({
    onFrame: () => {},
    onId: (id) => void ids.push(id),
    maxFrameBytes: 1000,
  })
  splitter.push(Buffer.from(text))
  expect(ids).toEqual(wanted)
})
