import type { OriginResponse, OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { Stream } from '../../../rig/stream.ts'
import type { HeaderField } from '../../../wire/http/header-fields.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import {
  attemptsBesidePatient,
  expectShortWaits,
  feedsAgain,
  nextRequest,
  refuse,
} from './lose-back-end.ts'

const STUCK = 'A back end that fails for a minute is lost until the target is restarted.'
const REFUSALS = 8
const OUTAGE_MS = 1000
/**
 * The back end answers like this once. Then the target must reconnect and get a stream, and clients
 * stay connected.
 */
async function survives(t: Rig, answer: OriginResponse, body: string): Promise<Stream> {
  const stream = await t.stream()
  await stream.arrives('data: before\n\n')
  const { backend } = t
  let refused = 0
  backend.answerWith((upstream) => {
    refused += 1
    upstream.answer(answer)
    upstream.write(body)
    upstream.end()
    upstream.fin()
    backend.resetAnswer()
  })
  stream.upstream.end()
  stream.upstream.fin()
  await t.requireEventually(
    () => refused > 0,
    'the target did not reconnect to the back end',
    t.reconnectMs,
  )
  await t.requireEventually(
    () => backend.stream !== undefined && backend.stream !== stream.upstream,
    `the target did not reconnect after the answer ${answer.status ?? 200}`,
    t.reconnectMs,
  )
  t.expect(!stream.client.closed, 'the client lost its stream')
  const next = await t.upstreamOf(backend)
  next.write('data: after\n\n')
  await t.requireEventually(
    () => stream.received.length >= 2,
    'the event after the refusal did not reach the client',
  )
  const came = stream.received.map(({ data }) => data.toString())
  t.expectRead(came, ['before', 'after'], 'after the refusal')
  return stream
}

const counted = (
  status: number,
  body: string,
  type = 'text/plain',
  ...more: readonly HeaderField[]
): OriginResponse => ({
  status,
  fields: [{ name: 'Content-Type', value: type }, ...more],
  framing: { length: Buffer.byteLength(body) },
})

const TRAP = 'data: not a stream\n\n'

/** How a target handles faulty responses of back ends. */
export const UP_TROUBLE_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.wrong-type',
    title: 'The target rejects a response of another media type and reconnects later',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.2] [protocol §4.5]',
    meaning: 'The text of a login page is parsed as events.',
    cost: 'slow',
    kills: ['any-type-is-stream'],
    run: async (t) => void (await survives(t, counted(200, TRAP, 'text/html'), TRAP)),
  }),
  forConcentrator({
    id: 'up.wrong-status',
    title: 'The target rejects an error status with any media type and reconnects later',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.2] [protocol §4.5]',
    meaning: 'The text of an error is parsed as events.',
    cost: 'slow',
    kills: ['any-status-is-stream'],
    run: async (t) => void (await survives(t, counted(500, TRAP, 'text/event-stream'), TRAP)),
  }),
  ...[401, 403, 404, 410, 429, 500, 502, 503].map((status) =>
    forConcentrator({
      id: `up.after-${status}`,
      title: `The target reconnects after ${status}, and clients stay connected`,
      level: 'should',
      source: '[protocol §4.5] [protocol §5.11]',
      meaning: STUCK,
      cost: 'slow',
      kills: ['gives-up-on-refusal', 'refusal-ends-clients'],
      run: async (t) => void (await survives(t, counted(status, 'no'), 'no')),
    }),
  ),
  forConcentrator({
    id: 'up.backoff',
    title: 'The target waits between retries of a back end that refuses',
    level: 'should',
    source: '[protocol §4.4]',
    meaning: 'The proxy overloads a back end that is starting.',
    cost: 'slow',
    freshTarget: true,
    kills: ['hammers'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      const counts = await attemptsBesidePatient(t)
      t.backend.resetAnswer()
      await t.upstreamOf(t.backend)
      return counts
    },
  }),
  forConcentrator({
    id: 'up.backoff-login',
    title: 'The target waits between retries of a back end that refuses its login',
    level: 'should',
    source: '[protocol §4.5] [http §15.5.2]',
    meaning: 'The account of the target is locked, and logs of the back end are full.',
    cost: 'slow',
    freshTarget: true,
    kills: ['hammers-login'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      const counts = await attemptsBesidePatient(t, { status: 401 })
      t.backend.resetAnswer()
      await t.upstreamOf(t.backend)
      return counts
    },
  }),
  forConcentrator({
    id: 'up.backoff-cap',
    title: 'The target reconnects within the claimed time after an outage of any length',
    level: 'should',
    source: '[protocol §4.4]',
    meaning: 'After a night of maintenance the target stays disconnected for another night.',
    cost: 'slow',
    freshTarget: true,
    kills: ['backoff-without-cap', 'comes-back-late'],
    async run(t) {
      expectShortWaits(t, REFUSALS)
      await refuse(t, REFUSALS)
      await feedsAgain(t)
    },
  }),
  forConcentrator({
    id: 'up.refused-later',
    title: 'The target reconnects to a back end that refused connections for a while',
    level: 'should',
    source: '[protocol §4.4]',
    meaning: STUCK,
    cost: 'slow',
    freshTarget: true,
    kills: ['gives-up-backend', 'gives-up-after-abort'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      await t.backend.origin.stopListening()
      t.backend.origin.resetAll()
      await t.pause(OUTAGE_MS)
      await t.backend.origin.listen()
      const next = await t.upstreamOf(t.backend)
      next.write('data: after\n\n')
      await t.requireEventually(
        () => stream.received.length >= 2,
        'the event after the outage did not reach the client',
      )
    },
  }),
  forConcentrator({
    id: 'up.redirect-credentials',
    title: 'The target sends no credentials to another host after a redirect',
    level: 'must',
    basis: 'standard',
    source: '[http §15.4]',
    meaning: "A host behind a redirect can collect the back end's password.",
    needs: ['credentials'],
    freshTarget: true,
    kills: ['redirect-leaks-credentials'],
    async run(t) {
      const other = t.second
      await t.upstreamOf(other)
      const request = await nextRequest(t)
      const moved = { name: 'Location', value: `http://127.0.0.1:${other.origin.port}/moved/there` }
      request.answer({ status: 302, fields: [moved], framing: { length: 0 } })
      request.end()
      const arrived = (): OriginExchange | undefined =>
        other.requests.find(({ request: { target } }) => target === '/moved/there')
      const followed = await t.eventually(() => arrived() !== undefined, t.reconnectMs)
      const leaked = arrived()?.field('authorization')
      t.expect(leaked === undefined, 'the password went to the host that the redirect names')
      const there = arrived()
      if (there?.open === true) {
        there.end()
        there.fin()
      }
      await t.upstreamOf(t.backend)
      return followed ? 'followed, without credentials' : 'not followed'
    },
  }),
]
