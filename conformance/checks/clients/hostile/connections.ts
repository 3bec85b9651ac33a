import { isSecure } from '../../../client/connection.ts'
import { counted } from '../../../counted.ts'
import { forBoth, forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { BATCH, openCrowd } from '../crowd.ts'
import { feeds } from '../ordinary-request.ts'
import { BLOCK, SOCKETS_BYTES } from '../stuck-client.ts'
import { answerForwarded, besideHealthy, EMPTY, sends, servesNewClient } from './beside-healthy.ts'

const LOCKED_OUT = 'One script makes the target unavailable for all users.'
const DRIBBLERS = 30
const DRIBBLED_ROUNDS = 40
const RESETS = 480
/** Each costs a handshake, which the target may still be busy with. */
const RESETS_WITH_TLS = 120
const HALF_CLOSED = 30
const STALLED = 30
const SURPLUS_BYTES = 1024 * 1024
const FEW_SURPLUS_BYTES = 64 * 1024
const BETWEEN_LEAVES_MS = 10
/** So often a client is refused before its slot counts as lost. */
const MOST_REFUSALS = 40
/** A gateway may process requests in parallel [http/1.1 §9.3.2], so each may reach the back end. */
const GATEWAY_SURPLUS_BYTES = 8 * 1024
const STREAM_REQUEST = 'GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n'
/** End of the request targets of clients that reset their connections. */
const RESET = '/reset'
const RESET_REQUEST = STREAM_REQUEST.replace('{path}', `{path}${RESET}`)
const NOTHING = Buffer.alloc(0)

/** Requests whose responses the client does not read. */
function surplus(host: string, bytes: number): Buffer {
  const request = `GET /surplus HTTP/1.1\r\nHost: ${host}\r\n\r\n`
  return Buffer.from(request.repeat(Math.ceil(bytes / request.length)))
}

/** Connections of clients that mean harm, or are broken. */
export const HOSTILE_CONNECTION_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'hostile.dribbled-heads',
    title: 'Clients that send their request heads byte by byte keep no other client waiting',
    level: 'must',
    source: '[protocol §5.15]',
    meaning: LOCKED_OUT,
    kills: ['one-head-at-a-time', 'ring-one-head-at-a-time'],
    run: (t) =>
      besideHealthy(t, 'dribbled request heads', async (healthy) => {
        const { host } = new URL(t.frontUrl)
        const head = `GET /dribbled HTTP/1.1\r\nHost: ${host}\r\nX-Long: ${'x'.repeat(100)}`
        const clients = await openCrowd(t, DRIBBLERS, () => t.connect({ raw: NOTHING }))
        for (let at = 0; at < DRIBBLED_ROUNDS; at += 1) {
          for (const client of clients) client.send(Buffer.from(head[at] ?? 'x'))
          if (at % 10 === 0) await healthy.stillGets('while others dribble their request heads')
        }
        const next = t.connect()
        await t.requireEventually(() => {
          answerForwarded(t)
          return next.head !== undefined || next.closed
        }, `while ${DRIBBLERS} clients dribble their request heads, another one gets no response`)
        for (const client of clients) client.reset()
      }),
  }),
  forBoth({
    id: 'hostile.resets',
    title: 'Hundreds of connections that are reset immediately do not disturb other clients',
    level: 'must',
    source: '[protocol §5.15]',
    meaning: LOCKED_OUT,
    cost: 'slow',
    kills: ['stops-accepting', 'ring-stops-accepting'],
    run: (t) => {
      const count = isSecure(t.frontUrl) ? RESETS_WITH_TLS : RESETS
      return besideHealthy(t, `${count} resets`, async (healthy) => {
        // The back end answers requests of disconnected clients, too: only the resets are judged.
        if (t.role === 'gateway')
          t.backend.answerWith((upstream) => {
            if (upstream.request.target.endsWith(RESET)) upstream.answer(EMPTY)
          })
        for (let reset = 0; reset < count; reset += BATCH) {
          const clients = await openCrowd(t, BATCH, (number) =>
            number % 2 === 0 ? t.connect({ raw: NOTHING }) : sends(t, RESET_REQUEST),
          )
          for (const client of clients) client.reset()
          const when = `after ${reset + BATCH} resets`
          await healthy.stillGets(when)
          // The target accepts connections in order, so it has accepted the ones above before this
          // one. Without it they would be more and more, and the last client would wait for all.
          await servesNewClient(t, when)
        }
      })
    },
  }),
  forBoth({
    id: 'hostile.half-closed',
    title: 'Clients that half-close after the request do not disturb other clients',
    level: 'must',
    source: '[protocol §5.15]',
    meaning: 'One monitor that closes its side early ends the streams of all users.',
    kills: ['dies-of-half-close', 'ring-dies-of-half-close'],
    run: (t) =>
      besideHealthy(t, 'half-closed connections', async (healthy) => {
        const clients = await openCrowd(t, HALF_CLOSED, (number) =>
          number % 2 === 0 ? sends(t, STREAM_REQUEST) : sends(t, 'GET /half HTTP/1.1\r\nHost:'),
        )
        for (const client of clients) client.halfClose()
        await healthy.stillGets('after others had ended their side')
        answerForwarded(t)
        for (const client of clients) client.close()
      }),
  }),
  forBoth({
    id: 'hostile.surplus',
    title: 'Further requests on the connection of a stream do not disturb any client',
    level: 'must',
    source: '[protocol §5.15] [http/1.1 §9.3.2]',
    meaning: 'One client fills the memory of the target, or stops it.',
    kills: ['stops-at-surplus', 'ring-stops-at-surplus'],
    run: (t) =>
      besideHealthy(t, 'many requests on an open stream', async (healthy) => {
        const client = sends(t, STREAM_REQUEST)
        await t.requireEventually(() => {
          answerForwarded(t)
          return client.head !== undefined || client.closed
        }, 'the request for a stream was not answered')
        const length = t.role === 'gateway' ? GATEWAY_SURPLUS_BYTES : SURPLUS_BYTES
        const bytes = surplus(new URL(t.frontUrl).host, length)
        for (let at = 0; at < bytes.length && !client.closed; at += FEW_SURPLUS_BYTES)
          client.send(bytes.subarray(at, at + FEW_SURPLUS_BYTES))
        await healthy.stillGets('while another one sent requests on its open stream')
        const isMixed = t.role === 'concentrator' && client.violations.length > 0
        t.expect(!isMixed, `a response is inside the stream: ${client.violations.join('; ')}`)
        client.reset()
      }),
  }),
  forConcentrator({
    id: 'hostile.surplus-places',
    title: 'A client that disconnects after further requests on its stream frees its slot',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.15] [protocol §5.1]',
    meaning: 'Disconnected clients keep their slots until no new client is accepted.',
    variant: 'tight',
    cost: 'slow',
    // It needs every slot, also those of the clients of the check before.
    freshTarget: true,
    kills: ['surplus-hides-leave', 'ring-surplus-hides-leave'],
    async run(t) {
      const count = t.claimed('maxClients')
      const bytes = surplus(new URL(t.frontUrl).host, FEW_SURPLUS_BYTES)
      const clients = Array.from({ length: count }, () => sends(t, STREAM_REQUEST))
      await t.requireEventuallyWhileGrowing(
        () => clients.filter(({ head }) => head?.status === 200).length,
        () => clients.every(({ head }) => head?.status === 200),
        `not all of ${count} clients got a stream`,
      )
      for (const client of clients) client.send(bytes)
      // Some leave before the target has read their bytes, some after.
      for (const client of clients) {
        client.close()
        await t.pause(BETWEEN_LEAVES_MS)
      }
      let next = t.connect()
      let attempts = 1
      // A target that still answers the requests of the others is slow.
      const served = await t.eventuallyWhileGrowing(
        () => Math.min(attempts, MOST_REFUSALS),
        () => {
          if (next.head?.status === 200) return true
          if (next.closed || next.head !== undefined) {
            next.close()
            next = t.connect()
            attempts += 1
          }
          return false
        },
        t.holdMs * 2,
      )
      t.expect(
        served,
        `${count} clients sent requests on their streams and left; a new one was refused ${counted(attempts, 'time')}`,
        'missed',
      )
      await feeds(t, next)
    },
  }),
  forConcentrator({
    id: 'hostile.many-stalled',
    title: 'Thirty clients that never read delay no other client',
    level: 'must',
    source: '[protocol §5.10]',
    meaning: 'Sleeping laptops stop the streams of all users.',
    cost: 'slow',
    kills: ['stalled-stall-all', 'ring-stalled-stall-all'],
    run: (t) =>
      besideHealthy(t, `${STALLED} clients had stopped reading`, async (healthy) => {
        const stalled = await openCrowd(t, STALLED, () => sends(t, STREAM_REQUEST))
        await t.requireEventuallyWhileGrowing(
          () => stalled.filter(({ head }) => head !== undefined).length,
          () => stalled.every(({ head, closed }) => head !== undefined || closed),
          'not all clients got a response head',
        )
        for (const client of stalled) client.pause()
        const upstream = await t.upstreamOf(t.backend)
        for (let bytes = 0; bytes < SOCKETS_BYTES; bytes += BLOCK.length) {
          upstream.write(BLOCK)
          await healthy.stillGets(`while ${STALLED} clients did not read`)
        }
      }),
  }),
]
