import { expect, test } from 'vitest'

import { quoteBytes, renderTranscript, Transcript } from './transcript.ts'

test('renderTranscript prints both legs in order, with time, socket, length and bytes', () => {
  let nowMs = 100
  const transcript = new Transcript(() => nowMs)
  transcript.add('client', 'client 1', 'sent', Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  nowMs += 1.25
  transcript.add('origin', 'origin A', 'sent', Buffer.from('data: a\n\n'))
  transcript.note('client', 'client 1', 'still waiting')
  expect(renderTranscript(transcript)).toEqual([
    String.raw`      0.0 ms  C ──> client 1 18 B "GET / HTTP/1.1\r\n\r\n"`,
    String.raw`      1.3 ms    O <── origin A 9 B "data: a\n\n"`,
    '      1.3 ms  C client 1: still waiting',
  ])
})

test('Transcript is bounded and reports how many entries it dropped', () => {
  const transcript = new Transcript(() => 0, 8)
  for (let i = 0; i < 20; i += 1) transcript.note('client', 'client 1', `${i}`)
  expect(transcript.entries).toHaveLength(8)
  expect(renderTranscript(transcript)[0]).toContain('12 earlier')
})

test('quoteBytes makes every byte distinguishable', () => {
  expect(quoteBytes('a"\\\0\xff\r\n\t')).toBe(String.raw`"a\"\\\x00\xff\r\n\t"`)
})
