import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

import { InstalledPackage, programsIn } from './installed-package.ts'

const isWanted = process.env['PACKAGE_TEST'] === 'on'
/** They read a tarball, and are no dependency of this project: their own are too many. */
const LINTERS = ['publint@0.3.25', '@arethetypeswrong/cli@0.18.5'] as const

const PAGES = ['README.md', 'docs/mock-server/library.md', 'docs/operations.md'] as const
const TSC_FLAGS = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node']
const LIB = ['--lib', 'es2023,esnext.disposable']

/** Two workers: each of them is a process, which has to find the package as well. */
const SCRIPT = `
import { startMockContentStore } from 'content-store-sse'
import { startProxy } from 'content-store-sse/proxy'

await using store = await startMockContentStore()
await using proxy = await startProxy({
  server: {
    applicationConnectors: [{ type: 'http', port: 0 }],
    adminConnectors: [{ type: 'http', port: 0 }],
  },
  backends: [{
    uri: store.url + '/webservice/escenic/changelog/sse',
    credentials: { username: 'user', password: 'password' },
  }],
  proxy: { workers: 2 },
})
const response = await fetch(proxy.url)
await store.control.wait({ for: 'clients', atLeast: 1, timeoutMs: 20_000 })
store.control.createItem({ sectionId: 12, title: 'Hello' })
let text = ''
for await (const bytes of response.body ?? []) {
  text += new TextDecoder().decode(bytes)
  if (text.includes('/changelog/section/12')) break
}
console.log('the event arrived')
`

/** Without the syntax that Node 20 lacks. */
const asPlainScript = (script: string): string =>
  `${script.replaceAll('await using', 'const')}await proxy.close()\nawait store.close()\n`

/** The installed proxy, started and judged by the installed suite. */
const TARGET = `
name: installed
product: the installed proxy
role: concentrator
claims: {backends: 1, capabilities: [replay]}
spawn:
  command: [node_modules/.bin/sse-proxy, server, '{configFile}']
  configName: sse-proxy.yaml
  config: |
    server:
      applicationConnectors: [{type: http, port: {frontPort}}]
      adminConnectors: [{type: http, port: {adminPort}}]
    backends: {backendList}
`

const JUDGE = `
import { judgeProxy } from 'content-store-sse/conformance'

const report = await judgeProxy({ targetFile: 'target.yaml', only: ['flush.headers'] })
const verdicts = report.checks.filter(({ verdict }) => verdict !== 'SKIP')
console.log(report.exitCode, verdicts.map(({ id, verdict }) => id + ' ' + verdict).join(', '))
if (!report.reportAs('junit').includes('flush.headers')) throw new Error('JUnit')
`

const PROXY_FILE = `
server:
  applicationConnectors: [{type: http, port: 0}]
  adminConnectors: [{type: http, port: 0}]
backends: [{uri: "http://127.0.0.1:9/sse"}]
`

it('npm has no script of the package to run or to warn of when it is installed', async () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')))
  const ofInstallation = /^(?:pre|post)?(?:install|prepare)$/
  expect(Object.keys(scripts).filter((name) => ofInstallation.test(name))).toEqual([])
})

describe.skipIf(!isWanted)('the installed package (npm run test:full installs it)', () => {
  let installed: InstalledPackage

  beforeAll(async () => {
    installed = await InstalledPackage.create(['typescript', '@types/node', 'vitest'])
  })
  afterAll(async () => {
    await installed[Symbol.asyncDispose]()
  })

  const compile = async (...args: readonly string[]): Promise<string> =>
    (await installed.run('tsc', ...TSC_FLAGS, ...LIB, ...args)).stdout

  it('the installed package starts a store and a proxy with two workers from JavaScript', async () => {
    await installed.write('script.js', asPlainScript(SCRIPT))
    const { stdout, stderr } = await installed.run('node', 'script.js')
    expect({ stdout, stderr }).toEqual({ stdout: 'the event arrived', stderr: '' })
  })

  it('the installed package has types that a strict TypeScript project accepts', async () => {
    await installed.write('script.ts', SCRIPT)
    expect(await compile('--noEmit', 'script.ts')).toBe('')
    const wrong = SCRIPT.replace(
      'startMockContentStore()',
      'startMockContentStore({ port: "8080" })',
    )
    await installed.write('wrong.ts', wrong)
    expect(await compile('--noEmit', 'wrong.ts')).toContain(
      "'string' is not assignable to type 'number'",
    )
  })

  it.each(PAGES)('the programs of %s compile and run with the installed package', async (page) => {
    const programs = await programsIn(page)
    expect(programs.length).toBeGreaterThan(0)
    const names = programs.map((program, index) => {
      const kind = program.includes("from 'vitest'") ? '.test' : ''
      return `${page.replaceAll(/\W/g, '-')}-${index}${kind}`
    })
    for (const [index, name] of names.entries()) {
      await installed.write(`${name}.ts`, programs[index] ?? '')
    }
    expect(await compile('--outDir', '.', ...names.map((name) => `${name}.ts`))).toBe('')
    for (const name of names) {
      const { exitCode, stderr } = name.endsWith('.test')
        ? await installed.run('vitest', 'run', `${name}.js`)
        : await installed.run('node', `${name}.js`)
      expect({ name, exitCode, stderr }).toEqual({ name, exitCode: 0, stderr: '' })
    }
  })

  it.each(['mock-content-store', 'sse-conformance', 'sse-proxy'])(
    'the installed %s prints its version',
    async (program) => {
      const { stdout } = await installed.run(program, '--version')
      expect(stdout).toMatch(/^\d+\.\d+\.\d+$/)
    },
  )

  it('the installed suite judges the installed proxy, as a library and as a program', async () => {
    await installed.write('target.yaml', TARGET)
    await installed.write('judge.js', JUDGE)
    expect(await installed.run('node', 'judge.js')).toMatchObject({
      stderr: '',
      stdout: expect.stringMatching(/^0 .*flush\.headers PASS/),
    })
    const args = ['--target', 'target.yaml', '--only', 'flush.headers']
    const { exitCode, stdout } = await installed.run('sse-conformance', ...args)
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 })
  })

  it('the installed suite without a proxy to judge says what to give', async () => {
    const { stderr, exitCode } = await installed.run('sse-conformance')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('give --front URL')
    expect(stderr).toContain('npx sse-conformance --help')
  })

  it.each(['mock-content-store', 'sse-proxy', 'sse-conformance'])(
    'the installed program %s prints its help',
    async (program) => {
      const { stdout, exitCode } = await installed.run(program, '--help')
      expect({ stdout, exitCode }).toMatchObject({ exitCode: 0 })
      expect(stdout).toContain(program)
    },
  )

  it('the installed store and proxy listen until they are asked to end', async () => {
    await installed.write('sse-proxy.yaml', PROXY_FILE)
    for (const [program, ...args] of [
      ['mock-content-store', '--port', '0'],
      ['sse-proxy', 'server', 'sse-proxy.yaml'],
    ] as const) {
      const server = installed.start(program, ...args)
      server.stderr.resume()
      const lines = createInterface({ input: server.stdout })
      expect(await once(lines, 'line')).toEqual([expect.stringMatching(/^listening on http:/)])
      server.kill('SIGTERM')
      expect((await server).exitCode).toBe(0)
    }
  })

  it('the installed program mock-content-store demo starts a store and a proxy in front of it', async () => {
    const ports = ['--store-port', '--proxy-port', '--admin-port'].flatMap((flag) => [flag, '0'])
    const demo = installed.start('mock-content-store', 'demo', ...ports)
    demo.stderr.resume()
    let text = ''
    for await (const chunk of demo.stdout) {
      text += String(chunk)
      if (text.includes('Ctrl-C')) break
    }
    const [, streamUrl = ''] = /curl -N (\S+)/.exec(text) ?? []
    const stream = await fetch(streamUrl)
    expect([stream.status, stream.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/event-stream'),
    ])
    await stream.body?.cancel()
    demo.kill('SIGINT')
    expect((await demo).exitCode).toBe(0)
  })

  it('the package passes publint and has types that resolve for every way to import it', async () => {
    const linters = LINTERS.map((linter) => `--package=${linter}`)
    const exec = ['exec', '--yes', '--ignore-scripts', ...linters, '--']
    const lint = await installed.npm(...exec, 'publint', installed.tarball, '--strict')
    expect({ code: lint.exitCode, output: lint.stdout }).toEqual({
      code: 0,
      output: expect.stringContaining('All good!'),
    })
    // The package is for ES modules only.
    const flags = ['--profile', 'esm-only', '--format', 'ascii']
    const types = await installed.npm(...exec, 'attw', installed.tarball, ...flags)
    expect({ code: types.exitCode, output: types.stdout }).toMatchObject({ code: 0 })
    expect(types.stdout).toContain('"content-store-sse/follower"')
  })
})
