import { quoteBytes } from '../../wire/transcript.ts'
import { forBoth, type StreamCheck } from '../stream-check.ts'
import { servesOrdinaryRequest } from './ordinary-request.ts'
import { CANARY, HUGE_HEAD_BYTES } from './hyg/hygiene-cases.ts'

/** What clients with small mistakes get. */
export const FRONT_MISTAKE_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'front.bad-request',
    title: 'A malformed request that is refused gets a response',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §2.2] [http/1.1 §3.2]',
    meaning: 'Developers see a broken connection, and look for the fault in the network.',
    kills: ['closes-on-bad-request'],
    async run(t) {
      await servesOrdinaryRequest(t)
      const known = t.backend.requests.length
      const raw = Buffer.from(
        `GET ${CANARY} HTTP/1.1\r\nHost: one.example\r\nHost: two.example\r\n\r\n`,
      )
      const client = t.connect({ raw })
      const isForwarded = () =>
        t.backend.requests.slice(known).some(({ request }) => request.target === CANARY)
      await t.requireEventually(
        () => client.head !== undefined || client.closed || isForwarded(),
        'a request with two Host fields was neither answered nor refused',
      )
      const status = client.head?.status
      if (isForwarded() || (status !== undefined && status < 400))
        return 'it is served: hyg.two-host judges that'
      t.expect(status !== undefined, 'the connection ended without a response')
      return `it is answered with ${status}`
    },
  }),
  forBoth({
    id: 'front.extra-line',
    title: 'An empty line after a request does not end its stream',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §2.2]',
    meaning: 'Old clients that send an extra empty line lose their stream at once.',
    kills: ['ends-on-extra-bytes', 'silent-after-extra-bytes'],
    async run(t) {
      const stream = await t.stream()
      await stream.writeAndYield('data: before\n\n')
      const isFlushed = stream.received.length > 0
      stream.client.send(Buffer.from('\r\n'))
      await t.eventually(() => stream.client.closed, t.holdMs / 4)
      t.expect(!stream.client.closed, 'the stream ended when its client sent an empty line')
      // Otherwise the checks of `flush.*` judge that.
      if (isFlushed) await stream.arrives('data: after\n\n')
    },
  }),
  forBoth({
    id: 'front.head-refused',
    title: 'A refusal of HEAD has no content',
    // Many servers send an error page without a look at the method. Their connection ends after it,
    // so no client reads the page as its next response.
    level: 'info',
    basis: 'standard',
    source: '[http §9.3.2]',
    meaning: 'A client that keeps the connection reads the page as its next response.',
    kills: ['page-with-refusal', 'ring-page-with-refusal'],
    async run(t) {
      const { host } = new URL(t.frontUrl)
      const padding = `X-Padding: ${'x'.repeat(HUGE_HEAD_BYTES)}`
      const request = `HEAD ${t.path()} HTTP/1.1\r\nHost: ${host}\r\n${padding}\r\n\r\n`
      const client = t.connect({ method: 'HEAD', raw: Buffer.from(request) })
      await t.eventually(() => client.head !== undefined || client.closed)
      await t.eventually(() => client.surplusBytes > 0 || client.closed, t.holdMs / 10)
      const status = client.head?.status ?? 'the end of the connection'
      if (client.surplusBytes === 0) return `yes: ${status}`
      const page = quoteBytes(client.surplusStart.toString('latin1'))
      return `no: ${status} comes with content, which a response to HEAD never has: ${page}`
    },
  }),
]
