import { expect, test } from 'vitest'

import { contentOf, describeFrame, encodeFrame, FLAG, FRAME, FrameReader } from './frames.ts'

const DATA = { type: FRAME.data, flags: FLAG.endStream, streamId: 3, payload: Buffer.from('data') }

test('FrameReader reads frames that are cut anywhere', () => {
  const bytes = Buffer.concat([encodeFrame(DATA), encodeFrame({ ...DATA, streamId: 5 })])
  for (let at = 0; at <= bytes.length; at += 1) {
    const reader = new FrameReader()
    const frames = [...reader.push(bytes.subarray(0, at)), ...reader.push(bytes.subarray(at))]
    expect(frames.map(({ streamId, payload }) => `${streamId} ${payload.toString()}`)).toEqual([
      '3 data',
      '5 data',
    ])
  }
})

test('FrameReader refuses a frame that is larger than allowed', () => {
  expect(() => new FrameReader().push(Buffer.from('004001000000000001', 'hex'))).toThrow(
    'a frame of 16385 bytes, although 16384 are allowed',
  )
})

test('contentOf leaves padding and priority out', () => {
  const payload = Buffer.from('02aaaaaaaaaa68690000', 'hex')
  const flags = FLAG.padded | FLAG.priority
  expect(contentOf({ type: FRAME.headers, flags, streamId: 1, payload }).toString()).toBe('hi')
})

test('describeFrame names type, stream, size and end of a frame', () => {
  expect(describeFrame(DATA)).toBe('DATA stream 3, 4 bytes, end of stream')
  expect(describeFrame({ ...DATA, type: FRAME.windowUpdate, flags: 0 })).toBe(
    'WINDOW_UPDATE stream 3, 4 bytes',
  )
})
