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
  const lines = renderTranscript(transcript)
  expect(lines[0]).toContain('client 1: 0')
  expect(lines.at(-1)).toContain('client 1: 19')
  expect(lines.join('\n')).toContain('(12 entries left out here)')
})

test('renderTranscript keeps beginning and end, and drops heartbeats before anything else', () => {
  const transcript = new Transcript(() => 0)
  const note = (text: string): void => transcript.note('client', 'client 1', text)
  note('first')
  for (let i = 0; i < 100; i += 1) {
    const beat = i % 2 === 0 ? ':\n\n' : '4\r\n: a\n\r\n'
    transcript.add('client', 'client 1', 'received', Buffer.from(beat))
  }
  transcript.add('client', 'client 1', 'received', Buffer.from(':a comment\n\ndata: 1\n\n'))
  for (let i = 0; i < 20; i += 1) note(`step ${i}`)
  const lines = renderTranscript(transcript, 12)
  expect(lines[0]).toContain('first')
  expect(lines[1]).toContain('data: 1')
  expect(lines.at(-1)).toContain('step 19')
  expect(lines.filter((each) => each.includes('client 1'))).toHaveLength(12)
  expect(lines.slice(4, 6)).toEqual([
    '  (10 entries left out here)',
    '  (100 heartbeats left out everywhere)',
  ])
})

test('renderTranscript keeps heartbeats of a short transcript', () => {
  const transcript = new Transcript(() => 0)
  transcript.add('client', 'client 1', 'received', Buffer.from(':\n\n'))
  expect(renderTranscript(transcript)).toHaveLength(1)
})

test('quoteBytes makes every byte distinguishable', () => {
  expect(quoteBytes('a"\\\0\xff\r\n\t')).toBe(String.raw`"a\"\\\x00\xff\r\n\t"`)
})
