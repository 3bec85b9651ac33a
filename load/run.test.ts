import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { nodeArguments } from './process/node-arguments.ts'
import { startProgram } from './process/program.ts'
import { startServer } from './process/server.ts'
import { builtK6 } from './process/k6-binary.ts'
import { FAULTS, startLossyProxy } from './testing/lossy-proxy.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const RUN = join(ROOT, 'load/run.ts')
/** k6 reads the scenarios from beside the program, and compiles them itself. */
const FROM_SOURCES = ['--import', 'tsx', RUN]
const LOGIN = 'user:password'
/** A build would take minutes; `npm run load -- smoke` builds once. */
const k6 = await builtK6()

let scratch: string
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'load-test-'))
})
afterEach(() => rm(scratch, { recursive: true }))

describe('npm run load', () => {
  it.each([
    ['--help', 0, 'npm run load -- smoke --profile baseline'],
    ['smokee', 2, 'Expected smoke, scaling'],
    ['smoke --stream 5', 2, 'Did you mean --streams?'],
    ['smoke --streams 30000 --processes 1', 3, 'open files'],
    [
      'smoke --target http://127.0.0.1:9 --store http://127.0.0.1:9',
      3,
      'the store does not answer',
    ],
    ['smoke --target http://127.0.0.1:9', 3, 'the target does not answer'],
    ['smoke --k6 /bin/false', 3, 'is not a k6 that runs here'],
    ['smoke --k6 /bin/echo', 3, 'without the extension'],
  ])('npm run load -- %s exits with %i and names the reason', async (args, exitCode, text) => {
    const { code, output } = await load(args.split(' '))
    expect({ code, output }).toEqual({ code: exitCode, output: expect.stringContaining(text) })
  })
})

describe.skipIf(k6 === undefined)(
  'the smoke scenario (needs k6, built once by: npm run load -- smoke)',
  () => {
    it.each(Object.keys(FAULTS))(
      'npm run load -- smoke reaches the right verdict on a proxy that %s',
      async (name) => {
        const fault = FAULTS[name] ?? {}
        const portFile = join(scratch, 'store.port')
        await using store = await startServer({
          name: 'the store',
          args: [join(ROOT, 'mock-server/main.ts'), '--port', '0', '--port-file', portFile],
          portFile,
          signal: AbortSignal.timeout(60_000),
        })
        const base = `http://127.0.0.1:${store.ports[0]}`
        const upstream = `${base}/webservice/escenic/changelog/sse`
        await using proxy = await startLossyProxy(upstream, LOGIN, fault)

        const flags = [
          '--target',
          proxy.url,
          '--store',
          base,
          '--metrics',
          `${proxy.url}metrics`,
          '--clients-gauge',
          'streams',
          ...(fault.claim === undefined ? [] : ['--claim', fault.claim]),
          '--streams',
          '40',
          '--report',
          scratch,
        ]
        const { code, output } = await load(
          ['smoke', '--timeout', '100', '--patience', '2', ...flags],
          FROM_SOURCES,
        )

        // Whatever the verdict, the run has removed its sections.
        const info = await (await fetch(`${base}/__mock/info`)).json()
        expect({ info, output }).toMatchObject({ info: { sections: 5, items: 20 } })
        const isCorrect = fault.isRight === true
        expect({ code, output }).toMatchObject({ code: isCorrect ? 0 : 1 })
        const report: unknown = JSON.parse(await readFile(join(scratch, 'smoke.json'), 'utf8'))
        expect(report).toMatchObject({ isOk: isCorrect, profile: 'smoke', targets: [proxy.url] })
        expect(await readFile(join(scratch, 'smoke.junit.xml'), 'utf8')).toContain(
          isCorrect ? 'failures="0"' : '<failure',
        )
      },
      120_000,
    )
  },
)

describe.skipIf(k6 === undefined)(
  'the environment of k6 (needs k6, built once by: npm run load -- smoke)',
  () => {
    it('npm run load -- protocol ignores variables that would reconfigure k6', async () => {
      const variables = { K6_VUS: '3', K6_ITERATIONS: '9', K6_NO_SUMMARY: 'true', STREAMS: 'many' }
      const args = ['protocol', '--report', scratch]
      const { code, output } = await load(args, FROM_SOURCES, variables)
      expect({ code, output }).toMatchObject({ code: 0 })
      expect(output).toContain('note: K6_VUS is kept from k6')
    })
  },
)

async function load(
  args: readonly string[],
  run = nodeArguments(RUN),
  variables: Readonly<Record<string, string>> = {},
) {
  const lines: string[] = []
  await using program = startProgram({
    name: 'npm run load',
    command: process.execPath,
    args: [...run, ...args],
    variables,
    onLine: (line) => lines.push(line),
  })
  const { exitCode } = await program.ended
  return { code: exitCode, output: lines.join('\n') }
}
