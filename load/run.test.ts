import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
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
    ['smoke --k6 /bin/echo', 3, 'is not a k6; needed is k6 2.2 or newer'],
    ['smoke -- --no-thresholds', 2, '--no-thresholds: expected a flag of k6 that cannot change'],
  ])('npm run load -- %s exits with %i and names the reason', async (args, exitCode, text) => {
    const { code, output } = await load(args.split(' '))
    expect({ code, output }).toEqual({ code: exitCode, output: expect.stringContaining(text) })
  })
})

describe('npm run load against a store of another process', () => {
  it('npm run load exits with 3 and one sentence for a wrong login, page of metrics or target', async () => {
    await using store = await startStore('127.0.0.2')
    const given = ['smoke', '--store', store.url, '--target', store.url]
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [['--login', 'user:wrong-secret'], 'answers 401: the login is wrong'],
      [['--metrics', store.url], 'without the metric sse_proxy_clients'],
      [[], '--target must be the URL of an event stream'],
    ]
    for (const [flags, sentence] of wrong) {
      const { code, output } = await load([...given, ...flags])
      expect({ code, output }).toEqual({ code: 3, output: expect.stringContaining(sentence) })
      expect(output).not.toMatch(/wrong-secret|\n/)
    }
  })

  it('npm run load ends with 3 at once when the port for its store is taken', async () => {
    await using store = await startStore('127.0.0.2')
    const place = ['--store-host', '127.0.0.2', '--store-port', String(store.ports[0])]
    const { code, output } = await load(['smoke', ...place])
    expect({ code, output }).toEqual({ code: 3, output: expect.stringContaining('is taken') })
  })
})

describe.skipIf(k6 === undefined)(
  'the smoke scenario (needs k6, built once by: npm run load -- smoke)',
  () => {
    it.each(Object.keys(FAULTS))(
      'npm run load -- smoke reaches the right verdict on a proxy that %s',
      async (name) => {
        const fault = FAULTS[name] ?? {}
        await using store = await startStore('127.0.0.1')
        const base = store.url
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

    it.skipIf(process.platform !== 'linux')(
      'npm run load -- smoke passes flags on to k6, adds a threshold, and shows no login (needs /proc)',
      async () => {
        const samples = join(scratch, 'samples.json')
        const own = [
          '--streams',
          '20',
          '--report',
          scratch,
          '--threshold',
          'sse_delay_ms:max<0.001',
        ]
        const ofK6 = ['--', '--out', `json=${samples}`, '--tag', 'build=17']
        const variables = { LOAD_LOGIN: 'qa:not-for-ps' }
        const shown: string[] = []
        const { code, output } = await load(
          ['smoke', ...own, ...ofK6],
          FROM_SOURCES,
          variables,
          async (line) => {
            if (line.startsWith('  open:')) shown.push(...(await commandLines()))
          },
        )
        expect({ code, output }).toMatchObject({ code: 1 })
        const report: unknown = JSON.parse(await readFile(join(scratch, 'smoke.json'), 'utf8'))
        expect(report).toMatchObject({
          isOk: false,
          thresholds: expect.arrayContaining([
            expect.objectContaining({ rule: 'max<0.001', isOk: false }),
          ]),
          checks: expect.not.arrayContaining([expect.objectContaining({ isOk: false })]),
        })
        const written = await readFile(samples, 'utf8')
        expect(written).toContain('"build":"17"')
        expect(written).toContain('"metric":"sse_delay_ms"')
        expect(shown.filter((line) => line.includes('not-for-ps'))).toEqual([])
        expect(shown.filter((line) => line.includes(samples)).length).toBeGreaterThan(1)
      },
    )
  },
)

async function startStore(host: string) {
  const portFile = join(scratch, 'store.port')
  const store = await startServer({
    name: 'the store',
    args: [
      join(ROOT, 'mock-server/main.ts'),
      '--host',
      host,
      '--port',
      '0',
      '--port-file',
      portFile,
    ],
    portFile,
    signal: AbortSignal.timeout(60_000),
  })
  return { ...store, url: `http://${host}:${store.ports[0]}` }
}

/** Of all processes, as every user of the machine can read them. */
async function commandLines(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
}

/**
 * A program that goes on for five seconds of its own time after its verdict ends with 9: something
 * keeps it running.
 */
const ENDS_IN_TIME = `data:text/javascript,${encodeURIComponent(`
  let ticks = 0
  const tick = () => process.exitCode !== undefined && ++ticks > 50 && process.exit(9)
  setInterval(tick, 100).unref()`)}`

async function load(
  args: readonly string[],
  run = nodeArguments(RUN),
  variables: Readonly<Record<string, string>> = {},
  onLine?: (line: string) => Promise<void>,
) {
  const lines: string[] = []
  const work: Promise<void>[] = []
  await using program = startProgram({
    name: 'npm run load',
    command: process.execPath,
    args: ['--import', ENDS_IN_TIME, ...run, ...args],
    variables,
    onLine: (line) => {
      lines.push(line)
      if (onLine !== undefined) work.push(onLine(line))
    },
  })
  const { exitCode } = await program.ended
  await Promise.all(work)
  return { code: exitCode, output: lines.join('\n') }
}
