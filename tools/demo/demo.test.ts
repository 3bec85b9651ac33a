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

/** `npm start -- ARGS`, in a process whose working directory is not the repository. */
function runDemo(args: readonly string[]) {
  return execa(process.execPath, [...PROGRAM, ...args], {
    cwd: tmpdir(),
    reject: false,
    timeout: DEADLINE_MS,
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

describe('npm start', () => {
  it(
    'npm start prints commands that send a change from the store through the proxy to a client',
    { timeout: 3 * DEADLINE_MS },
    async () => {
      const demo = runDemo(PORT_FLAGS.flatMap((flag) => [flag, '0']))
      const output = new Collector(demo.stdout)
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
  ])('npm start exits with 2 and explains the mistake in: %s', async (args, explanation) => {
    const { exitCode, stdout, stderr } = await runDemo(args)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain(explanation)
  })
})
