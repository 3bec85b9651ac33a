import { forBoth, type StreamCheck } from '../../stream-check.ts'
import { servesOrdinaryRequest } from '../ordinary-request.ts'

/** What clients with small mistakes get. */
export const HYG_ANSWER_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'front.bad-request',
    title: 'A malformed request is answered with a status from 400 to 499',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §2.2] [http/1.1 §3.2]',
    meaning: 'Developers see a broken connection, and look for the fault in the network.',
    kills: ['closes-on-bad-request'],
    async run(t) {
      await servesOrdinaryRequest(t)
      const raw = Buffer.from('GET / HTTP/1.1\r\nHost: one.example\r\nHost: two.example\r\n\r\n')
      const client = t.connect({ raw })
      await t.requireEventually(
        () => client.head !== undefined || client.closed,
        'a request with two Host fields was neither answered nor refused',
      )
      const status = client.head?.status
      t.expect(
        status !== undefined && status >= 400 && status < 500,
        `a request with two Host fields was answered with ${status ?? 'a close'}`,
      )
    },
  }),
  forBoth({
    id: 'front.extra-line',
    title: 'An empty line after a request does not end its stream',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §2.2]',
    meaning: 'Old clients that send an extra empty line lose their stream at once.',
    kills: ['ends-on-extra-bytes'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      stream.client.send(Buffer.from('\r\n'))
      await t.pause()
      await stream.arrives('data: after\n\n')
    },
  }),
]
