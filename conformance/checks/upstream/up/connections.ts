import type { RawClient } from '../../../client/raw-client.ts'
import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { FIRST_BACKEND } from '../../../rig/stream-lane.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { counted } from '../../../counted.ts'

const MANY = 10
const POOL =
  'The back end has about 200 connections. Each client uses one, instead of one for all clients.'

async function openClients(t: Rig, count: number): Promise<readonly RawClient[]> {
  const clients = Array.from({ length: count }, () => t.connect())
  for (const client of clients) await t.opens(client)
  return clients
}

function expectOneEach(t: Rig, when: string): void {
  for (const { name, origin, streams } of t.backends) {
    t.expect(
      streams.length === 1 && origin.connectionCount === 1,
      `${when}, back end ${name} has ${counted(streams.length, 'stream')} on ${counted(origin.connectionCount, 'connection')} instead of one`,
    )
  }
}

const countEach = (t: Rig): readonly number[] =>
  t.backends.map(({ origin }) => origin.connectionCount)

/**
 * Counts before and after: connections that an earlier check has left are not the fault of these
 * clients.
 */
function expectNoMore(t: Rig, before: readonly number[], when: string): void {
  for (const [index, { name, origin }] of t.backends.entries()) {
    const known = Math.max(1, before[index] ?? 0)
    t.expect(
      origin.connectionCount <= known,
      `${when}, back end ${name} has ${counted(origin.connectionCount, 'connection')} instead of ${known} as before`,
    )
  }
}

/** A request that carries the configured credentials, whether sent at once or after a challenge. */
async function authorizedRequest(t: Rig): Promise<OriginExchange> {
  const current = await t.upstreamOf(t.backend)
  if (current.field('authorization') !== undefined) return current
  t.backend.answerWith((upstream) => {
    // [http §11.6.1] Challenge a target that waits for one.
    if (upstream.field('authorization') !== undefined) upstream.answer()
    else {
      const fields = [{ name: 'WWW-Authenticate', value: 'Basic realm="content"' }]
      upstream.answer({ status: 401, fields, framing: { length: 0 } })
    }
  })
  current.end()
  current.fin()
  await t.requireEventually(
    () => t.backend.stream !== undefined && t.backend.stream !== current,
    'the target sends no credentials, not even when it is challenged',
    t.reconnectMs,
  )
  return t.upstreamOf(t.backend)
}

/** What the back ends see. */
export const UP_CONNECTION_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.opened-at-start',
    title: 'The target connects to every back end before the first client connects',
    level: 'must',
    basis: 'choice',
    source: '[protocol §4.1]',
    meaning: 'Changes before the first client are lost, and that client waits.',
    needs: ['standing-upstream'],
    freshTarget: true,
    kills: ['lazy-upstream'],
    async run(t) {
      for (const backend of t.backends) await t.upstreamOf(backend)
      expectOneEach(t, 'before any client')
    },
  }),
  forConcentrator({
    id: 'up.one-with-many',
    title: 'One connection to each back end serves all clients',
    level: 'must',
    basis: 'documented',
    source: '[protocol §4.1]',
    meaning: POOL,
    kills: ['upstream-per-client', 'first-client-only'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      for (const backend of t.backends) await t.upstreamOf(backend)
      const before = countEach(t)
      const clients = await openClients(t, MANY)
      await stream.arrives('data: after\n\n')
      await t.requireEventually(
        () => clients.every(({ events }) => events.length > 0),
        'an event did not reach every client',
      )
      expectNoMore(t, before, `with ${MANY} more clients`)
    },
  }),
  forConcentrator({
    id: 'up.one-after-all-left',
    title: 'Clients that connect and disconnect do not change the number of upstream connections',
    level: 'must',
    basis: 'documented',
    source: '[protocol §4.1]',
    meaning: POOL,
    kills: ['upstream-per-client'],
    async run(t) {
      const first = await t.stream()
      for (const backend of t.backends) await t.upstreamOf(backend)
      const before = countEach(t)
      first.client.close()
      for (let round = 0; round < 3; round += 1) {
        const clients = await openClients(t, MANY)
        for (const client of clients) client.close()
      }
      const stream = await t.stream()
      await stream.arrives('data: after\n\n')
      for (const backend of t.backends) await t.upstreamOf(backend)
      expectNoMore(t, before, 'after clients disconnected')
    },
  }),
  forConcentrator({
    id: 'up.stands-alone',
    title: 'The connection to a back end stays open when the last client disconnects',
    level: 'must',
    basis: 'choice',
    source: '[protocol §4.1]',
    meaning: 'Each reconnect of a client needs a new login, and events in between are lost.',
    needs: ['standing-upstream'],
    kills: ['reconnect-when-alone'],
    async run(t) {
      const first = await t.stream()
      await first.arrives('data: before\n\n')
      first.client.close()
      const second = await t.stream()
      await second.arrives('data: after\n\n')
      t.expect(
        second.upstream === first.upstream,
        'the upstream connection was replaced when the only client left',
      )
    },
  }),
  forConcentrator({
    id: 'up.credentials',
    title: 'Configured credentials are sent as HTTP Basic',
    level: 'must',
    basis: 'documented',
    source: '[protocol §4.2]',
    meaning: 'The back end refuses the target.',
    needs: ['credentials'],
    kills: ['no-credentials', 'lower-case-credentials'],
    async run(t) {
      const request = await authorizedRequest(t)
      const { username, password } = FIRST_BACKEND.credentials
      const wanted = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
      const came = request.field('authorization') ?? 'missing'
      t.expect(came === wanted, `Authorization is ${came} instead of ${wanted}`)
    },
  }),
  forConcentrator({
    id: 'up.credentials-apart',
    title: 'Credentials and headers of one back end are not sent to another',
    level: 'must',
    source: '[http §11.6.2]',
    meaning: 'Passwords leak to other systems.',
    needs: ['credentials'],
    kills: ['credentials-for-all'],
    async run(t) {
      await authorizedRequest(t)
      const plain = await t.upstreamOf(t.second)
      t.expect(
        plain.field('authorization') === undefined,
        'the second back end got credentials that are not its own',
      )
      t.expect(
        plain.field('x-conformance') === undefined,
        'the second back end got headers that are not its own',
      )
    },
  }),
  forConcentrator({
    id: 'up.host-override',
    title: 'A configured Host header replaces the one of the URL',
    level: 'must',
    basis: 'documented',
    source: '[protocol §4.3]',
    meaning: 'The back end announces URLs that clients cannot reach.',
    needs: ['header-override'],
    kills: ['host-not-overridden', 'second-host'],
    async run(t) {
      const request = await t.upstreamOf(t.backend)
      const hosts = request.request.fields
        .filter(({ name }) => name.toLowerCase() === 'host')
        .map(({ value }) => value)
      const wanted = FIRST_BACKEND.httpHeaders.Host
      t.expect(
        hosts.join(' and ') === wanted,
        `Host is ${hosts.join(' and ') || 'missing'} instead of ${wanted}`,
      )
      const plain = await t.upstreamOf(t.second)
      const own = `127.0.0.1:${t.second.origin.port}`
      t.expect(
        plain.field('host') === own,
        `without an override, Host is ${plain.field('host') ?? 'missing'} instead of ${own}`,
      )
    },
  }),
  forConcentrator({
    id: 'up.header-override',
    title: 'Configured request headers are sent unchanged',
    level: 'must',
    basis: 'documented',
    source: '[protocol §4.3]',
    meaning: 'Routing or tenancy that depends on a header fails.',
    needs: ['header-override'],
    kills: ['no-extra-headers'],
    async run(t) {
      const request = await t.upstreamOf(t.backend)
      const came = request.field('x-conformance') ?? 'missing'
      const wanted = FIRST_BACKEND.httpHeaders['X-Conformance']
      t.expect(came === wanted, `X-Conformance is ${came} instead of ${wanted}`)
    },
  }),
]
