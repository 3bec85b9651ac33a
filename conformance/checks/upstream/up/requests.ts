import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { nextRequest } from './lose-back-end.ts'

const RESUME = 'Changes during a disconnect are lost although the back end could replay them.'

/**
 * The back end sends these bytes and disconnects. Returns the `Last-Event-ID` of the target's next
 * request.
 */
async function lastIdAfter(t: Rig, bytes: string): Promise<string | undefined> {
  const stream = await t.stream()
  await stream.arrives(bytes)
  const request = await nextRequest(t)
  request.answer()
  request.write('data: control\n\n')
  await t.requireEventually(
    () => stream.client.hasEvent('control'),
    'the next event did not reach the client',
  )
  return request.field('last-event-id')
}

/** Requests from a target to its back ends. */
export const UP_REQUEST_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.url',
    title: 'The target requests the configured path and query unchanged',
    level: 'must',
    basis: 'standard',
    source: '[http §7.1]',
    meaning: 'Back ends that select the stream by URL send another stream, or nothing.',
    cost: 'slow',
    kills: ['drops-query', 'decodes-path'],
    async run(t) {
      const { second } = t
      const wanted = `/odd/%7Epath;v=1/${t.token()}?list=a,b&x=%20`
      const url = `http://127.0.0.1:${second.origin.port}${wanted}`
      const other = await t.target.startAnother([{ url }])
      const asked = (): readonly string[] => second.requests.map(({ request }) => request.target)
      const client = t.connect({}, other.frontUrl)
      await t.requireEventually(
        () => asked().includes(wanted),
        () => `the target requested ${asked().join(' and ')} instead of ${wanted}`,
        t.reconnectMs,
      )
      await t.opens(client)
      const upstream = second.streams.find(({ request }) => request.target === wanted)
      upstream?.write('data: 1\n\n')
      await t.requireEventually(() => client.hasEvent('1'), 'an event of that URL did not arrive')
    },
  }),
  forConcentrator({
    id: 'up.clients-apart',
    title: 'Nothing that a client sends reaches a back end',
    level: 'must',
    source: '[http §11.6.2] [protocol §4.1]',
    meaning: 'One user acts with the login of another, and all read what only one may.',
    freshTarget: true,
    kills: ['passes-client-fields'],
    async run(t) {
      const secret = t.token()
      const stream = await t.stream({
        request: {
          target: `${t.path()}/${secret}?q=${secret}`,
          fields: [
            { name: 'Authorization', value: `Bearer ${secret}` },
            { name: 'Cookie', value: `session=${secret}` },
            { name: 'X-Client', value: secret },
          ],
        },
      })
      await stream.arrives('data: 1\n\n')
      const { request } = await t.renewUpstream(t.backend)
      const leaked = request.fields.filter(({ value }) => value.includes(secret))
      t.expect(
        leaked.length === 0 && !request.target.includes(secret),
        `the back end received ${leaked.map(({ name }) => name).join(', ') || request.target}`,
      )
    },
  }),
  forConcentrator({
    id: 'up.last-id',
    title: 'The target reconnects with the last id of the back end',
    level: 'should',
    basis: 'standard',
    source: '[sse §9.2.3]',
    meaning: RESUME,
    freshTarget: true,
    kills: ['forgets-last-id'],
    async run(t) {
      const asked = await lastIdAfter(t, 'id: a-1\ndata: 1\n\nid: a-2\ndata: 2\n\n')
      t.expect(asked === 'a-2', `Last-Event-ID is ${asked ?? 'missing'} instead of a-2`)
    },
  }),
  forConcentrator({
    id: 'up.last-id-reset',
    title: 'The target reconnects without Last-Event-ID after an empty id',
    level: 'should',
    basis: 'standard',
    source: '[sse §9.2.6]',
    meaning:
      'A back end that has started over is asked to resume after an id that it no longer knows.',
    freshTarget: true,
    kills: ['keeps-id-on-reset'],
    async run(t) {
      const asked = await lastIdAfter(t, 'id: a-1\ndata: 1\n\nid\ndata: 2\n\n')
      t.expect(asked === undefined, `Last-Event-ID is ${asked} after the back end reset it`)
    },
  }),
  forConcentrator({
    id: 'up.last-id-unfinished',
    title: 'The id of an incomplete event does not become the last one',
    level: 'should',
    basis: 'standard',
    source: '[sse §9.2.6]',
    meaning: 'The incomplete event is never sent again.',
    freshTarget: true,
    kills: ['id-at-once'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('id: a-1\ndata: 1\n\n')
      // The client has the event before it, so the target has read the bytes that follow.
      await stream.writeAndYield('id: a-1\ndata: 2\n\nid: a-2\ndata: cut off')
      const request = await nextRequest(t)
      const asked = request.field('last-event-id')
      request.answer()
      request.write('data: control\n\n')
      await t.requireEventually(
        () => stream.client.hasEvent('control'),
        'the next event did not reach the client',
      )
      t.expect(asked !== 'a-2', 'Last-Event-ID is that of an event that was never complete')
    },
  }),
  forConcentrator({
    id: 'up.last-id-bytes',
    title: 'The target sends the last id back byte for byte',
    level: 'should',
    basis: 'standard',
    source: '[sse §9.2.3]',
    meaning: 'A back end does not recognise its own id.',
    freshTarget: true,
    kills: ['recodes-last-id'],
    async run(t) {
      const id = 'nå-€-7'
      const asked = await lastIdAfter(t, `id: ${id}\ndata: 1\n\n`)
      const came = asked === undefined ? 'missing' : Buffer.from(asked, 'latin1').toString()
      t.expect(came === id, `Last-Event-ID is ${JSON.stringify(came)} instead of ${id}`)
    },
  }),
  forConcentrator({
    id: 'up.last-id-nul',
    title: 'An id with NUL does not become the last one, and the target reconnects',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.6] [http §5.5]',
    meaning: 'One event makes each later request malformed, and the back end is lost.',
    freshTarget: true,
    kills: ['keeps-nul-ids', 'ring-keeps-nul-ids'],
    async run(t) {
      const asked = await lastIdAfter(t, 'id: a-1\ndata: 1\n\nid: a-2\0b\ndata: 2\n\n')
      t.expect(
        asked === undefined || asked === 'a-1',
        `Last-Event-ID is ${JSON.stringify(asked)} instead of a-1`,
      )
      return asked
    },
  }),
]
