import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { ConformanceError } from '../errors.ts'
import type {
  BackendSettings,
  RunningTarget,
  TargetDriver,
  TargetSettings,
} from '../runner/target.ts'
import { findFreePort } from '../origin/free-port.ts'
import { renderTemplate } from './render-template.ts'
import type { SpawnSettings, TargetFile } from './target-file.ts'

const POLL_MS = 20
const STOP_WITHIN_MS = 5000
const KEPT_OUTPUT = 4000

/** Starts a product as a child process, with a configuration rendered into a folder of its own. */
export function spawnedTarget(file: TargetFile, settings: SpawnSettings): TargetDriver {
  return {
    name: file.name,
    role: file.role,
    claims: file.claims,
    start: (target) => start(file.name, settings, target),
  }
}

async function start(
  name: string,
  settings: SpawnSettings,
  target: TargetSettings,
): Promise<RunningTarget> {
  const dir = await mkdtemp(join(tmpdir(), 'conformance-'))
  const [frontPort, adminPort] = [await findFreePort(), await findFreePort()]
  const configFile = join(dir, settings.configName)
  const values = {
    dir,
    configFile,
    frontPort: `${frontPort}`,
    adminPort: `${adminPort}`,
    ...backendValues(target.backends),
  }
  await writeFile(configFile, renderTemplate(settings.config, values))
  const [program = '', ...args] = settings.command.map((part) => renderTemplate(part, values))
  const child = spawn(program, args, {
    cwd: settings.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = keepOutput(child)
  const close = async (): Promise<void> => {
    await stop(child, settings.stopSignal)
    child.stdout.destroy()
    child.stderr.destroy()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await ready(child, frontPort, settings.readyWithinMs)
  } catch (cause) {
    await close()
    const reason = cause instanceof Error ? cause.message : String(cause)
    const said = output().trim()
    const message = `${name} did not come up: ${reason}${said === '' ? '' : `\n${said}`}`
    throw new ConformanceError('target-start', message, { cause })
  }
  return {
    frontUrl: `http://127.0.0.1:${frontPort}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    close,
  }
}

/** The back ends as templates want them: the first one's address, and all of them in the vendor's shape. */
function backendValues(backends: readonly BackendSettings[]): Readonly<Record<string, string>> {
  const list = backends.map(({ url, credentials, httpHeaders }) => ({
    uri: url,
    credentials,
    httpHeaders,
  }))
  const hosts = backends.map(({ url }) => new URL(url).host)
  return {
    backendUrl: backends[0]?.url ?? '',
    backendHost: hosts[0] ?? '',
    backendPort: hosts[0]?.split(':')[1] ?? '',
    backendPath: new URL(backends[0]?.url ?? 'http://127.0.0.1').pathname,
    secondBackendUrl: backends[1]?.url ?? '',
    secondBackendHost: hosts[1] ?? '',
    backendList: JSON.stringify(list),
  }
}

function keepOutput(child: ChildProcess): () => string {
  let text = ''
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-KEPT_OUTPUT)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => text
}

async function ready(child: ChildProcess, port: number, limitMs: number): Promise<void> {
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      reject(new Error(`it ended with ${signal ?? `code ${code}`}`)),
    )
  })
  const deadline = AbortSignal.timeout(limitMs)
  const accepting = async (): Promise<void> => {
    while (!(await accepts(port))) {
      if (deadline.aborted)
        throw new Error(`port ${port} accepted no connection within ${limitMs} ms`)
      await delay(POLL_MS)
    }
  }
  await Promise.race([failed, accepting()])
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = new Promise((resolve) => {
    child.once('exit', resolve)
  })
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
  await gone
  clearTimeout(timer)
}
