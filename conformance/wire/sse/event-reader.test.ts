import { createParser } from 'eventsource-parser'
import { expect, test } from 'vitest'

import { readSseVectors } from '../../../fixtures/read-fixture.ts'
import { EventReader, type StreamItem, type WireEvent } from './event-reader.ts'

const vectors = readSseVectors()

const isEvent = (item: StreamItem): item is WireEvent => item.kind === 'event'

function readChunks(chunks: readonly Buffer[]) {
  const reader = new EventReader()
  const items = chunks.flatMap((chunk) => reader.push(chunk))
  return {
    events: items.filter(isEvent).map((event) => ({
      type: event.type.toString(),
      data: event.data.toString(),
      lastEventId: event.lastEventId.toString(),
    })),
    lastEventId: reader.lastEventId.toString(),
    retryMs: reader.retryMs ?? null,
    unfinishedBytes: reader.unfinishedBytes,
  }
}

test('the SSE vectors for EventReader exist', () => {
  expect(vectors.length).toBeGreaterThan(20)
})

for (const vector of vectors) {
  const { name, bytes, rule, ...rest } = vector
  const meaning = { ...rest }

  test(`EventReader reads ${name} whole: ${rule}`, () => {
    expect(readChunks([bytes])).toEqual(meaning)
  })

  test(`EventReader reads ${name} byte by byte: ${rule}`, () => {
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]))
    expect(readChunks(chunks)).toEqual(meaning)
  })

  test(`EventReader reads ${name} split at every offset: ${rule}`, () => {
    for (let at = 1; at < bytes.length; at += 1) {
      expect(readChunks([bytes.subarray(0, at), bytes.subarray(at)]), `split at ${at}`).toEqual(
        meaning,
      )
    }
  })
}

// eventsource-parser leaves byte order marks to its caller's decoder.
const differs = new Set(['bom', 'bom-double', 'bom-inner'])

for (const { name, bytes } of vectors.filter((vector) => !differs.has(vector.name))) {
  test(`EventReader and eventsource-parser read the same events from ${name}`, () => {
    const theirs: { type: string; data: string }[] = []
    const parser = createParser({
      onEvent: ({ event, data }) => theirs.push({ type: event ?? 'message', data }),
    })
    parser.feed(bytes.toString())
    parser.feed(':\n') // eventsource-parser holds a final CR back until the next line
    const ours = readChunks([bytes]).events.map(({ type, data }) => ({ type, data }))
    expect(ours).toEqual(theirs)
  })
}

test('EventReader reports comments and reconnection times as items, in order', () => {
  const items = new EventReader().push(Buffer.from(':a\nretry:5\nretry:x\ndata:b\n\n:c\n'))
  expect(items.map((item) => item.kind)).toEqual(['comment', 'retry', 'event', 'comment'])
})

test('EventReader keeps malformed UTF-8 in data', () => {
  const event = new EventReader().push(Buffer.from('data: \xff\xc3\n\n', 'latin1')).find(isEvent)
  expect(event?.data).toEqual(Buffer.from([0xff, 0xc3]))
})

test('EventReader keeps unknown fields with the event', () => {
  const event = new EventReader()
    .push(Buffer.from('Data: no\nfoo:  bar\ndata: a\n\n'))
    .find(isEvent)
  expect(
    event?.otherFields.map((field) => [field.name.toString(), field.value.toString()]),
  ).toEqual([
    ['Data', 'no'],
    ['foo', ' bar'],
  ])
})

test('EventReader completes a line at its CR', () => {
  const reader = new EventReader()
  expect(reader.push(Buffer.from('data: a\r\r'))).toHaveLength(1)
  expect(reader.push(Buffer.from('\ndata: b\r\n\r'))).toHaveLength(1)
})
