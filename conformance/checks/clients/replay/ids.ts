import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { dataOf, gapsOf, idOf, inQuery, inQueryEscaped, streamWithEvent } from '../events-of.ts'
import { returnWith } from '../returning-client.ts'

/** How a target handles the id of a reconnecting client. */
export const REPLAY_ID_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'replay.odd-id',
    title: 'Malformed ids are treated like unknown ones',
    level: 'must',
    source: '[sse §9.2.3]',
    meaning: 'A client with a malformed id cannot connect until its storage is cleared.',
    kills: ['odd-id-hangs', 'odd-id-400', 'decodes-ids', 'ring-decodes-ids'],
    async run(t) {
      const stream = await t.stream()
      for (const id of [
        '0',
        '-1',
        '99999999999999999999',
        '../../etc',
        '%00',
        '100%',
        '%zz',
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
    title: 'A client without the header gets the events after the id in its query',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.16]',
    meaning: 'Clients that cannot set headers miss events when they reconnect.',
    needs: ['replay', 'query-id'],
    kills: ['ignores-query-id', 'ring-no-query-id', 'reads-encoded-query-id'],
    async run(t) {
      const stream = await t.stream()
      for (const number of [1, 2, 3]) await stream.arrives(`data: ${number}\n\n`)
      const first = stream.received[0]?.lastEventId.toString('latin1') ?? ''
      const back = await returnWith(t, '', `${t.path()}?lastEventId=${inQuery(first)}`)
      await t.requireEventually(
        () => back.hasEvent('3'),
        'the events after the id in the query did not come',
      )
      t.expectRead(dataOf(back), ['2', '3'], 'with the id of event 1 in the query')
      const escaped = await returnWith(t, '', `${t.path()}?lastEventId=${inQueryEscaped(first)}`)
      await t.requireEventually(
        () => escaped.hasEvent('3'),
        'the events after the id in the query did not come when each byte of it was percent-encoded',
      )
    },
  }),
  forConcentrator({
    id: 'replay.injected-id',
    title: 'Line breaks in the id of a query put nothing into the stream',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.6] [http/1.1 §11.1]',
    meaning: 'A link can put events into the stream of the user who opens it.',
    needs: ['replay', 'query-id'],
    kills: ['gap-echoes-id'],
    async run(t) {
      const stream = await t.stream()
      for (const end of ['\n', '\r', '\r\n', '\u2028']) {
        const forged = t.token()
        const id = `x${end}${end}data: ${forged}${end}${end}`
        const client = t.connect({ target: `${t.path()}?lastEventId=${encodeURIComponent(id)}` })
        const data = t.token()
        await t.answers(client)
        await stream.arrives(`data: ${data}\n\n`)
        await t.eventually(() => client.hasEvent(data) || client.closed)
        t.expect(
          !client.hasEvent(forged),
          `an id with ${JSON.stringify(end)} in the query became an event`,
        )
        client.close()
      }
    },
  }),
  forConcentrator({
    id: 'replay.header-first',
    title: 'The id in the header replaces the one in the query',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.16] [sse §9.2.3]',
    meaning:
      'A browser repeats its URL when it reconnects: it gets the same events again each time.',
    needs: ['replay', 'query-id'],
    kills: ['query-before-header', 'ring-query-before-header'],
    async run(t) {
      const { stream, id: older } = await streamWithEvent(t, '1')
      await stream.arrives('data: 2\n\n')
      await stream.arrives('data: 3\n\n')
      const back = t.connect({
        target: `${t.path()}?lastEventId=${inQuery(older)}`,
        fields: [{ name: 'Last-Event-ID', value: idOf(t, stream, '2') }],
      })
      await t.opens(back)
      await t.requireEventually(
        () => back.hasEvent('3'),
        'the event after the id in the header did not come',
      )
      t.expectRead(
        dataOf(back),
        ['3'],
        'with the id of event 1 in the query and of 2 in the header',
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
