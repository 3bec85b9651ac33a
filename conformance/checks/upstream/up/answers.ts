import type { OriginResponse } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { feedsAgain, nextRequest } from './lose-back-end.ts'

/**
 * Far longer than a target's own first wait, so that a slow machine does not hide the difference.
 */
const RETRY_MS = 800
/** Fraction of a wait that a target may randomise. */
const JITTER = 0.8
const MOST_HOPS = 50
const RETRY_ROUNDS = 3
const REFUSES = 'Back ends that follow the standard are refused or misread.'

/** Every form of chunked coding: letter case, leading zeros, extensions, single bytes. */
function encodeOddly(text: string): Buffer {
  const forms = [
    (size: number) => size.toString(16).toUpperCase(),
    (size: number) => size.toString(16).padStart(8, '0'),
    (size: number) => `${size.toString(16)};name="a;b";x`,
    (size: number) => size.toString(16),
  ]
  const pieces = [
    text.slice(0, 27),
    text.slice(27, 38),
    text.slice(38, 65),
    ...Array.from(text.slice(65)),
  ]
  const coded = pieces.map(
    (piece, at) => `${forms[Math.min(at, 3)]?.(piece.length)}\r\n${piece}\r\n`,
  )
  return Buffer.from(coded.join(''), 'latin1')
}

async function redirected(t: Rig, status: number): Promise<void> {
  const request = await nextRequest(t)
  const target = `/moved/${status}`
  request.answer({
    status,
    fields: [{ name: 'Location', value: target }],
    framing: { length: 0 },
  })
  request.end()
  const next = await t.upstreamOf(t.backend)
  t.expect(
    next.request.target === target,
    `after ${status} the target asked for ${next.request.target} instead of ${target}`,
  )
}

/** How a target handles valid responses in all their forms. */
export const UP_ANSWER_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.http10-answer',
    title: 'The target reads a back end that answers in HTTP/1.0',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §2.3] [http/1.1 §6.3]',
    meaning: REFUSES,
    kills: ['http11-only'],
    async run(t) {
      const answer: OriginResponse = { version: '1.0', framing: 'close' }
      const stream = await t.stream({ answer })
      for (const number of [1, 2, 3]) await stream.arrives(`data: ${number}\n\n`)
    },
  }),
  forConcentrator({
    id: 'up.chunk-forms',
    title: 'The target reads chunks in every form that HTTP allows',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1] [http/1.1 §7.1.1]',
    meaning: REFUSES,
    kills: ['lower-case-chunk-size', 'no-chunk-extensions'],
    async run(t) {
      const stream = await t.stream({ newUpstream: true })
      const frames = Array.from({ length: 6 }, (_, n) => `event: e\ndata: number ${n}\n\n`)
      stream.upstream.writeRaw(encodeOddly(frames.join('')))
      await t.requireEventually(
        () => stream.received.length >= frames.length,
        () => `${stream.received.length} of ${frames.length} events arrived`,
      )
      const came = stream.received.map(({ data }) => data.toString())
      t.expectRead(
        came,
        frames.map((_, n) => `number ${n}`),
        'of this response',
      )
    },
  }),
  forConcentrator({
    id: 'up.interim',
    title: 'The target skips an interim response of a back end',
    level: 'must',
    basis: 'standard',
    source: '[http §15.2]',
    meaning: REFUSES,
    kills: ['interim-is-final'],
    async run(t) {
      const stream = await t.stream()
      const request = await nextRequest(t)
      request.writeRaw(Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n'))
      request.answer()
      request.write('data: after\n\n')
      await t.requireEventually(
        () => stream.client.hasEvent('after'),
        'no event came from a back end that sent an interim response first',
      )
    },
  }),
  ...[301, 302, 303, 307, 308].map((status) =>
    forConcentrator({
      id: `up.redirect-${status}`,
      title: `The target follows a redirect with ${status} from a back end`,
      level: 'should',
      basis: 'standard',
      source: '[sse §9.2.2] [http §15.4]',
      meaning: 'A back end that moved is lost.',
      kills: status === 302 ? ['no-redirects'] : ['no-redirects', 'redirects-302-only'],
      async run(t) {
        await redirected(t, status)
        const stream = await t.stream()
        await stream.arrives('data: 1\n\n')
      },
    }),
  ),
  forConcentrator({
    id: 'up.redirect-loop',
    title: 'The target stops following a redirect loop',
    level: 'should',
    basis: 'standard',
    source: '[http §15.4]',
    meaning: 'A mistake in one configuration makes the target overload a back end.',
    freshTarget: true,
    kills: ['follows-for-ever'],
    async run(t) {
      const current = await t.upstreamOf(t.backend)
      let farthest = -1
      let chains = 0
      t.backend.answerWith((upstream) => {
        const hop = Number(/^\/hop\/(\d+)$/.exec(upstream.request.target)?.[1] ?? 0)
        farthest = Math.max(farthest, hop)
        if (hop === 0) chains += 1
        const to = { name: 'Location', value: `/hop/${hop + 1}` }
        upstream.answer({ status: 302, fields: [to], framing: { length: 0 } })
        upstream.end()
      })
      current.end()
      current.fin()
      // A target that has abandoned a redirect chain starts again at the configured URL.
      await t.requireEventuallyWhileGrowing(
        () => farthest,
        () => farthest > MOST_HOPS || chains > 1,
        'the target did not reconnect',
        t.reconnectMs,
      )
      t.expect(farthest <= MOST_HOPS, `the target has followed more than ${MOST_HOPS} redirects`)
      await feedsAgain(t)
      return `${farthest} redirects followed`
    },
  }),
  forConcentrator({
    id: 'up.after-end',
    title: 'The target reconnects when a back end ends its stream, and clients stay connected',
    level: 'should',
    source: '[sse §9.2.3] [protocol §5.11]',
    meaning: 'A back end that limits the length of its responses is lost after the first one.',
    kills: ['gives-up-after-end', 'ends-clients-with-backend'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      const next = await t.renewUpstream(t.backend)
      next.write('data: after\n\n')
      await t.requireEventually(
        () => stream.received.length >= 2 || stream.client.closed,
        'no event came from the next stream',
      )
      t.expect(!stream.client.closed, 'the client lost its stream when the back end ended its own')
    },
  }),
  forConcentrator({
    id: 'up.retry-field',
    title: "The target waits for the time in a back end's retry field before it reconnects",
    level: 'should',
    basis: 'standard',
    source: '[sse §9.2.3] [protocol §4.4]',
    meaning: 'A back end that asks for a longer wait is retried at once.',
    cost: 'slow',
    freshTarget: true,
    kills: ['ignores-retry-field'],
    async run(t) {
      // A busy machine makes a wait longer, never shorter, so the shortest of several decides.
      let shortestMs = Infinity
      for (let round = 0; round < RETRY_ROUNDS; round += 1) {
        const stream = await t.stream()
        await stream.arrives(`retry: ${RETRY_MS}\ndata: 1\n\n`)
        const lostMs = performance.now()
        const request = await nextRequest(t)
        shortestMs = Math.min(shortestMs, performance.now() - lostMs)
        request.answer()
        t.expect(
          shortestMs >= RETRY_MS * JITTER,
          `with retry: ${RETRY_MS} the target reconnected after ${shortestMs.toFixed(0)} ms`,
        )
      }
      await feedsAgain(t)
      return `reconnected after ${shortestMs.toFixed(0)} ms`
    },
  }),
]
