import { randomBytes } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'

import { expect, test } from 'vitest'

import { CATALOGUE } from '../checks/catalogue.ts'
import { StreamLane } from '../rig/stream-lane.ts'
import { runChecks } from '../runner/run.ts'
import { shuffle } from '../runner/selection/shuffle.ts'
import { CAPABILITIES, type Role, type RunningTarget, type TargetDriver } from '../runner/target.ts'

const HOLD_MS = 40
const SAMPLE_SIZE = 5
const IS_SAMPLE = process.env['SSE_CONFORMANCE_MATRIX'] === 'sample'
/** Each holds 60,000 events, so a short test run sends fewer. */
const EVENT_MEBIBYTES = IS_SAMPLE ? 2 : 8
const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n'
const BLOCK = Buffer.alloc(64 * 1024, 'x')
const LARGE_GZIP = gzipSync(Buffer.alloc(80 * 1024 * 1024))

/** Writes blocks as long as the peer reads, up to a limit above every head limit of the suite. */
function flood(client: Socket, block: Buffer, mebibytes = 8): void {
  let left = (mebibytes * 1024 * 1024) / block.length
  const write = (): void => {
    while (left > 0 && client.writable) {
      left -= 1
      if (!client.write(block)) return
    }
  }
  client.on('drain', write)
  write()
}

/** Hostile behaviour of targets. Each case has broken, or could break, a reader. */
const ODD_TARGETS: Readonly<Record<string, (client: Socket) => void>> = {
  'random bytes': (client) => client.end(randomBytes(4096)),
  'a reset at once': (client) => void client.resetAndDestroy(),
  'a status line without an end': (client) => flood(client, BLOCK),
  'a head without an end': (client) => {
    client.write(OK)
    flood(client, Buffer.from('a: b\r\n'.repeat(10_000)))
  },
  'interim answers without an end': (client) =>
    flood(client, Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(3000))),
  'content without an end': (client) => {
    client.write(`${OK}\r\n`)
    flood(client, BLOCK, 80)
  },
  'events without an end': (client) => {
    client.write(`${OK}\r\n`)
    flood(client, Buffer.from('id: \xff\0\ndata: x\n\n'.repeat(4000), 'latin1'), EVENT_MEBIBYTES)
  },
  'a chunk size without an end': (client) => {
    client.write(`${OK}Transfer-Encoding: chunked\r\n\r\n`)
    flood(client, Buffer.alloc(64 * 1024, '0'))
  },
  'a chunk that is larger than memory': (client) =>
    void client.write(`${OK}Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\nx`),
  'a length that is not a number': (client) => client.end(`${OK}Content-Length: -1e99\r\n\r\nx`),
  'gzip that unpacks to far more': (client) =>
    client.end(Buffer.concat([Buffer.from(`${OK}Content-Encoding: gzip\r\n\r\n`), LARGE_GZIP])),
  'content that is not gzip although it says so': (client) => {
    client.write(`${OK}Content-Encoding: gzip\r\n\r\nnot gzip`)
    client.write('still not gzip')
  },
  'malformed header lines': (client) =>
    client.end(`${OK}: x\r\n\0: \x1b[2J\r\n a\r\nContent-Type\r\nLocation: http://%ff@[\r\n\r\n{`),
}

function oddTarget(role: Role, onClient: (client: Socket) => void): TargetDriver {
  const start = async (): Promise<RunningTarget> => {
    const clients = new Set<Socket>()
    const server = createServer((client) => {
      clients.add(client)
      client.on('close', () => clients.delete(client))
      client.on('error', () => client.destroy())
      onClient(client)
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    return {
      frontUrl: url,
      adminUrl: url,
      killWorker: () => Promise.reject(new Error('there is no worker')),
      close: async () => {
        for (const client of clients) client.destroy()
        await new Promise((resolve) => {
          server.close(resolve)
        })
      },
    }
  }
  return {
    name: 'odd',
    role,
    claims: { capabilities: CAPABILITIES, reconnectWithinMs: HOLD_MS, variants: { workers: {} } },
    start,
    startWithFile: async () => ({ kind: 'running', target: await start() }),
  }
}

/** One quick check of each group: together they read every part of a response. */
const ALL_CHECKS = CATALOGUE.filter(({ cost }) => cost === 'quick').filter(
  ({ id }, at, quick) => quick.findIndex((other) => groupOf(other.id) === groupOf(id)) === at,
)

/** A short test run tries some of them by its seed, and one that each of these targets fails. */
const CHECKS = IS_SAMPLE
  ? shuffle(ALL_CHECKS, Number(process.env['TEST_SEED'] ?? 0)).filter(
      ({ id }, at) => at < SAMPLE_SIZE || groupOf(id) === 'bytes',
    )
  : ALL_CHECKS

function groupOf(id: string): string {
  return id.split('.')[0] ?? ''
}

const cases = Object.entries(ODD_TARGETS).map(([name, onClient], at) => ({
  name,
  onClient,
  role: at % 2 === 0 ? ('concentrator' as const) : ('gateway' as const),
}))

/** A bound for what hangs: on a busy machine many checks wait for what never comes. */
const MINUTES_MS = 600_000

test.each(cases)(
  'checks fail a $role that sends $name, without an error in the suite or a check',
  async ({ role, onClient }) => {
    const driver = oddTarget(role, onClient)
    const results = await runChecks({
      checks: CHECKS,
      driver,
      selection: { only: [], skip: [], maxIdleSeconds: 0 },
      lanes: 2,
      gated: false,
      openLane: () => new StreamLane({ driver, calibration: { holdMs: HOLD_MS } }),
      onResult: () => {},
    })
    const errors = results.filter(({ verdict }) => verdict.kind === 'ERROR')
    expect(errors.map(({ check, verdict }) => `${check.id}: ${verdict.reason}`)).toEqual([])
    expect(results.some(({ verdict }) => verdict.kind === 'FAIL')).toBe(true)
  },
  MINUTES_MS,
)
