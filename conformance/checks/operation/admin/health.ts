import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import { Deadline } from '../../../runner/responsive-time.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'

const ADMIN = 'Monitoring reports a healthy target as dead, or a dead one as healthy.'

/** One complete response of the admin port. */
export async function askAdmin(t: Rig, target: string, method = 'GET'): Promise<RawClient> {
  const { adminUrl } = t
  if (adminUrl === undefined) t.skip('the target file names no admin port')
  const request = { method, target, fields: [{ name: 'Connection', value: 'close' }] }
  const client = t.connect(request, adminUrl)
  await t.requireEventually(
    () => client.state === 'complete' || client.closed,
    `the admin port did not answer ${target}`,
  )
  return client
}

/** Health as JSON: names of checks, and whether each is healthy. */
function readHealth(t: Rig, { content }: RawClient): ReadonlyMap<string, boolean> {
  let health: unknown
  try {
    health = JSON.parse(content.toString())
  } catch {
    t.fail(`/healthcheck is not JSON: ${content.toString().slice(0, 80)}`)
  }
  if (typeof health !== 'object' || health === null) t.fail('/healthcheck is not a JSON object')
  return new Map(
    Object.entries(health).map(([name, check]: [string, unknown]) => [
      name,
      typeof check === 'object' && check !== null && 'healthy' in check && check.healthy === true,
    ]),
  )
}

/** Polls the health page until it has the wanted status: a target needs a moment to notice. */
async function healthOf(t: Rig, wanted: number): Promise<RawClient> {
  const deadline = new Deadline(t.reconnectMs)
  let client = await askAdmin(t, '/healthcheck')
  while (client.head?.status !== wanted && !deadline.reached) {
    await t.pause(50)
    client = await askAdmin(t, '/healthcheck')
  }
  deadline.clear()
  t.expect(
    client.head?.status === wanted,
    `/healthcheck answered ${client.head?.status} instead of ${wanted}`,
  )
  return client
}

/** Pages for operators: whether the target runs, and whether it is healthy. */
export const ADMIN_HEALTH_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'admin.ping',
    title: 'GET /ping on the admin port answers pong and a newline',
    level: 'must',
    basis: 'documented',
    source: '[protocol §6.1]',
    meaning: ADMIN,
    needs: ['admin'],
    kills: ['ping-404', 'ping-without-newline'],
    async run(t) {
      const client = await askAdmin(t, '/ping')
      t.expect(
        client.head?.status === 200,
        `/ping was answered with ${client.head?.status ?? 'nothing'}`,
      )
      t.expect(
        client.content.toString() === 'pong\n',
        `/ping answered ${JSON.stringify(client.content.toString())}`,
      )
    },
  }),
  forConcentrator({
    id: 'admin.healthy',
    title: 'GET /healthcheck answers 200 while all back ends are connected',
    level: 'must',
    basis: 'documented',
    source: '[protocol §6.2]',
    meaning: ADMIN,
    needs: ['admin'],
    kills: ['never-healthy'],
    async run(t) {
      for (const backend of t.backends) await t.upstreamOf(backend)
      const health = readHealth(t, await healthOf(t, 200))
      t.expect(
        [...health.values()].every(Boolean),
        'a check is not healthy although the status is 200',
      )
    },
  }),
  forConcentrator({
    id: 'admin.unhealthy',
    title:
      'GET /healthcheck answers 500 and names the fault while a back end is down, then recovers',
    level: 'should',
    basis: 'documented',
    source: '[protocol §6.2]',
    meaning: ADMIN,
    needs: ['admin', 'standing-upstream'],
    cost: 'slow',
    freshTarget: true,
    kills: ['always-healthy', 'health-without-checks'],
    async run(t) {
      for (const backend of t.backends) await t.upstreamOf(backend)
      await healthOf(t, 200)
      await t.backend.origin.stopListening()
      t.backend.origin.resetAll()
      const health = readHealth(t, await healthOf(t, 500))
      t.expect(
        [...health.values()].includes(false),
        'no check of /healthcheck names the unhealthy part',
      )
      await t.backend.origin.listen()
      await t.upstreamOf(t.backend)
      await healthOf(t, 200)
    },
  }),
  forConcentrator({
    id: 'admin.no-stream',
    title: 'The admin port serves no event stream',
    level: 'must',
    basis: 'documented',
    source: '[protocol §6.1]',
    meaning: 'Clients that use the wrong port stay connected and get no events.',
    needs: ['admin'],
    kills: ['stream-on-admin'],
    async run(t) {
      const ping = await askAdmin(t, '/ping')
      t.expect(ping.head?.status === 200, 'the admin port does not answer /ping')
      const client = await askAdmin(t, '/sse')
      const type = client.field('content-type') ?? ''
      t.expect(
        !type.startsWith('text/event-stream'),
        'the admin port answers /sse with an event stream',
      )
    },
  }),
  forConcentrator({
    id: 'admin.not-on-front',
    title: 'The application port serves the stream at /ping instead of the admin page',
    level: 'should',
    basis: 'documented',
    source: '[protocol §5.1]',
    meaning: "Every client of the stream can read the operators' pages.",
    needs: ['admin'],
    kills: ['admin-on-front'],
    async run(t) {
      const stream = await t.stream({ request: { target: '/ping' } })
      await stream.arrives('data: 1\n\n')
    },
  }),
]
