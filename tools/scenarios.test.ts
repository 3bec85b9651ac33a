import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COMPILED = process.env['TEST_COMPILED']
/** Far more than all scenarios take. A test that reaches it has failed. */
const DEADLINE_MS = 400_000

/** The proxy's timers are real, so its waits are short; everything else is as it comes. */
const PROXY = `
server:
  applicationConnectors: [{type: http, port: 0}]
  adminConnectors: [{type: http, port: 0}]
backends:
  - uri: \${CS_SSE}
    credentials: {username: user, password: password}
proxy:
  workers: 1
  backEnd: {headMs: 500, silenceMs: 1000, reconnectFirstMs: 50, reconnectCapMs: 200, steadyMs: 100}
  resync: {spreadMs: 50, settleMs: 50}
`

const listening = z.object({ event: z.literal('listening'), url: z.string() })

/** Node's arguments for a program of this repository: compiled once for all tests, or its source. */
function program(folder: string): readonly string[] {
  if (COMPILED !== undefined) return [join(COMPILED, folder, 'main.js')]
  return ['--import', import.meta.resolve('tsx'), join(ROOT, folder, 'main.ts')]
}

interface Server extends AsyncDisposable {
  readonly url: string
}

/** Starts a server with `--json`, and waits until it listens. */
async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = execa(process.execPath, [...args, '--json'], {
    env,
    stderr: 'ignore',
    reject: false,
  })
  let text = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n'))
        resolve(listening.parse(JSON.parse(text.split('\n', 1)[0] ?? '')).url)
    })
    void child.then(() => reject(new Error(`the server ended: ${args.join(' ')}`)))
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await child
  }
  return { url, [Symbol.asyncDispose]: stop }
}

describe('the shipped scenarios', () => {
  const wanted = process.env['SCENARIOS'] ?? 'all'
  let folder = ''
  let store: Server
  let proxy: Server

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scenarios-'))
    await writeFile(join(folder, 'proxy.yaml'), PROXY)
    store = await start([...program('mock-server'), '--port', '0', '--space', 'qa'])
    const env = { CS_SSE: `${store.url}/webservice/escenic/changelog/sse` }
    proxy = await start([...program('proxy'), 'server', join(folder, 'proxy.yaml')], env)
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  it(
    `clients behind the proxy see every change of the shipped scenarios (${wanted})`,
    { timeout: DEADLINE_MS + 10_000 },
    async () => {
      const files = await readdir(join(ROOT, 'mock-server/scenarios'))
      const names =
        wanted === 'all' ? files.filter((name) => name.endsWith('.yaml')) : wanted.split(' ')
      const scenarios = names.map((name) => name.replace('.yaml', ''))
      const report = join(folder, 'report.xml')
      const where = ['--url', store.url, '--proxy', proxy.url, '--junit', report]
      const run = [...program('mock-server'), 'run', ...scenarios, ...where]
      const { exitCode, stdout, stderr } = await execa(process.execPath, run, {
        reject: false,
        timeout: DEADLINE_MS,
      })
      expect([exitCode, stdout, stderr]).toEqual([0, expect.any(String), ''])
      const lines = stdout.split('\n')
      expect(lines).toHaveLength(scenarios.length)
      for (const line of lines) {
        expect(line).toMatch(/^passed {2}/)
        // A client that sees everything without an event polls by a timer.
        expect(line).toMatch(/\(events [1-9]\d*, polls [1-9]\d*, reconnects 0\)/)
      }
      const xml = await readFile(report, 'utf8')
      expect(xml).toContain(`<testsuites tests="${scenarios.length}" failures="0"`)
    },
  )

  it('clients behind the proxy see the changes of a space, and of no other', async () => {
    const space = `${store.url}/space/qa`
    const env = { CS_SSE: `${space}/webservice/escenic/changelog/sse` }
    const config = join(folder, 'proxy.yaml')
    await using ofSpace = await start([...program('proxy'), 'server', config], env)
    const stop = new AbortController()
    const { body } = await fetch(ofSpace.url, {
      headers: { Accept: 'text/event-stream' },
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(DEADLINE_MS)]),
    })
    // The proxy listens before it is connected to the space.
    const wait = JSON.stringify({ for: 'clients', exactly: 1, timeoutMs: DEADLINE_MS })
    await fetch(`${space}/__mock/wait`, { method: 'POST', body: wait })
    await create(store.url, 'In the default space')
    const id = await create(space, 'In the space')
    let text = ''
    for await (const chunk of body ?? []) {
      text += new TextDecoder().decode(chunk)
      if (/^data: .*\n/m.test(text)) break
    }
    stop.abort()
    const [, log = ''] = /^data: (.*)$/m.exec(text) ?? []
    expect(log).toBe(`${space}/webservice/escenic/changelog/publication/1`)
    const feed = await fetch(log, { headers: { Authorization: `Basic ${btoa('user:password')}` } })
    expect(await feed.text()).toContain(`<id>${space}/webservice/escenic/content/${id}</id>`)
  })
})

/** Creates an item by the control API below `url`. Returns its id. */
async function create(url: string, title: string): Promise<number> {
  const body = JSON.stringify({ section: 12, title })
  const response = await fetch(`${url}/__mock/items`, { method: 'POST', body })
  const created = z.object({ item: z.object({ id: z.int() }) })
  return created.parse(await response.json()).item.id
}
