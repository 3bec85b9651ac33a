import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { askAdmin } from './health.ts'

const TOOLS = "Operators' tools for the vendor's product find nothing."
const METRIC_KINDS = ['version', 'gauges', 'counters', 'histograms', 'meters', 'timers']
const MENU = ['/metrics', '/ping', '/threads', '/healthcheck']

/** Control for all pages: the admin port of a target answers. */
async function page(t: Rig, target: string, status = 200, method = 'GET'): Promise<RawClient> {
  const ping = await askAdmin(t, '/ping')
  t.expect(ping.content.toString() === 'pong\n', 'the admin port does not answer /ping')
  const client = await askAdmin(t, target, method)
  t.expect(
    client.head?.status === status,
    `${method} ${target} is answered with ${client.head?.status ?? 'nothing'} instead of ${status}`,
  )
  return client
}

function expectType(t: Rig, client: RawClient, type: string): void {
  const came = client.field('content-type') ?? 'missing'
  t.expect(
    came.startsWith(type),
    `the Content-Type of ${client.target} is ${came} instead of ${type}`,
  )
}

function readObject(t: Rig, { content, target }: RawClient): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(content.toString())
  } catch {
    // Text that is not JSON is reported below.
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    t.fail(
      `the content of ${target} is ${JSON.stringify(content.toString().slice(0, 80))} instead of a JSON object`,
    )
  return { ...value }
}

function adminPage(
  definition: Pick<StreamCheck, 'id' | 'title' | 'kills' | 'run'>,
  level: 'must' | 'should' = 'should',
): StreamCheck {
  return forConcentrator({
    ...definition,
    level,
    basis: 'documented',
    source: '[protocol §6.3]',
    meaning: TOOLS,
    needs: ['admin'],
  })
}

/** The pages of the vendor's framework on the admin port. */
export const ADMIN_PAGE_CHECKS: readonly StreamCheck[] = [
  adminPage({
    id: 'admin.health-json',
    title: 'GET /healthcheck is a JSON object of checks, each healthy or not',
    kills: ['health-as-text', 'health-as-list'],
    async run(t) {
      for (const backend of t.backends) await t.upstreamOf(backend)
      const client = await page(t, '/healthcheck')
      expectType(t, client, 'application/json')
      const checks = Object.entries(readObject(t, client))
      t.expect(checks.length > 0, '/healthcheck lists no check')
      for (const [name, check] of checks) {
        const known = typeof check === 'object' && check !== null && 'healthy' in check
        t.expect(
          known && typeof check.healthy === 'boolean',
          `check ${name} of /healthcheck has no boolean "healthy"`,
        )
      }
    },
  }),
  adminPage(
    {
      id: 'admin.metrics',
      title: 'GET /metrics is JSON with the kinds of metrics that the framework has',
      kills: ['metrics-404', 'metrics-as-text'],
      async run(t) {
        const client = await page(t, '/metrics')
        expectType(t, client, 'application/json')
        const missing = METRIC_KINDS.filter((kind) => !(kind in readObject(t, client)))
        t.expect(missing.length === 0, `/metrics has no ${missing.join(', ')}`)
      },
    },
    'must',
  ),
  adminPage(
    {
      id: 'admin.threads',
      title: 'GET /threads is text that lists the running threads',
      kills: ['threads-404'],
      async run(t) {
        const client = await page(t, '/threads')
        expectType(t, client, 'text/plain')
        t.expect(client.content.length > 0, '/threads is empty')
      },
    },
    'must',
  ),
  adminPage({
    id: 'admin.tasks',
    title: 'POST /tasks/gc runs a task, GET does not, and other tasks are unknown',
    kills: ['task-404', 'task-by-get', 'any-task'],
    async run(t) {
      expectType(t, await page(t, '/tasks/gc', 200, 'POST'), 'text/plain')
      await page(t, '/tasks/gc', 405)
      await page(t, '/tasks/no-such-page', 404, 'POST')
    },
  }),
  adminPage({
    id: 'admin.menu',
    title: 'GET / is a page with links to all others',
    kills: ['menu-404', 'menu-without-links'],
    async run(t) {
      const client = await page(t, '/')
      expectType(t, client, 'text/html')
      const missing = MENU.filter((path) => !client.content.includes(path))
      t.expect(missing.length === 0, `the menu has no link to ${missing.join(', ')}`)
    },
  }),
  adminPage({
    id: 'admin.not-found',
    title: 'The admin port answers an unknown path with 404',
    kills: ['admin-200-for-all'],
    run: async (t) => void (await page(t, '/no-such-page', 404)),
  }),
  adminPage({
    id: 'admin.no-cache',
    title: 'Pages of the admin port forbid caching',
    kills: ['admin-cacheable'],
    async run(t) {
      for (const target of ['/ping', '/metrics', '/threads', '/healthcheck']) {
        const client = target === '/healthcheck' ? await askAdmin(t, target) : await page(t, target)
        const control = client.field('cache-control') ?? 'missing'
        t.expect(/no-store|no-cache/.test(control), `${target}: Cache-Control is ${control}`)
      }
    },
  }),
]
