import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

import { openTcp } from '../../../client/connection.ts'
import { RecordObserver } from '../../../client/record-observer.ts'
import { servesOrdinaryRequest } from '../../clients/ordinary-request.ts'
import { forBoth, type StreamCheck } from '../../stream-check.ts'
import { expectTls, handshakeEnds } from './expect-tls.ts'

const UNFINISHED_HANDSHAKES = 40
const SETTLE_MS = 200

/** What happens on the way to a stream over TLS. */
export const TLS_HANDSHAKE_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'tls.certificate',
    title: 'The certificate is trusted and valid for the host name of the front',
    level: 'must',
    basis: 'standard',
    source: '[http §4.3.4]',
    meaning: 'Browsers refuse to connect.',
    needs: ['tls'],
    kills: ['tls-other-name', 'ring-tls-other-name'],
    async run(t) {
      expectTls(t)
      let error: Error | undefined
      const opened = (socket: TLSSocket): void => {
        socket.once('secureConnect', () => {
          error = socket.authorized ? undefined : socket.authorizationError
        })
      }
      const client = t.connect({ method: 'OPTIONS', target: '*' }, t.frontUrl, { opened })
      await handshakeEnds(t, client, 'the handshake does not end')
      t.expect(client.connected, client.violations.join('; ') || 'the handshake failed')
      await servesOrdinaryRequest(t)
      return t.trust?.insecure === true && error !== undefined ? `not checked: ${error}` : 'trusted'
    },
  }),
  forBoth({
    id: 'tls.unknown-name',
    title: 'A handshake for an unknown server name ends with a certificate or an alert',
    level: 'should',
    basis: 'standard',
    source: '[sni §3]',
    meaning: 'Clients that use another name wait for ever and hold connections open.',
    needs: ['tls'],
    kills: ['tls-unknown-name-hangs', 'ring-tls-unknown-name-hangs'],
    async run(t) {
      expectTls(t)
      await servesOrdinaryRequest(t)
      const tls = { servername: 'unknown.invalid', rejectUnauthorized: false }
      const client = t.connect({}, t.frontUrl, { tls })
      await handshakeEnds(
        t,
        client,
        'the handshake for unknown.invalid has neither been finished nor refused',
      )
      const outcome = client.connected ? 'it gets a certificate' : 'it is refused'
      client.close()
      await servesOrdinaryRequest(t)
      return outcome
    },
  }),
  forBoth({
    id: 'tls.old-versions',
    title: 'TLS 1.0 and 1.1 are refused',
    level: 'should',
    basis: 'standard',
    source: '[old-tls §5]',
    meaning: 'Security scans of the site fail.',
    needs: ['tls'],
    kills: ['tls-accepts-old', 'ring-tls-accepts-old'],
    async run(t) {
      expectTls(t)
      await servesOrdinaryRequest(t)
      for (const version of ['TLSv1', 'TLSv1.1'] as const) {
        const tls = {
          minVersion: version,
          maxVersion: version,
          ciphers: 'ALL:@SECLEVEL=0',
        } as const
        const client = t.connect({}, t.frontUrl, { tls })
        await handshakeEnds(t, client, `the handshake with ${version} does not end`)
        t.expect(!client.connected, `${version} is accepted`)
      }
      await servesOrdinaryRequest(t)
    },
  }),
  forBoth({
    id: 'tls.resumed',
    title: 'A client that resumes its TLS session gets events',
    level: 'must',
    basis: 'standard',
    source: '[tls §2.2]',
    meaning: 'Clients that return after a lost connection get no events.',
    needs: ['tls'],
    kills: ['tls-resumed-deaf', 'ring-tls-resumed-deaf'],
    async run(t) {
      expectTls(t)
      let session: Buffer | undefined
      const first = await t.stream({
        connection: {
          opened: (socket) => {
            socket.on('session', (ticket) => {
              session = ticket
            })
          },
        },
      })
      await first.arrives('data: first\n\n')
      first.client.close()
      if (session === undefined) return 'the target gives no session to resume'
      const tls = { session }
      let resumed = false
      const opened = (socket: TLSSocket): void => {
        socket.once('secureConnect', () => {
          resumed = socket.isSessionReused()
        })
      }
      const second = await t.stream({ connection: { tls, opened } })
      await second.arrives('data: second\n\n')
      return resumed ? 'yes' : 'the target did not accept the session'
    },
  }),
  forBoth({
    id: 'tls.plain-request',
    title: 'A plain HTTP request on the TLS port is refused, and other clients are served',
    level: 'should',
    source: '[http §15.5.1]',
    meaning: 'Clients with a wrong scheme hold connections open for ever.',
    needs: ['tls'],
    kills: ['tls-plain-hangs', 'ring-tls-plain-hangs'],
    async run(t) {
      expectTls(t)
      const stream = await t.stream()
      const tcp = openTcp(t.frontUrl)
      let over = false
      const settle = (): void => {
        over = true
      }
      tcp.on('connect', () => tcp.write('GET / HTTP/1.1\r\nHost: plain.example\r\n\r\n'))
      tcp.on('data', settle).on('end', settle).on('error', settle).on('close', settle)
      try {
        await t.requireEventually(
          () => over,
          'a plain request was neither answered nor refused on the TLS port',
        )
      } finally {
        tcp.destroy()
      }
      await stream.arrives('data: after\n\n')
    },
  }),
  forBoth({
    id: 'tls.unfinished-handshakes',
    title: 'Unfinished TLS handshakes do not keep other clients from their streams',
    level: 'must',
    source: '[protocol §5.15]',
    meaning: 'A few stuck clients lock out all others.',
    needs: ['tls'],
    kills: ['tls-one-handshake-at-a-time', 'ring-tls-one-handshake-at-a-time'],
    async run(t) {
      expectTls(t)
      await servesOrdinaryRequest(t)
      // A record of a handshake that is cut off.
      const begin = Buffer.from('160301020001', 'hex')
      const idle = Array.from({ length: UNFINISHED_HANDSHAKES }, () => openTcp(t.frontUrl))
      try {
        let open = 0
        for (const tcp of idle) {
          tcp.on('error', () => {})
          tcp.on('connect', () => tcp.write(begin, () => (open += 1)))
        }
        await t.requireEventually(
          () => idle.every((tcp) => tcp.destroyed) || open === idle.length,
          'the front did not accept all connections',
        )
        const next = t.connect()
        await handshakeEnds(
          t,
          next,
          `while ${UNFINISHED_HANDSHAKES} handshakes are unfinished, another client gets no connection`,
        )
        await servesOrdinaryRequest(t)
      } finally {
        for (const tcp of idle) tcp.destroy()
      }
    },
  }),
  forBoth({
    id: 'tls.bad-record',
    title: 'An invalid TLS record ends only its own connection',
    level: 'must',
    basis: 'standard',
    source: '[tls §5.2] [protocol §5.15]',
    meaning: 'One client can end the streams of all.',
    needs: ['tls'],
    kills: ['tls-error-ends-all', 'ring-tls-error-ends-all'],
    async run(t) {
      expectTls(t)
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      let tcp: Socket | undefined
      const through = (socket: Socket): RecordObserver => {
        tcp = socket
        return new RecordObserver(socket)
      }
      let hasTicket = false
      const opened = (socket: TLSSocket): void => {
        socket.once('session', () => (hasTicket = true))
      }
      // Without a request: a target that waits for a back end may not read on.
      const hostile = t.connect({ raw: Buffer.alloc(0) }, t.frontUrl, { through, opened })
      await handshakeEnds(t, hostile, 'the handshake does not end')
      // [tls §4.6.1] A ticket shows that the handshake has ended on the target's side, too. Not every
      // target sends one.
      await t.eventually(() => hasTicket || hostile.closed, SETTLE_MS)
      tcp?.write(Buffer.from('17030300200123456789abcdef0123456789abcdef', 'hex'))
      tcp?.write(Buffer.alloc(64, 0x17))
      await t.eventually(() => hostile.closed || hostile.ending !== undefined, SETTLE_MS)
      t.expect(!stream.client.closed, 'a damaged record of one client ended the stream of another')
      await stream.arrives('data: after\n\n')
    },
  }),
]
