import { forConcentrator, type StreamCheck } from '../stream-check.ts'

const JOINERS = 10

/** Where a client's stream begins. */
export const JOIN_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'join.late',
    title: 'A client that connects late starts with the next event',
    level: 'must',
    source: '[protocol §5.8]',
    meaning: 'New clients are flooded with old events.',
    kills: ['history-to-newcomers', 'late-joiner-deaf'],
    async run(t) {
      const stream = await t.stream()
      for (let number = 1; number <= 5; number += 1) await stream.arrives(`data: ${number}\n\n`)
      const late = t.connect()
      await t.opens(late)
      await stream.arrives('data: 6\n\n')
      await t.requireEventually(
        () => late.events.length > 0,
        'a client that connected late got nothing',
      )
      const first = late.events[0]?.data.toString()
      t.expect(
        first === '6',
        `a client that joined after event 5 began with ${JSON.stringify(first)}`,
      )
    },
  }),
  forConcentrator({
    id: 'join.at-once',
    title: 'An event that is written when a client has its response head reaches that client',
    level: 'must',
    source: '[protocol §5.2] [protocol §5.8]',
    meaning: 'A client that polled before it connected misses the change that came just after.',
    kills: ['ring-joins-late', 'joins-late'],
    async run(t) {
      const upstream = await t.upstreamOf(t.backend)
      for (let number = 0; number < JOINERS; number += 1) {
        const client = t.connect()
        await t.opens(client)
        const data = `for client ${number}`
        upstream.write(`data: ${data}\n\n`)
        await t.requireEventually(
          () => client.hasEvent(data),
          'an event written just after the response head did not reach the client',
        )
      }
    },
  }),
]
