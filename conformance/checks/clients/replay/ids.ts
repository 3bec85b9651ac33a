import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { dataOf, gapsOf } from '../events-of.ts'
import { returnWith } from '../returning-client.ts'

/** How a target handles the id of a reconnecting client. */
export const REPLAY_ID_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'replay.odd-id',
    title: 'Malformed ids are treated like unknown ones',
    level: 'must',
    source: '[sse §9.2.3]',
    meaning: 'A client with a malformed id cannot connect until its storage is cleared.',
    kills: ['odd-id-hangs', 'odd-id-400'],
    async run(t) {
      const stream = await t.stream()
      for (const id of [
        '0',
        '-1',
        '99999999999999999999',
        '../../etc',
        '%00',
        'é',
        '{"a":1}',
        ',',
      ]) {
        const back = await returnWith(t, id)
        const data = t.token()
        await stream.arrives(`data: ${data}\n\n`)
        await t.requireEventually(
          () => back.hasEvent(data),
          `a client with the id ${JSON.stringify(id)} got no live event`,
        )
        back.close()
      }
    },
  }),
  forConcentrator({
    id: 'replay.long-id',
    title: 'An id of four thousand bytes is refused or treated like an unknown one',
    level: 'must',
    source: '[sse §9.2.3] [http §5.4]',
    meaning: 'A client with a malformed id cannot connect until its storage is cleared.',
    kills: ['long-id-hangs', 'long-id-500'],
    async run(t) {
      const stream = await t.stream()
      const client = t.connect({ fields: [{ name: 'Last-Event-ID', value: 'x'.repeat(4000) }] })
      await t.requireEventually(
        () => client.head !== undefined || client.closed,
        'a long id got no answer',
      )
      const status = client.head?.status ?? 0
      t.expect(
        status === 200 || (status >= 400 && status < 500),
        `a long id was answered with ${client.head?.status ?? 'a close'}`,
      )
      await stream.arrives('data: live\n\n')
      if (status !== 200) return `refused with ${status}`
      await t.requireEventually(
        () => client.hasEvent('live'),
        'a client with a long id got no live event',
      )
      return 'served'
    },
  }),
  forConcentrator({
    id: 'replay.query-id',
    title: 'The query parameter lastEventId replaces the header',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.16]',
    meaning: 'Clients that cannot set headers miss events when they reconnect.',
    needs: ['replay', 'query-id'],
    kills: ['ignores-query-id', 'ring-no-query-id'],
    async run(t) {
      const stream = await t.stream()
      for (const number of [1, 2, 3]) await stream.arrives(`data: ${number}\n\n`)
      const first = stream.received[0]?.lastEventId.toString('latin1') ?? ''
      const back = await returnWith(t, '', `/sse?lastEventId=${encodeURIComponent(first)}`)
      await t.requireEventually(
        () => back.hasEvent('3'),
        'the events after the id in the query did not come',
      )
      t.expect(
        dataOf(back).join() === '2,3',
        `with the id of event 1 in the query the client read ${dataOf(back).join()}`,
      )
    },
  }),
  forConcentrator({
    id: 'replay.restart',
    title: 'An id from before a restart of the target never matches a newer event',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.7] [protocol §5.9]',
    meaning:
      'After a restart, ids start over and match other events, so clients silently miss events.',
    needs: ['replay', 'gap-event'],
    cost: 'slow',
    freshTarget: true,
    kills: ['ids-start-at-1'],
    async run(t) {
      const before = await t.stream()
      for (const number of [1, 2, 3]) await before.arrives(`data: before ${number}\n\n`)
      const id = before.received[0]?.lastEventId.toString('latin1') ?? ''
      await t.target.restart()
      const stream = await t.stream()
      for (let number = 1; number <= 9; number += 1)
        await stream.arrives(`data: after ${number}\n\n`)
      const back = await returnWith(t, id)
      await t.requireEventually(
        () => gapsOf(back) > 0,
        'a client with an id from before the restart got no gap event',
      )
    },
  }),
]
