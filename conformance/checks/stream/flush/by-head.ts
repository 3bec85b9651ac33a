import type { OriginResponse } from '../../../origin/origin-exchange.ts'
import type { HeaderField } from '../../../wire/http/header-fields.ts'
import { forBoth, forGateway, type StreamCheck } from '../../stream-check.ts'
import { lockstep } from './lockstep.ts'

const eventStream = (type: string, ...others: readonly HeaderField[]): OriginResponse => ({
  fields: [{ name: 'Content-Type', value: type }, ...others],
})

/** Each event is forwarded before the next is written, whatever request and response head say. */
export const FLUSH_HEAD_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'flush.ct-charset',
    title: 'Parameters and letter case of the media type do not affect delivery',
    level: 'must',
    basis: 'standard',
    source: '[http §8.3.1] [protocol §4.5]',
    meaning:
      'Streams of some back ends are refused or buffered because their Content-Type has a charset.',
    kills: ['exact-ct-match'],
    async run(t) {
      const types = ['; charset=utf-8', ';charset="UTF-8"', ';'].map(
        (end) => `text/event-stream${end}`,
      )
      for (const type of [...types, 'Text/Event-Stream']) {
        await lockstep(t, 2, { answer: eventStream(type) })
      }
    },
  }),
  forBoth({
    id: 'flush.no-accept',
    title: 'Clients get the stream without an Accept header',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.2] [protocol §5.1]',
    meaning: 'curl and simple clients get no stream, or a buffered one.',
    kills: ['sse-by-accept-header', 'needs-accept'],
    async run(t) {
      await lockstep(t, 2)
      await lockstep(t, 2, { request: { fields: [{ name: 'Accept', value: '*/*' }] } })
    },
  }),
  forBoth({
    id: 'flush.accept-gzip',
    title: 'A client that offers compression gets each event in time, and can decode it',
    level: 'must',
    source: '[http §12.5.3]',
    meaning: 'Browsers always offer compression and see events late.',
    kills: ['gzip-window'],
    async run(t) {
      await lockstep(t, 20, {
        request: { fields: [{ name: 'Accept-Encoding', value: 'gzip, deflate, br' }] },
      })
    },
  }),
  forBoth({
    id: 'flush.http10',
    title: 'An HTTP/1.0 client gets each event in time',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §6.3] [protocol §5.13]',
    meaning: 'Old fronts and simple clients get events only when the stream ends.',
    kills: ['buffer-for-length-http10'],
    run: (t) => lockstep(t, 5, { request: { version: '1.0' } }),
  }),
  forBoth({
    id: 'flush.close-delimited',
    title: 'Events of a back end without chunked coding are forwarded as it writes them',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §6.3]',
    meaning: 'Back ends that do not use chunked coding are buffered.',
    kills: ['buffer-unless-chunked'],
    run: (t) => lockstep(t, 5, { answer: { framing: 'close' } }),
  }),
  forGateway({
    id: 'flush.no-hint',
    title: 'A stream without any header but its type is delivered in time',
    level: 'should',
    source: '[sse §9.2.7]',
    meaning: 'Every back end must send special headers.',
    kills: ['buffer-unless-x-accel'],
    run: (t) => lockstep(t, 5, { answer: { ...eventStream('text/event-stream'), dated: false } }),
  }),
  forGateway({
    id: 'flush.x-accel',
    title: 'A stream with X-Accel-Buffering: no is delivered in time',
    level: 'info',
    source: '[sse §9.2.7]',
    meaning: 'Shows which header a back end must send when the target buffers by default.',
    kills: ['buffer-until-close', 'x-accel-misread'],
    async run(t) {
      const hint = { name: 'X-Accel-Buffering', value: 'no' }
      await lockstep(t, 5, { answer: eventStream('text/event-stream', hint) })
      return 'in time'
    },
  }),
]
