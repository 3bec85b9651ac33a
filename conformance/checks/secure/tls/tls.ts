import type { Socket } from 'node:net'

import type { RawClient } from '../../../client/raw-client.ts'
import { RecordObserver } from '../../../client/record-observer.ts'
import type { Rig } from '../../../rig/rig.ts'
import { servesOrdinaryRequest } from '../../clients/ordinary-request.ts'
import { forBoth, forGateway, type StreamCheck } from '../../stream-check.ts'
import { expectTls } from './expect-tls.ts'

/** Around the 16 KiB of a record [tls §5.1], and far above. */
const SIZES = [16_000, 16_384, 16_400, 32_768, 200_000, 1_000_000]
const EVENTS = 20

/** A client whose connection says whether it ended with a closure alert. */
function observed(
  t: Rig,
  request: Parameters<Rig['connect']>[0],
): { readonly client: RawClient; readonly records: () => RecordObserver | undefined } {
  let records: RecordObserver | undefined
  const through = (tcp: Socket): RecordObserver => (records = new RecordObserver(tcp))
  const client = t.connect(request, t.frontUrl, { through })
  return { client, records: () => records }
}

/** Streams over TLS. */
export const TLS_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'tls.head',
    title: 'Over TLS the response head comes while no event exists',
    level: 'must',
    source: '[sse §9.2.2] [protocol §5.2]',
    meaning: 'Pages on https:// stay in "connecting" until the first event.',
    needs: ['tls'],
    kills: ['tls-holds-head', 'ring-tls-holds-head'],
    async run(t) {
      expectTls(t)
      if (t.role === 'gateway') {
        const { client, upstream } = await t.relay()
        upstream.answer()
        await t.requireEventually(
          () => client.head !== undefined || client.closed,
          'no response head came over TLS while no event existed',
        )
        upstream.write('data: 1\n\n')
        return await t.requireEventually(() => client.events.length === 1, 'no event came')
      }
      const client = t.connect()
      await t.requireEventually(
        () => client.head !== undefined || client.closed,
        'no response head came over TLS while no event existed',
      )
      await t.opens(client)
      await servesOrdinaryRequest(t)
    },
  }),
  forBoth({
    id: 'tls.lockstep',
    title: 'Over TLS each event is at the client before the next is written',
    level: 'must',
    source: '[sse §9.2] [protocol §5.2]',
    meaning: 'Users of https:// are one event behind, or more.',
    needs: ['tls'],
    kills: ['tls-holds-newest', 'ring-tls-holds-newest'],
    async run(t) {
      expectTls(t)
      const stream = await t.stream()
      for (let event = 0; event < EVENTS; event += 1) await stream.arrives(`data: ${event}\n\n`)
    },
  }),
  forBoth({
    id: 'tls.large',
    title: 'Over TLS events below, at and above the size of a record arrive whole',
    level: 'must',
    basis: 'standard',
    source: '[tls §5.1]',
    meaning: 'Large changes reach users of https:// damaged.',
    needs: ['tls'],
    kills: ['tls-cuts-at-16k', 'ring-tls-cuts-at-16k'],
    async run(t) {
      expectTls(t)
      const stream = await t.stream()
      for (const size of SIZES) await stream.arrives(`data: ${'x'.repeat(size)}\n\n`)
      await stream.arrives('data: after\n\n')
    },
  }),
  forBoth({
    id: 'tls.closure-alert',
    title: 'A connection that ends after its response is closed with an alert',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §9.8] [tls §6.1]',
    meaning: 'Clients cannot tell the end of a response from an attack, and report errors.',
    needs: ['tls'],
    kills: ['tls-ends-silently', 'ring-tls-ends-silently'],
    async run(t) {
      expectTls(t)
      const request = {
        method: 'HEAD',
        target: t.path(),
        fields: [{ name: 'Connection', value: 'close' }],
      }
      const { client, records } = observed(t, request)
      if (t.role === 'gateway') {
        const arrived = () =>
          t.backend.requests.find(({ request: { target } }) => target === request.target)
        await t.requireEventually(() => arrived() !== undefined, 'the request was not forwarded')
        arrived()?.answer({ fields: [], framing: { length: 2 } })
      }
      await t.requireEventually(
        () => records()?.ended === true || client.closed,
        'the target did not end the connection after "Connection: close"',
      )
      t.expect(client.head !== undefined, 'no response came')
      t.expect(
        records()?.closureAlert === true,
        'the connection ended without a closure alert (close_notify)',
      )
      await servesOrdinaryRequest(t)
    },
  }),
  forGateway({
    id: 'tls.cut-told',
    title: 'A response that the back end cuts off does not end with a TLS closure alert',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §8] [http/1.1 §9.8]',
    meaning: 'Clients take half a response for the whole one.',
    needs: ['tls'],
    kills: ['tls-forges-end'],
    async run(t) {
      expectTls(t)
      const target = t.path()
      const { client, records } = observed(t, { target, version: '1.0' })
      const arrived = () => t.backend.requests.find(({ request }) => request.target === target)
      await t.requireEventually(
        () => arrived() !== undefined || client.head !== undefined || client.closed,
        'the request was not forwarded',
      )
      const upstream = arrived() ?? t.skip('the target does not serve HTTP/1.0')
      upstream.answer()
      upstream.write('data: 1\n\n')
      await t.requireEventually(() => client.contentBytes > 0, 'the first event did not come')
      if (/\bchunked\b/i.test(client.field('transfer-encoding') ?? ''))
        t.skip('the response is chunked, so its end is visible without TLS')
      upstream.reset()
      await t.requireEventually(
        () => records()?.ended === true || client.closed,
        'the client did not see the end of a response that was cut off',
      )
      t.expect(
        client.resetByPeer || records()?.closureAlert !== true,
        'a response that was cut off ended with a closure alert, as if it were complete',
      )
    },
  }),
]
