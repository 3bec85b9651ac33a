import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const isWanted = process.env['PACKAGE_TEST'] === 'on'

const manifest = z.object({ devDependencies: z.record(z.string(), z.string()) })
const packed = z.tuple([z.object({ filename: z.string() })])

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

/** Without the polyfill-free syntax that Node 20 lacks. */
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

const FIXTURE_TEST = `
import { expect } from 'vitest'
import { test } from 'content-store-sse/vitest'

test('a test of a user gets a store', async ({ store }) => {
  expect((await fetch(store.url + '/__mock/info')).status).toBe(200)
})
`

describe.skipIf(!isWanted)('the installed package (npm run test:full installs it)', () => {
  let folder = ''
  const run = async (command: string, ...args: readonly string[]) =>
    await execa(command, args, { cwd: folder, preferLocal: true, reject: false, timeout: 100_000 })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'package-'))
    const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: ROOT,
    })
    const [{ filename }] = packed.parse(JSON.parse(stdout.slice(stdout.indexOf('['))))
    const { devDependencies } = manifest.parse(
      JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')),
    )
    await writeFile(join(folder, 'package.json'), '{"type": "module", "private": true}')
    const tools = ['typescript', '@types/node', 'vitest'].map(
      (name) => `${name}@${devDependencies[name]}`,
    )
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts']
    await execa('npm', ['install', ...flags, `./${filename}`, ...tools], { cwd: folder })
  })

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  it('the installed package starts a store and a proxy with two workers from JavaScript', async () => {
    await writeFile(join(folder, 'script.js'), asPlainScript(SCRIPT))
    const { stdout, stderr } = await run('node', 'script.js')
    expect({ stdout, stderr }).toEqual({ stdout: 'the event arrived', stderr: '' })
  })

  it('the installed package has types that a strict TypeScript project accepts', async () => {
    await writeFile(join(folder, 'script.ts'), SCRIPT)
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023']
    const lib = ['--lib', 'es2023,esnext.disposable', '--types', 'node']
    const { stdout } = await run('tsc', ...flags, ...lib, 'script.ts')
    expect(stdout).toBe('')
    await writeFile(
      join(folder, 'wrong.ts'),
      SCRIPT.replace('startMockContentStore()', 'startMockContentStore({ port: "8080" })'),
    )
    const wrong = await run('tsc', ...flags, ...lib, 'wrong.ts')
    expect(wrong.stdout).toContain("'string' is not assignable to type 'number'")
  })

  it('the installed package gives tests of Vitest a store', async () => {
    await writeFile(join(folder, 'user.test.js'), FIXTURE_TEST)
    const { stdout, exitCode } = await run('vitest', 'run')
    expect({ stdout, exitCode }).toMatchObject({ exitCode: 0 })
    expect(stdout).toContain('1 passed')
  })

  it('the installed suite judges the installed proxy, as a library and as a program', async () => {
    await writeFile(join(folder, 'target.yaml'), TARGET)
    await writeFile(join(folder, 'judge.js'), JUDGE)
    const library = await run('node', 'judge.js')
    expect(library).toMatchObject({
      stderr: '',
      stdout: expect.stringMatching(/^0 .*flush\.headers PASS/),
    })
    const args = ['--target', 'target.yaml', '--only', 'flush.headers']
    const { exitCode, stdout } = await run('sse-conformance', ...args)
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 })
  })

  it('the installed suite without a proxy to judge says what to give', async () => {
    const { stderr, exitCode } = await run('sse-conformance')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('give --front URL')
    expect(stderr).toContain('npx sse-conformance --help')
  })

  it.each([
    ['mock-content-store', 'Usage: mock-content-store'],
    ['sse-proxy', 'Usage: sse-proxy'],
    ['sse-conformance', 'sse-conformance'],
  ])('the installed program %s prints its help', async (program, usage) => {
    const { stdout, exitCode } = await run(program, '--help')
    expect({ stdout, exitCode }).toMatchObject({ exitCode: 0 })
    expect(stdout).toContain(usage)
  })
})
