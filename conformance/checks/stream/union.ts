import { forConcentrator, type StreamCheck } from '../stream-check.ts'

const PER_BACKEND = 200
const CLIENTS = 5
/** Events of a busy back end, and the pause between two of them. */
const MOST_BUSY = 400
const BUSY_MS = 5

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
  forConcentrator({
    id: 'union.line-by-line',
    title: 'A complete line of an unfinished event never joins an event of another back end',
    level: 'must',
    basis: 'standard',
    source: '[protocol §5.3] [sse §9.2.6]',
    meaning: 'Events of two systems are mixed up.',
    kills: ['ring-mixes-lines', 'one-splitter-for-all'],
    async run(t) {
      const stream = await t.stream()
      const other = await t.upstreamOf(t.second)
      for (const round of [1, 2, 3]) {
        // The client has the event before it, so the target has read the line that follows.
        const data = `data: sync ${round}`
        stream.upstream.write(`${data}\n\nevent: half\ndata: A ${round}\n`)
        await t.requireEventually(
          () => stream.client.hasEvent(`sync ${round}`),
          'the first event did not reach the client',
        )
        other.write(`data: B ${round}\n\n`)
        await t.requireEventually(
          () => stream.received.length >= 3 * round - 1,
          'an event of back end B did not arrive while an event of back end A was unfinished',
        )
        stream.upstream.write('data: end\n\n')
        await t.requireEventually(
          () => stream.received.length >= 3 * round,
          'the event of back end A did not arrive',
        )
        const [, b, a] = stream.received.slice(-3)
        const came = [b, a].map((event) => `${event?.type.toString()}: ${event?.data.toString()}`)
        t.expect(
          came.join() === `message: B ${round},half: A ${round}\nend`,
          `the client read ${JSON.stringify(came)}: lines of two back ends are in one event`,
        )
      }
    },
  }),
  forConcentrator({
    id: 'union.cut-character',
    title: 'Half a character of one back end never joins the text of another',
    level: 'must',
    basis: 'standard',
    source: '[protocol §5.3] [sse §9.2.5]',
    meaning: 'Names with accents are damaged, now and then, in events of both systems.',
    kills: ['one-text-decoder', 'ring-one-text-decoder', 'one-splitter-for-all'],
    async run(t) {
      const stream = await t.stream()
      const other = await t.upstreamOf(t.second)
      const [first, ...rest] = Buffer.from('\u{1d11e}')
      for (const round of [1, 2, 3]) {
        // The client has the event before it, so the target has read the half character.
        const sync = Buffer.from(`data: sync ${round}\n\ndata: A ${round} `)
        stream.upstream.write(Buffer.concat([sync, Buffer.of(first ?? 0)]))
        await t.requireEventually(
          () => stream.client.hasEvent(`sync ${round}`),
          'the first event did not reach the client',
        )
        other.write(`data: \u{e9}t\u{e9} B ${round}\n\n`)
        await t.requireEventually(
          () => stream.received.length >= 3 * round - 1,
          'an event of back end B did not arrive while a character of back end A was unfinished',
        )
        stream.upstream.write(Buffer.concat([Buffer.from(rest), Buffer.from('\n\n')]))
        await t.requireEventually(
          () => stream.received.length >= 3 * round,
          'the event of back end A did not arrive',
        )
        t.expectRead(
          stream.received.slice(-2).map(({ data }) => data.toString()),
          [`\u{e9}t\u{e9} B ${round}`, `A ${round} \u{1d11e}`],
          'of two events, the second of which was cut inside a character while the first came',
        )
      }
    },
  }),
  forConcentrator({
    id: 'union.equal-events',
    title: 'Equal events arrive as often as they were written',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.3] [protocol §3.2]',
    meaning: 'The second change of the same content item is never announced.',
    kills: ['ring-drops-equal', 'drops-equal'],
    async run(t) {
      const stream = await t.stream()
      const other = await t.upstreamOf(t.second)
      for (const number of [1, 2, 3]) {
        await stream.arrives('data: same\n\n')
        t.expect(stream.received.length === number, 'more events came than were written')
      }
      other.write('data: same\n\n')
      await t.requireEventually(
        () => stream.received.length >= 4,
        'an event of back end B that equals one of back end A did not arrive',
      )
    },
  }),
  forConcentrator({
    id: 'union.quiet-beside-busy',
    title: 'Events of a quiet back end arrive while another one writes without pause',
    level: 'must',
    source: '[protocol §5.3] [protocol §5.5]',
    meaning: 'During a busy import of one system, changes of all others come minutes late.',
    kills: ['ring-starves-quiet', 'starves-quiet'],
    async run(t) {
      const stream = await t.stream()
      const other = await t.upstreamOf(t.second)
      for (const round of [1, 2, 3]) {
        const data = `quiet ${round}`
        other.write(`data: ${data}\n\n`)
        for (let number = 0; number < MOST_BUSY && !stream.client.hasEvent(data); number += 1) {
          stream.upstream.write(`data: busy ${number}\n\n`)
          await t.pause(BUSY_MS)
        }
        t.expect(
          stream.client.hasEvent(data),
          `an event of back end B had not arrived after ${MOST_BUSY} events of back end A, written after it`,
        )
      }
    },
  }),
]
