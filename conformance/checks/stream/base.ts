import type { Rig } from '../../rig/rig.ts'
import { forBoth, forGateway } from '../stream-check.ts'

const SAMPLES = 20
/** Enough for a new client to reach the back end, if it does. */
const SETTLE_MS = 300
const SLOWEST_MS = 400
const HOLD_CEILING_MS = 8000
const HOLD_FACTOR = 20

/**
 * Milliseconds for one small message: a response through a gateway, an event through a
 * concentrator.
 */
async function latenciesMs(t: Rig): Promise<readonly number[]> {
  const latencies: number[] = []
  const stream = t.role === 'concentrator' ? await t.stream() : undefined
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const startMs = performance.now()
    if (stream === undefined) await smallAnswer(t)
    else await stream.arrives(`data: ${sample}\n\n`)
    latencies.push(performance.now() - startMs)
  }
  return latencies.toSorted((a, b) => a - b)
}

async function smallAnswer(t: Rig): Promise<void> {
  const { client, upstream } = await t.relay()
  upstream.answer({ fields: [], framing: { length: 4 } })
  upstream.write('done')
  await t.requireEventually(() => client.contentBytes === 4, 'a small answer did not arrive')
  client.close()
}

/**
 * The checks write to the newest stream of a back end: if each client had one of its own, they
 * would blame whatever they judge.
 */
async function expectSharedUpstream(t: Rig): Promise<void> {
  const { backend } = t
  const before = backend.streams.length
  const others = [t.connect(), t.connect()]
  const grown = (): boolean => backend.streams.length >= before + others.length
  t.expect(
    !(await t.eventually(grown, SETTLE_MS)),
    `with ${others.length + 1} clients the target holds ${backend.streams.length} streams at back end ${backend.name}: it opens one for each client`,
    'many-upstreams',
  )
}

/** Gates: when one of them fails, no other verdict is meaningful. */
export const BASE_CHECKS = [
  forBoth({
    id: 'base.reach',
    title: 'The front accepts connections and answers HTTP',
    level: 'gate',
    source: '[http/1.1 §2.1]',
    meaning:
      'No client gets an answer. Does the target run, at this address, and does it speak plain HTTP there?',
    kills: ['closes-clients', 'ignores-clients'],
    async run(t) {
      const client = t.connect({ target: '/' })
      if (t.role === 'gateway') {
        await t.eventually(
          () => client.head !== undefined || client.closed || t.backend.requests.length > 0,
        )
        for (const upstream of t.backend.requests) upstream.answer({ framing: { length: 0 } })
      }
      await t.answers(client)
      t.expect(
        client.head !== undefined,
        `${client.ending ?? 'nothing came'}: ${client.violations.join('; ') || 'no byte'}, which is no HTTP response`,
      )
      return t.calibration.headNeedsEvent === true
        ? 'the response head came only with an event: flush.headers judges that'
        : undefined
    },
  }),
  forBoth({
    id: 'base.token',
    title: 'The target reads from its configured back end',
    level: 'gate',
    source: '[protocol §4.1]',
    meaning:
      'The target is not connected to the back ends of this suite, so no verdict would be about it. Compare its configuration with the addresses that the suite prints, or with its target file.',
    kills: ['wrong-path', 'constant-answer'],
    async run(t) {
      if (t.role === 'gateway') {
        const { client, upstream } = await t.relay()
        upstream.answer({ framing: { length: 5 } })
        upstream.write('token')
        await t.requireEventually(
          () => client.contentBytes >= 5 || client.closed,
          'the answer did not arrive',
        )
        t.expect(
          client.content.toString() === 'token',
          'the response differs from the one that the back end sent',
        )
        return
      }
      const client = t.connect()
      for (const backend of t.backends) {
        const { request } = await t.upstreamOf(backend)
        const { pathname } = new URL(backend.settings.url)
        t.expect(
          request.target === pathname,
          `back end ${backend.name} was asked for ${request.target} instead of ${pathname}`,
        )
      }
      client.close()
    },
  }),
  forBoth({
    id: 'base.stream',
    title: 'A stream opens as 200 text/event-stream and its events arrive before or at its end',
    level: 'gate',
    source: '[sse §9.2.2]',
    meaning:
      'No event gets through, not even late. Try curl -N on the front: is it the stream, or another page?',
    kills: ['status-206', 'body-swallower', 'wrong-content-type'],
    async run(t) {
      const stream = await t.stream({ marked: false })
      for (const number of [1, 2, 3]) stream.write(`data: ${t.token()} ${number}\n\n`)
      if (t.role === 'gateway') stream.upstream.end()
      await t.opens(stream.client)
      if (t.role === 'concentrator') await expectSharedUpstream(t)
      const last = 'the events of a whole stream did not arrive'
      await t.requireEventually(() => stream.received.length >= 3 || stream.client.closed, last)
      t.expect(stream.received.length >= 3, last)
    },
  }),
  forGateway({
    id: 'base.finite',
    title: 'A finite response of 1 KiB arrives whole, with Content-Length or chunked',
    level: 'gate',
    source: '[http/1.1 §6]',
    meaning: 'Ordinary responses do not get through, so streams cannot be judged.',
    kills: ['body-cap-512'],
    async run(t) {
      const body = Buffer.alloc(1024, 'x')
      for (const framing of [{ length: body.length }, 'chunked'] as const) {
        const { client, upstream } = await t.relay()
        upstream.answer({ fields: [], framing })
        upstream.write(body)
        upstream.end()
        await t.requireEventually(
          () => client.state === 'complete' || client.closed,
          'a finite answer did not arrive whole',
        )
        t.expect(client.content.equals(body), `${client.contentBytes} of 1024 bytes arrived`)
      }
    },
  }),
  forGateway({
    id: 'base.two',
    title: 'Two simultaneous requests get their own responses',
    level: 'gate',
    source: '[http §3.7]',
    meaning: 'Responses are mixed up, or come from a cache that ignores the path.',
    kills: ['adds-cl-0', 'sticky-path'],
    async run(t) {
      const pair = await Promise.all([t.relay(), t.relay()])
      for (const [index, { upstream }] of pair.entries()) {
        upstream.answer({ fields: [], framing: { length: 1 } })
        upstream.write(`${index}`)
      }
      await t.requireEventually(
        () => pair.every(({ client }) => client.contentBytes === 1),
        'not both answers arrived',
      )
      t.expect(
        pair.every(({ client }, index) => client.content.toString() === `${index}`),
        'the two responses were swapped',
      )
    },
  }),
  forBoth({
    id: 'base.calibrate',
    title: 'Small responses are fast enough to distinguish delay from buffering',
    level: 'gate',
    source: '[sse §9.2.7]',
    meaning:
      'The machine or the target is too slow to judge timing. Try again when the machine is less busy.',
    kills: ['slow-600ms'],
    async run(t) {
      const sorted = await latenciesMs(t)
      const fastest = sorted[0] ?? 0
      const median = sorted[SAMPLES / 2] ?? 0
      const slowest = sorted.at(-1) ?? 0
      const wantedMs = Math.min(HOLD_CEILING_MS, HOLD_FACTOR * median)
      t.expect(
        fastest <= SLOWEST_MS,
        `even the fastest response takes ${fastest.toFixed(0)} ms; more than ${SLOWEST_MS} ms cannot be judged`,
      )
      t.calibration.holdMs = Math.max(t.calibration.holdMs, wantedMs)
      const figures = `median ${median.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms`
      return `${figures}; events may take ${t.holdMs.toFixed(0)} ms`
    },
  }),
]
