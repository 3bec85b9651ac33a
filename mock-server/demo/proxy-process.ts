import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { z } from 'zod'

import { fixturePath } from '../../fixtures/read-fixture.ts'
import { MockServerError } from '../errors.ts'

const START_MS = 15_000
const STOP_MS = 2_000
/** The end of what the proxy says, kept for the case that it does not start. */
const KEPT_CHARS = 4_000

const listeningLine = z.object({
  event: z.literal('listening'),
  url: z.string(),
  adminUrl: z.string(),
})

export interface ProxyProcessOptions {
  /** Event stream that the proxy listens to. */
  readonly backEndUrl: string
  readonly port: number
  readonly adminPort: number
}

export interface ProxyProcess extends AsyncDisposable {
  readonly url: string
  readonly adminUrl: string
  /** Exit code, once it has ended for whatever reason. */
  readonly exited: Promise<number>
}

/**
 * Runs the proxy of this repository, as an operator would, with `fixtures/config/demo.yaml`. Disposing stops it. Throws
 * `cannot-listen` with the proxy's own words when it does not start.
 */
export async function startProxyProcess({
  backEndUrl,
  port,
  adminPort,
}: ProxyProcessOptions): Promise<ProxyProcess> {
  const script = fileURLToPath(new URL('../../proxy/main.ts', import.meta.url))
  const flags = ['--port', String(port), '--admin-port', String(adminPort), '--json']
  const child = spawn(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      script,
      'server',
      fixturePath('config/demo.yaml'),
      ...flags,
    ],
    { env: { ...process.env, CS_SSE: backEndUrl }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-KEPT_CHARS)
  })
  const exited = new Promise<number>((resolve) => {
    child.once('close', (code) => resolve(code ?? 70))
    child.once('error', () => resolve(70))
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await exited
    clearTimeout(kill)
  }
  const late = setTimeout(() => child.kill('SIGKILL'), START_MS)
  try {
    const line = await firstOf(createInterface({ input: child.stdout }))
    const { url, adminUrl } = listeningLine.parse(JSON.parse(line))
    return { url, adminUrl, exited, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    const ports = `--proxy-port (${port}) or --admin-port (${adminPort})`
    throw new MockServerError(
      'cannot-listen',
      `the proxy did not start; if a port is taken, change ${ports}:\n${said}`,
      {
        cause: error,
      },
    )
  } finally {
    clearTimeout(late)
  }
}

/** Throws when there is none. */
async function firstOf(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) return line
  throw new Error('the proxy ended without a word')
}
