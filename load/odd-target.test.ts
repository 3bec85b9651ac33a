import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { SaxesParser } from 'saxes'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { LoadError } from './errors.ts'
import { builtK6 } from './process/k6-binary.ts'
import { startProgram } from './process/program.ts'
import { probeStore, probeTarget } from './runner/probe.ts'
import { BAD_STREAMS, NO_STREAMS, type OddAnswer, startOddTarget } from './testing/odd-target.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const { signal } = new AbortController()
/** As in run.test.ts: a build would take minutes. */
const k6 = await builtK6()

const NO_METRICS: OddAnswer = (socket) => {
  socket.end('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n\u001B[2J&<\n')
}
/** Each of these makes a script throw, because it cannot read the metrics any more. */
const CASES = Object.entries(BAD_STREAMS).map(([name, answer], index) => {
  const later = Object.values(NO_STREAMS)[index] ?? NO_METRICS
  const metrics: OddAnswer = (socket, number) => {
    if (number === 1) socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\nsse_proxy_clients 0`)
    else later(socket, number)
  }
  return [name, answer, metrics] as const
})

describe('probe of a target', () => {
  it.each(Object.entries(NO_STREAMS))(
    'probeTarget and probeStore refuse a server that %s, in one sentence',
    async (_name, answer) => {
      await using target = await startOddTarget(answer)
      for (const probe of [probeTarget, probeStore]) {
        const error: unknown = await probe(target.url, signal).catch((reason: unknown) => reason)
        expect(error).toBeInstanceOf(LoadError)
        expect(error).toMatchObject({ code: 'cannot-start' })
      }
    },
  )
})

describe.skipIf(k6 === undefined)(
  'npm run load (skipped without a built k6: run npm run load -- smoke once)',
  () => {
    let reportDir: string
    beforeEach(async () => {
      reportDir = await mkdtemp(join(tmpdir(), 'odd-target-'))
    })
    afterEach(() => rm(reportDir, { recursive: true }))

    it.each(CASES)(
      'npm run load fails with reports and without a stack when the target %s',
      async (_name, answer, metrics) => {
        await using target = await startOddTarget(answer)
        await using page = await startOddTarget(metrics)
        const lines: string[] = []
        const addresses = `--target ${target.url} --metrics ${page.url} --store-port 0`
        const flags = `${addresses} --upstreams any --patience 1`
        await using program = startProgram({
          name: 'npm run load',
          command: process.execPath,
          args: [
            '--import',
            'tsx',
            join(ROOT, 'load/run.ts'),
            'smoke',
            ...flags.split(' '),
            '--streams',
            '20',
            '--report',
            reportDir,
          ],
          onLine: (line) => {
            lines.push(line)
            // The run waits for a proxy to connect to its store. The target never does, so the test
            // connects instead.
            const [upstream] = /http:\S+\/changelog\/sse/.exec(line) ?? []
            if (upstream !== undefined) void connect(upstream)
          },
        })
        const { exitCode } = await program.ended
        const output = lines.join('\n')
        expect({ exitCode, output }).toMatchObject({ exitCode: 1 })
        expect(output).toContain('smoke: FAILED')
        expect(output).not.toMatch(/^(?:\s|\\u\{9\})*at .*:\d+|GoError/m)
        expect(output).not.toMatch(/(?!\n)\p{Cc}/u)
        const junit = await readFile(join(reportDir, 'smoke.junit.xml'), 'utf8')
        expect(() => new SaxesParser().write(junit).close()).not.toThrow()
      },
      120_000,
    )
  },
)

/** Reads the stream until it ends: the garbage collector would close one that is not read. */
async function connect(upstream: string): Promise<void> {
  const headers = { Authorization: `Basic ${Buffer.from('user:password').toString('base64')}` }
  await fetch(upstream, { headers }).then(
    async (response) => await response.arrayBuffer().catch(() => {}),
    () => {},
  )
}
