import type { RawClient } from '../../client/raw-client.ts'
import { gapsOf } from '../clients/events-of.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'

/** More heartbeats than a counter that ends early. */
const LASTING_MS = 21_000
const RARE_MS = 5000
/** More than the sockets of a client that does not read hold. */
const LARGE = 'x'.repeat(8 * 1024 * 1024)

function hasLarge({ events }: RawClient): boolean {
  return events.some(({ data }) => data.equals(Buffer.from(LARGE)))
}

/** Heartbeats: comments that a concentrator sends to idle clients. */
export const BEAT_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'beat.comes',
    title: 'An idle client gets a comment within the claimed time',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.6] [sse §9.2.7]',
    meaning: 'Fronts with a short idle timeout close quiet streams.',
    needs: ['heartbeat'],
    cost: 'slow',
    kills: ['no-heartbeat', 'heartbeat-as-event', 'heartbeat-resets-id'],
    async run(t) {
      const { heartbeatMs = 15_000 } = t.claims
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      const bytesBefore = stream.client.contentBytes
      const eventsBefore = stream.client.events.length
      const hadId = stream.client.lastEventId.length > 0
      await t.requireEventually(
        () => stream.client.contentBytes > bytesBefore,
        'an idle client got no byte',
        heartbeatMs + t.holdMs,
      )
      t.expect(stream.client.events.length === eventsBefore, 'the heartbeat is an event')
      t.expect(
        !hadId || stream.client.lastEventId.length > 0,
        'the heartbeat removes the id with which the client would reconnect',
      )
      await stream.arrives('data: after\n\n')
    },
  }),
  forConcentrator({
    id: 'beat.to-all',
    title: 'Every idle client gets a comment, also after another one has left',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.6] [sse §9.2.7]',
    meaning: 'Fronts with a short idle timeout close the quiet streams of some users.',
    needs: ['heartbeat'],
    cost: 'slow',
    kills: ['beats-to-first-only', 'beats-until-one-leaves'],
    async run(t) {
      const { heartbeatMs = 15_000 } = t.claims
      const stream = await t.stream()
      const others = [t.connect(), t.connect(), t.connect()]
      for (const client of others) await t.opens(client)
      const [gone, ...rest] = others
      gone?.close()
      const before = t.token()
      await stream.arrives(`data: ${before}\n\n`)
      await t.requireEventually(
        () => rest.every((client) => client.hasEvent(before)),
        'an event did not reach every client',
      )
      const idle = [stream.client, ...rest].map((client) => ({
        client,
        bytes: client.contentBytes,
      }))
      const missing = (): readonly string[] =>
        idle
          .filter(({ client, bytes }) => client.contentBytes <= bytes)
          .map(({ client }) => client.name)
      await t.requireEventually(
        () => missing().length === 0,
        () =>
          `of ${idle.length} idle clients these got no byte: ${missing().join(', ')}; another one had left before`,
        heartbeatMs + t.holdMs,
      )
      await stream.arrives('data: after\n\n')
    },
  }),
  forConcentrator({
    id: 'beat.whole',
    title: 'A heartbeat is never inside a frame',
    level: 'must',
    source: '[sse §9.2.6]',
    meaning: 'A heartbeat splits an event.',
    kills: ['heartbeat-inside-frame'],
    async run(t) {
      const stream = await t.stream()
      for (let number = 0; number < 50; number += 1)
        stream.write(`event: e${number}\ndata: a\ndata: ${number}\n\n`)
      await stream.delivers('data: last\n\n')
    },
  }),
  forConcentrator({
    id: 'beat.inside-large',
    title: 'A client that pauses within a large event for longer than a heartbeat gets it whole',
    level: 'must',
    source: '[sse §9.2.6]',
    meaning: 'A slow client gets a damaged event.',
    needs: ['heartbeat'],
    cost: 'slow',
    freshTarget: true,
    kills: ['ring-beats-inside-large'],
    async run(t) {
      const { heartbeatMs = 15_000 } = t.claims
      const slow = t.connect()
      await t.opens(slow)
      slow.pause()
      const { client, upstream } = await t.stream()
      const reads = (reader: RawClient, data: string): Promise<boolean> =>
        t.eventuallyWhileReceiving(
          () => reader.contentBytes,
          () => reader.closed || reader.hasEvent(data),
          t.holdMsFor(LARGE.length),
        )
      upstream.write(`data: ${LARGE}\n\ndata: before\n\n`)
      const isWhole = await reads(client, 'before')
      if (!isWhole || !hasLarge(client))
        t.skip('the target forwards no event of 8 MiB: bytes.long-line-8m judges that')
      await t.eventually(() => slow.closed, heartbeatMs + t.holdMs / 4)
      slow.resume()
      upstream.write('data: end\n\n')
      await reads(slow, 'end')
      if (slow.closed) return 'the client is disconnected while it pauses'
      if (gapsOf(slow) > 0) return 'the client gets the gap event'
      const bytes = Math.max(0, ...slow.events.map(({ data }) => data.length))
      t.expect(
        hasLarge(slow),
        `an event of ${LARGE.length} bytes did not reach the client that paused within it; its longest event has ${bytes} bytes`,
      )
      return undefined
    },
  }),
  forConcentrator({
    id: 'beat.goes-on',
    title: 'An idle client gets comments again and again',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.6] [sse §9.2.7]',
    meaning: 'Fronts with a short idle timeout close streams after the first quiet minute.',
    needs: ['heartbeat'],
    cost: 'slow',
    kills: ['ring-one-heartbeat', 'one-heartbeat'],
    async run(t) {
      const { heartbeatMs = 15_000 } = t.claims
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      for (let beat = 1; beat <= 3; beat += 1) {
        const before = stream.client.contentBytes
        await t.requireEventually(
          () => stream.client.contentBytes > before,
          `after ${beat - 1} heartbeats an idle client got no further byte`,
          heartbeatMs + t.holdMs,
        )
      }
      await stream.arrives('data: after\n\n')
    },
  }),
  forConcentrator({
    id: 'beat.lasts',
    title: 'An idle client gets comments for more than twenty seconds',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.6] [sse §9.2.7]',
    meaning: 'Fronts with a short idle timeout close streams after some quiet minutes.',
    needs: ['heartbeat'],
    cost: 'long',
    kills: ['three-heartbeats'],
    async run(t) {
      const { heartbeatMs = 15_000 } = t.claims
      if (heartbeatMs > RARE_MS)
        t.skip(`takes too long with a heartbeat every ${heartbeatMs} ms; use a shorter one`)
      const { client } = await t.stream()
      const endMs = performance.now() + LASTING_MS
      for (let beats = 0; performance.now() < endMs; beats += 1) {
        const before = client.contentBytes
        await t.requireEventually(
          () => client.contentBytes > before,
          `after ${beats} heartbeats an idle client got no further byte`,
          heartbeatMs + t.holdMs,
        )
      }
    },
  }),
]
