import type { Rig } from '../../../rig/rig.ts'
import type { RawClient } from '../../../client/raw-client.ts'
import { forBoth, forGateway, type StreamCheck } from '../../stream-check.ts'

/** A client with the head of a stream that is still open. */
async function openStream(t: Rig, version: '1.0' | '1.1' = '1.1'): Promise<RawClient> {
  const stream = await t.stream({ request: { version } })
  // More than 15 bytes, so that the size differs in hexadecimal and decimal.
  await stream.writeAndYield('data: the first of two\n\n')
  await stream.writeAndYield('data: 2\n\n')
  const { client } = stream
  if (client.head === undefined && !client.closed) {
    t.skip('no head comes while the stream is open; flush.headers judges that')
  }
  t.expect(
    client.head !== undefined,
    `the response has no head: ${client.violations.join('; ') || 'nothing came'}`,
  )
  return client
}

/** HTTP around the stream: framing, and that an incomplete stream does not look complete. */
export const FRAMING_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'frame.chunked-valid',
    title: 'The response to an HTTP/1.1 client is well-formed, byte by byte',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6.3] [http/1.1 §7.1]',
    meaning: 'Strict clients and fronts cut the connection.',
    kills: ['bad-chunk-size', 'dec-chunk-size', 'chunk-without-crlf'],
    async run(t) {
      const client = await openStream(t)
      t.expect(client.violations.length === 0, client.violations.join('; '))
      t.expect(client.state === 'body', `the response is ${client.state} instead of open`)
    },
  }),
  forBoth({
    id: 'frame.no-cl-te',
    title: 'No response has both Content-Length and Transfer-Encoding',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6.2]',
    meaning: 'Fronts may disagree about where the response ends: response smuggling.',
    kills: ['adds-cl-0'],
    async run(t) {
      const client = await openStream(t)
      const both =
        client.field('content-length') !== undefined &&
        client.field('transfer-encoding') !== undefined
      t.expect(!both, 'the response has Content-Length and Transfer-Encoding')
    },
  }),
  forBoth({
    id: 'frame.no-invented-cl',
    title: 'An open stream has no Content-Length',
    level: 'must',
    basis: 'standard',
    source: '[http §8.6]',
    meaning: 'Clients stop reading at a wrong length.',
    kills: ['cl-guess'],
    async run(t) {
      const client = await openStream(t)
      const length = client.field('content-length')
      t.expect(length === undefined, `the open stream has Content-Length: ${length ?? ''}`)
    },
  }),
  forBoth({
    id: 'frame.http10-no-te',
    title: 'An HTTP/1.0 client gets no transfer coding',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6.1]',
    meaning: 'HTTP/1.0 clients read chunk sizes as events.',
    kills: ['always-chunk'],
    async run(t) {
      const client = await openStream(t, '1.0')
      const coding = client.field('transfer-encoding')
      t.expect(
        coding === undefined,
        `the response to HTTP/1.0 has Transfer-Encoding: ${coding ?? ''}`,
      )
    },
  }),
  forGateway({
    id: 'frame.clean-end',
    title: 'A client sees a proper end when the back end ends its stream properly',
    level: 'must',
    source: '[http/1.1 §7.1]',
    meaning: 'Clients wait for ever on a stream that has ended.',
    kills: ['end-swallower'],
    async run(t) {
      const stream = await t.stream()
      await stream.delivers('data: last\n\n')
      t.expect(
        stream.client.state === 'complete',
        `the end came as ${stream.client.state} instead of complete`,
      )
    },
  }),
  forGateway({
    id: 'frame.abort-visible',
    title: 'A client can see that a broken upstream stream is incomplete',
    level: 'must',
    source: '[http/1.1 §8]',
    meaning: 'Clients mistake a broken stream for a finished one, or wait on a dead one.',
    kills: ['forge-terminator', 'zombie-stream', 'http-forges-end'],
    async run(t) {
      const stream = await t.stream()
      await stream.writeAndYield('data: before\n\n')
      stream.upstream.reset()
      await t.requireEventually(
        () => stream.client.closed || stream.client.state === 'complete',
        'the client did not learn that the back end is gone',
      )
      const forged = stream.client.state === 'complete' && stream.client.head?.framing === 'chunked'
      t.expect(!forged, 'the broken stream ended with a last chunk, as if it were complete')
    },
  }),
]
