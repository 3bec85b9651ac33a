import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { renameSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { createInterface } from 'node:readline'

import { z } from 'zod'

import { bind, listenOn } from '../listen.ts'
import { eventually } from './deadline.ts'
import { PROXY_PROGRAM } from './spawn-proxy.ts'

/**
 * Starts a proxy for each line that it reads, which has the arguments, and passes its descriptor 3
 * on to it as systemd does [sd_listen_fds(3)].
 */
const HOLD = `
while read -r command; do
  (
    sh -c 'echo "pid $$"; export LISTEN_FDS=1 LISTEN_PID=$$; exec '"$command"
    echo "ended $?"
  ) &
done
wait
`

/** A proxy that accepts clients at the socket. */
export interface ProxyAtSocket {
  readonly pid: number
  readonly adminPort: number
}

/** A listening socket that stays open, and proxies that accept clients at it. */
export class HeldSocket implements AsyncDisposable {
  /** 0 = it is a Unix socket. */
  readonly port: number
  readonly #holder: ReturnType<typeof hold>
  readonly #lines: string[] = []
  readonly #pids: number[] = []

  private constructor(server: Server, port: number) {
    this.port = port
    this.#holder = hold(descriptorOf(server))
    createInterface({ input: this.#holder.stdout }).on('line', (line) => this.#lines.push(line))
  }

  /** At a free port, or at this path. */
  static async open(path?: string): Promise<HeldSocket> {
    const server = createServer()
    const port =
      path === undefined
        ? await listenOn(server, { host: '127.0.0.1', port: 0 })
        : await bind(server, path, { path }).then(() => 0)
    const socket = new HeldSocket(server, port)
    await once(socket.#holder.process, 'spawn')
    // The shell has its own descriptor now. This process must not accept clients.
    if (path === undefined) server.close()
    else closeAndKeep(server, path)
    return socket
  }

  /** Starts a proxy. Resolves when it listens. */
  async start(file: string): Promise<ProxyAtSocket> {
    const from = this.#lines.length
    this.#holder.stdin.write(`${[...PROXY_PROGRAM, 'server', file, '--json'].join(' ')}\n`)
    const pid = await this.#match(from, /^pid (\d+)$/)
    this.#pids.push(Number(pid))
    const { adminUrl } = z
      .object({ adminUrl: z.string() })
      .parse(JSON.parse(await this.#match(from, /^(\{.*\})$/)))
    return { pid: Number(pid), adminPort: Number(new URL(adminUrl).port) }
  }

  /** Resolves with the exit code of the proxy that ends first. */
  async ended(): Promise<number> {
    return Number(await this.#match(0, /^ended (\d+)$/))
  }

  /** What the pattern catches in a line from this one on. */
  async #match(from: number, pattern: RegExp): Promise<string> {
    return await eventually(`a line of the shell matches ${String(pattern)}`, () => {
      return this.#lines.slice(from).flatMap((line) => pattern.exec(line)?.[1] ?? [])[0]
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.#pids) killIfRunning(pid)
    this.#holder.stdin.end()
    if (this.#holder.process.exitCode === null) await once(this.#holder.process, 'exit')
  }
}

/** Node would remove the file. */
function closeAndKeep(server: Server, path: string): void {
  renameSync(path, `${path}.kept`)
  server.close()
  renameSync(`${path}.kept`, path)
}

function hold(descriptor: number) {
  const holder = spawn('sh', ['-c', HOLD], { stdio: ['pipe', 'pipe', 'pipe', descriptor] })
  const [stdin, stdout, stderr] = [holder.stdin, holder.stdout, holder.stderr]
  if (stdin === null || stdout === null || stderr === null) throw new Error('expected three pipes')
  stderr.resume()
  return { process: holder, stdin, stdout }
}

/** Node has no public way to a socket's descriptor. */
function descriptorOf(server: Server): number {
  const { _handle: handle } = z
    .looseObject({ _handle: z.looseObject({ fd: z.number() }) })
    .parse(server)
  return handle.fd
}

function killIfRunning(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
