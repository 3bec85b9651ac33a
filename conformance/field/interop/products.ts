import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { z } from 'zod'

import { Program } from '../../drivers/program.ts'
import { nodeArguments } from '../../proof/node-arguments.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const READY = { readyWhen: 'accepts', readyWithinMs: 60_000 } as const
const START_MS = 60_000
const POLL_MS = 20
const HEARTBEAT_MS = 200

const madeSections = z.object({ sections: z.array(z.object({ id: z.number() })).length(1) })

/** A store of this project, and a proxy of this project that reads it. */
export interface Products extends AsyncDisposable {
  readonly storeUrl: string
  readonly proxyUrl: string
  /**
   * Creates a section with this name and changes something in it. Resolves to the path of the log
   * in the event.
   */
  change(name: string): Promise<string>
}

/** Starts both. Each uses every optional line, and sends five heartbeats per second. */
export async function startProducts(): Promise<Products> {
  const folder = await mkdtemp(join(tmpdir(), 'products-'))
  const programs: Program[] = []
  const start = async (main: string, args: readonly string[]): Promise<number> => {
    const portFile = join(folder, `${programs.length}.port`)
    const program = new Program({
      command: ['node', ...nodeArguments(main), ...args, '--port', '0', '--port-file', portFile],
      cwd: ROOT,
      stopSignal: 'SIGTERM',
    })
    programs.push(program)
    const port = await portIn(portFile, program)
    await program.ready(port, READY)
    return port
  }
  const dispose = async (): Promise<void> => {
    for (const program of programs.toReversed()) await program.stop()
    await rm(folder, { recursive: true })
  }
  try {
    const storePort = await start('mock-server/main.ts', storeArgs)
    const store = `http://127.0.0.1:${storePort}`
    const storeUrl = `${store}/webservice/escenic/changelog/sse`
    const configFile = join(folder, 'sse-proxy.yaml')
    await writeFile(configFile, proxyConfig(storeUrl))
    const proxyPort = await start('proxy/main.ts', ['server', configFile, '--admin-port', '0'])
    await post(`${store}/__mock/wait`, { for: 'clients', count: 1, timeoutMs: START_MS })
    return {
      storeUrl,
      proxyUrl: `http://127.0.0.1:${proxyPort}/`,
      change: async (name) => {
        const made = await post(`${store}/__mock/sections`, { name })
        const section = madeSections.parse(made).sections[0]?.id
        await post(`${store}/__mock/items`, { section, title: 'A change' })
        return `/section/${section}`
      },
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

const storeArgs = `--announce section --accept-any-login --ids --replay --retry-ms 500
  --heartbeat-ms ${HEARTBEAT_MS} --cors-origins *`.split(/\s+/)

function proxyConfig(storeUrl: string): string {
  const connector = '[{type: http, port: 0, bindHost: 127.0.0.1}]'
  return [
    `server: {applicationConnectors: ${connector}, adminConnectors: ${connector}}`,
    `backends: [{uri: '${storeUrl}'}]`,
    `proxy: {heartbeatMs: ${HEARTBEAT_MS}, workers: 1}`,
    '',
  ].join('\n')
}

/** Waits for the file, and returns the first port in it. */
async function portIn(file: string, program: Program): Promise<number> {
  const deadlineMs = performance.now() + START_MS
  while (performance.now() < deadlineMs) {
    const port = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10)
    if (port > 0) return port
    await new Promise((tick) => {
      setTimeout(tick, POLL_MS)
    })
  }
  throw new Error(`no port in ${file} within ${START_MS} ms:\n${program.output}`)
}

async function post(url: string, body: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`)
  return answer.json()
}
