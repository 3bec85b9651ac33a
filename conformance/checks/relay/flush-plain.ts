import { constants, createGzip } from 'node:zlib'

import type { Rig, StreamRequest } from '../../rig/rig.ts'
import type { HeaderField } from '../../wire/http/header-fields.ts'
import { forGateway, type StreamCheck } from '../stream-check.ts'
import { COMPRESSION, EVENT_STREAM, PLAIN } from './plain-back-end.ts'

const EVENTS = 10
const LATE = 'Users see changes late, in bursts, or only when the stream ends.'
/** What a browser sends with an EventSource. */
const BROWSER: readonly HeaderField[] = [
  { name: 'Connection', value: 'keep-alive' },
  { name: 'User-Agent', value: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36' },
  { name: 'Accept', value: 'text/event-stream' },
  { name: 'Cache-Control', value: 'no-cache' },
  { name: 'Sec-Fetch-Site', value: 'same-origin' },
  { name: 'Sec-Fetch-Mode', value: 'cors' },
  { name: 'Sec-Fetch-Dest', value: 'empty' },
  { name: 'Referer', value: 'http://editor.example/' },
  { name: 'Accept-Encoding', value: 'gzip, deflate, br' },
  { name: 'Accept-Language', value: 'nb,en;q=0.9' },
]

async function lockstep(t: Rig, wanted: StreamRequest): Promise<void> {
  const stream = await t.stream(wanted)
  for (let number = 1; number <= EVENTS; number += 1)
    await stream.arrives(`data: step ${number}\n\n`)
}

/** Streams without the hints that our back ends usually send to proxies. */
export const FLUSH_PLAIN_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'flush.accept-gzip-plain',
    title:
      'A client that offers compression gets each event in time although no-transform is missing',
    level: 'must',
    source: '[http §12.5.3]',
    meaning: 'Browsers always offer compression, and see no event until the compressor is full.',
    kills: ['gzip-window-plain'],
    run: (t) => lockstep(t, { request: { fields: [COMPRESSION] }, answer: PLAIN }),
  }),
  forGateway({
    id: 'flush.browser',
    title: 'A browser gets each event of a plain back end in time',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: LATE,
    kills: ['buffers-for-browsers'],
    run: (t) => lockstep(t, { request: { fields: BROWSER }, answer: PLAIN }),
  }),
  forGateway({
    id: 'flush.other-type',
    title: 'Content that is no event stream is forwarded as the back end writes it',
    level: 'should',
    source: '[sse §9.2.7]',
    meaning: 'Streams of JSON lines, and long downloads, come late or only at their end.',
    kills: ['buffers-other-types'],
    async run(t) {
      const { client, upstream } = await t.relay()
      upstream.answer({ fields: [{ name: 'Content-Type', value: 'application/x-ndjson' }] })
      let bytes = 0
      for (let number = 1; number <= EVENTS; number += 1) {
        const line = `{"step":${number}}\n`
        bytes += line.length
        upstream.write(line)
        await t.requireEventually(
          () => client.contentBytes >= bytes,
          `line ${number} had not reached the client before the next one was written`,
        )
      }
    },
  }),
  forGateway({
    id: 'flush.post',
    title: 'Events in the response to a POST request are forwarded as the back end writes them',
    level: 'should',
    source: '[sse §9.2.7]',
    meaning: 'Clients that open a stream with POST see events late.',
    kills: ['buffers-post'],
    run: (t) => lockstep(t, { request: { method: 'POST', body: '{"query":1}' } }),
  }),
  forGateway({
    id: 'flush.old-back-end',
    title: 'Events of an HTTP/1.0 back end are forwarded as it writes them',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §6.3]',
    meaning: LATE,
    kills: ['buffers-old-back-end'],
    run: (t) =>
      lockstep(t, { answer: { fields: [EVENT_STREAM], framing: 'close', version: '1.0' } }),
  }),
  forGateway({
    id: 'flush.compressed-back-end',
    title: 'Events that the back end has compressed itself are forwarded as it writes them',
    level: 'should',
    source: '[http §8.4]',
    meaning: LATE,
    kills: ['buffers-compressed'],
    async run(t) {
      const { client, upstream } = await t.relay({ fields: [COMPRESSION] })
      const offered = /gzip/i.test(upstream.field('accept-encoding') ?? '')
      upstream.answer({
        fields: offered
          ? [EVENT_STREAM, { name: 'Content-Encoding', value: 'gzip' }]
          : [EVENT_STREAM],
      })
      const encode = encoder()
      for (let number = 1; number <= EVENTS; number += 1) {
        const event = `data: step ${number}\n\n`
        upstream.write(offered ? await encode(event) : event)
        await t.requireEventually(
          () => client.hasEvent(`step ${number}`),
          `event ${number} had not reached the client before the next one was written`,
        )
      }
      return offered ? 'compressed' : 'the target asks back ends for no compression'
    },
  }),
]

/** Compresses event by event: each result can be decoded at once. */
function encoder(): (text: string) => Promise<Buffer> {
  const gzip = createGzip()
  const pieces: Buffer[] = []
  gzip.on('data', (piece: Buffer) => pieces.push(piece))
  return async (text) => {
    gzip.write(text)
    await new Promise<void>((resolve) => {
      gzip.flush(constants.Z_SYNC_FLUSH, resolve)
    })
    return Buffer.concat(pieces.splice(0))
  }
}
