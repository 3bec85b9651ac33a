import type { RawClient } from '../../client/raw-client.ts'
import type { Rig } from '../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'
import { dataOf, idOf, streamWithEvent } from './events-of.ts'

const ROUNDS = 4
const MEANING = 'Browsers that need a polyfill get no events, or lose and repeat some.'
/** A first poll, without an id, gets one of these events, whenever the target has opened it. */
const MOST_MARKERS = 20
/** A second, and timers of a target may end a little early. */
const WAIT_MS = 900
const MOST_POLLS = 5

/** A request as polyfills of EventSource on XMLHttpRequest send it. */
function poll(t: Rig, id?: string): RawClient {
  const position = id === undefined ? [] : [{ name: 'Last-Event-ID', value: id }]
  return t.connect({ fields: [{ name: 'X-Requested-With', value: 'XMLHttpRequest' }, ...position] })
}

/** Waits until the response of a poll has ended, as its framing says. */
async function ended(t: Rig, client: RawClient, limitMs?: number): Promise<void> {
  await t.requireEventually(
    () => client.state === 'complete' || client.closed,
    'a long poll did not end',
    limitMs,
  )
  t.expect(
    client.state === 'complete' && !client.resetByPeer,
    `a long poll broke off: ${client.ending ?? 'its response is not complete'}`,
  )
}

/** The id that a client sends with its next poll: without one in a response, the old one. */
function nextId(client: RawClient, id: string): string {
  const { lastEventId } = client
  return lastEventId.length === 0 ? id : lastEventId.toString('latin1')
}

/** Events in it, also those that the target sends by itself at any time. */
function hasEvents(client: RawClient): boolean {
  return client.items.some(({ kind }) => kind === 'event')
}

interface Polled {
  /** Of all events that came. */
  readonly data: readonly string[]
  /** The id of the next long poll. */
  readonly id: string
}

/**
 * Polls until an event with this data has come. `first` is an open poll with that id. It may have
 * ended without an event: on a busy machine it waits for long.
 */
async function pollUntil(t: Rig, from: string, until: string, first?: RawClient): Promise<Polled> {
  const data: string[] = []
  let id = from
  for (let client = first ?? poll(t, id); ; client = poll(t, id)) {
    await ended(t, client)
    t.expect(
      hasEvents(client) || client === first,
      'a long poll ended without an event, although there was one',
    )
    data.push(...dataOf(client))
    id = nextId(client, id)
    if (data.includes(until)) return { data, id }
  }
}

/** A long poll that gets no event. Fails when it ends before the shortest wait. */
async function waitsInVain(t: Rig, id: string): Promise<RawClient> {
  const startMs = performance.now()
  const client = poll(t, id)
  await t.opens(client)
  await t.eventually(() => client.ending !== undefined, WAIT_MS)
  const waitedMs = performance.now() - startMs
  t.expect(
    client.ending === undefined || waitedMs >= WAIT_MS || hasEvents(client),
    `a long poll ended without an event after ${waitedMs.toFixed(0)} ms`,
  )
  return client
}

/** Long polling: a response ends after its events, and the next one continues [protocol §5.19]. */
export const POLL_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'poll.backlog',
    title: 'A long poll gets the events after its id, and its response ends',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.19]',
    meaning: MEANING,
    needs: ['long-poll'],
    kills: ['poll-never-ends', 'poll-resets', 'ring-poll-stays-open', 'ring-poll-without-end'],
    async run(t) {
      const stream = await t.stream()
      for (const data of ['1', '2', '3']) await stream.arrives(`data: ${data}\n\n`)
      const { data } = await pollUntil(t, idOf(t, stream, '1'), '3')
      t.expectRead(data, ['2', '3'], 'by long polls with the id of event 1')
    },
  }),
  forConcentrator({
    id: 'poll.live',
    title: 'A long poll that has every event gets the next one, and its response ends',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.19]',
    meaning: MEANING,
    needs: ['long-poll'],
    kills: ['poll-never-ends', 'ring-poll-stays-open'],
    async run(t) {
      const { stream, id } = await streamWithEvent(t, 'old')
      const client = poll(t, id)
      await t.opens(client)
      await stream.arrives('data: new\n\n')
      const { data } = await pollUntil(t, id, 'new', client)
      t.expectRead(data, ['new'], 'by a long poll with the newest id')
    },
  }),
  forConcentrator({
    id: 'poll.exact',
    title: 'One long poll after the other gets every event once, in order',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.19] [protocol §5.8]',
    meaning: MEANING,
    needs: ['long-poll'],
    kills: ['poll-repeats-last'],
    async run(t) {
      const { stream, id: first } = await streamWithEvent(t, '0')
      let id = first
      const read: string[] = []
      const written: string[] = []
      for (let round = 1; round <= ROUNDS; round += 1) {
        for (const part of ['a', 'b']) {
          written.push(`${round}${part}`)
          await stream.arrives(`data: ${round}${part}\n\n`)
        }
        const polled = await pollUntil(t, id, `${round}b`)
        read.push(...polled.data)
        ;({ id } = polled)
      }
      t.expectRead(read, written, 'by long polls that continue each other')
    },
  }),
  forConcentrator({
    id: 'poll.position',
    title: 'Events between two long polls are not lost',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.19] [protocol §5.8]',
    meaning: MEANING,
    needs: ['long-poll'],
    kills: ['poll-forgets-id'],
    async run(t) {
      const { stream, id } = await streamWithEvent(t, 'before')
      await stream.arrives('data: between\n\n')
      const client = poll(t, id)
      await t.opens(client)
      await stream.arrives('data: after\n\n')
      const { data } = await pollUntil(t, id, 'after', client)
      t.expectRead(data, ['between', 'after'], 'by the next long poll')
    },
  }),
  forConcentrator({
    id: 'poll.first-id',
    title: 'The first long poll of a client gives it an id, and the next one continues there',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.19]',
    meaning: MEANING,
    needs: ['long-poll'],
    kills: ['poll-without-ids'],
    async run(t) {
      const stream = await t.stream()
      let client = poll(t)
      await t.opens(client)
      const written: string[] = []
      while (client.events.length === 0 && written.length < MOST_MARKERS) {
        if (client.ending !== undefined) client = poll(t)
        written.push(`marker ${written.length}`)
        await stream.arrives(`data: ${written.at(-1)}\n\n`)
      }
      await ended(t, client)
      const id = nextId(client, '')
      t.expect(id !== '', 'a long poll had events and no id: its client cannot continue')
      await stream.arrives('data: later\n\n')
      const { data } = await pollUntil(t, id, 'later')
      const last = dataOf(client).at(-1) ?? ''
      const wanted = [...written.slice(written.indexOf(last) + 1), 'later']
      t.expectRead(data, wanted, 'by the long polls after the first one')
    },
  }),
  forConcentrator({
    id: 'poll.waits',
    title: 'A long poll without an event waits for a second or more',
    level: 'should',
    basis: 'choice',
    source: '[protocol §5.19]',
    meaning: 'Each idle client sends request after request.',
    needs: ['long-poll'],
    cost: 'slow',
    kills: ['poll-ends-at-once'],
    async run(t) {
      const { stream, id } = await streamWithEvent(t, 'old')
      let client = await waitsInVain(t, id)
      // On a busy machine a response that ends at once may seem to have waited.
      for (let polls = 1; polls < MOST_POLLS && client.ending !== undefined; polls += 1)
        client = await waitsInVain(t, id)
      await stream.arrives('data: new\n\n')
      await pollUntil(t, id, 'new', client)
    },
  }),
  forConcentrator({
    id: 'poll.hold',
    title: 'A long poll without an event ends within the claimed time, and the next one continues',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.19]',
    meaning: 'A gateway in between times out, and the polyfill reports an error.',
    needs: ['long-poll'],
    variant: 'tight',
    cost: 'slow',
    kills: ['poll-holds-for-ever'],
    async run(t) {
      const limitMs = t.claimed('pollHoldMs')
      const { stream, id } = await streamWithEvent(t, 'old')
      const client = poll(t, id)
      await t.opens(client)
      await ended(t, client, t.holdMs + limitMs)
      t.expectRead(dataOf(client), [], 'by a long poll for which there was no event')
      await stream.arrives('data: new\n\n')
      const { data } = await pollUntil(t, nextId(client, id), 'new')
      t.expectRead(data, ['new'], 'by the next long poll')
    },
  }),
  forConcentrator({
    id: 'poll.others',
    title: 'A stream that is requested without the field stays open after its events',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.19] [sse §9.2.3]',
    meaning: 'Every browser reconnects after every event.',
    needs: ['long-poll'],
    kills: ['poll-ends-all'],
    async run(t) {
      const { stream, id } = await streamWithEvent(t, '1')
      await stream.arrives('data: 2\n\n')
      // By now a stream that ends as long polls do has ended.
      await pollUntil(t, id, '2')
      await stream.arrives('data: 3\n\n')
      t.expect(stream.client.ending === undefined, `a stream ended: ${stream.client.ending}`)
    },
  }),
]
