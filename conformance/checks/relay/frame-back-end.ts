import { fieldValues } from '../../wire/http/header-fields.ts'
import { forGateway, type StreamCheck } from '../stream-check.ts'
import { answersRaw, CHUNKED, expectBroken, expectContent, STREAM } from './raw-answer.ts'
import { shown } from './whole-exchange.ts'

const LARGE_CHUNK = 200 * 1024

/** Framing of the back end, usual and broken. */
export const FRAME_BACK_END_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'frame.chunk-extensions',
    title: 'Chunk extensions of the back end are never content',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1.1]',
    meaning: 'Clients read pieces of the transfer coding as events.',
    kills: ['refuses-extensions'],
    async run(t) {
      const chunks = '5;a=1\r\nhello\r\n6;b="c";d\r\n world\r\n0;last\r\n\r\n'
      expectContent(t, await answersRaw(t, [CHUNKED, chunks]), 'hello world')
    },
  }),
  forGateway({
    id: 'frame.chunk-forms',
    title: 'Chunk sizes in upper case, with leading zeros, of one byte and of 200 KiB are read',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1]',
    meaning: 'Streams of some back ends break off.',
    kills: ['reads-decimal-sizes', 'no-leading-zeros'],
    async run(t) {
      const large = 'x'.repeat(LARGE_CHUNK)
      const chunks = `1\r\na\r\n00A\r\n0123456789\r\n${LARGE_CHUNK.toString(16)}\r\n${large}\r\n1A\r\n${'y'.repeat(26)}\r\n000\r\n\r\n`
      expectContent(
        t,
        await answersRaw(t, [CHUNKED, chunks]),
        `a0123456789${large}${'y'.repeat(26)}`,
      )
    },
  }),
  forGateway({
    id: 'frame.chunk-split',
    title: 'A chunk size that arrives in two packets is read as one',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1]',
    meaning: 'Streams break off at an unlucky moment.',
    kills: ['size-in-one-read'],
    async run(t) {
      const pieces = [CHUNKED, '1', '0\r', '\n0123456789abcde', 'f', '\r', '\n0', '\r\n\r', '\n']
      expectContent(t, await answersRaw(t, pieces), '0123456789abcdef')
    },
  }),
  forGateway({
    id: 'frame.trailers',
    title: 'Trailers of the back end are never content',
    level: 'must',
    basis: 'standard',
    source: '[http §6.5.1] [http/1.1 §7.1.2]',
    meaning: 'Clients read a checksum as an event.',
    kills: ['trailers-in-content'],
    async run(t) {
      const head = `${STREAM}Trailer: X-Check\r\nTransfer-Encoding: chunked\r\n\r\n`
      const answered = await answersRaw(t, [head, '5\r\nhello\r\n0\r\nX-Check: 1\r\n\r\n'])
      expectContent(t, answered, 'hello')
      t.expect(answered.client.field('x-check') === undefined, 'a trailer became a header field')
    },
  }),
  forGateway({
    id: 'frame.field-case',
    title: 'The letter case of Transfer-Encoding and of its coding does not matter',
    level: 'must',
    basis: 'standard',
    source: '[http §5.1] [http/1.1 §7]',
    meaning: 'Clients read chunk sizes as content.',
    kills: ['exact-coding-name'],
    async run(t) {
      for (const line of ['TRANSFER-ENCODING: CHUNKED', 'transfer-encoding: Chunked']) {
        const pieces = [`${STREAM}${line}\r\n\r\n`, '5\r\nhello\r\n0\r\n\r\n']
        expectContent(t, await answersRaw(t, pieces), 'hello')
      }
    },
  }),
  forGateway({
    id: 'frame.no-reason',
    title: 'A status line without a reason phrase is read',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §4]',
    meaning: 'Each response of such a back end becomes 502.',
    kills: ['needs-reason'],
    async run(t) {
      const head = 'HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\n'
      const answered = await answersRaw(t, [head, 'hello'])
      t.expect(
        !answered.refused,
        `the back end answered 200 without a reason phrase, and the client received ${answered.client.head?.status ?? 'a close'}`,
      )
      expectContent(t, answered, 'hello')
    },
  }),
  forGateway({
    id: 'frame.same-lengths',
    title: 'A length that the back end sends twice reaches the client once, or becomes an error',
    level: 'must',
    basis: 'standard',
    source: '[http §8.6]',
    meaning: 'Two readers of a response may see two lengths: response splitting.',
    kills: ['passes-same-lengths'],
    async run(t) {
      const head = `${STREAM}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`
      const answered = await answersRaw(t, [head, 'hello'])
      if (answered.refused) return 'refused'
      const came = fieldValues(answered.client.head?.fields ?? [], 'content-length')
      t.expect(
        came.length === 0 || came.join(' and ') === '5',
        `the back end sent Content-Length: 5 twice, and the client received Content-Length: ${came.join(' and Content-Length: ')}`,
      )
      return undefined
    },
  }),
  forGateway({
    id: 'frame.fin-in-chunk',
    title:
      'A client can see that a chunked stream is incomplete when the back end ends its connection',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §8]',
    meaning: 'Clients mistake a broken stream for a finished one.',
    kills: ['fin-is-end', 'http-forges-end'],
    async run(t) {
      const answered = await answersRaw(t, [CHUNKED, '20\r\ndata: half'])
      expectBroken(t, answered, 'the back end ended its connection in the middle of a chunk')
      const between = await answersRaw(t, [CHUNKED, '9\r\ndata: 1\n\n\r\n'])
      expectBroken(t, between, 'the back end ended its connection without a last chunk')
    },
  }),
  forGateway({
    id: 'frame.short-length',
    title: 'A client can see that content is shorter than its Content-Length',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §8] [http §8.6]',
    meaning: 'Clients mistake half a feed for a whole one, or wait for ever.',
    kills: ['pads-short', 'chunks-short'],
    async run(t) {
      const answered = await answersRaw(t, [`${STREAM}Content-Length: 100\r\n\r\n`, 'only this'])
      expectBroken(t, answered, 'the back end sent 9 of 100 bytes and ended its connection')
    },
  }),
  forGateway({
    id: 'frame.bad-chunk',
    title: 'A malformed chunk size of the back end ends the response visibly incomplete',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1] [http/1.1 §8]',
    meaning: 'Clients mistake a broken stream for a finished one.',
    kills: ['bad-chunk-is-end'],
    async run(t) {
      const answered = await answersRaw(t, [CHUNKED, '5\r\nhello\r\nxyz\r\nworld\r\n0\r\n\r\n'])
      expectBroken(t, answered, 'the back end sent a chunk size of "xyz"')
      const came = answered.client.content.toString('latin1')
      t.expect(
        !came.includes('world'),
        `the client read ${shown(came)}: the target forwarded bytes after the malformed size`,
      )
    },
  }),
  forGateway({
    id: 'frame.close-end',
    title: 'A body that ends with the connection of the back end ends for the client',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6.3]',
    meaning: 'Clients wait for ever on a stream that has ended.',
    kills: ['close-never-ends'],
    async run(t) {
      expectContent(t, await answersRaw(t, [`${STREAM}\r\n`, 'data: 1\n\n']), 'data: 1\n\n')
    },
  }),
  forGateway({
    id: 'frame.empty',
    title: 'A response without any content ends at once, with a length or chunked',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6.3]',
    meaning: 'Clients wait for content that never comes.',
    kills: ['empty-never-ends'],
    async run(t) {
      const options = { staysOpen: true }
      for (const head of [CHUNKED, `${STREAM}Content-Length: 0\r\n\r\n`]) {
        const pieces = head === CHUNKED ? [head, '0\r\n\r\n'] : [head]
        expectContent(t, await answersRaw(t, pieces, options), '')
      }
    },
  }),
]
