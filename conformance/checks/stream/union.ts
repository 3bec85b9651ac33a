import { forConcentrator, type StreamCheck } from '../stream-check.ts'

const PER_BACKEND = 200
const CLIENTS = 5

/** Every client gets every event of every back end. */
export const UNION_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'union.two-backends',
    title: 'Events of every back end reach every client',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.3]',
    meaning: 'Changes in one of the systems are never announced.',
    kills: ['first-backend-only'],
    async run(t) {
      const stream = await t.stream()
      const other = await t.upstreamOf(t.second)
      await stream.arrives('data: from A\n\n')
      other.write('data: from B\n\n')
      await t.requireEventually(
        () => stream.received.length >= 2,
        'an event of back end B did not reach the client',
      )
      t.expect(
        stream.received[1]?.data.toString() === 'from B',
        'the event of back end B was changed',
      )
      await t.requireEventually(
        () => stream.received.length === 2,
        'more events came than were written',
      )
    },
  }),
  forConcentrator({
    id: 'union.order',
    title: 'Events of one back end keep their order',
    level: 'must',
    source: '[protocol §5.3]',
    meaning: 'Clients act on an older state after a newer one.',
    kills: ['reorder-two'],
    async run(t) {
      const stream = await t.stream()
      const [first, second] = [stream.upstream, await t.upstreamOf(t.second)]
      for (let number = 0; number < PER_BACKEND; number += 1) {
        first.write(`data: A ${number}\n\n`)
        second.write(`data: B ${number}\n\n`)
      }
      await t.requireEventuallyWhileGrowing(
        () => stream.received.length,
        () => stream.received.length >= 2 * PER_BACKEND,
        () => `${stream.received.length} of ${2 * PER_BACKEND} events arrived`,
      )
      for (const name of ['A', 'B']) {
        const came = stream.received
          .map(({ data }) => data.toString())
          .filter((data) => data.startsWith(name))
        const wanted = Array.from({ length: PER_BACKEND }, (_, number) => `${name} ${number}`)
        const at = wanted.findIndex((data, index) => data !== came[index])
        t.expect(
          at === -1,
          `event ${at + 1} of back end ${name} came as ${JSON.stringify(came[at])}`,
        )
      }
    },
  }),
  forConcentrator({
    id: 'union.same-to-all',
    title: 'Every client gets the same events in the same order',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.3]',
    meaning: 'Users see different events on different connections.',
    kills: ['skips-third-client', 'one-client-each'],
    async run(t) {
      const others = Array.from({ length: CLIENTS - 1 }, () => t.connect())
      for (const client of others) await t.opens(client)
      const stream = await t.stream()
      for (let number = 1; number <= 20; number += 1) stream.write(`data: ${number}\n\n`)
      await stream.expectNothingElse()
      const last = stream.client.events.at(-1)?.data.toString() ?? ''
      await t.requireEventually(
        () => others.every((client) => client.hasEvent(last)),
        'the last event did not reach every client',
      )
      const wanted = stream.client.events.map(({ data }) => data.toString())
      for (const { name, events } of others) {
        const came = events.map(({ data }) => data.toString()).slice(-wanted.length)
        t.expect(
          came.join('\n') === wanted.join('\n'),
          `${name} read different events: ${came.join(' ')}`,
        )
      }
    },
  }),
  forConcentrator({
    id: 'union.no-upstream-comments-as-events',
    title: 'A comment of a back end never becomes an event',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.6]',
    meaning: 'Clients process a heartbeat as a change.',
    kills: ['comments-as-events'],
    async run(t) {
      const stream = await t.stream()
      stream.write(': beat\n\n:\n\n:data: no\n\n')
      await stream.delivers('data: yes\n\n')
    },
  }),
  forConcentrator({
    id: 'union.unfinished',
    title: 'An unfinished event of one back end neither delays nor corrupts events of another',
    level: 'must',
    source: '[protocol §5.3] [sse §9.2.6]',
    meaning: 'Events of two systems are mixed up.',
    kills: ['one-splitter-for-all'],
    async run(t) {
      const stream = await t.stream()
      const other = await t.upstreamOf(t.second)
      stream.upstream.write('data: first half')
      for (const number of [1, 2, 3]) {
        other.write(`data: B ${number}\n\n`)
        await t.requireEventually(
          () => stream.received.length >= number,
          `event ${number} of back end B did not arrive`,
        )
      }
      stream.upstream.write(', second half\n\n')
      await t.requireEventually(
        () => stream.received.length >= 4,
        'the event of back end A did not arrive',
      )
      const came = stream.received.map(({ data }) => data.toString())
      t.expect(
        came.join() === 'B 1,B 2,B 3,first half, second half',
        `the client read ${came.join(' | ')}`,
      )
    },
  }),
]
