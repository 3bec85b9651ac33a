import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { builtK6 } from './process/k6-binary.ts'
import { startProgram } from './process/program.ts'
import { startServer } from './process/server.ts'
import { type ProxyFault, startLossyProxy } from './testing/lossy-proxy.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LOGIN = 'user:password'
/** As in run.test.ts: a build would take minutes. */
const k6 = await builtK6()

/** The number of an announcement is that of an edit. */
const CASES: Readonly<Record<string, ProxyFault & { readonly sentence?: RegExp }>> = {
  'has no fault': { isRight: true },
  'has neither ids nor replay and claims none': {
    isRight: true,
    hasIds: false,
    replay: () => [],
    claim: 'none',
  },
  'loses one event of one stream': {
    liveOfOne: (frame, number) => (number === 3 ? [] : [frame]),
    sentence: /fault: shard 1, stream \d+: lost \S+, which 1\d streams received at/,
  },
  'sends one event twice to one stream': {
    liveOfOne: (frame, number) => (number === 3 ? [frame, frame] : [frame]),
    sentence: /fault: shard 1, stream \d+: received \S+ at \S+ more often than 1\d streams/,
  },
  'does not replay': {
    replay: () => [],
    sentence: /fault: 2 streams \(shard 1, stream \d+\): lost \S+/,
  },
  'loses one event of all streams': {
    live: (frame, number) => (number === 3 ? [] : [frame]),
    sentence: /fault: edit 3: no event with "\S+" arrived within 2 s/,
  },
}
/** Each case takes eight seconds. */
const isFull = process.env['LISTEN_FAULTS'] === 'all'
const cases = Object.keys(CASES).filter((name) => isFull || name === 'has no fault')

let scratch: string
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'listen-test-'))
})
afterEach(() => rm(scratch, { recursive: true }))

describe.skipIf(k6 === undefined)(
  'the scenario listen (needs k6, built once by: npm run load -- smoke)',
  () => {
    it.each(cases)(
      'npm run load -- listen reaches the right verdict, without a control API, on a proxy that %s',
      async (name) => {
        const fault = CASES[name] ?? {}
        const portFile = join(scratch, 'store.port')
        await using store = await startServer({
          name: 'the store',
          args: [join(ROOT, 'mock-server/main.ts'), '--port', '0', '--port-file', portFile],
          portFile,
          signal: AbortSignal.timeout(60_000),
        })
        const service = `http://127.0.0.1:${store.ports[0]}/webservice/escenic`
        await using proxy = await startLossyProxy(`${service}/changelog/sse`, LOGIN, fault)

        const { exitCode, output } = await listen(proxy.url, service, fault.claim)

        expect({ exitCode, output }).toMatchObject({ exitCode: fault.isRight === true ? 0 : 1 })
        expect(output).toMatch(fault.sentence ?? /listen: passed/)
        const report: unknown = JSON.parse(await readFile(join(scratch, 'listen.json'), 'utf8'))
        expect(report).toMatchObject({ isOk: fault.isRight === true, store: 'none' })
      },
      120_000,
    )
  },
)

async function listen(target: string, service: string, claim: string | undefined) {
  // Each edit is in a section of its own, so that the data of each event is different.
  const script = `
    const section = [1, 12, 22, 23, 24][process.env.EDIT - 1]
    const response = await fetch('${service}/section/' + section + '/content-items', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/atom+xml',
        Authorization: 'Basic ' + Buffer.from('${LOGIN}').toString('base64'),
      },
      body: '<entry xmlns="http://www.w3.org/2005/Atom"><title>edit</title></entry>',
    })
    if (response.status !== 201) throw new Error(await response.text())
    console.log('/changelog/section/' + section)`
  const command = join(scratch, 'edit.mjs')
  await writeFile(command, script)
  const flags = [
    ...`--streams 20 --listen-for 5 --patience 2 --edit-every 1 --target ${target}`.split(' '),
    '--report',
    scratch,
    '--edit-command',
    `'${process.execPath}' '${command}'`,
    ...(claim === undefined ? [] : ['--claim', claim]),
  ]
  const lines: string[] = []
  await using program = startProgram({
    name: 'npm run load',
    command: process.execPath,
    args: ['--import', 'tsx', join(ROOT, 'load/run.ts'), 'listen', ...flags],
    onLine: (line) => lines.push(line),
  })
  const { exitCode } = await program.ended
  return { exitCode, output: lines.join('\n') }
}
