import { SETTING } from '../../../wire/h2/frames.ts'
import { forBoth, forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { H2Exchange, hasHead, openH2, openStream, servesHead, upstreamFor } from './h2-exchange.ts'
import { counted } from '../../../counted.ts'

const EVENTS = 20
/** [http/2 §6.5.2] */
const RECOMMENDED_STREAMS = 100
const LARGE_BYTES = 1_000_000
/** More than this cannot be opened to reach a limit. */
const MOST_STREAMS = 300
const PATIENCE = 3

/** Event streams over HTTP/2. */
export const H2_STREAM_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'h2.head',
    title: 'Over HTTP/2 the response head comes while no event exists',
    level: 'must',
    source: '[sse §9.2.2] [http/2 §8.1]',
    meaning: 'Pages stay in "connecting" until the first event.',
    needs: ['h2'],
    kills: ['h2-holds-head', 'ring-h2-holds-head'],
    async run(t) {
      const client = await openH2(t)
      const path = t.path()
      const stream = client.request({ path })
      const upstream = await upstreamFor(t, stream, path)
      const came = await t.eventually(() => stream.head !== undefined || stream.end !== undefined)
      if (!came) {
        await hasHead(t, stream)
        t.fail('the response head came over HTTP/2 only with an event', 'late-head')
      }
      t.expect(
        stream.status === 200,
        `the status is ${stream.status ?? 'missing'}: ${stream.ending}`,
      )
      await new H2Exchange(t, client, stream, upstream).arrives(t.token())
    },
  }),
  forBoth({
    id: 'h2.lockstep',
    title: 'Over HTTP/2 each event is at the client before the next is written',
    level: 'must',
    source: '[sse §9.2] [http/2 §8.1]',
    meaning: 'Users are one event behind, or more.',
    needs: ['h2'],
    kills: ['h2-holds-newest', 'ring-h2-holds-newest'],
    async run(t) {
      const exchange = await openStream(t, await openH2(t))
      for (let event = 0; event < EVENTS; event += 1) await exchange.arrives(`event ${event}`)
    },
  }),
  forBoth({
    id: 'h2.large',
    title: 'An event of one megabyte arrives whole over HTTP/2',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §5.2] [http/2 §6.1]',
    meaning: 'Large changes reach users damaged, or stop the stream.',
    needs: ['h2'],
    kills: ['h2-cuts-at-16k', 'ring-h2-cuts-at-16k'],
    async run(t) {
      const exchange = await openStream(t, await openH2(t))
      await exchange.arrives('x'.repeat(LARGE_BYTES))
      await exchange.arrives('after the large event')
    },
  }),
  forBoth({
    id: 'h2.streams-100',
    title: 'One connection carries a hundred streams, and each gets its event',
    level: 'should',
    basis: 'standard',
    source: '[http/2 §6.5.2]',
    meaning: 'A browser with many tabs waits for streams that never open.',
    needs: ['h2'],
    cost: 'slow',
    kills: ['h2-ten-streams', 'ring-h2-ten-streams'],
    async run(t) {
      const client = await openH2(t)
      const limit = client.settings?.get(SETTING.maxStreams) ?? Infinity
      t.expect(
        limit >= RECOMMENDED_STREAMS,
        `the target allows ${counted(limit, 'stream')} on a connection; at least ${RECOMMENDED_STREAMS} are recommended`,
      )
      const opened = Array.from({ length: RECOMMENDED_STREAMS }, () => {
        const path = t.path()
        return { path, stream: client.request({ path }) }
      })
      const exchanges: H2Exchange[] = []
      for (const { path, stream } of opened) {
        const upstream = await upstreamFor(t, stream, path)
        exchanges.push(new H2Exchange(t, client, stream, upstream))
      }
      const served = (): number => exchanges.filter(({ stream }) => stream.status === 200).length
      // A client of a concentrator is subscribed when it has its head; `h2.head` judges the rest.
      await t.requireEventuallyWhileGrowing(
        served,
        () => t.role === 'gateway' || served() === exchanges.length,
        () => `${served()} of ${RECOMMENDED_STREAMS} streams on one connection got a response head`,
      )
      const data = t.token()
      for (const upstream of new Set(exchanges.map((one) => one.upstream)))
        upstream.write(`data: ${data}\n\n`)
      const got = (): number => exchanges.filter(({ stream }) => stream.hasEvent(data)).length
      await t.requireEventuallyWhileGrowing(
        got,
        () => got() === exchanges.length,
        () => `the event came on ${got()} of ${RECOMMENDED_STREAMS} streams`,
      )
      const most = Math.max(
        ...exchanges.map(
          ({ stream }) => stream.events.filter((event) => event.data.toString() === data).length,
        ),
      )
      t.expect(most === 1, `a stream got the event ${most} times`)
      return limit === Infinity ? 'no limit' : `at most ${limit}`
    },
  }),
  forBoth({
    id: 'h2.over-limit',
    title: 'A stream above the announced limit is refused, and the other streams stay open',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §5.1.2]',
    meaning: 'The next tab waits for ever instead of using another connection.',
    needs: ['h2'],
    cost: 'slow',
    kills: ['h2-over-limit-hangs', 'ring-h2-over-limit-hangs'],
    async run(t) {
      const client = await openH2(t)
      const limit = client.settings?.get(SETTING.maxStreams) ?? Infinity
      if (limit > MOST_STREAMS) {
        await openStream(t, client)
        return `no limit below ${MOST_STREAMS}`
      }
      const first = await openStream(t, client)
      const open = Array.from({ length: limit - 1 }, () => client.request({ path: t.path() }))
      // They are open, whether they are answered or not.
      await t.requireEventuallyWhileGrowing(
        () => open.filter(({ head }) => head !== undefined).length,
        () => t.role === 'gateway' || open.every(({ head }) => head !== undefined),
        'not all streams below the limit were answered',
      )
      const surplus = client.request({ path: t.path() })
      await t.requireEventually(
        () =>
          surplus.end !== undefined || surplus.head !== undefined || client.goAway !== undefined,
        `stream ${limit + 1} is neither refused nor served, although ${limit} are allowed`,
        PATIENCE * t.holdMs,
      )
      // [http/2 §5.1.2] The violation may end the connection.
      if (client.closed || client.goAway !== undefined) return 'the connection ends'
      await first.arrives('after the surplus', ' after a stream above the limit')
      return surplus.end?.kind === 'reset' ? `refused with code ${surplus.end.code}` : 'answered'
    },
  }),
  forBoth({
    id: 'h2.end-of-one',
    title: 'The end of one exchange leaves the other streams of its connection open',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §5.1]',
    meaning: 'Any small request ends the stream of a page.',
    needs: ['h2'],
    kills: ['h2-end-ends-all', 'ring-h2-end-ends-all'],
    async run(t) {
      const client = await openH2(t)
      const exchange = await openStream(t, client)
      await servesHead(t, client, 'beside a stream')
      await exchange.arrives('after the end', ' after another exchange had ended')
      await servesHead(t, client, 'a second time')
      await exchange.arrives('after the second end', ' after another exchange had ended')
    },
  }),
  forConcentrator({
    id: 'h2.heartbeat',
    title: 'An idle stream over HTTP/2 gets comments',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.6] [sse §9.2.7]',
    meaning: 'Fronts with a short idle timeout close quiet streams.',
    needs: ['h2', 'heartbeat'],
    cost: 'slow',
    kills: ['h2-drops-comments', 'ring-h2-drops-comments'],
    async run(t) {
      const { heartbeatMs = 15_000 } = t.claims
      const exchange = await openStream(t, await openH2(t))
      const before = exchange.stream.comments
      await t.requireEventually(
        () => exchange.stream.comments > before || exchange.stream.end !== undefined,
        'an idle stream over HTTP/2 got no comment',
        heartbeatMs + t.holdMs,
      )
      await exchange.arrives('after the comment')
    },
  }),
  forConcentrator({
    id: 'h2.replay',
    title: 'A client that returns over HTTP/2 gets every missed event once, in order',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8] [sse §9.2.3]',
    meaning: 'Clients miss or repeat changes whenever a connection drops.',
    needs: ['h2', 'replay'],
    kills: ['h2-drops-last-event-id', 'ring-h2-drops-last-event-id'],
    async run(t) {
      const client = await openH2(t)
      const first = await openStream(t, client)
      const token = t.token()
      for (let number = 1; number <= 6; number += 1) await first.arrives(`${token} ${number}`)
      const id = first.stream.events
        .find(({ data }) => data.toString() === `${token} 2`)
        ?.lastEventId.toString('latin1')
      t.expect(id !== undefined && id !== '', 'events over HTTP/2 have no id')
      client.reset(first.stream)
      const path = t.path()
      const value = id ?? ''
      const stream = client.request({ path, fields: [{ name: 'last-event-id', value }] })
      await hasHead(t, stream)
      const back = new H2Exchange(t, client, stream, await t.upstreamOf(t.backend))
      await back.arrives(`${token} live`, ' after a return')
      const came = stream.events
        .map(({ data }) => data.toString())
        .filter((data) => data.startsWith(token))
      t.expectRead(
        came.map((data) => data.slice(token.length + 1)),
        ['3', '4', '5', '6', 'live'],
        'after a return over HTTP/2 with the id of event 2',
      )
    },
  }),
]
