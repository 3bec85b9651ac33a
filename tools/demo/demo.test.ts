import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { describe, expect, it, vi } from 'vitest'

const COMPILED = process.env['TEST_COMPILED']
const PROGRAM =
  COMPILED === undefined
    ? [
        '--import',
        import.meta.resolve('tsx'),
        fileURLToPath(new URL('../demo.ts', import.meta.url)),
      ]
    : [join(COMPILED, 'tools/demo.js')]
const PORT_FLAGS = ['--store-port', '--proxy-port', '--admin-port'] as const
/** Far more than a start takes. A test that reaches it has failed. */
const DEADLINE_MS = 60_000
const HEARTBEAT = ':\n'
const HEARTBEAT_MS = 100
/** Longer than a busy machine stops a process. */
const SILENCE_MS = 4_000

/** `npm start -- ARGS`, in a process whose working directory is not the repository. */
function runDemo(args: readonly string[]) {
  return execa(process.execPath, [...PROGRAM, ...args], {
    cwd: tmpdir(),
    reject: false,
    timeout: DEADLINE_MS,
    forceKillAfterDelay: false,
  })
}

/** Collects the content of a stream from now to its end. */
class Collector {
  text = ''
  readonly ended: Promise<void>

  constructor(stream: AsyncIterable<Uint8Array | string>) {
    this.ended = this.#collect(stream)
  }

  async contains(part: string): Promise<void> {
    await vi.waitUntil(() => this.text.includes(part), DEADLINE_MS)
  }

  async #collect(stream: AsyncIterable<Uint8Array | string>): Promise<void> {
    for await (const chunk of stream) this.text += Buffer.from(chunk).toString()
  }
}

/** Any: the test reads what it expects. */
async function readJson(url: string) {
  return JSON.parse(await (await fetch(url)).text())
}

describe('npm start', () => {
  it(
    'npm start prints commands that send a change through the proxy, and a quiet store is no outage',
    { timeout: 3 * DEADLINE_MS },
    async () => {
      const demo = runDemo([
        ...PORT_FLAGS.flatMap((flag) => [flag, '0']),
        '--store-set',
        `heartbeatMs=${HEARTBEAT_MS}`,
        '--store-set',
        'label=a demo',
        '--proxy-set',
        `proxy.backEnd.silenceMs=${SILENCE_MS}`,
      ])
      const output = new Collector(demo.stdout)
      const log = new Collector(demo.stderr)
      await output.contains('Ctrl-C')
      const shown = output.text
      const [, streamUrl = ''] = /curl -N (\S+)/.exec(shown) ?? []
      const [, postUrl = '', body = ''] = /curl -X POST (\S+) -d '([^']+)'/.exec(shown) ?? []
      const [, logUrl = ''] = /curl -u user:password (\S+)/.exec(shown) ?? []
      const [, healthUrl = ''] = /health +(\S+)/.exec(shown) ?? []
      await vi.waitFor(async () => expect((await fetch(healthUrl)).status).toBe(200), DEADLINE_MS)

      const { body: stream } = await fetch(streamUrl)
      if (stream === null) throw new Error('the stream has no body')
      const received = new Collector(stream)
      const posted = await fetch(postUrl, { method: 'POST', body })
      expect(posted.status).toBe(201)
      await received.contains(`data: ${logUrl}\n`)

      const controlUrl = new URL('/__mock', postUrl).href
      const [, page = ''] = /Open (\S+) in a browser/.exec(shown) ?? []
      expect(page).toBe(`${controlUrl}/ui/`)
      const proxy = await readJson(`${controlUrl}/proxy`)
      expect([`${proxy.adminUrl}healthcheck`, proxy.health.status]).toEqual([healthUrl, 200])
      expect(await readJson(controlUrl)).toMatchObject({ label: 'a demo' })
      const { clients: first } = await readJson(`${controlUrl}/clients`)
      // So many heartbeats take longer than the silence that the proxy tolerates.
      const enough = first[0].bytes + (HEARTBEAT.length * 1.2 * SILENCE_MS) / HEARTBEAT_MS
      await vi.waitFor(async () => {
        const { clients } = await readJson(`${controlUrl}/clients`)
        expect(clients.map(({ id }: { id: string }) => id)).toEqual([first[0].id])
        expect(clients[0].bytes).toBeGreaterThan(enough)
      }, DEADLINE_MS)
      expect(received.text).not.toContain('sse-proxy-gap')
      expect(log.text.match(/^proxy: .*"back end connected"/gm)).toHaveLength(1)

      demo.kill('SIGINT')
      expect((await demo).exitCode).toBe(0)
      await received.ended
    },
  )

  it.each(['--store-port', '--proxy-port'])(
    'npm start exits with 3 and names %s when that port is taken',
    async (flag) => {
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const address = other.address()
      const taken = typeof address === 'object' ? String(address?.port) : ''
      const args = PORT_FLAGS.flatMap((name) => [name, name === flag ? taken : '0'])
      const { exitCode, stdout, stderr } = await runDemo(args)
      other.close()
      expect([exitCode, stdout]).toEqual([3, ''])
      expect(stderr).toContain(`${flag} (${taken})`)
    },
  )

  it.each([
    [['--store-port', 'x'], "argument 'x' is invalid. Expected a whole number from 0 to 65535."],
    [['--stor-port', '1'], 'Did you mean --store-port?'],
    [['--store-set', 'ids'], 'Expected NAME=VALUE.'],
    [['--store-port', '0', '--store-set', 'ids=some'], 'the store did not start:\nMCS_IDS: '],
    [
      ['--store-port', '0', '--proxy-set', 'proxy.worker=1'],
      'proxy.worker is not a known key; did you mean workers?',
    ],
  ])('npm start exits with 2 and explains the mistake in: %s', async (args, explanation) => {
    const { exitCode, stdout, stderr } = await runDemo(args)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain(explanation)
  })
})
